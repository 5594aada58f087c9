package audit

import (
	"cmp"
	"fmt"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Pass is what a rule gets: the facts of the run, its own thresholds, and a place for its findings.
type Pass struct {
	*facts
	Rule     *Rule
	findings []*record.Finding
}

// limit is one of the rule's thresholds: "min_seconds" of its own, or the full name of another rule's.
func (p *Pass) limit(name string) float64 {
	for _, full := range p.Rule.Limits {
		own, ok := strings.CutPrefix(full, p.Rule.ID)
		if full == name || ok && len(own) == len(name)+1 && own[0] == '.' && own[1:] == name {
			return p.value(full)
		}
	}
	panic("audit: " + p.Rule.ID + " does not declare " + name)
}

// verdict is what a rule says about one cause. Empty severity, confidence and remediation are those of the rule, the
// cause and the rule.
type verdict struct {
	state            record.State
	severity         record.Severity
	summary          string
	expected, actual string
	remediation      string
	evidence         []record.Evidence
}

// report turns a cause into a finding.
func (p *Pass) report(c *cause, v verdict) {
	f := p.finding(v.state, c.subject)
	f.Severity = cmp.Or(v.severity, f.Severity)
	f.Confidence = c.confidence
	f.Summary = v.summary
	f.Expected, f.Actual = v.expected, v.actual
	f.Remediation = cmp.Or(v.remediation, p.Rule.Remediation)
	f.Clients, f.Hosts, f.FlowIDs = c.clientList(), c.hostList(), c.flowIDs()
	f.Count, f.FirstSeen, f.LastSeen, f.AffectedSeconds = c.count, c.first, c.last, c.seconds
	f.Evidence = v.evidence
	p.add(f)
}

func (p *Pass) finding(state record.State, s record.Subject) *record.Finding {
	return p.Rule.finding(p.policy, state, s)
}

// add gives the finding its ids.
func (p *Pass) add(f *record.Finding) {
	whole := func(s string) (t wording.Text) {
		if s != "" {
			t = wording.New("whole", "%s", s)
		}
		return t
	}
	f.Messages = record.Messages{Summary: whole(f.Summary), Expected: whole(f.Expected), Actual: whole(f.Actual),
		Missing: whole(f.Missing)}
	identify(f)
	p.findings = append(p.findings, f)
}

// outcome is what a rule looked at, to be stated where it reported no cause.
type outcome struct {
	unit    string // singular: "media flow"
	seen    int    // units that the rule speaks of
	judged  int    // of these, those it could judge
	pass    string // what is in order
	missing string // not-assessable: the ingredient, and the capture that would have it
	absent  string // not-observed: instead of "no <unit> in this capture"
}

// conclude closes a rule that reported nothing: pass, not-assessable or not-observed for the run.
func (p *Pass) conclude(o outcome) {
	if len(p.findings) > 0 {
		return
	}
	run := record.Subject{Kind: "run", Key: "all"}
	var f *record.Finding
	switch {
	case o.judged > 0:
		f = p.finding(record.Pass, run)
		f.Summary, f.Count = fmt.Sprintf("%s (%s judged)", o.pass, count(o.judged, o.unit)), int64(o.judged)
		if o.judged < o.seen {
			f.Summary += fmt.Sprintf("; %d not judged: %s", o.seen-o.judged, o.missing)
		}
	case o.seen > 0:
		f = p.finding(record.NotAssessable, run)
		f.Summary, f.Count = fmt.Sprintf("%s seen, none could be judged", count(o.seen, o.unit)), int64(o.seen)
		f.Missing = o.missing
	default:
		f = p.finding(record.NotObserved, run)
		f.Summary = cmp.Or(o.absent, "no "+o.unit+" in this capture")
		if len(p.webex) == 0 && !record.IsAboutCapture(p.Rule.ID) {
			f.Summary = "no Webex traffic in this capture"
		}
	}
	p.add(f)
}
