package audit

import (
	"cmp"
	"fmt"

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
	bad             bool // the same, for rules of the older form
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
	f.Summary, f.Expected, f.Actual = v.Summary.String(), v.Expected.String(), v.Actual.String()
	f.Remediation = cmp.Or(v.Remediation.String(), s.Rule.Remediation)
	for _, a := range g.Clients.List() {
		f.Clients = append(f.Clients, a.String())
	}
	f.Hosts, f.FlowIDs = g.Hosts.List(), g.flowIDs()
	f.Count, f.FirstSeen, f.LastSeen, f.AffectedSeconds = g.Count, g.First, g.Last, g.Seconds()
	if f.Evidence = v.Evidence; f.Evidence == nil {
		f.Evidence = g.Evidence()
	}
	s.add(f)
}

// Reported reports whether the rule has made a finding.
func (s *Scope) Reported() bool { return len(s.findings) > 0 }

func (s *Scope) add(f *record.Finding) {
	identify(f)
	s.findings = append(s.findings, f)
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
	switch {
	case o.Judged > 0:
		f = s.Rule.finding(s.policy, record.Pass, run)
		f.Summary, f.Count = fmt.Sprintf("%s (%s judged)", o.Pass, wording.CountOf(o.Judged, o.Of)), o.Judged
		if o.Judged < o.Seen {
			f.Summary += fmt.Sprintf("; %d not judged: %s", o.Seen-o.Judged, o.Missing)
		}
	case o.Seen > 0:
		f = s.Rule.finding(s.policy, record.NotAssessable, run)
		f.Summary, f.Count = fmt.Sprintf("%s seen, none could be judged", wording.CountOf(o.Seen, o.Of)), o.Seen
		f.Missing = o.Missing.String()
	default:
		f = s.Rule.finding(s.policy, record.NotObserved, run)
		f.Summary = cmp.Or(o.Absent.String(), "no "+o.Of.One+" in this capture")
		if s.Webex == 0 && !record.IsAboutCapture(s.Rule.ID) {
			f.Summary = "no Webex traffic in this capture"
		}
	}
	s.add(f)
}
