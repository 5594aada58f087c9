package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	poorDelay    = audit.NewLimit("WXA-QUA-003.max_ms", "ms", 400, 400, 300, 1, 10_000, fromAnalytics, "round trip from the capture point from which it is poor")
	delayAnswers = audit.NewLimit("WXA-QUA-003.min_answers", "answers", 5, 3, 3, 1, 1000, "ours: a single slow answer is no path", "minimum STUN answers, or TCP handshakes, of a client behind the figure")
)

var qua003 = &audit.Rule{
	ID: "WXA-QUA-003", Title: "Delay is poor", Severity: record.High,
	Plain: "packets took long on the way (round trip %s)",
	Doc: audit.Doc{
		What: "The round trip to the media node that carries the call is so long that Webex itself calls " +
			"it poor.",
		Why: "People interrupt each other. The round trip is measured from the capture point: what lies " +
			"between it and the client comes on top, and is added where the client's feedback in clear tells it.",
		Trigger: "The median STUN round trip of a flow that carries media, of at least min_answers answers, " +
			"is max_ms or more, with the way to the client and back where that is known; without STUN that of clocks or " +
			"reports that the receivers returned in clear; for media over TCP or TLS the median of at least min_answers handshakes " +
			"of the client.",
		LookAlikes: "Tests of distant nodes are slow by nature, and the client does not choose those: only flows " +
			"that carry media count. A repeated SYN makes the round trip ambiguous and is left out, as " +
			"is the handshake with a proxy, which ends there.",
		Verify: "Wireshark: `stun.time > 0.4` for the media flow; `tcp.analysis.initial_rtt > 0.4` for TCP.",
	},
	Remediation: "Look for a detour: VPN or central Internet exit, proxy, a region far away. Give media a local " +
		"exit.",
	Refs:       []string{qualityRef, "ITU-T G.114"},
	Rows:       []string{"prefixes", "stun"},
	Needs:      []string{"flow with stun or tcp", "both directions"},
	Thresholds: []*audit.Limit{poorDelay, delayAnswers},
	Under:      []audit.Root{{Rule: "WXA-QUA-017"}},
	Version:    "3",
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &delayed{env: e, groups: audit.NewGroups(&delayCitation), handshakes: audit.NewTimelines[handshake]()}
	}),
}

// delayed gathers media flows by their round trip: by STUN each on its own, by the handshakes of TCP those of a client
// together.
type delayed struct {
	env          *audit.Env
	seen, judged int64
	groups       audit.Groups
	handshakes   audit.Timelines[handshake]
}

type handshake struct {
	subject record.Subject
	server  string
	ms      float64
	ref     audit.Ref
}

var delayCitation = audit.Citation{Kind: "transaction", Keys: []string{"stun-request", "stun-answer", "syn", "syn-ack"}, Fields: roundTrip}

// Add implements audit.Fold.
func (d *delayed) Add(f *observe.Flow) {
	if !f.Function.IsMedia() || !carried(d.env, f) {
		return
	}
	d.seen++
	server := f.Server().Addr().String()
	switch ms, ok := measuredDelay(d.env, f); {
	case ok:
		d.judged++
		if ms >= d.env.Value(poorDelay) {
			g := d.groups.At(f.Subject)
			g.Flow(d.env, f, &delayCitation)
			slow(g, server, ms, record.Confirmed, delayText(d.env, f))
		}
	case f.Transport == record.TCP || f.Transport == record.TLS:
		if f.TCP != nil && f.TCP.SYN == 1 && f.TCP.HandshakeRTTMs != nil {
			d.handshakes.Add(f.From, f.StartTime, f.FlowID,
				handshake{f.Subject, server, *f.TCP.HandshakeRTTMs, d.env.Ref(f, &delayCitation)})
		}
	}
}

// measuredDelay is the round trip of a media flow over UDP: to the cloud by answered STUN requests, else by what its
// receivers returned or reported in clear; and where they tell it, the way to the client and back on top.
func measuredDelay(e *audit.Env, f *observe.Flow) (ms float64, ok bool) {
	client, cloud := sidesDelay(e, f)
	if cloud > 0 {
		return client + cloud, true
	}
	ms = client
	for i := range f.Streams {
		r := f.Streams[i].RTCP
		if f.Proto == "udp" && r != nil && r.RTTMs != nil && float64(r.Reports) >= e.Value(delayAnswers) {
			ms = max(ms, *r.RTTMs)
		}
	}
	return ms, ms > 0
}

