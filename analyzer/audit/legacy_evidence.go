package audit

import (
	"webexaudit/analyzer/record"
)

// cite points at the packets of flows, the first ones given. Fields are what the reader should see of a flow; nil is
// allowed.
func (p *Pass) cite(kind string, flows []*record.Flow, fields func(*record.Flow) map[string]string) []record.Evidence {
	return p.each(flows, func(f *record.Flow) []record.Evidence {
		items := p.env.flowPackets(f)
		for i := range items {
			items[i].Kind, items[i].Time, items[i].CommunityID = kind, f.StartTime, f.CommunityID
			if fields != nil {
				items[i].Fields = fields(f)
			}
		}
		return items
	})
}

// citeKeys points at the key packets of the wanted kinds; a flow without such packets is cited whole.
func (p *Pass) citeKeys(kind string, flows []*record.Flow, fields func(*record.Flow) map[string]string,
	want ...string) []record.Evidence {
	return p.each(flows, func(f *record.Flow) []record.Evidence {
		if items := p.keys(kind, f, fields, want...); len(items) > 0 {
			return items
		}
		return p.cite(kind, []*record.Flow{f}, fields)
	})
}

// keys are the key packets of the wanted kinds of one flow, or nothing.
func (p *Pass) keys(kind string, f *record.Flow, fields func(*record.Flow) map[string]string,
	want ...string) []record.Evidence {
	items := p.env.keyPackets(f, want)
	for i := range items {
		items[i].Kind, items[i].CommunityID = kind, f.CommunityID
		if fields != nil {
			items[i].Fields = fields(f)
		}
	}
	return items
}

// each collects the items of the flows up to the limit and notes in the last item how many flows were left out.
func (p *Pass) each(flows []*record.Flow, of func(*record.Flow) []record.Evidence) []record.Evidence {
	var list []record.Evidence
	for i, f := range flows {
		list = append(list, of(f)...)
		if len(list) < maxEvidence {
			continue
		}
		list = list[:maxEvidence]
		return moreFlows(list, len(flows)-i-1)
	}
	return list
}
