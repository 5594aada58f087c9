package audit

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// listedFlows is how many flows a finding lists at most, and how many calls.
const listedFlows = 1000

// JudgeCalls measures each call, says which findings concern its media, and gives it its verdict. It may be called
// again after states of findings have changed. The set gets a new list of calls; findings get theirs.
func JudgeCalls(set *record.Set, findings []*record.Finding) {
	j := newJudge(set, findings)
	calls := make([]*record.Session, len(set.Sessions))
	for i, s := range set.Sessions {
		c := *s
		j.measure(&c)
		c.Verdict, c.CauseIDs = "", nil
		record.Say(&c.Why, &c.Messages.Why, wording.Text{})
		calls[i] = &c
	}
	set.Sessions = calls
	excused := make([][]string, len(calls)) // titles of waived causes
	for _, f := range findings {
		if !accuses(f) && f.State != record.Waived {
			continue
		}
		f.SessionIDs = nil
		top := j.top(f)
		for _, i := range j.concerned(f, calls) {
			if len(f.SessionIDs) < listedFlows {
				f.SessionIDs = append(f.SessionIDs, calls[i].SessionID)
			}
			if top.State == record.Waived {
				excused[i] = appendNew(excused[i], top.Title)
			} else if !isRemark(top) && !top.AboutCapture() {
				calls[i].CauseIDs = appendNew(calls[i].CauseIDs, top.FindingID)
			}
		}
	}
	for i, c := range calls {
		j.verdict(c, excused[i])
	}
}

