package view

import (
	"cmp"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Points is a comparison of two capture points as people are shown it.
type Points struct {
	Of      *record.Comparison       `json:"-"`
	Clock   wording.Text             `json:"clock,omitzero"` // how the clocks stand to each other
	Ways    []*PointsWay             `json:"ways,omitempty"` // A to B, B to A, and what is not known
	Streams []*record.ComparedStream `json:"-"`              // worst first
}

// PointsWay sums up the compared streams of one direction between the points.
type PointsWay struct {
	From       string  `json:"from,omitempty"` // A or B; empty: it is not known which is the first
	To         string  `json:"to,omitempty"`
	Streams    int     `json:"streams"`
	Expected   int64   `json:"expected"`
	Before     int64   `json:"before"`  // lost before the first point
	Between    int64   `json:"between"` // lost between them; where it is not known which is first: seen at one alone
	Unseen     int64   `json:"unseen"`  // that the first point's capture lacks
	Both       int64   `json:"both"`
	Remarked   int64   `json:"remarked"`
	DelayMinMs float64 `json:"delay_min_ms,omitempty"`
	DelayP95Ms float64 `json:"delay_p95_ms,omitempty"` // the largest of the streams'
	Delayed    bool    `json:"-"`                      // whether the delay is known
}

// points computes the comparison of a run that is one.
func (v *View) points(s *record.Set) {
	if s.Comparison == nil {
		return
	}
	p := &Points{Of: s.Comparison, Streams: slices.Clone(s.Compared)}
	p.Clock = p.clock()
	for _, first := range []string{"a", "b", ""} {
		w := &PointsWay{}
		w.From, w.To = Ends(first)
		for _, x := range s.Compared {
			if x.Problem == "" && x.First == first {
				w.add(x)
			}
		}
		if w.Streams > 0 {
			p.Ways = append(p.Ways, w)
		}
	}
	slices.SortStableFunc(p.Streams, func(a, b *record.ComparedStream) int {
		return cmp.Or(cmp.Compare(badness(b), badness(a)), cmp.Compare(b.Expected, a.Expected))
	})
	v.Points = p
}

// Ends are the letters of the first and the second point; empty where it is not known which is which.
func Ends(first string) (from, to string) {
	switch first {
	case "a":
		return "A", "B"
	case "b":
		return "B", "A"
	}
	return "", ""
}

// badness orders streams: by the share of packets that one point lacks or that have another mark.
func badness(x *record.ComparedStream) float64 {
	if x.Expected == 0 {
		return 0
	}
	return float64(x.Expected-x.Both)/float64(x.Expected) + 0.01*float64(x.Remarked)/float64(max(x.Both, 1))
}

func (w *PointsWay) add(x *record.ComparedStream) {
	w.Streams++
	w.Expected += x.Expected
	w.Before += x.Neither
	w.Both += x.Both
	w.Remarked += x.Remarked
	if x.LostBetween != nil {
		w.Between += *x.LostBetween
		w.Unseen += *x.CaptureLost
	} else {
		w.Between += x.OnlyA + x.OnlyB
	}
	if x.DelayMinMs != nil {
		if !w.Delayed || *x.DelayMinMs < w.DelayMinMs {
			w.DelayMinMs = *x.DelayMinMs
		}
		w.DelayP95Ms, w.Delayed = max(w.DelayP95Ms, *x.DelayP95Ms), true
	}
}

// clock says how the clocks of the points stand to each other.
func (p *Points) clock() wording.Text {
	c := p.Of
	if c.ClockOffsetMs == nil {
		return wording.Text{}
	}
	drift := wording.New("points.no-drift", "their drift is too short to tell")
	if c.ClockDriftPPM != nil {
		drift = wording.New("points.drift", "it gains %s ppm", wording.Decimal(*c.ClockDriftPPM))
	}
	if c.ClockMethod == "unknown-direction" {
		return wording.New("points.blind", "The clock of B is %s ms ahead of A's, less or more the delay, as it is not known which point comes "+
			"first; %s.", wording.Decimal(*c.ClockOffsetMs), drift)
	}
	if c.ClockErrorMs == nil {
		return wording.New("points.one-way", "The clock of B is %s ms ahead of A's, the least delay included, as packets of one direction alone "+
			"were matched; %s. Delays are those beyond the least.", wording.Decimal(*c.ClockOffsetMs), drift)
	}
	return wording.New("points.clock", "The clock of B is %s ms ahead of A's, ± %s ms; %s. That was measured on the packets of both "+
		"directions and is taken off.", wording.Decimal(*c.ClockOffsetMs), wording.Decimal(*c.ClockErrorMs), drift)
}

// NoWebex reports whether a run of one capture point saw no Webex traffic.
func (v *View) NoWebex() bool {
	return v.Summary != nil && v.Summary.WebexFlows == 0 && v.Points == nil
}
