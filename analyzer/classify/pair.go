package classify

import (
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// roleCloud is the role of an address in a published range.
const roleCloud = "cloud"

// Pair notes the roles of a flow's two ends, where the operator declared them or the traffic showed them, and whether
// its ports are those that the pack has for a flow between the two. It must follow Context, and it looks at all flows:
// what goes between an Expressway-C and an Expressway-E on wrong ports is no Webex flow by any other sign.
func (c *Classifier) Pair(f *Flow) {
	r := f.Rec
	if f.server.IsValid() {
		_, r.BlockPage = f.AddressKind(f.server)
	}
	client, server := c.role(f.client), c.role(f.server)
	if server == "" && f.name != nil && f.name.Role == signatures.RoleDedicated {
		server = f.name.Role
	}
	if client == "" && server == "" {
		return
	}
	if server == "" && f.addr != nil && f.addr.Tier == signatures.TierPublished {
		server = roleCloud
	}
	r.ClientRole, r.ServerRole = client, server
	r.RolesLearnt = c.guessed(f.client) || c.guessed(f.server)
	r.PairPlan = c.pairPlan(f, client, server)
}

// pairPlan is "in" where a row for the two roles has the flow's ports, "out" where rows have its server port but other
// client ports, or where none of the rows for media has its ports; else nothing is known.
func (c *Classifier) pairPlan(f *Flow, client, server string) string {
	media := f.carriesRTP()
	plan := ""
	for _, row := range c.rowsBetween(f, client, server) {
		p := row.Port
		known := slices.ContainsFunc(p.Server, func(r signatures.PortRange) bool { return r.Contains(f.serverPort) })
		fits := len(p.Client) == 0 || slices.ContainsFunc(p.Client, func(r signatures.PortRange) bool {
			return r.Contains(f.clientPort)
		})
		switch isMedia := record.Function(row.Function).IsMedia(); {
		case isMedia != media:
		case known && fits:
			return "in"
		case known || media:
			plan = "out"
		}
	}
	return plan
}

// rowsBetween are the rows for flows between the two ends, in all their roles.
func (c *Classifier) rowsBetween(f *Flow, client, server string) []*signatures.Row {
	froms, tos := c.roles(f.client), c.roles(f.server)
	if len(froms) < 2 && len(tos) < 2 {
		return c.pairRows(relation{f.pack, client, server, f.Rec.Proto})
	}
	var rows []*signatures.Row
	for _, from := range orElse(froms, client) {
		for _, to := range orElse(tos, server) {
			rows = append(rows, c.pairRows(relation{f.pack, from, to, f.Rec.Proto})...)
		}
	}
	return rows
}

// orElse is the list, or the one role where it is empty.
func orElse(list []string, role string) []string {
	if len(list) == 0 {
		return []string{role}
	}
	return list
}

// relation is two roles and a protocol, as a pack has them.
type relation struct {
	pack            *signatures.Pack
	from, to, proto string
}

// pairRows are the rows for flows between two roles. They are few, and so are the roles: kept once found.
func (c *Classifier) pairRows(k relation) []*signatures.Row {
	if rows, ok := c.pairs[k]; ok {
		return rows
	}
	var rows []*signatures.Row
	for _, row := range k.pack.Rows() {
		p := row.Port
		if p == nil || row.Retired != "" || !slices.Contains(p.From, k.from) || !slices.Contains(p.To, k.to) {
			continue
		}
		if slices.Contains(p.Proto, k.proto) || k.proto == "tcp" && slices.Contains(p.Proto, "tls") {
			rows = append(rows, row)
		}
	}
	if c.pairs == nil {
		c.pairs = map[relation][]*signatures.Row{}
	}
	c.pairs[k] = rows
	return rows
}
