package view

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

// CallVerdict is what the findings and the measurements say of one call.
type CallVerdict string

// The verdicts on a call. Bad: a cause of severity high or critical concerns its media. Warn: one of medium severity,
// one that is only possible, or one that is waived. Good: none does, and loss was measured in both directions.
// NotJudged: all others.
const (
	CallBad       CallVerdict = "BAD"
	CallWarn      CallVerdict = "WARN"
	CallNotJudged CallVerdict = "NOT JUDGED"
	CallGood      CallVerdict = "GOOD"
)

// CallVerdicts are the verdicts, worst first.
var CallVerdicts = []CallVerdict{CallBad, CallWarn, CallNotJudged, CallGood}

// CallVerdictCount is how many calls have a verdict.
type CallVerdictCount struct {
	Verdict CallVerdict
	Calls   int
}

// Call is a session with what is said of it.
type Call struct {
	*record.Session
	Verdict CallVerdict
	Causes  []int  // numbers of the roots that concern its media, from 1, in their order
	Why     string // where no cause is named
	Up      Leg    // from the client
	Down    Leg    // to the client
	RTTMs   *float64
	Line    *Timeline
	Steps   *Series // loss, jitter and rate over time; nil where no stream was seen
}

// Leg is one direction of a call.
type Leg struct {
	LossPercent *float64 // of the stream that lost most; nil: not measured
	JitterMs    *float64 // of the stream with the highest mean
	Lost        int64    // packets of all streams
	Expected    int64
	CaptureLost int64
	Marks       []int // DSCP values of at least 5 % of the packets, the most frequent first
	Audio       []int // the same of audio alone; empty where it cannot be told from the rest
}

// markShare is the share of packets from which a mark is named.
const markShare = 0.05

// calls judges each call, and draws its time line.
func (d *details) calls() {
	d.judgeAll()
	for i, c := range d.Calls {
		d.timeline(c, i < fineCalls)
	}
}

// judgeAll judges each call, and puts the worst first, then the longest.
func (d *details) judgeAll() {
	touching, waived := touching(d.v.Roots), touching(d.v.Waived)
	for _, s := range d.v.Calls {
		c := &Call{Session: s}
		d.measure(c)
		for i, ids := range touching {
			if d.concerns(s, d.v.Roots[i], ids) {
				c.Causes = append(c.Causes, i+1)
			}
		}
		var excused []string
		for i, ids := range waived {
			if r := d.v.Waived[i]; d.concerns(s, r, ids) && !slices.Contains(excused, r.Title) {
				excused = append(excused, r.Title)
			}
		}
		d.judge(c, excused)
		d.Calls = append(d.Calls, c)
	}
	slices.SortStableFunc(d.Calls, func(a, b *Call) int {
		return cmp.Or(cmp.Compare(slices.Index(CallVerdicts, a.Verdict), slices.Index(CallVerdicts, b.Verdict)),
			cmp.Compare(b.EndTime.Sub(b.StartTime), a.EndTime.Sub(a.StartTime)))
	})
	for _, c := range d.Calls {
		if n := len(d.CallsBy); n == 0 || d.CallsBy[n-1].Verdict != c.Verdict {
			d.CallsBy = append(d.CallsBy, CallVerdictCount{Verdict: c.Verdict})
		}
		d.CallsBy[len(d.CallsBy)-1].Calls++
	}
}

// JudgedCalls judges the calls of a run and counts them by verdict, without what only a page of many draws. The set is
// the one that the view was made of.
func (v *View) JudgedCalls(s *record.Set) ([]*Call, []CallVerdictCount) {
	d := &details{v: v, set: s, flows: map[string]*record.Flow{}, streams: map[string]*record.MediaStream{}}
	for _, c := range v.Calls {
		for _, id := range c.FlowIDs {
			d.flows[id] = nil
		}
	}
	for _, f := range s.Flows {
		if _, ok := d.flows[f.FlowID]; ok {
			d.flows[f.FlowID] = f
		}
	}
	for _, m := range s.Streams {
		if _, ok := d.flows[m.FlowID]; ok {
			d.streams[m.StreamID] = m
		}
	}
	d.limits()
	d.judgeAll()
	return d.Calls, d.CallsBy
}

// touching are the flows of each root and of what follows from it.
func touching(roots []*Root) (list []map[string]bool) {
	for _, r := range roots {
		ids := map[string]bool{}
		for _, f := range append([]*record.Finding{r.Finding}, r.Follows...) {
			for _, id := range f.FlowIDs {
				ids[id] = true
			}
		}
		list = append(list, ids)
	}
	return list
}

// listedFlows is how many flows a finding lists at most.
const listedFlows = 1000

// concerns reports whether a root is about the media of a call. Of a finding with more flows than it lists, the
// client's address and the time must do.
func (d *details) concerns(s *record.Session, r *Root, ids map[string]bool) bool {
	for _, id := range s.FlowIDs {
		f := d.flows[id]
		if ids[id] && (f == nil || f.Function.IsMedia() || s.Transport == record.None) {
			return true
		}
	}
	return len(r.FlowIDs) >= listedFlows && slices.Contains(r.Clients, s.Client.String()) &&
		r.FirstSeen <= s.EndTime && r.LastSeen >= s.StartTime
}

