package userrule

import (
	"fmt"
	"net/netip"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
)

// check judges the records of the rule's type, one by one.
func (r *Rule) check(p *audit.Pass) {
	set := p.Records()
	o := audit.Own{Unit: strings.ReplaceAll(r.selects, "_", " "), Confidence: r.confidence}
	errors, first := 0, ""
	for rec := range set.All {
		if rec.RecordType() != r.selects {
			continue
		}
		flow := flowOf(p, rec)
		err := r.judge(p, &o, rec, flow, variables(rec, set.Run, flow))
		if err == nil {
			continue
		}
		errors++
		if text := err.Error(); first == "" || text < first {
			first = text
		}
	}
	if errors > 0 {
		o.Error = fmt.Sprintf("%s (in %d of %d)", first, errors, o.Seen)
	}
	p.ReportOwn(o)
}

// judge adds one record to the outcome. An error leaves it seen and not judged.
func (r *Rule) judge(p *audit.Pass, o *audit.Own, rec record.Record, flow *record.Flow, vars map[string]any) error {
	ours, err := r.where.holds(vars)
	if err != nil {
		o.Seen++
		return fmt.Errorf("where: %w", err)
	}
	if !ours {
		return nil
	}
	o.Seen++
	for i, n := range r.needs {
		switch met, err := n.that.holds(vars); {
		case err != nil:
			return fmt.Errorf("needs[%d]: %w", i, err)
		case !met:
			o.Missing = n.missing
			return nil
		}
	}
	hit, err := r.when.holds(vars)
	if err != nil {
		return fmt.Errorf("when: %w", err)
	}
	o.Judged++
	if hit {
		o.Hits = append(o.Hits, r.hit(p, rec, flow, vars))
	}
	return nil
}

func (r *Rule) hit(p *audit.Pass, rec record.Record, flow *record.Flow, vars map[string]any) audit.Hit {
	h := audit.Hit{Subject: r.subjectOf(p, rec, flow), Flow: flow, Fields: map[string]string{}}
	for _, q := range r.evidence {
		h.Fields[q.name] = q.expr.show(vars)
	}
	if flow != nil {
		h.Host = host(flow)
	}
	return h
}

// flowOf is the record's own flow, where it has one.
func flowOf(p *audit.Pass, rec record.Record) *record.Flow {
	switch rec := rec.(type) {
	case *record.Flow:
		return rec
	case *record.MediaStream:
		return p.FlowOf(rec.FlowID)
	case *record.MediaInterval:
		return p.FlowOf(rec.FlowID)
	case *record.TLSSession:
		return p.FlowOf(rec.FlowID)
	}
	return nil
}

// subjectOf groups what is accused. A subject that the record does not have becomes the run.
func (r *Rule) subjectOf(p *audit.Pass, rec record.Record, flow *record.Flow) record.Subject {
	switch rec := rec.(type) {
	case *record.Session:
		if r.subject == "client" {
			return p.SubjectOf(rec.Client)
		}
	case *record.Reachability:
		switch r.subject {
		case "client":
			return clientGroup(rec.Client)
		case "prefix":
			return record.Subject{Kind: "prefix", Key: rec.Prefix}
		}
	}
	if flow != nil {
		switch r.subject {
		case "client":
			return p.SubjectOf(flow.ClientAddr())
		case "host":
			return record.Subject{Kind: "host", Key: host(flow)}
		case "proxy":
			return record.Subject{Kind: "proxy", Key: flow.Server().String()}
		case "prefix":
			if flow.Prefix != "" {
				return record.Subject{Kind: "prefix", Key: flow.Prefix}
			}
			return record.Subject{Kind: "host", Key: flow.Server().Addr().String()}
		}
	}
	return record.Subject{Kind: "run", Key: "all"}
}

// clientGroup is a subnet, or the name of a site.
func clientGroup(text string) record.Subject {
	if _, err := netip.ParsePrefix(text); err == nil {
		return record.Subject{Kind: "subnet", Key: text}
	}
	return record.Subject{Kind: "site", Key: text}
}

// host is the server's name, else its address.
func host(f *record.Flow) string {
	switch {
	case f.SNI != "":
		return f.SNI
	case f.DNSName != "":
		return f.DNSName
	}
	return f.Server().Addr().String()
}
