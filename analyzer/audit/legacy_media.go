package audit

import (
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// What rules of the older form share with those of media in the catalogue.

func (p *Pass) unpublished(f *record.Flow) bool { return observe.Unpublished(p.site, f) }

// unlisted adds a flow to the cause of its server's subnet.
func (p *Pass) unlisted(list causes, f *record.Flow) *cause {
	server := f.Server().Addr()
	c := list.at(record.Subject{Kind: "prefix", Key: p.site.Subject(server)})
	c.flow(f)
	c.count++
	c.host(server.String())
	c.sure(f.Confidence)
	if f.Retired != "" {
		c.n[f.Retired]++
	}
	return c
}