// sidesDelay are the median round trips from the capture point to the client and to the cloud; 0: not known.
func sidesDelay(e *audit.Env, f *observe.Flow) (client, cloud float64) {
	if f.Proto != "udp" {
		return 0, 0
	}
	for i := range f.Streams {
		m := &f.Streams[i]
		l := m.Ledger
		switch {
		case l == nil || l.RTTMedianMs == nil || float64(max(l.Echoes, l.Reports)) < e.Value(delayAnswers):
		case m.Upstream:
			cloud = max(cloud, *l.RTTMedianMs)
		default:
			client = max(client, *l.RTTMedianMs)
		}
	}
	if f.STUN != nil && f.STUN.RTTMs != nil && float64(f.STUN.Answered) >= e.Value(delayAnswers) {
		cloud = *f.STUN.RTTMs
	}
	return client, cloud
}

// delayText says how a round trip divides between the sides of the capture point; the zero Text where that is not
// known.
func delayText(e *audit.Env, f *observe.Flow) (text wording.Text) {
	if client, cloud := sidesDelay(e, f); client > 0 && cloud > 0 {
		text = wording.New("qua003.sides", " (%s between the client and the capture point, %s between that and the cloud)",
			milliseconds(client), milliseconds(cloud))
	}
	return text
}

func slow(g *audit.Group, server string, ms float64, conf record.Confidence, of wording.Text) {
	g.Count++
	g.Host(server)
	g.Raise(conf)
	g.Extreme("worst", ms, of)
}

// Merge implements audit.Fold.
func (d *delayed) Merge(other audit.Fold) {
	o := other.(*delayed)
	d.seen, d.judged = d.seen+o.seen, d.judged+o.judged
	d.groups.Merge(&o.groups)
	d.handshakes.Merge(&o.handshakes)
}

// Close implements audit.Fold.
func (d *delayed) Close(s *audit.Scope) {
	groups, judged := d.groups.Copy(), d.judged
	for _, events := range d.handshakes.All {
		if float64(len(events)) < s.Value(delayAnswers) {
			continue
		}
		judged += int64(len(events))
		var times audit.Samples
		for _, e := range events {
			times.Add(e.What.ms)
		}
		if times.Median() < s.Value(poorDelay) {
			continue
		}
		g := groups.At(events[0].What.subject)
		for _, e := range events {
			g.Add(e.What.ref, &delayCitation)
			slow(g, e.What.server, times.Median(), record.Probable, wording.Text{})
		}
	}
	limit := milliseconds(s.Value(poorDelay))
	for g := range groups.All {
		worst := milliseconds(g.Worst["worst"].Value)
		s.Report(g, audit.Verdict{
			State: record.Fail,
			Summary: wording.New("qua003.fail", "%s of %s in %s with a round trip of %s or more, at worst %s%s (nodes %s)",
				wording.Count(g.Count, "media flow", "media flows"), clients(g), subject(g), limit, worst,
				g.Worst["worst"].Of, hosts(g)),
			Expected: wording.New("qua003.expected", "a round trip below %s", limit),
			Actual:   wording.New("qua003.actual", "%s at worst", worst),
		})
	}
	s.Conclude(audit.Outcome{Of: wording.Noun{One: "media flow", Many: "media flows"}, Seen: d.seen, Judged: judged,
		Pass:    wording.New("qua003.pass", "the round trip is below the limit"),
		Missing: wording.New("qua003.missing", "enough STUN answers in the media flows, or handshakes of media over TCP")})
}

func roundTrip(f *observe.Flow) map[string]string {
	switch {
	case f.STUN != nil && f.STUN.RTTMs != nil:
		return map[string]string{"rtt_median_ms": fmt.Sprintf("%.1f", *f.STUN.RTTMs), "answers": fmt.Sprint(f.STUN.Answered)}
	case f.TCP != nil && f.TCP.HandshakeRTTMs != nil:
		return map[string]string{"handshake_rtt_ms": fmt.Sprintf("%.1f", *f.TCP.HandshakeRTTMs)}
	}
	return nil
}
