package catalogue

import (
	"fmt"
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// fromAnalytics is where the marks of poor media come from.
const fromAnalytics = "published: Control Hub analytics, calling quality: poor from 5 % loss, 400 ms latency or 150 ms jitter (2025)"

const qualityRef = "Control Hub analytics, calling quality: poor from 5 % loss, 400 ms latency or 150 ms jitter"

var (
	classifiedFrom = audit.NewLimit("WXA-QUA-009.min_packets", "packets", 100, 100, 100, 2, 1e6, "ours: one lost packet is 1 % of a hundred", "minimum number of packets of a media stream that is classified")
	classifiedFor  = audit.NewLimit("WXA-QUA-009.min_seconds", "s", 20, 20, 20, 1, 3600, "ours: the boundary of short calls in Unified CM call quality grades", "minimum duration of a media stream that is classified")
)

var mediaStream = wording.Noun{One: "media stream", Many: "media streams"}

var (
	captureMay = wording.New("qua.capture", "a capture that is complete: what it lost itself may make the difference (lost_low, lost_high)")
	longer     = wording.New("qua.longer", "streams of 20 s and 100 packets or more: capture for longer")
)

// countsForQuality reports whether loss and jitter of the stream are judged: audio, video and share, over UDP or framed
// in TCP (RFC 4571).
func countsForQuality(m *observe.Stream) bool {
	return slices.Contains([]string{"audio", "video", "share"}, m.Kind)
}

// overUDP is countsForQuality for what a stream over TCP does not show: TCP holds up and puts into order.
func overUDP(m *observe.Stream) bool { return countsForQuality(m) && m.Flow.Proto == "udp" }

// longEnough reports whether the stream is long enough to be classified.
func longEnough(e *audit.Env, m *observe.Stream) bool {
	return m.EndTime.Sub(m.StartTime).Seconds() >= e.Value(classifiedFor) &&
		float64(m.Packets) >= e.Value(classifiedFrom)
}

// graded is a rule that grades one stream after the other.
type graded struct {
	of      wording.Noun
	pass    wording.Text
	applies func(*audit.Env, *observe.Stream) bool
	grade   func(*audit.Env, *observe.Stream) grade
	field   string // the evidence's name for the text of the worst stream of a flow
	way     bool   // it is of loss, and the evidence shows where that arose
	report  func(*audit.Scope, *audit.Group) audit.Verdict
	spoils  wording.Text        // as of audit.Per
	absence func() wording.Text // as of audit.Per
}

// grade is what a rule makes of one stream.
type grade struct {
	value   float64 // the larger the worse
	poor    bool
	conf    record.Confidence
	missing wording.Text // what it would take to judge the stream; the zero Text where it was judged
	text    wording.Text // of the measure, for the evidence
}

func (r graded) perStream() audit.PerStream {
	return audit.PerStream{
		Of: r.of, Pass: r.pass, Missing: longer, Applies: r.applies, Spoils: r.spoils, Absence: r.absence,
		Lacks: func(e *audit.Env, m *observe.Stream) wording.Text {
			if !longEnough(e, m) {
				return longer
			}
			return r.grade(e, m).missing
		},
		Breaks: func(e *audit.Env, m *observe.Stream, g *audit.Group) bool {
			x := r.grade(e, m)
			if x.poor {
				addPoor(g, m, x.value)
			}
			return x.poor
		},
		Confidence: func(e *audit.Env, m *observe.Stream) record.Confidence { return r.grade(e, m).conf },
		Cite:       audit.Citation{Kind: "interval-series", Largest: true, Items: r.items},
		Report:     func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) { return r.report(s, g), true },
	}
}

// items show of a flow the measure of its worst stream.
func (r graded) items(e *audit.Env, f *observe.Flow) []record.Evidence {
	fields, worst := map[string]string{}, 0.0
	for i := range f.Streams {
		m := &f.Streams[i]
		if r.applies != nil && !r.applies(e, m) {
			continue
		}
		if x := r.grade(e, m); x.text.Format != "" && (fields[r.field] == "" || x.value > worst) {
			worst = x.value
			fields = map[string]string{r.field: x.text.String(), "ssrc": fmt.Sprintf("0x%08x", m.SSRC)}
			if r.way {
				wayFields(m, fields)
			}
		}
	}
	return e.Packets("interval-series", f, fields)
}

// addPoor books a poor stream with its direction, and the worst of all.
func addPoor(g *audit.Group, m *observe.Stream, value float64) {
	from := "from the cloud"
	if m.Upstream {
		g.Sum("up", 1)
		from = "from the client"
	} else {
		g.Sum("down", 1)
	}
	g.Sum(m.Kind, 1)
	countRepair(g, m)
	countWay(g, m)
	g.Extreme("worst", value, wording.New("qua.what", "%s %s", m.Kind, from))
}

// poorStreams names the poor streams of a group: "1 media stream to 1 client in 10.20.1.0/24", "2 of 4 media streams
// from 1 client in …".
func poorStreams(g *audit.Group) wording.Text {
	way := "of"
	switch {
	case g.Sums["up"] == 0:
		way = "to"
	case g.Sums["down"] == 0:
		way = "from"
	}
	if g.Count == g.Judged {
		return wording.New("qua.all", "%s %s %s in %s", wording.CountOf(g.Count, mediaStream), way, clients(g), subject(g))
	}
	return wording.New("qua.some", "%d of %s %s %s in %s", g.Count, wording.CountOf(g.Judged, mediaStream), way, clients(g), subject(g))
}

// qualityFields shows loss and jitter of the flow's streams, the worst of each. Those that repair others tell nothing
// of what people hear and see.
func qualityFields(f *observe.Flow) map[string]string {
	m := map[string]string{}
	var loss, jitter float64
	for i := range f.Streams {
		s := &f.Streams[i]
		if repairs(s) {
			continue
		}
		if w := onWayOf(s); w.sent > 0 {
			if pct := percent(lostOf(s), w.sent); m["loss"] == "" || pct > loss {
				loss = pct
				wayFields(s, m)
			}
			m["loss"] = wording.Percent(loss).String()
		}
		if s.JitterMeanMs != nil {
			jitter = max(jitter, *s.JitterMeanMs)
			m["jitter_mean_ms"] = fmt.Sprintf("%.1f", jitter)
		}
	}
	return m
}
