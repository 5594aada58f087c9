package audit

import (
	"cmp"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Context is what the whole run says, and no flow alone.
type Context struct {
	Webex    int64 // flows of Webex
	Health   []*record.CaptureHealth
	End      record.Time // of the last packet known
	Vantage  Place
	LossGate string // why media loss cannot be judged, or ""
	Sides    Sides

	Comparison *record.Comparison // of a run that compares two capture points; else nil
	Compared   []*record.ComparedStream
}

// Place is the vantage as the rules need it.
type Place struct {
	Value      string
	Confidence record.Confidence // how far a verdict that rests on it may go
	Reason     string
}

// Enterprise reports whether the capture lies between the clients and the enterprise's edge.
func (p Place) Enterprise() bool { return p.Value == "access" || p.Value == "inside" }

// Sides is how many Webex flows lack a direction that must exist.
type Sides struct {
	Judged, Lacking int64
	Bad             bool // so many that silence means nothing
}

// Scope is where a rule closes: what the run says, its thresholds, and the place for its findings.
type Scope struct {
	*Env
	*Context
	Rule     *Rule
	findings []*record.Finding
}

// Verdict is what a rule says about one group. Empty members are those of the rule and of the group.
type Verdict struct {
	State       record.State
	Severity    record.Severity
	Confidence  record.Confidence
	Summary     wording.Text
	Expected    wording.Text
	Actual      wording.Text
	Remediation wording.Text
	Evidence    []record.Evidence
}

// Report turns a group into a finding.
func (s *Scope) Report(g *Group, v Verdict) {
	f := s.Rule.finding(s.policy, v.State, g.Subject)
	f.Severity = cmp.Or(v.Severity, f.Severity)
	f.Confidence = cmp.Or(v.Confidence, g.Confidence)
	f.Messages = record.Messages{Summary: v.Summary, Expected: v.Expected, Actual: v.Actual, Remediation: v.Remediation}
	f.Remediation = s.Rule.Remediation
	for _, a := range g.Clients.List() {
		f.Clients = append(f.Clients, a.String())
	}
	f.Hosts, f.FlowIDs = slices.Clone(g.Hosts.List()), g.flowIDs()
	f.Count, f.FirstSeen, f.LastSeen, f.AffectedSeconds = g.Count, g.First, g.Last, g.Seconds()
	if f.Evidence = v.Evidence; f.Evidence == nil {
		f.Evidence = g.Evidence()
	}
	s.add(f)
}

// Reported reports whether the rule has made a finding.
func (s *Scope) Reported() bool { return len(s.findings) > 0 }

// add renders the finding's sentences and keeps it.
func (s *Scope) add(f *record.Finding) {
	m := &f.Messages
	f.Summary, f.Expected, f.Actual = m.Summary.String(), m.Expected.String(), m.Actual.String()
	f.Missing, f.Remediation = m.Missing.String(), cmp.Or(m.Remediation.String(), f.Remediation)
	identify(f)
	s.findings = append(s.findings, f)
}

// Fails states, beside what was reported, that the rule could not be run on all of n things: it never passes then.
func (s *Scope) Fails(n int64, summary, missing wording.Text) {
	f := s.Rule.finding(s.policy, record.NotAssessable, record.Subject{Kind: "run", Key: "all"})
	f.Messages.Summary, f.Messages.Missing, f.Count = summary, missing, n
	s.add(f)
}

// Outcome is what a rule looked at, to be stated where it reported nothing.
type Outcome struct {
	Of      wording.Noun // what is counted
	Seen    int64        // of what the rule speaks
	Judged  int64        // of these, what it could judge
	Pass    wording.Text // what is in order
	Missing wording.Text // not-assessable: the ingredient, and the capture that would have it
	Absent  wording.Text // not-observed: instead of "no … in this capture"
}

// Conclude closes a rule that reported nothing: pass, not-assessable or not-observed for the run.
func (s *Scope) Conclude(o Outcome) {
	if len(s.findings) > 0 {
		return
	}
	run := record.Subject{Kind: "run", Key: "all"}
	var f *record.Finding
	switch n := wording.CountOf(o.Judged, o.Of); {
	case o.Judged > 0 && o.Judged < o.Seen:
		f = s.Rule.finding(s.policy, record.Pass, run)
		f.Count = o.Judged
		f.Messages.Summary = wording.New("pass.part", "%s (%s judged); %d not judged: %s", o.Pass, n, o.Seen-o.Judged, o.Missing)
	case o.Judged > 0:
		f = s.Rule.finding(s.policy, record.Pass, run)
		f.Count = o.Judged
		f.Messages.Summary = wording.New("pass", "%s (%s judged)", o.Pass, n)
	case o.Seen > 0:
		f = s.Rule.finding(s.policy, record.NotAssessable, run)
		f.Count = o.Seen
		f.Messages.Summary = wording.New("not-assessable", "%s seen, none could be judged", wording.CountOf(o.Seen, o.Of))
		f.Messages.Missing = o.Missing
	default:
		f = s.Rule.finding(s.policy, record.NotObserved, run)
		f.Messages.Summary = s.absent(&o)
	}
	s.add(f)
}

// absent says that there was nothing to judge.
func (s *Scope) absent(o *Outcome) wording.Text {
	switch {
	case s.Webex == 0 && s.Comparison == nil && !record.IsAboutCapture(s.Rule.ID):
		return wording.New("not-observed.webex", "no Webex traffic in this capture")
	case !o.Absent.IsZero():
		return o.Absent
	}
	return wording.New("not-observed", "no %s in this capture", o.Of.One)
}
