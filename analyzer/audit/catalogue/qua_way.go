package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// onWay is what the network lost of a stream between its sender and its receiver, as far as it is known: before the
// capture point by its gaps, less what its sender never sent; behind it by the reports of its receiver.
type onWay struct {
	sent           int64 // packets that the sender sent
	unsent         int64 // numbers that it left out
	before, behind lossRange
	out            int64 // packets that set out from the capture point, of those that the reports cover
	told           bool  // behind is known
	capture        bool  // the capture lost packets of it, or may have
}

// lossRange is how many packets were lost for sure, and at most.
type lossRange struct{ low, high int64 }

func (r lossRange) less(n int64) lossRange { return lossRange{max(r.low-n, 0), max(r.high-n, 0)} }

// onWayOf takes the account of a stream.
func onWayOf(m *observe.Stream) (w onWay) {
	w = onWay{sent: m.Expected, before: lossRange{m.Lost, m.Lost}, capture: m.Flow.LossGate != "" || m.CaptureLost > 0}
	switch {
	case w.capture && m.LostLow != nil:
		w.before.low = *m.LostLow
	case m.Flow.LossGate != "":
		w.before.low = 0
	}
	if m.CaptureLost > 0 && m.LostHigh != nil {
		w.before.high = *m.LostHigh
	}
	l := m.Ledger
	if l == nil {
		return w
	}
	w.unsent = unsentOf(m)
	w.sent -= w.unsent
	w.before = w.before.less(w.unsent)
	if l.LostBehind != nil && l.LostBehindLow != nil && l.LostBehindHigh != nil {
		w.told = true
		// The receiver may have taken copies for packets, but those passed here as well and say nothing of a loss.
		w.behind = lossRange{*l.LostBehindLow, max(*l.LostBehind, *l.LostBehindHigh-m.Duplicated)}
		w.out = l.Numbers - l.LostBefore
		if l.Unsent != nil {
			w.out -= *l.Unsent
		}
	}
	return w
}

// unsentOf is how many numbers of the stream its sender left out. The ledger counts those that reports cover, the rows
// all.
func unsentOf(m *observe.Stream) (n int64) {
	for _, r := range m.Every(10) {
		if r.Unsent != nil {
			n += *r.Unsent
		}
	}
	if u := m.Ledger.Unsent; u != nil {
		n = max(n, *u)
	}
	return min(n, max(m.Expected-m.Packets, 0))
}

// lostOf is how many packets of a stream the network lost: by judgement of what is missing here, for sure of what is
// lost behind.
func lostOf(m *observe.Stream) int64 {
	w := onWayOf(m)
	return max(m.Lost-w.unsent, 0) + w.behind.low
}

// lostHere is how many packets a row's stream lost before the capture point.
func lostHere(r *record.MediaInterval) int64 {
	if r.Unsent != nil {
		return max(r.Lost-*r.Unsent, 0)
	}
	return r.Lost
}

// lostIn is that with what was lost behind.
func lostIn(r *record.MediaInterval) (n int64) {
	n = lostHere(r)
	if r.LostBehind != nil {
		n += *r.LostBehind
	}
	return n
}

// sure is how many packets the network lost at least.
func (w *onWay) sure() int64 { return w.before.low + w.behind.low }

// doubt reports whether what the capture lost, or the receiver counted otherwise, could lift the stream over a limit,
// in percent, that it does not reach for sure.
func (w *onWay) doubt(limit float64) bool {
	return percent(w.sure(), w.sent) < limit && percent(w.before.high+w.behind.high, w.sent) >= limit
}

// Sums of a group about the ways of its streams. Sides are those of the capture point.
const (
	clientOut, clientLost = "packets on the client's side", "lost on the client's side"
	cloudOut, cloudLost   = "packets on the cloud's side", "lost on the cloud's side"
	toldStreams           = "streams whose receiver tells"
	untoldStreams         = "streams whose receiver does not tell"
	unsentClient          = "numbers that clients left out"
	unsentCloud           = "numbers that the cloud left out"
	numbersOfSenders      = "numbers of their senders"
	sensorLost            = "lost by the sensor"
)

// countWay books where a stream lost packets.
func countWay(g *audit.Group, m *observe.Stream) {
	w := onWayOf(m)
	nearOut, nearLost, farOut, farLost, unsent := cloudOut, cloudLost, clientOut, clientLost, unsentCloud
	if m.Upstream {
		nearOut, nearLost, farOut, farLost, unsent = farOut, farLost, nearOut, nearLost, unsentClient
	}
	g.Sum(nearOut, w.sent)
	g.Sum(nearLost, w.before.low)
	g.Sum(unsent, w.unsent)
	g.Sum(numbersOfSenders, m.Expected)
	if !w.told {
		g.Sum(untoldStreams, 1)
		return
	}
	g.Sum(toldStreams, 1)
	g.Sum(sensorLost, m.Ledger.CaptureLost)
	g.Sum(farOut, w.out)
	g.Sum(farLost, w.behind.low)
}

