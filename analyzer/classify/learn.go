package classify

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// meshPort is where Video Mesh nodes take the media of clients.
const meshPort = 5004

func (c *Classifier) note(a netip.Addr, role, why string) {
	if _, known := c.learnt[a]; !known && (c.Role == nil || c.Role(a) == "") {
		c.learnt[a] = learnt{role, why}
	}
}

// gatherNode: a host inside that answers the STUN of Webex clients on the media port is a mesh node. The app talks
// directly to other clients only in Webex Calling, on other ports.
func (c *Classifier) gatherNode(a *Around, f *Flow) {
	if s := f.Rec.STUN; f.addr == nil && f.serverPort == meshPort && s != nil && s.Answered > 0 &&
		c.stunSign(f) != nil && c.premises(f) {
		a.nodes = append(a.nodes, learntAt{f.server, learnt{roleMesh,
			fmt.Sprintf("it answers STUN of Webex clients on %d inside", meshPort)}})
	}
}

// pair is what two hosts showed of being a traversal client and server.
type pair struct {
	c, e netip.Addr
	rows []string
	last record.Time
	from record.Time
}

// gatherZone notes a connection that looks like one of a traversal zone.
func (c *Classifier) gatherZone(a *Around, f *Flow) {
	if row := c.traversalRow(f); row != "" {
		a.addZone(&pair{c: f.client, e: f.server, rows: []string{row}, from: f.Rec.StartTime, last: f.Rec.EndTime})
	}
}

func (a *Around) addZone(b *pair) {
	k := [2]netip.Addr{b.c, b.e}
	p := a.zone[k]
	if p == nil {
		a.zone[k], a.zones = b, append(a.zones, b)
		return
	}
	p.from, p.last = min(p.from, b.from), max(p.last, b.last)
	for _, row := range b.rows {
		if !slices.Contains(p.rows, row) {
			p.rows = append(p.rows, row)
		}
	}
}

// learnExpressways: two different connections of the traversal zone, each with its own source range, between one pair
// of hosts, and Webex traffic of either. One such port alone is nothing: 2222 is a common port for SSH.
func (c *Classifier) learnExpressways(a *Around) {
	if len(a.zones) == 0 {
		return
	}
	n := c.Before.neighbours()
	joinSpans(n.webex, a.near.webex, window)
	for _, p := range a.zones {
		at := span{p.from, p.last}
		if len(p.rows) > 1 && (n.webex[p.c].reaches(at, window) || n.webex[p.e].reaches(at, window)) {
			slices.SortFunc(p.rows, cmp.Compare)
			why := fmt.Sprintf("%d kinds of traversal connections lead from %s to %s, and Webex traffic is about", len(p.rows), p.c, p.e)
			c.note(p.c, roleC, why)
			c.note(p.e, roleE, why)
		}
	}
}

// widest is the width of a source range from which on it is no sign of an Expressway.
const widest = 10_000

// traversalRow is the row of an answered TCP connection that looks like one of a traversal zone, by both its ports.
func (c *Classifier) traversalRow(f *Flow) string {
	if f.Rec.Proto != "tcp" || f.Rec.PayloadBytesFwd == 0 || f.Rec.PayloadBytesRev == 0 || !c.internal(f.client) {
		return ""
	}
	c.ports = f.pack.AppendPorts(c.ports[:0], "tcp", f.clientPort, f.serverPort)
	for _, m := range c.ports {
		if slices.Contains(m.Needs, signatures.NeedsTraversal) && len(m.Row.Port.Client) > 0 && width(m.Row.Port.Client,
			f.clientPort) < widest {
			return m.Row.ID
		}
	}
	return ""
}
