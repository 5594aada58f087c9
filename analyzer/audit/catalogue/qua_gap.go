package catalogue

import (
	"slices"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	standstillFrom = audit.NewLimit("WXA-QUA-006.min_ms", "ms", 2000, 1000, 1000, 200, 60_000, "ours", "minimum time without a packet")
)

var qua006 = &audit.Rule{
	ID: "WXA-QUA-006", Title: "Media stood still", Severity: record.Medium,
	Plain: "media stood still (%s)",
	Doc: audit.Doc{
		What: "A media stream that was running stood still for a second or longer and then went on.",
		Why: "Users hear nothing or see a frozen picture for that time; the average loss of a call hardly " +
			"shows it.",
		Trigger: "No packet of an audio, video or share stream over UDP for min_ms or longer, with at least " +
			"half of the usual packets in the seconds before and after, and the numbers prove that the " +
			"sender went on: either half of what belongs into the gap is lost, or (audio) it comes all " +
			"at once after it.",
		LookAlikes: "A sender that mutes, pauses its video or suppresses silence leaves no gap in the RTP " +
			"sequence numbers and stays silent here. A sensor that paused loses both directions at once: " +
			"such packets are counted for the capture, and where capture loss has no place nothing is " +
			"judged. Looked at are the rows of one second, the first two hours of a stream.",
		Verify: "Wireshark: Telephony > RTP > Stream Analysis of `rtp.ssrc == SSRC`, sort by Delta; compare " +
			"the sequence numbers before and after.",
	},
	Remediation: "Compare the times with Wi-Fi roaming, link flaps, route changes and fail-overs.",
	Refs:        []string{"RFC 3550 section 6.4.1", "W3C webrtc-stats: freezeCount"},
	Rows:        []string{"payload_types", "prefixes"},
	Needs:       []string{"media_interval of one second", "capture_health that allows it"},
	Thresholds:  []*audit.Limit{standstillFrom, classifiedFrom, classifiedFor},
	Under:       []audit.Root{{Rule: "WXA-NAT-001"}, {Rule: "WXA-QUA-001", Same: audit.SameFlows}},
	Judge:       audit.Custom(beginStandstills),
}

// standstills grades streams by gaps in which the sender went on. Beside it it remembers the seconds in which a stream
// ran without a gap: they show that the sensor was at work.
type standstills struct {
	audit.Fold
	steady audit.Set[record.Time]
	gaps   map[record.Subject]*audit.Set[record.Time] // ends of gaps of which the capture lost nothing
}

const (
	maxSteady = 100_000
	maxGaps   = 1000
	steadyMs  = 500 // a stream without a longer gap in a second
)

func beginStandstills(e *audit.Env) audit.Fold {
	s := &standstills{steady: audit.NewSet[record.Time](maxSteady), gaps: map[record.Subject]*audit.Set[record.Time]{}}
	s.Fold = graded{
		of: mediaStream, pass: wording.New("qua006.pass", "none stood still"),
		applies: func(_ *audit.Env, m *observe.Stream) bool { return overUDP(m) }, grade: s.grade, field: "gap", report: s.verdict,
	}.perStream().Begin(e)
	return s
}

// Add implements audit.Fold.
func (s *standstills) Add(f *observe.Flow) {
	for i := range f.Streams {
		for _, r := range f.Streams[i].Every(1) {
			if r.MaxGapMs < steadyMs {
				s.steady.Add(r.StartTime)
			}
		}
	}
	s.Fold.Add(f)
}

// Merge implements audit.Fold.
func (s *standstills) Merge(other audit.Fold) {
	o := other.(*standstills)
	s.steady.Merge(&o.steady)
	for k, set := range o.gaps {
		s.gapsOf(k).Merge(set)
	}
	s.Fold.Merge(o.Fold)
}

func (s *standstills) gapsOf(k record.Subject) *audit.Set[record.Time] {
	if s.gaps[k] == nil {
		set := audit.NewSet[record.Time](maxGaps)
		s.gaps[k] = &set
	}
	return s.gaps[k]
}

func (s *standstills) grade(e *audit.Env, m *observe.Stream) grade {
	rows := m.Every(1)
	switch {
	case m.Flow.LossGate != "":
		return grade{missing: wording.New("qua.gate", "%s", m.Flow.LossGate)}
	case len(rows) == 0:
		return grade{missing: wording.New("qua006.rows", "rows of one second (media_interval)")}
	}
	var g grade
	for _, r := range still(m, rows, e.Value(standstillFrom)) {
		g.poor = true
		if r.MaxGapMs > g.value {
			g.value = r.MaxGapMs
			g.text = wording.New("qua006.gap", "%s until %s", milliseconds(r.MaxGapMs), wording.Clock(r.StartTime.Time(), false))
		}
		if r.CaptureLost == 0 {
			s.gapsOf(m.Flow.Subject).Add(r.StartTime)
		}
	}
	return g
}

func (s *standstills) verdict(scope *audit.Scope, g *audit.Group) audit.Verdict {
	worst, limit := g.Worst["worst"], milliseconds(scope.Value(standstillFrom))
	conf := record.Probable
	if slices.ContainsFunc(s.gapsOf(g.Subject).List(), s.steady.Has) {
		conf = record.Confirmed // another stream ran meanwhile: the sensor was at work
	}
	return audit.Verdict{
		State: record.Fail, Confidence: conf,
		Summary: wording.New("qua006.fail", "%s stood still while the sender went on (worst: %s, %s)", poorStreams(g),
			milliseconds(worst.Value), worst.Of),
		Expected: wording.New("qua006.expected", "no standstill of %s or longer", limit),
		Actual:   wording.New("qua006.actual", "%s at worst", milliseconds(worst.Value)),
	}
}

// usual is the middle number of packets of the rows that have any.
func usual(rows []*record.MediaInterval) float64 {
	var n []int64
	for _, r := range rows {
		n = append(n, r.Packets)
	}
	slices.Sort(n)
	return float64(n[len(n)/2])
}

// running reports whether one of two rows has half of the usual packets. The row that a gap cuts may hold fewer, so its
// neighbour counts as well.
func running(rows []*record.MediaInterval, i, j int, rate float64) bool {
	for _, k := range []int{i, j} {
		if k >= 0 && k < len(rows) && float64(rows[k].Packets)*2 >= rate {
			return true
		}
	}
	return false
}

// still are the rows whose packets ended a gap of at least so many milliseconds in which the sender went on.
func still(m *observe.Stream, rows []*record.MediaInterval, from float64) (list []*record.MediaInterval) {
	rate := usual(rows)
	for i, r := range rows {
		gap := r.MaxGapMs / 1e3
		joined := r.StartTime.Sub(rows[max(i-1, 0)].StartTime) <= time.Duration((gap+2)*1e9)
		if r.MaxGapMs < from || !joined || !running(rows, i-1, i-2, rate) || !running(rows, i, i+1, rate) {
			continue
		}
		lost := float64(r.Lost) >= rate*gap/2
		heldUp := m.Kind == "audio" && float64(r.Packets) >= rate*(1+gap/2)
		if lost || heldUp {
			list = append(list, r)
		}
	}
	return list
}
