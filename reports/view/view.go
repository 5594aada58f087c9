// Package view computes once what more than one format shows of a run. In goes a record.Set, out comes a View: two
// verdicts, findings under what they follow from, sums over the inputs, calls, and what was not assessed. A format
// renders the View and adds up nothing itself.
package view

import (
	"cmp"
	"maps"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// View is a run as people are shown it. What it says in JSON stands in the summary document beside the records.
type View struct {
	Run     *record.Run             `json:"-"` // nil where the stream lacks it
	Summary *record.Summary         `json:"-"` // nil where the stream breaks off
	Inputs  []*record.CaptureHealth `json:"-"`
	All     []*record.Finding       `json:"-"` // as they came

	Network      Verdict         `json:"network"`
	Capture      Verdict         `json:"capture"`
	Severities   []SeverityCount `json:"severities,omitempty"`    // of the roots about the network, worst first
	Roots        []*Root         `json:"roots,omitempty"`         // about the network, by rank
	CaptureRoots []*Root         `json:"capture_roots,omitempty"` // of the rules about the capture and its data (CAP, DAT)
	Remarks      []*Root         `json:"remarks,omitempty"`       // of severity info: they change no verdict
	Waived       []*Root         `json:"waived,omitempty"`

	From      record.Time          `json:"from,omitzero"` // of the first packet
	To        record.Time          `json:"to,omitzero"`   // of the last
	Totals    record.CaptureHealth `json:"totals"`        // sums over all inputs
	Quality   []wording.Text       `json:"capture_quality,omitempty"`
	Damage    []Damage             `json:"damage,omitempty"`
	Copies    []wording.Text       `json:"copies,omitempty"` // files that seem to hold the same packets
	Picture   []record.Picture     `json:"-"`                // media first, then by size
	MediaTime []Share              `json:"media_time,omitempty"`
	Calls     []*record.Session    `json:"-"`                        // worst transport first
	CallsBy   []CallCount          `json:"calls_by_worst,omitempty"` // by the worst transport that they used
	Passed    []GroupCount         `json:"passed,omitempty"`
	Unseen    []GroupCount         `json:"not_observed,omitempty"`
	Points    *Points              `json:"points,omitempty"`       // of a run that compares two capture points
	Needs     []Need               `json:"not_assessed,omitempty"` // most rules first
}

// SeverityCount is how many roots have a severity, and how many of them are only possible.
type SeverityCount struct {
	Severity record.Severity `json:"severity"`
	Findings int             `json:"findings"`
	Possible int             `json:"possible,omitempty"`
}

// Share is a transport's part in the time of all media flows, 0 to 100.
type Share struct {
	Transport record.Transport `json:"transport"`
	Percent   float64          `json:"percent"`
}

// GroupCount is how many rules of a group (MED, QOS …) had an outcome, and of how many whose traffic was seen.
type GroupCount struct {
	Group      string `json:"group"`
	Rules      int    `json:"rules"`
	Applicable int    `json:"applicable,omitempty"`
}

// Need is what rules that were not assessed lack.
type Need struct {
	Missing string   `json:"missing"`
	Rules   []string `json:"rules"`
}

// Of computes the view of a run. The set is not changed.
func Of(s *record.Set) *View {
	v := &View{Run: s.Run, Summary: s.Summary, Inputs: s.Health, All: s.Findings}
	v.points(s)
	v.add(v.Inputs)
	v.copies()
	v.roots()
	v.needs()
	v.calls(s.Sessions)
	if s.Summary != nil {
		v.summary(s.Summary)
	}
	v.Network, v.Capture = v.network(), v.capture()
	return v
}

func asInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// needs groups what could not be assessed by what it takes.
func (v *View) needs() {
	at := map[string]int{}
	for _, f := range v.All {
		if f.State != record.NotAssessable {
			continue
		}
		missing := cmp.Or(f.Missing, "something that the run does not name")
		i, ok := at[missing]
		if !ok {
			i = len(v.Needs)
			at[missing], v.Needs = i, append(v.Needs, Need{Missing: missing})
		}
		if !slices.Contains(v.Needs[i].Rules, f.Rule) {
			v.Needs[i].Rules = append(v.Needs[i].Rules, f.Rule)
		}
	}
	slices.SortStableFunc(v.Needs, func(a, b Need) int { return cmp.Compare(len(b.Rules), len(a.Rules)) })
}

// summary takes what the summary record says.
func (v *View) summary(s *record.Summary) {
	for _, g := range slices.Sorted(maps.Keys(s.Groups)) {
		n := s.Groups[g]
		if n.Pass > 0 {
			v.Passed = append(v.Passed, GroupCount{g, n.Pass, n.Pass + n.Fail + n.Warn + n.NotAssessable})
		}
		if n.NotObserved > 0 {
			v.Unseen = append(v.Unseen, GroupCount{Group: g, Rules: n.NotObserved})
		}
	}
	v.Picture = slices.Clone(s.Picture)
	slices.SortStableFunc(v.Picture, func(a, b record.Picture) int {
		return cmp.Or(cmp.Compare(asInt(b.Function.IsMedia()), asInt(a.Function.IsMedia())),
			cmp.Compare(b.Bytes, a.Bytes))
	})
	v.mediaTime()
}

// mediaTime says how the time of the media flows divides over the transports.
func (v *View) mediaTime() {
	var total float64
	by := map[record.Transport]float64{}
	for _, r := range v.Picture {
		if r.Function.IsMedia() {
			by[r.Transport] += r.Seconds
			total += r.Seconds
		}
	}
	if total <= 0 {
		return
	}
	for _, t := range slices.Sorted(maps.Keys(by)) {
		v.MediaTime = append(v.MediaTime, Share{t, 100 * by[t] / total})
	}
}

// Packetless reports whether the run is known to have read not one packet.
func (v *View) Packetless() bool { return len(v.Inputs) > 0 && v.Totals.Packets == 0 }
