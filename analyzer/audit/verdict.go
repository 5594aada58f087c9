package audit

import (
	"cmp"
	"fmt"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// verdictOf is the verdict on the network: the worst of the accusations that follow from no other. A failure below the
// wanted confidence is a warning, a remark of severity info changes nothing, and what is wrong with the capture (CAP,
// DAT) is not the network's fault. Without an accusation the network is right only where the rules that a pass rests on
// passed; else too little was judged, and missing says what.
func verdictOf(findings []*record.Finding, s *record.Summary, o Options) (verdict record.State, missing string) {
	about := slices.DeleteFunc(slices.Clone(findings), func(f *record.Finding) bool { return f.AboutCapture() })
	if worst := worstOf(about, findings, o.confidence()); worst != record.Pass {
		return worst, ""
	}
	what := hidden(findings, o)
	switch {
	case what != "":
		return record.NotEnough, what
	case s.WebexFlows == 0 && !compares(findings):
		return record.NotObserved, ""
	}
	return enough(about, o)
}

// compares reports whether the findings are of two capture points that were compared, flow by flow or not.
func compares(findings []*record.Finding) bool {
	return slices.ContainsFunc(findings, func(f *record.Finding) bool { return groupOf(f.Rule) == "CMP" })
}

// hidden says what of the capture keeps the network from being judged; "": nothing.
func hidden(findings []*record.Finding, o Options) string {
	for _, f := range findings {
		if f.State == record.Fail && o.rule(f.Rule).Hides {
			return f.Summary
		}
	}
	return ""
}

// enough is pass where the rules that a pass rests on passed, or, where none of them was asked, any.
func enough(findings []*record.Finding, o Options) (verdict record.State, missing string) {
	asked, passed := false, false
	for _, f := range findings {
		passed = passed || f.State == record.Pass
		if !o.rule(f.Rule).Essential {
			continue
		}
		asked = true
		if f.State == record.NotAssessable || f.State == record.NotObserved {
			missing = cmp.Or(missing, f.Missing, f.Summary+"; capture the clients during a call of half a minute or more")
		}
	}
	if passed && (!asked || missing == "") {
		return record.Pass, ""
	}
	return record.NotEnough, cmp.Or(missing, "no rule about the network could be judged")
}

// captureOf is the verdict on the capture and on the data that judged it.
func captureOf(findings []*record.Finding, least record.Confidence) record.State {
	about := slices.DeleteFunc(slices.Clone(findings), func(f *record.Finding) bool { return !f.AboutCapture() })
	return worstOf(about, findings, least)
}

// worstOf the accusations that follow from no other: fail, warn or pass.
func worstOf(list, all []*record.Finding, least record.Confidence) record.State {
	worst := record.Pass
	for _, f := range list {
		switch {
		case !accuses(f) || follows(f, all):
		case f.State == record.Fail && f.Confidence.Rank() >= least.Rank():
			return record.Fail
		case f.State == record.Fail || f.Severity != record.Info:
			worst = record.Warn
		}
	}
	return worst
}

// follows reports whether a finding is the consequence of another that is still there.
func follows(f *record.Finding, all []*record.Finding) bool {
	return f.CausedBy != "" && slices.ContainsFunc(all, func(r *record.Finding) bool { return r.FindingID == f.CausedBy })
}

// ExitCode is the exit status of a run that came to its end, with its reason: 1 for failing findings (not warnings) at
// or above the gates of the options, 4 for too little coverage, else 0. Where no rule about the network was judged, be
// it that there was no Webex traffic or that the capture hides what there is (Rule.Hides), no coverage is met.
func ExitCode(findings []*record.Finding, s *record.Summary, o Options) (code int, reason string) {
	least := o.confidence()
	gate, what := o.FailOn, "failing finding"
	if o.FailOnNew {
		gate, what = cmp.Or(gate, record.Low), "new, worse or incomparable failing finding"
	}
	n := 0
	for _, f := range findings {
		if gate != "" && f.State == record.Fail && f.Severity.Rank() >= gate.Rank() &&
			f.Confidence.Rank() >= least.Rank() && o.counts(f) && !follows(f, findings) {
			n++
		}
	}
	lack := o.uncovered(findings, s)
	switch {
	case n > 0:
		return 1, fmt.Sprintf("%s of severity %s or above and confidence %s or above", wording.Count(n, what, what+"s"), gate, least)
	case lack != "":
		return 4, lack
	case gate == "":
		return 0, "no gate was set"
	}
	return 0, fmt.Sprintf("no %s of severity %s or above and confidence %s or above", what, gate, least)
}

// uncovered is why the coverage that is required is not met; "" where it is.
func (o Options) uncovered(findings []*record.Finding, s *record.Summary) string {
	what := hidden(findings, o)
	switch {
	case o.Coverage == 0:
		return ""
	case what != "":
		return "the capture hides what should be judged: " + what
	case !judgedNetwork(findings):
		return fmt.Sprintf("no rule about the network could be judged, and a coverage of %s is required", share(o.Coverage))
	case s.Coverage != nil && *s.Coverage < o.Coverage:
		return fmt.Sprintf("coverage %s is below the required %s", share(*s.Coverage), share(o.Coverage))
	}
	return ""
}

// counts reports whether a finding passes the gate of the baseline. What cannot be compared counts: nobody has accepted
// it. Nor is what the baseline held by a waiver accepted when that waiver is gone.
func (o Options) counts(f *record.Finding) bool {
	return !o.FailOnNew || o.Lapsed[f.Fingerprint] || f.Baseline != "unchanged" && f.Baseline != "better"
}

// judgedNetwork reports whether any rule that is not about the capture was judged.
func judgedNetwork(findings []*record.Finding) bool {
	return slices.ContainsFunc(findings, func(f *record.Finding) bool {
		return !f.AboutCapture() && f.State != record.NotObserved && f.State != record.NotAssessable
	})
}