// appendNew appends what is not in the list.
func appendNew(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// callFlow is what a call needs to know of one of its flows.
type callFlow struct {
	media bool
	hides bool // its transport hides loss
	// of media
	rtt      *float64 // ms
	up, down record.DSCP
}

// callJudge holds the records by what they are looked up by.
type callJudge struct {
	flows      map[string]*callFlow // of calls; nil: it is not there
	streams    map[string]*record.MediaStream
	callsOf    map[string][]int // by flow, those whose media it is
	byID       map[string]*record.Finding
	rank       map[string]int // of a finding, in their order
	minPackets float64
	assessable bool // no input says that its gaps tell nothing
}

func newJudge(set *record.Set, findings []*record.Finding) *callJudge {
	j := &callJudge{flows: map[string]*callFlow{}, streams: map[string]*record.MediaStream{},
		callsOf: map[string][]int{}, byID: map[string]*record.Finding{}, rank: map[string]int{}, minPackets: 100,
		assessable: true}
	for _, s := range set.Sessions {
		for _, id := range s.FlowIDs {
			j.flows[id] = nil
		}
	}
	j.readFlows(set)
	for i, s := range set.Sessions {
		for _, id := range s.FlowIDs {
			if f := j.flows[id]; f == nil || f.media || s.Transport == record.None {
				j.callsOf[id] = append(j.callsOf[id], i)
			}
		}
	}
	for _, m := range set.Streams {
		if _, ok := j.flows[m.FlowID]; ok {
			j.streams[m.StreamID] = m
		}
	}
	for _, h := range set.Health {
		j.assessable = j.assessable && h.LossAssessable
	}
	j.remember(findings)
	return j
}

// readFlows reads the flows of calls. Most are signalling, of which all alike are one.
func (j *callJudge) readFlows(set *record.Set) {
	if len(j.flows) == 0 {
		return
	}
	other, hiding := new(callFlow), &callFlow{hides: true}
	for _, f := range set.EachWebex {
		if _, ok := j.flows[f.FlowID]; !ok {
			continue
		}
		hides := strings.HasPrefix(string(f.Transport), "t")
		c := other
		switch {
		case f.Function.IsMedia():
			c = &callFlow{media: true, hides: hides, up: maps.Clone(f.Up().DSCP), down: maps.Clone(f.Down().DSCP)}
			if f.STUN != nil && f.STUN.RTTMs != nil {
				rtt := *f.STUN.RTTMs
				c.rtt = &rtt
			}
		case hides:
			c = hiding
		}
		j.flows[strings.Clone(f.FlowID)] = c
	}
}

// remember looks at the findings: which there are, and the limit that the run had.
func (j *callJudge) remember(findings []*record.Finding) {
	for i, f := range findings {
		j.byID[f.FindingID], j.rank[f.FindingID] = f, i
		for _, t := range f.Thresholds {
			if t.Name == "WXA-QUA-009.min_packets" {
				j.minPackets = t.Value
			}
		}
	}
}

// isRemark tells an accusation that changes no verdict.
func isRemark(f *record.Finding) bool { return f.State == record.Warn && f.Severity == record.Info }

// top is the last finding on the way from one to what it follows from: itself where it is waived, or where the way
// leads in a circle.
func (j *callJudge) top(f *record.Finding) *record.Finding {
	top := f
	for range j.byID {
		next := j.byID[top.CausedBy]
		if top.State == record.Waived || next == nil || !accuses(next) && next.State != record.Waived {
			return top
		}
		top = next
	}
	return f
}

// concerned are the calls whose media a finding is about. Of a finding with more flows than it lists, the client's
// address and the time must do.
func (j *callJudge) concerned(f *record.Finding, calls []*record.Session) (list []int) {
	for _, id := range f.FlowIDs {
		list = append(list, j.callsOf[id]...)
	}
	if len(f.FlowIDs) >= listedFlows {
		for i, c := range calls {
			if slices.Contains(f.Clients, c.Client.String()) && f.FirstSeen <= c.EndTime && f.LastSeen >= c.StartTime {
				list = append(list, i)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// verdict of a call. Excused are the titles of waived causes that concern it.
func (j *callJudge) verdict(c *record.Session, excused []string) {
	slices.SortFunc(c.CauseIDs, func(a, b string) int { return cmp.Compare(j.rank[a], j.rank[b]) })
	c.Verdict = record.CallGood
	for _, id := range c.CauseIDs {
		switch f := j.byID[id]; {
		case f.State == record.Fail && f.Severity.Rank() >= record.High.Rank() && f.Confidence != record.Possible:
			c.Verdict = record.CallBad
		case f.Severity.Rank() >= record.Medium.Rank() && c.Verdict != record.CallBad:
			c.Verdict = record.CallWarn
		}
	}
	switch {
	case c.Verdict != record.CallGood:
		return
	case len(excused) > 0:
		c.Verdict = record.CallWarn
		record.Say(&c.Why, &c.Messages.Why, waivedText(excused))
		return
	}
	why := j.unmeasured(c)
	if !why.IsZero() {
		c.Verdict = record.CallNotJudged
	} else if len(c.CauseIDs) == 0 {
		why = wording.New("why.good", "No fault was seen in what was measured.")
	}
	record.Say(&c.Why, &c.Messages.Why, why)
}

// waivedText names what was waived.
func waivedText(titles []string) wording.Text {
	var list []wording.Text
	for _, title := range titles {
		list = append(list, wording.New("title", "%s", title))
	}
	return wording.New("why.waived", "Waived: %s.", wording.Join("titles", "; ", list))
}

// unmeasured says why a call cannot be called good.
func (j *callJudge) unmeasured(c *record.Session) (none wording.Text) {
	up, down := c.Up.LossPercent != nil, c.Down.LossPercent != nil
	switch {
	case c.Transport == record.None:
		return wording.New("why.none", "No media was carried.")
	case !j.assessable:
		return wording.New("why.capture", "The capture itself lacks packets, so loss on the network cannot be told.")
	case c.Transport == record.TLS || c.Transport == record.TLSProxied:
		return wording.New("why.tls", "Media is inside TLS, which hides loss and jitter.")
	case !up && !down:
		return wording.New("why.short", "No media stream was long enough to measure.")
	case !up:
		return wording.New("why.short-up", "No stream from the client was long enough to measure.")
	case !down:
		return wording.New("why.short-down", "No stream to the client was long enough to measure.")
	}
	return none
}

// measure sums the streams of a call up.
func (j *callJudge) measure(c *record.Session) {
	c.Up, c.Down, c.RTTMs = record.CallLeg{}, record.CallLeg{}, nil
	up, down, audioUp, audioDown := record.DSCP{}, record.DSCP{}, record.DSCP{}, record.DSCP{}
	seen := map[string]bool{}
	for _, id := range c.StreamIDs {
		m := j.streams[id]
		if m == nil {
			continue
		}
		seen[m.FlowID] = true
		if m.Upstream {
			j.measureStream(&c.Up, m, up, audioUp)
		} else {
			j.measureStream(&c.Down, m, down, audioDown)
		}
	}
	var rtts []float64
	for _, id := range c.FlowIDs {
		f := j.flows[id]
		if f == nil || !f.media {
			continue
		}
		if f.rtt != nil {
			rtts = append(rtts, *f.rtt)
		}
		if !seen[id] {
			up.Add(f.up)
			down.Add(f.down)
		}
	}
	c.Up.Marks, c.Down.Marks = up.Main(), down.Main()
	c.Up.Audio, c.Down.Audio = audioUp.Main(), audioDown.Main()
	if len(rtts) > 0 {
		slices.Sort(rtts)
		c.RTTMs = &rtts[len(rtts)/2]
	}
}

func (j *callJudge) measureStream(l *record.CallLeg, m *record.MediaStream, marks, audio record.DSCP) {
	marks.Add(m.DSCP)
	if m.Kind == "audio" {
		audio.Add(m.DSCP)
	}
	if m.Kind != "audio" && m.Kind != "video" && m.Kind != "share" {
		return
	}
	lost, sent := lostOnWay(m)
	l.Lost += lost
	l.Expected += sent
	l.CaptureLost += m.CaptureLost
	if f := j.flows[m.FlowID]; f != nil && f.hides || sent <= 0 || float64(m.Expected) < j.minPackets {
		return
	}
	if loss := 100 * float64(lost) / float64(sent); l.LossPercent == nil || loss > *l.LossPercent {
		l.LossPercent = &loss
	}
	if jitter := m.JitterMeanMs; jitter != nil && (l.JitterMs == nil || *jitter > *l.JitterMs) {
		l.JitterMs = jitter
	}
}

// lostOnWay is how many packets of a stream the network lost, of how many that were sent: numbers that the sender left
// out are none of these, and what was lost behind the capture point counts where the receiver tells it for sure.
func lostOnWay(m *record.MediaStream) (lost, sent int64) {
	lost, sent = m.Lost, m.Expected
	l := m.Ledger
	if l == nil {
		return lost, sent
	}
	if l.Unsent != nil {
		lost, sent = max(lost-*l.Unsent, 0), max(sent-*l.Unsent, 0)
	}
	if l.LostBehindLow != nil {
		lost += *l.LostBehindLow
	}
	return min(lost, sent), sent
}
