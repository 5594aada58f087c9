package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Verdict is what the run says of the network, or of the capture.
type Verdict struct {
	State    record.State `json:"state,omitempty"` // pass, warn, fail, not-observed, not-enough; empty where the records end without a summary
	Word     string       `json:"word"`
	Sentence string       `json:"sentence"`
}

func (v Verdict) String() string { return v.Word + ": " + v.Sentence }

// network is the verdict on the network. A pass says so where a rule that matters was not assessed.
func (v *View) network() Verdict {
	s := v.Summary
	if s == nil {
		return Verdict{"", "INCOMPLETE", "the records end without a summary; what follows is what there is"}
	}
	d := Verdict{State: s.Verdict, Word: strings.ToUpper(strings.ReplaceAll(string(s.Verdict), "-", " "))}
	judged := coverage(s)
	if v.NoWebex() {
		judged = "no Webex traffic was observed in " + wording.CountOf(s.Flows, flows).String()
	}
	switch {
	case s.Verdict == record.NotEnough:
		d.Word, d.Sentence = "NOT ENOUGH TO JUDGE", cmp.Or(s.Missing, "the run does not say what is missing")
	case s.Verdict == record.NotObserved:
		d.Word, d.Sentence = "NO WEBEX SEEN", judged
	case len(v.Severities) > 0:
		d.Sentence = severityText(v.Severities) + "; " + judged
	default:
		d.Sentence = "no fault found; " + judged
	}
	if s.Verdict == record.Pass && slices.ContainsFunc(v.All, leavesOpen) {
		d.Word += " of what could be judged"
	}
	return d
}

// leavesOpen tells rules about the network that were not assessed, although users would hear or see what they find.
func leavesOpen(f *record.Finding) bool {
	return f.State == record.NotAssessable && !f.AboutCapture() && f.Severity.Rank() >= record.Medium.Rank()
}

func coverage(s *record.Summary) string {
	text := fmt.Sprintf("%d of %s assessed", s.Assessed, wording.Count(s.Applicable, "applicable rule", "applicable rules"))
	if s.Coverage != nil {
		text += fmt.Sprintf(" (%s)", wording.Percent(*s.Coverage))
	}
	return text
}

func severityText(list []SeverityCount) string {
	var parts []string
	for _, c := range list {
		text := wording.Number(c.Findings).String() + " " + string(c.Severity)
		switch c.Possible {
		case 0:
		case c.Findings:
			text += " (possible)"
		default:
			text += fmt.Sprintf(" (%d only possible)", c.Possible)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// capture is the verdict on the capture: what limits it at worst, by the records of its health, then by the rules about
// it and its data.
func (v *View) capture() Verdict {
	damagedFile := v.Run != nil && slices.ContainsFunc(v.Run.Files, func(f record.File) bool { return f.Damage != "" })
	switch {
	case len(v.Inputs) == 0:
		return Verdict{"", "UNKNOWN", "the records do not say how the capture was read"}
	case v.Summary != nil && v.Summary.Capture == record.NotEnough:
		return Verdict{"", "UNKNOWN", "no rule has judged the capture"}
	case v.Summary == nil && len(v.CaptureRoots) == 0:
		return Verdict{"", "UNKNOWN", "the records end before the judgement on the capture"}
	case len(v.Damage) > 0 && !slices.ContainsFunc(v.Damage, func(d Damage) bool { return !d.Unread }):
		return Verdict{record.Fail, "UNREADABLE", fmt.Sprintf("%d of %s could not be read", len(v.Damage),
			wording.Count(len(v.Inputs), "input", "inputs"))}
	case len(v.Damage) > 0 || damagedFile:
		return Verdict{record.Fail, "DAMAGED", "an input ends early or cannot be read"}
	case v.Totals.Packets == 0:
		return Verdict{record.Fail, "NO PACKETS", "there was nothing to read"}
	case !v.Totals.LossAssessable:
		return Verdict{record.Fail, "LOSS NOT ASSESSABLE",
			"packets are missing from the capture itself; loss and gap figures say nothing about the network"}
	}
	switch state := v.captureState(); state {
	case record.Fail:
		return Verdict{state, "POOR", v.limits()}
	case record.Warn:
		return Verdict{state, "LIMITED", v.limits()}
	}
	return Verdict{record.Pass, "GOOD", "nothing speaks against its numbers"}
}

// captureState is the summary's verdict on the capture; of runs that lack it, what the findings say.
func (v *View) captureState() record.State {
	if v.Summary != nil && v.Summary.Capture != "" {
		return v.Summary.Capture
	}
	if len(v.CaptureRoots) == 0 {
		return record.Pass
	}
	return record.Warn
}

// limits names what the rules about the capture and its data found.
func (v *View) limits() string {
	var titles []string
	for _, r := range v.CaptureRoots {
		if title := fmt.Sprintf("%s (%s)", r.Title, r.Severity); !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
	}
	if len(titles) == 0 {
		return "the run does not say by what"
	}
	return strings.Join(titles, "; ")
}

// Narrowed says of whom and of when a report shows records; zero: of all.
func (v *View) Narrowed() wording.Text {
	if v.Run == nil || v.Run.Shown == nil {
		return wording.Text{}
	}
	s := v.Run.Shown
	who := cmp.Or(s.Client, "all clients")
	from, to := wording.Clock(s.From.Time(), true), wording.Clock(s.To.Time(), true)
	switch {
	case s.From != 0 && s.To != 0:
		return wording.New("shown.between", "Shown is %s from %s to %s; the verdicts are of all.", who, from, to)
	case s.From != 0:
		return wording.New("shown.from", "Shown is %s from %s on; the verdicts are of all.", who, from)
	case s.To != 0:
		return wording.New("shown.to", "Shown is %s up to %s; the verdicts are of all.", who, to)
	}
	return wording.New("shown", "Shown is %s alone; the verdicts are of all.", who)
}