// judge gives a call its verdict. Excused are the titles of waived causes that concern it.
func (d *details) judge(c *Call, excused []string) {
	worst := CallGood
	for _, n := range c.Causes {
		r := d.v.Roots[n-1]
		switch {
		case r.State == record.Fail && r.Severity.Rank() >= record.High.Rank() && r.Confidence != record.Possible:
			worst = CallBad
		case r.Severity.Rank() >= record.Medium.Rank() && worst != CallBad:
			worst = CallWarn
		}
	}
	c.Verdict = worst
	if worst != CallGood {
		return
	}
	if len(excused) > 0 {
		c.Verdict, c.Why = CallWarn, "Waived: "+strings.Join(excused, "; ")+"."
		return
	}
	if c.Why = d.unmeasured(c); c.Why != "" {
		c.Verdict = CallNotJudged
	} else if len(c.Causes) == 0 {
		c.Why = "No fault was seen in what was measured."
	}
}

// unmeasured says why a call cannot be called good.
func (d *details) unmeasured(c *Call) string {
	up, down := c.Up.LossPercent != nil, c.Down.LossPercent != nil
	switch {
	case c.Transport == record.None:
		return "No media was carried."
	case !d.v.Totals.LossAssessable:
		return "The capture itself lacks packets, so loss on the network cannot be told."
	case c.Transport == record.TLS || c.Transport == record.TLSProxied:
		return "Media is inside TLS, which hides loss and jitter."
	case !up && !down:
		return "No media stream was long enough to measure."
	case !up:
		return "No stream from the client was long enough to measure."
	case !down:
		return "No stream to the client was long enough to measure."
	}
	return ""
}

// measure sums the streams of a call up.
func (d *details) measure(c *Call) {
	up, down, audioUp, audioDown := record.DSCP{}, record.DSCP{}, record.DSCP{}, record.DSCP{}
	seen := map[string]bool{}
	for _, id := range c.StreamIDs {
		m := d.streams[id]
		if m == nil {
			continue
		}
		seen[m.FlowID] = true
		if m.Upstream {
			d.measureStream(&c.Up, m, up, audioUp)
		} else {
			d.measureStream(&c.Down, m, down, audioDown)
		}
	}
	var rtts []float64
	for _, id := range c.FlowIDs {
		f := d.flows[id]
		if f == nil || !f.Function.IsMedia() {
			continue
		}
		if f.STUN != nil && f.STUN.RTTMs != nil {
			rtts = append(rtts, *f.STUN.RTTMs)
		}
		if !seen[id] {
			addMarks(up, f.Up().DSCP)
			addMarks(down, f.Down().DSCP)
		}
	}
	c.Up.Marks, c.Down.Marks = mainMarks(up), mainMarks(down)
	c.Up.Audio, c.Down.Audio = mainMarks(audioUp), mainMarks(audioDown)
	if len(rtts) > 0 {
		slices.Sort(rtts)
		c.RTTMs = &rtts[len(rtts)/2]
	}
}

func (d *details) measureStream(l *Leg, m *record.MediaStream, marks, audio record.DSCP) {
	addMarks(marks, m.DSCP)
	if m.Kind == "audio" {
		addMarks(audio, m.DSCP)
	}
	if !isPicture(m.Kind) {
		return
	}
	l.Lost += m.Lost
	l.Expected += m.Expected
	l.CaptureLost += m.CaptureLost
	if !d.long(m) || strings.HasPrefix(string(d.transportOf(m)), "t") {
		return
	}
	if loss := 100 * float64(m.Lost) / float64(m.Expected); l.LossPercent == nil || loss > *l.LossPercent {
		l.LossPercent = &loss
	}
	if j := m.JitterMeanMs; j != nil && (l.JitterMs == nil || *j > *l.JitterMs) {
		l.JitterMs = j
	}
}

func (d *details) transportOf(m *record.MediaStream) record.Transport {
	if f := d.flows[m.FlowID]; f != nil {
		return f.Transport
	}
	return record.UDP
}

// long reports whether a stream has packets enough for a percentage, by the limit of the run.
func (d *details) long(m *record.MediaStream) bool {
	least := 100.0
	if t := d.Limits.MinPackets; t != nil {
		least = t.Value
	}
	return m.Expected > 0 && float64(m.Expected) >= least
}

func addMarks(to, more record.DSCP) {
	for mark, n := range more {
		to[mark] += n
	}
}

// mainMarks are the marks that at least a twentieth of the packets have.
func mainMarks(h record.DSCP) []int {
	marks := slices.Sorted(maps.Keys(h))
	slices.SortStableFunc(marks, func(a, b int) int { return cmp.Compare(h[b], h[a]) })
	return slices.DeleteFunc(marks, func(m int) bool { return h.Share(m) < markShare })
}
