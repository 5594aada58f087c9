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
	clients := map[netip.Addr]bool{}
	for _, f := range set.Flows {
		s.Flows += int(f.Count())
		if f.Webex {
			s.WebexFlows += int(f.Count())
			clients[f.ClientAddr()] = true
		}
	}
	s.Clients = len(clients)
	s.Picture = picture(set.Flows)
	tallyRules(s, findings)
	s.Verdict, s.Missing = verdictOf(findings, s, o)
	s.Capture = captureOf(findings, o.confidence())
	s.ExitCode, s.ExitReason = ExitCode(findings, s, o)
	s.Messages.Summary, s.Messages.Remediation = answerOf(set, findings, s, o)
	s.Answer, s.Instruction = s.Messages.Summary.String(), s.Messages.Remediation.String()
	return s
}

// picture is the table service × function × transport of the Webex flows.
func picture(flows []*record.Flow) []record.Picture {
	type key struct {
		service   record.Service
		function  record.Function
		transport record.Transport
	}
	rows := map[key]*record.Picture{}
	clients := map[key]map[netip.Addr]bool{}
	nanos := map[key]int64{} // integers: a sum that does not depend on the order
	for _, f := range flows {
		if !f.Webex {
			continue
		}
		k := key{f.Service, f.Function, f.Transport}
		if rows[k] == nil {
			rows[k] = &record.Picture{Service: k.service, Function: k.function, Transport: k.transport}
			clients[k] = map[netip.Addr]bool{}
		}
		r := rows[k]
		r.Flows += int(f.Count())
		r.Bytes += f.BytesFwd + f.BytesRev
		nanos[k] += int64(f.EndTime.Sub(f.StartTime))
		if f.Prefix != "" {
			r.Published += int(f.Count())
		}
		clients[k][f.ClientAddr()] = true
	}
	var list []record.Picture
	for k, r := range rows {
		r.Clients, r.Seconds = len(clients[k]), float64(nanos[k])/1e9
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b record.Picture) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Function, b.Function),
			cmp.Compare(a.Transport, b.Transport))
	})
	return list
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
