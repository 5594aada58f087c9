package audit

import (
	"cmp"
	"net/netip"

	"webexaudit/analyzer/record"
)

// What a rule of the operator may use of a Pass. Rules of the catalogue have more; see pass.go.

// Own is the outcome of a rule that looks at records one by one.
type Own struct {
	Unit       string // singular, of what is counted: "TLS session"
	Seen       int    // records that the rule speaks of
	Judged     int    // of these, those that it could judge
	Missing    string // what the others lack
	Error      string // why the rule could not run on some of them
	Confidence record.Confidence
	Hits       []Hit
}

// Hit is a record that the rule accuses.
type Hit struct {
	Subject record.Subject
	Flow    *record.Flow // nil where the record belongs to none
	Host    string
	Fields  map[string]string // quoted in the evidence
}

// Records of the run; they must not be changed.
func (p *Pass) Records() *record.Set { return p.set }

// FlowOf finds a flow by its id, or nil.
func (p *Pass) FlowOf(id string) *record.Flow { return p.flowOf[id] }

// SubjectOf groups a client: by its site, else by its subnet.
func (p *Pass) SubjectOf(client netip.Addr) record.Subject { return p.subject(client) }

// ReportOwn makes a finding for each subject, and states what else there is to say. A rule that met an error never
// passes.
func (p *Pass) ReportOwn(o Own) {
	list := causes{}
	fields := map[*record.Flow]map[string]string{}
	bare := map[record.Subject][]record.Evidence{}
	for _, h := range o.Hits {
		c := list.at(h.Subject)
		c.count++
		c.confidence = o.Confidence
		c.host(h.Host)
		if h.Flow == nil {
			bare[h.Subject] = append(bare[h.Subject], record.Evidence{Kind: "counter", Fields: h.Fields})
			continue
		}
		c.flow(h.Flow)
		if fields[h.Flow] == nil {
			fields[h.Flow] = h.Fields
		}
	}
	for c := range list.each {
		c.sortFlows()
		evidence := p.cite("packet-range", c.flows, func(f *record.Flow) map[string]string { return fields[f] })
		evidence = append(evidence, bare[c.subject][:min(len(bare[c.subject]), maxEvidence)]...)
		p.report(c, verdict{state: record.Fail, evidence: evidence, actual: count(int(c.count), o.Unit),
			summary: p.Rule.Title + ": " + count(int(c.count), o.Unit) + " of " + c.subject.Kind + " " + c.subject.Key})
	}
	if o.Error != "" {
		f := p.finding(record.NotAssessable, record.Subject{Kind: "run", Key: "all"})
		f.Summary, f.Missing, f.Count = "the rule could not run on every record", "the rule itself: "+o.Error, int64(o.Seen)
		p.add(f)
		return
	}
	p.conclude(outcome{unit: o.Unit, seen: o.Seen, judged: o.Judged, pass: "nothing of this kind", missing: cmp.Or(o.Missing, "an ingredient")})
}
