package audit

import (
	"cmp"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
)

// Summarize counts findings and records. It may be called again after waivers were applied to the findings.
func Summarize(set *record.Set, findings []*record.Finding, o Options) *record.Summary {
	s := &record.Summary{States: map[record.State]int{}, Severities: map[record.Severity]int{}}
	for _, f := range findings {
		s.States[f.State]++
		if f.State == record.Fail || f.State == record.Warn {
			s.Severities[f.Severity]++
		}
	}
	if old := set.Summary; old != nil && len(set.Flows) == 0 { // of a run without its flows
		s.Flows, s.WebexFlows, s.Clients, s.Picture = old.Flows, old.WebexFlows, old.Clients, old.Picture
	} else {
		c := newCounts()
		for _, f := range set.Flows {
			c.add(f, int(f.Count()))
		}
		c.fill(s)
	}
	tallyRules(s, findings)
	s.Verdict, s.Missing = verdictOf(findings, s, o)
	s.Capture = captureOf(findings, o.confidence())
	s.ExitCode, s.ExitReason = ExitCode(findings, s, o)
	s.Messages.Summary, s.Messages.Remediation = answerOf(set, findings, s, o)
	s.Answer, s.Instruction = s.Messages.Summary.String(), s.Messages.Remediation.String()
	return s
}

// counts are the flows of a run, and the table service × function × transport of those of Webex.
type counts struct {
	flows, webex int
	clients      map[netip.Addr]bool
	rows         map[pictureKey]*pictureRow
}

type pictureKey struct {
	service   record.Service
	function  record.Function
	transport record.Transport
}

type pictureRow struct {
	record.Picture
	clients map[netip.Addr]bool
	nanos   int64 // an integer: a sum that does not depend on the order
}

func newCounts() *counts {
	return &counts{clients: map[netip.Addr]bool{}, rows: map[pictureKey]*pictureRow{}}
}

// add counts a record that stands for n flows.
func (c *counts) add(f *record.Flow, n int) {
	c.flows += n
	if !f.Webex {
		return
	}
	c.webex += n
	c.clients[f.ClientAddr()] = true
	k := pictureKey{f.Service, f.Function, f.Transport}
	r := c.rows[k]
	if r == nil {
		r = &pictureRow{Picture: record.Picture{Service: k.service, Function: k.function, Transport: k.transport},
			clients: map[netip.Addr]bool{}}
		c.rows[k] = r
	}
	r.Flows += n
	r.Bytes += f.BytesFwd + f.BytesRev
	r.nanos += int64(f.EndTime.Sub(f.StartTime))
	if f.Prefix != "" {
		r.Published += n
	}
	r.clients[f.ClientAddr()] = true
}

// fill puts the counts into a summary.
func (c *counts) fill(s *record.Summary) {
	s.Flows, s.WebexFlows, s.Clients, s.Picture = c.flows, c.webex, len(c.clients), nil
	for _, r := range c.rows {
		r.Clients, r.Seconds = len(r.clients), float64(r.nanos)/1e9
		s.Picture = append(s.Picture, r.Picture)
	}
	slices.SortFunc(s.Picture, func(a, b record.Picture) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Function, b.Function),
			cmp.Compare(a.Transport, b.Transport))
	})
}

// tallyRules reduces the findings to one outcome for each rule and counts those. A waived rule counts as judged.
func tallyRules(s *record.Summary, findings []*record.Finding) {
	outcomes := map[string]record.State{}
	for _, f := range findings {
		if old, ok := outcomes[f.Rule]; !ok || weight(f.State) > weight(old) {
			outcomes[f.Rule] = f.State
		}
	}
	s.Rules = len(outcomes)
	s.Groups = map[string]record.RuleCounts{}
	for id, state := range outcomes {
		t := s.Groups[groupOf(id)]
		switch state {
		case record.Fail:
			t.Fail++
		case record.Warn:
			t.Warn++
		case record.Pass, record.Waived:
			t.Pass++
		case record.NotAssessable:
			t.NotAssessable++
		default:
			t.NotObserved++
		}
		s.Groups[groupOf(id)] = t
		if state != record.NotObserved {
			s.Applicable++
			if state != record.NotAssessable {
				s.Assessed++
			}
		}
	}
	if s.Applicable > 0 {
		c := percent(s.Assessed, s.Applicable)
		s.Coverage = &c
	}
}

// weight says which of a rule's findings is its outcome.
func weight(s record.State) int {
	switch s {
	case record.Fail:
		return 5
	case record.Warn:
		return 4
	case record.Waived:
		return 3
	case record.Pass:
		return 2
	case record.NotAssessable:
		return 1
	}
	return 0
}
