package catalogue

import (
	"maps"
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	bandJitterBad = audit.NewLimit("WXA-QUA-004.jitter_bad_ms", "ms", 60, 60, 30, 1, 10_000, "ours: between the design value and the poor mark", "mean jitter from which the state is fail")
	bandJitter    = audit.NewLimit("WXA-QUA-004.jitter_ms", "ms", 40, 30, 20, 1, 10_000, "published: Cisco UC design practice: 30 ms", "mean jitter of audio from which it is in the band")
	bandLossBad   = audit.NewLimit("WXA-QUA-004.loss_bad_percent", "%", 3, 3, 1, 0.01, 100, "ours: between the design value and the poor mark", "network loss from which the state is fail")
	bandLoss      = audit.NewLimit("WXA-QUA-004.loss_percent", "%", 2, 1, 0.5, 0.01, 100, "published: Cisco UC design practice: 1 %", "network loss from which a stream is in the band")
	bandDelayBad  = audit.NewLimit("WXA-QUA-004.rtt_bad_ms", "ms", 300, 300, 200, 1, 10_000, "published: ITU-T G.114: 150 ms one way", "round trip from which the state is fail")
	bandDelay     = audit.NewLimit("WXA-QUA-004.rtt_ms", "ms", 250, 200, 150, 1, 10_000, "ours: half of the poor mark", "round trip from which a flow is in the band")
)

var qua004 = &audit.Rule{
	ID: "WXA-QUA-004", Title: "Media quality in the early-warning band", Severity: record.Medium, Version: "2",
	Doc: audit.Doc{
		What: "Loss, jitter or round trip of media is not poor yet, but no longer good.",
		Why: "Concealment and error correction hide such a stretch from most users; a little more load " +
			"and it is heard. The band shows a path that has no reserve.",
		Trigger: "Of media over UDP that is long enough (WXA-QUA-009): network loss, before the capture point or by " +
			"believed reports of the receiver behind it, from loss_percent, mean " +
			"jitter of audio from jitter_ms, or median STUN round trip of the flow from rtt_ms, each " +
			"below the limit of WXA-QUA-001, 002 and 003, which take over there. From loss_bad_percent, " +
			"jitter_bad_ms or rtt_bad_ms on the state is fail, below it warn.",
		LookAlikes: "Video leaves in bursts of one frame, which counts as jitter though nothing is wrong: its " +
			"jitter is not judged. What the capture lost itself is not counted; where it cannot be told " +
			"apart the loss is not judged. " + beforeRepair + " One round trip to a far node is geography: compare with the " +
			"site's other nodes.",
		Verify: "Wireshark: Telephony > RTP > RTP Streams, columns Lost and Mean Jitter; `stun.time > 0.1` " +
			"for the media flow.",
	},
	Remediation: "Watch the site's trend; look for a link near its limit, Wi-Fi, or a detour before users complain.",
	Refs:        []string{qualityRef, "ITU-T G.114", "Cisco UC design practice: 1 % loss, 30 ms jitter, 150 ms one way"},
	Rows:        []string{"payload_types", "prefixes"},
	Needs:       []string{"media_stream", "flow with stun", "capture_health that allows it"},
	Thresholds:  []*audit.Limit{poorLoss, poorJitter, poorDelay, delayAnswers, bandJitterBad, bandJitter, bandLossBad, bandLoss, bandDelayBad, bandDelay, classifiedFrom, classifiedFor},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &inBand{env: e, missing: audit.NewCounter(16), groups: audit.NewGroups(&bandCitation)}
	}),
}

// measure is one measure of a stream and whether it lies in the band, and in its upper half.
type measure struct {
	name    string
	value   float64
	text    wording.Text
	in, bad bool
	poor    bool // beyond the band
	conf    record.Confidence
}

func inBandOf(name string, value, from, bad, poor float64, text wording.Arg, conf record.Confidence) measure {
	return measure{name, value, wording.New("qua.value", "%s", text), value >= from && value < poor, value >= bad, value >= poor, conf}
}

