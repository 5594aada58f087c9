package audit

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
)

// Summarize counts findings and records. It may be called again after waivers were applied to the findings.
func Summarize(set *record.Set, findings []*record.Finding, o Options) *record.Summary {
	c := newCounts()
	for f := range set.EachFlow {
		c.add(f)
	}
	return summarize(set, c, findings, o)
}

// summarize is Summarize with the counts of the flows.
func summarize(set *record.Set, c *counts, findings []*record.Finding, o Options) *record.Summary {
	s := &record.Summary{States: map[record.State]int{}, Severities: map[record.Severity]int{}}
	for _, f := range findings {
		s.States[f.State]++
		if f.State == record.Fail || f.State == record.Warn {
			s.Severities[f.Severity]++
		}
	}
	if old := set.Summary; old != nil && set.NumFlows() == 0 { // of a run without its flows
		s.Flows, s.WebexFlows, s.Clients, s.Picture = old.Flows, old.WebexFlows, old.Clients, old.Picture
	} else {
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

// add counts a record of flows.
func (c *counts) add(f *record.Flow) {
	r := c.number(f, int(f.Count()))
	if r == nil {
		return
	}
	client := f.ClientAddr()
	c.clients[client], r.clients[client] = true, true
	r.Bytes += f.BytesFwd + f.BytesRev
	r.nanos += int64(f.EndTime.Sub(f.StartTime))
}

// number counts n flows, and finds their row, nil where they are not of Webex.
func (c *counts) number(f *record.Flow, n int) *pictureRow {
	c.flows += n
	if !f.Webex {
		return nil
	}
	c.webex += n
	r := c.row(pictureKey{f.Service, f.Function, f.Transport})
	r.Flows += n
	if f.Prefix != "" {
		r.Published += n
	}
	return r
}

func (c *counts) row(k pictureKey) *pictureRow {
	r := c.rows[k]
	if r == nil {
		r = &pictureRow{Picture: record.Picture{Service: k.service, Function: k.function, Transport: k.transport},
			clients: map[netip.Addr]bool{}}
		c.rows[k] = r
	}
	return r
}

// merge adds the counts of other flows.
func (c *counts) merge(o *counts) {
	c.flows, c.webex = c.flows+o.flows, c.webex+o.webex
	maps.Copy(c.clients, o.clients)
	for k, x := range o.rows {
		r := c.row(k)
		r.Flows, r.Bytes, r.Published = r.Flows+x.Flows, r.Bytes+x.Bytes, r.Published+x.Published
		r.nanos += x.nanos
		maps.Copy(r.clients, x.clients)
	}
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
