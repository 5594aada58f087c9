package classify

import (
	"fmt"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// Roles of the packs that a host can be declared as, or be learnt to have.
const (
	roleMesh      = "mesh-node"
	roleGateway   = "local-gateway"
	roleEdgeAudio = "edge-audio"
	roleC         = "expressway-c"
	roleE         = "expressway-e"
)

// learnt is a role that the traffic shows.
type learnt struct{ role, why string }

// role is what the host was declared to be, else what it was learnt to be, else "".
func (c *Classifier) role(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	if c.Role != nil {
		if r := c.Role(a); r != "" {
			return r
		}
	}
	return c.learnt[a].role
}

// roles are all that the host was declared to be, else what it was learnt to be.
func (c *Classifier) roles(a netip.Addr) []string {
	if c.Roles != nil && a.IsValid() {
		if list := c.Roles(a); len(list) > 1 {
			return list
		}
	}
	if r := c.role(a); r != "" {
		return []string{r}
	}
	return nil
}

// among reports whether a row speaks of a role of the host.
func (c *Classifier) among(list []string, a netip.Addr) bool {
	role := c.role(a)
	if role == "" || slices.Contains(list, role) || c.Roles == nil {
		return role != "" && slices.Contains(list, role)
	}
	return slices.ContainsFunc(c.Roles(a), func(r string) bool { return slices.Contains(list, r) })
}

// guessed reports whether the host's role was learnt, not declared.
func (c *Classifier) guessed(a netip.Addr) bool {
	return c.learnt[a].role != "" && (c.Role == nil || c.Role(a) == "")
}

// byRole checks needs that only the roles of the hosts can meet.
func (c *Classifier) byRole(f *Flow, m *signatures.PortMatch, need string) bool {
	client, server := c.role(f.client), c.role(f.server)
	if client == "" && server == "" {
		return false
	}
	from, to := c.among(m.From, f.client), c.among(m.To, f.server)
	open := len(m.From) == 0 || !infrastructure(client) // the client may be anybody
	switch need {
	case signatures.NeedsMesh:
		return server == roleMesh && (from || open && c.distance(f, m) < unnamed)
	case signatures.NeedsExpressway:
		return c.expressway(f, m, from, to, open)
	case signatures.NeedsTraversal:
		return from && to
	case signatures.NeedsDeclared:
		return from && slices.Contains(m.To, "cloud") && f.addr != nil
	}
	return false
}

// expressway reports whether one is the server, for a client that the row names or that may be anybody, or the client
// of a Unified CM, which nobody need declare.
func (c *Classifier) expressway(f *Flow, m *signatures.PortMatch, from, to, open bool) bool {
	if to {
		return from || open
	}
	return from && slices.Contains(m.To, "unified-cm") && f.serverPort != 443 && c.premises(f)
}

// byRoles are the needs that byRole answers.
var byRoles = []string{signatures.NeedsMesh, signatures.NeedsExpressway, signatures.NeedsTraversal,
	signatures.NeedsDeclared}

// roleRow is the best row that is about the client's role, or holds because of the roles of the two hosts; nil where
// there is none.
func (c *Classifier) roleRow(f *Flow) *signatures.PortMatch {
	if c.role(f.client) == "" && c.role(f.server) == "" {
		return nil
	}
	for _, m := range c.portRows(f) {
		if c.distance(f, &m) == declared || slices.ContainsFunc(m.Needs, func(n string) bool {
			return slices.Contains(byRoles, n) && c.byRole(f, &m, n)
		}) {
			return &m
		}
	}
	return nil
}

// withRole adds what the roles of the hosts say to the other signs, or makes a sign of its own of it.
func (c *Classifier) withRole(f *Flow, s *sign) *sign {
	m := c.roleRow(f)
	conf := record.Confidence("")
	if m != nil {
		conf = c.roleConfidence(f, m)
	}
	if s != nil {
		if why := c.roleReason(f); why != "" {
			s.reason += "; " + why
		}
		if conf.Rank() > s.confidence.Rank() {
			s.confidence = conf
		}
		return s
	}
	if s = c.wrongWay(f); s != nil || conf == "" {
		return s
	}
	return &sign{confidence: conf, reason: c.roleReason(f) + ", on a port of theirs"}
}

// roleReason names the roles of the hosts.
func (c *Classifier) roleReason(f *Flow) string {
	why := ""
	for _, a := range []netip.Addr{f.client, f.server} {
		role := c.role(a)
		if !infrastructure(role) {
			continue
		}
		if why != "" {
			why += " and "
		}
		if c.guessed(a) {
			why += fmt.Sprintf("%s acts as %s: %s", a.Unmap(), role, c.learnt[a].why)
		} else {
			why += fmt.Sprintf("%s is declared as %s", a.Unmap(), role)
		}
	}
	return why
}

// roleConfidence is how sure the roles alone make a flow, "" for too little: the Internet knocks on all ports of a
// public host, so where one end is a stranger there must be an answer, and on UDP the protocol that belongs there.
func (c *Classifier) roleConfidence(f *Flow, m *signatures.PortMatch) record.Confidence {
	r := f.Rec
	known := c.role(f.client) != "" && c.role(f.server) != ""
	expected := f.Hints.DTLS || f.reported()
	switch r.App {
	case appSTUN, appRTP, appFramed, appSIP:
		expected = true
	case appTLS:
		expected = expected || m.Transport == "tls" || slices.Contains(m.Row.Port.Proto, "tls")
	}
	switch {
	case !known && (r.PacketsFwd == 0 || r.PacketsRev == 0), !known && !expected && r.Proto == "udp":
		return ""
	case c.guessed(f.client) || c.guessed(f.server):
		return record.Possible
	case expected:
		return record.Confirmed
	}
	return record.Probable
}

// wrongWay is the sign of a connection that an Expressway-E opens to an Expressway-C: C opens all of them.
func (c *Classifier) wrongWay(f *Flow) *sign {
	if f.Rec.Proto != "tcp" || !f.began() || c.role(f.Rec.SrcIP) != roleE || c.role(f.Rec.DstIP) != roleC {
		return nil
	}
	s := &sign{confidence: record.Probable, service: record.Expressway, function: record.OtherFunction,
		reason: c.roleReason(f) + ": a connection from E to C, which only C should open"}
	for _, row := range f.pack.Rows() {
		p := row.Port
		if p != nil && slices.Contains(p.Needs, signatures.NeedsTraversal) && slices.ContainsFunc(p.Server,
			func(r signatures.PortRange) bool {
				return r.Contains(f.Rec.DstPort)
			}) {
			s.rows = append(s.rows, row.ID)
		}
	}
	return s
}