// measuresOf measures a stream; missing is why its loss could not be judged.
func measuresOf(e *audit.Env, m *observe.Stream) (list []measure, missing wording.Text) {
	w, conf, missing := networkLoss(m)
	if missing.Format == "" && w.doubt(e.Value(bandLoss)) {
		missing = captureMay
	}
	if missing.Format == "" {
		v := percent(w.sure(), w.sent)
		list = append(list, inBandOf("loss", v, e.Value(bandLoss), e.Value(bandLossBad), e.Value(poorLoss),
			wording.Percent(v), conf))
	}
	if m.Kind == "audio" && m.JitterMeanMs != nil && !m.Flow.ClockStep {
		conf := record.Confirmed
		if m.ClockSource != "known" {
			conf = record.Probable
		}
		v := *m.JitterMeanMs
		list = append(list, inBandOf("jitter", v, e.Value(bandJitter), e.Value(bandJitterBad), e.Value(poorJitter),
			milliseconds(v), conf))
	}
	if v, ok := measuredDelay(e, m.Flow); ok {
		list = append(list, inBandOf("round trip", v, e.Value(bandDelay), e.Value(bandDelayBad), e.Value(poorDelay),
			milliseconds(v), record.Confirmed))
	}
	return list, missing
}

// inBand gathers the streams in the band by site or subnet.
type inBand struct {
	env                *audit.Env
	seen, judged, poor int64
	missing            audit.Counter
	groups             audit.Groups
}

var bandCitation = audit.Citation{Kind: "interval-series", Largest: true, Fields: func(f *observe.Flow) map[string]string {
	m := qualityFields(f)
	for k, v := range roundTrip(f) {
		m[k] = v
	}
	return m
}}

// Add implements audit.Fold.
func (b *inBand) Add(f *observe.Flow) {
	for i := range f.Streams {
		if m := &f.Streams[i]; overUDP(m) {
			b.stream(f, m)
		}
	}
}

func (b *inBand) stream(f *observe.Flow, m *observe.Stream) {
	b.seen++
	if !longEnough(b.env, m) {
		b.missing.Add(longer.String(), 1)
		return
	}
	list, missing := measuresOf(b.env, m)
	if slices.ContainsFunc(list, func(x measure) bool { return x.poor }) {
		b.poor++
	}
	g := b.groups.At(f.Subject)
	g.Judged++
	if in := b.add(g, m, list); missing.Format != "" && !in {
		b.missing.Add(missing.String(), 1)
		return
	}
	b.judged++
}

func (b *inBand) add(g *audit.Group, m *observe.Stream, list []measure) (in bool) {
	for _, x := range list {
		if !x.in {
			continue
		}
		in = true
		g.Flow(b.env, m.Flow, &bandCitation)
		if x.name == "loss" {
			countRepair(g, m)
			countWay(g, m)
		}
		g.Raise(x.conf)
		if x.bad {
			g.Sum("bad", 1)
		}
		g.Extreme(x.name, x.value, x.text)
	}
	if in {
		g.Count++
	}
	return in
}

// Merge implements audit.Fold.
func (b *inBand) Merge(other audit.Fold) {
	o := other.(*inBand)
	b.seen, b.judged, b.poor = b.seen+o.seen, b.judged+o.judged, b.poor+o.poor
	b.missing.Merge(&o.missing)
	b.groups.Merge(&o.groups)
}

// Close implements audit.Fold.
func (b *inBand) Close(s *audit.Scope) {
	o := audit.Outcome{Of: mediaStream, Seen: b.seen, Judged: b.judged, Pass: wording.New("qua004.pass", "no stream is in the warning band"),
		Missing: longer}
	if keys := b.missing.Keys(); len(keys) > 0 {
		most := slices.MaxFunc(keys, func(x, y string) int { return int(b.missing.Count(x) - b.missing.Count(y)) })
		o.Missing = wording.New("qua004.missing", "%s", most)
	}
	if b.poor > 0 {
		o.Pass = wording.New("qua004.beyond", "no stream is in the warning band, %d beyond it (WXA-QUA-001 to 003)", b.poor)
	}
	for g := range b.groups.All {
		if g.Count == 0 {
			continue
		}
		state := record.Warn
		if g.Sums["bad"] > 0 {
			state = record.Fail
		}
		var worst []wording.Text
		for _, k := range slices.Sorted(maps.Keys(g.Worst)) {
			worst = append(worst, wording.New("qua004.up", "%s up to %s", k, g.Worst[k].Of))
		}
		s.Report(g, audit.Verdict{
			State: state,
			Summary: withMends(g, withWay(g, wording.New("qua004.fail", "%d of %s of %s in %s in the warning band: %s", g.Count,
				wording.CountOf(g.Judged, mediaStream), clients(g), subject(g), wording.List(worst)))),
			Remediation: lookAtSide(g),
			Expected: wording.New("qua004.expected", "loss below %s, jitter below %s, round trip below %s", wording.Percent(s.Value(bandLoss)),
				milliseconds(s.Value(bandJitter)), milliseconds(s.Value(bandDelay))),
			Actual: wording.New("qua004.actual", "%s", wording.List(worst)),
		})
	}
	s.Conclude(o)
}