// whereLost says on which side of the capture point a group's streams lost how much, and what else is missing that is
// no loss of the network.
func whereLost(g *audit.Group) (text wording.Text) {
	client := wording.Percent(percent(g.Sums[clientLost], g.Sums[clientOut]))
	cloud := wording.Percent(percent(g.Sums[cloudLost], g.Sums[cloudOut]))
	switch {
	case g.Sums[toldStreams] == 0 && g.Sums["up"] == 0:
		text = wording.New("qua.side.down", "lost between the cloud and the capture point")
	case g.Sums[toldStreams] == 0 && g.Sums["down"] == 0:
		text = wording.New("qua.side.up", "lost between the clients and the capture point")
	case g.Sums[toldStreams] == 0:
		text = wording.New("qua.side.both", "lost on both sides of the capture point")
	case g.Sums[untoldStreams] == 0:
		text = wording.New("qua.side.told", "%s was lost between the clients and the capture point, %s between that and the cloud",
			client, cloud)
	default:
		text = wording.New("qua.side.part", "%s was lost between the clients and the capture point, %s between that and the "+
			"cloud, as far as receivers tell (of %d of %s)", client, cloud, g.Sums[toldStreams],
			wording.CountOf(g.Sums[toldStreams]+g.Sums[untoldStreams], mediaStream))
	}
	for _, x := range []struct {
		sum  string
		text func(share wording.Arg) wording.Text
	}{
		{unsentCloud, func(s wording.Arg) wording.Text {
			return wording.New("qua.unsent.cloud", "%s more never left the cloud, which had not got it", s)
		}},
		{unsentClient, func(s wording.Arg) wording.Text {
			return wording.New("qua.unsent.client", "%s more the clients never sent", s)
		}},
		{sensorLost, func(s wording.Arg) wording.Text { return wording.New("qua.sensor", "%s more the sensor lost", s) }},
	} {
		if n := g.Sums[x.sum]; n > 0 {
			text = wording.New("qua.and", "%s; %s", text, x.text(wording.Percent(percent(n, g.Sums[numbersOfSenders]))))
		}
	}
	return text
}

// withWay adds to a summary where packets were lost, if receivers tell it.
func withWay(g *audit.Group, summary wording.Text) wording.Text {
	if g.Sums[toldStreams] == 0 {
		return summary
	}
	return wording.New("qua.way", "%s; %s", summary, whereLost(g))
}

// mostOnSide is the share of a group's loss, of 1, that makes a side the one to look at.
const mostOnSide = 0.8

// lookAtSide is what to do where receivers tell that most was lost on one side; else the zero Text.
func lookAtSide(g *audit.Group) (remedy wording.Text) {
	client, cloud := float64(g.Sums[clientLost]), float64(g.Sums[cloudLost])
	switch {
	case g.Sums[toldStreams] == 0 || g.Sums[untoldStreams] > 0:
	case client >= mostOnSide*(client+cloud):
		remedy = wording.New("qua.side.client.do", "Look between the capture point and the clients: Wi-Fi, duplex, access "+
			"switch, VPN. What lies between the capture point and the cloud lost little or nothing of it.")
	case cloud >= mostOnSide*(client+cloud):
		remedy = wording.New("qua.side.cloud.do", "Look between the capture point and the cloud: policers and full queues of "+
			"the Internet link, firewall, provider. What lies between the capture point and the clients lost little or "+
			"nothing of it.")
	}
	return remedy
}

// wayFields shows as evidence where a stream's packets are, as its ledger has it.
func wayFields(m *observe.Stream, fields map[string]string) {
	l := m.Ledger
	if l == nil || l.LostBehind == nil {
		return
	}
	fields["lost_before"], fields["lost_behind"] = fmt.Sprint(l.LostBefore), fmt.Sprint(*l.LostBehind)
	if l.LostBehindLow != nil && *l.LostBehindLow != *l.LostBehind {
		fields["lost_behind_low"] = fmt.Sprint(*l.LostBehindLow)
	}
	if l.Unsent != nil {
		fields["unsent"] = fmt.Sprint(*l.Unsent)
	}
}

// networkLoss is what the network lost of a stream before the capture point at least, and how sure that is. Where the
// capture's own loss cannot be told from it, missing says so.
func networkLoss(m *observe.Stream) (w onWay, conf record.Confidence, missing wording.Text) {
	w = onWayOf(m)
	switch {
	case m.Flow.LossGate != "":
		return w, "", wording.New("qua.gate", "%s", m.Flow.LossGate)
	case w.sent <= 0:
		return w, "", wording.New("qua.sequence", "streams with sequence numbers")
	case m.CaptureLost == 0:
		return w, record.Confirmed, missing
	}
	return w, record.Probable, missing
}
