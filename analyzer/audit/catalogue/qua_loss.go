package catalogue

import (
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	poorLoss = audit.NewLimit("WXA-QUA-001.max_percent", "%", 5, 5, 3, 0.1, 100, fromAnalytics, "lost packets of a media stream from which it is poor")
)

var qua001 = &audit.Rule{
	Essential: true,
	ID:        "WXA-QUA-001", Title: "Packet loss is poor", Severity: record.High,
	Plain: "packets were lost (%s)",
	Doc: audit.Doc{
		What: "A media stream lost so many packets that Webex itself calls it poor.",
		Why: "Users hear gaps or see frozen video. A gap that shows at the capture point arose before it: " +
			"packets from the client were lost between client and capture, packets from the cloud " +
			"between cloud and capture. What was lost behind it only the receiver can tell: where its " +
			"reports are in clear and prove themselves (ledger of the stream), the finding says how much " +
			"was lost on which side.",
		Trigger: "Network loss of max_percent or more of the packets that the sender sent, in an audio, video " +
			"or share stream over UDP that is long enough (WXA-QUA-009): those missing by RTP sequence " +
			"numbers, and those that passed but were lost behind the capture point by believed reports of " +
			"the receiver. Of bounds the lower counts.",
		LookAlikes: "Packets that the capture lost: what they lost by their place in the mirror's numbers is not " +
			"counted; where the capture lost packets whose place is not known, the rule is not " +
			"assessable, unless a stream lost more than the capture can have lost (lost_low). " + beforeRepair +
			" Users may notice less then. A new SSRC is a new stream, no loss. Numbers that the sender never sent, by " +
			"the packet counter in its header extension, accuse nobody on this way (WXA-QUA-016). Where the receiver's reports " +
			"are encrypted or contradict the packets, only loss before the capture point is judged.",
		Verify: "Wireshark: Telephony > RTP > RTP Streams, column Lost; Analyze shows where. Then compare " +
			"with `tcp.analysis.ack_lost_segment`.",
	},
	Remediation: "Find the leg: repeat the capture nearer to the sender. Look at Wi-Fi, duplex, policers and full " +
		"queues on it.",
	Refs:       []string{qualityRef, "RFC 3550 section 6.4.1"},
	Rows:       []string{"payload_types", "prefixes"},
	Needs:      []string{"media_stream", "capture_health that allows it"},
	Thresholds: []*audit.Limit{poorLoss, classifiedFrom, classifiedFor},
	Version:    "3",
	Under:      []audit.Root{{Rule: "WXA-QUA-014"}},
	Judge:      audit.Custom(beginLossy),
}

// lossy grades streams by loss. Beside that it remembers when all streams of a client from the cloud stopped together,
// and the media flows over UDP without a stream.
type lossy struct {
	audit.Fold
	env         *audit.Env
	stops       stops
	brief, bare int64 // such flows that are too short for one, and the others
}

func beginLossy(e *audit.Env) audit.Fold {
	l := &lossy{env: e, stops: newStops()}
	l.Fold = graded{
		of: mediaStream, pass: wording.New("qua001.pass", "loss is below the limit"),
		applies: func(_ *audit.Env, m *observe.Stream) bool { return overUDP(m) }, grade: lossGrade, field: "loss", way: true,
		report: l.verdict, spoils: captureMay, absence: l.absence,
	}.perStream().Begin(e)
	return l
}

// Add implements audit.Fold.
func (l *lossy) Add(f *observe.Flow) {
	l.Fold.Add(f)
	l.stops.add(f)
	switch {
	case !f.Function.IsMedia() || f.Proto != "udp" || len(f.Streams) > 0:
	case f.Lasted().Seconds() < l.env.Value(classifiedFor) ||
		float64(max(f.PacketsFwd, f.PacketsRev)) < l.env.Value(classifiedFrom):
		l.brief++
	default:
		l.bare++
	}
}

// absence says of media without a stream that it was there.
func (l *lossy) absence() (seen wording.Text) {
	switch {
	case l.bare > 0:
		seen = wording.New("qua001.bare", "%s seen in which no RTP stream shows (whole packets are needed: tcpdump -s 0)",
			wording.CountOf(l.bare, mediaFlow))
	case l.brief > 0:
		seen = wording.New("qua001.brief", "%s seen, too short to show a media stream", wording.CountOf(l.brief, mediaFlow))
	}
	return seen
}

// Merge implements audit.Fold.
func (l *lossy) Merge(other audit.Fold) {
	o := other.(*lossy)
	l.Fold.Merge(o.Fold)
	l.stops.Merge(&o.stops.Table)
	l.brief, l.bare = l.brief+o.brief, l.bare+o.bare
}

func lossGrade(e *audit.Env, m *observe.Stream) grade {
	limit, w := e.Value(poorLoss), onWayOf(m)
	pct := percent(w.sure(), w.sent)
	switch {
	case m.Flow.LossGate != "" && pct < limit: // else it is more than all that the capture may have lost
		return grade{missing: wording.New("qua.gate", "%s", m.Flow.LossGate)}
	case w.sent <= 0:
		return grade{missing: longer}
	case w.doubt(limit):
		return grade{missing: captureMay}
	}
	conf := record.Confirmed
	if w.capture {
		conf = record.Probable
	}
	return grade{value: pct, poor: pct >= limit, conf: conf, text: wording.New("qua.pct", "%s", wording.Percent(pct))}
}

func (l *lossy) verdict(s *audit.Scope, g *audit.Group) audit.Verdict {
	worst, limit := g.Worst["worst"], s.Value(poorLoss)
	return audit.Verdict{
		State: record.Fail,
		Summary: withMends(g, wording.New("qua001.fail", "%s lost %s or more of the packets (worst: %s, %s); %s",
			poorStreams(g), wording.Percent(limit), wording.Percent(worst.Value), worst.Of, whereLost(g))),
		Expected:    wording.New("qua001.expected", "loss below %s", wording.Percent(limit)),
		Actual:      wording.New("qua001.actual", "%s of the %s at worst", wording.Percent(worst.Value), worst.Of),
		Remediation: l.remedy(g),
	}
}

// remedy follows what was lost: all streams together, on one side, one class, or any.
func (l *lossy) remedy(g *audit.Group) (remedy wording.Text) {
	switch {
	case slices.ContainsFunc(g.Clients.List(), l.stops.again):
		return wording.New("qua001.flood", "All streams from the cloud stopped together, again and again: look for a UDP flood or DoS "+
			"protection policy on the firewall, and exempt UDP 5004 and 9000 of the Webex media subnets from it.")
	case !lookAtSide(g).IsZero():
		return lookAtSide(g)
	case g.Sums["audio"] == g.Count && g.Count > 0:
		return wording.New("qua001.audio", "Only audio lost packets: look at the policer and the queue of the voice class (EF) first, then "+
			"repeat the capture nearer to the sender.")
	}
	return remedy
}
