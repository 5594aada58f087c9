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

// learn finds out which hosts act as mesh nodes and Expressways. It reports whether there are any. What the operator
// declared stays as it is.
func (c *Classifier) learn(flows []*Flow) bool {
	c.learnt = c.Before.roles()
	c.learnMesh(flows)
	c.learnExpressways(flows)
	return len(c.learnt) > 0
}

func (c *Classifier) note(a netip.Addr, role, why string) {
	if _, known := c.learnt[a]; !known && (c.Role == nil || c.Role(a) == "") {
		c.learnt[a] = learnt{role, why}
	}
}

// learnMesh: a host inside that answers the STUN of Webex clients on the media port is a mesh node. The app talks
// directly to other clients only in Webex Calling, on other ports.
func (c *Classifier) learnMesh(flows []*Flow) {
	for _, f := range flows {
		if s := f.Facts.STUN; f.addr == nil && f.serverPort == meshPort && s != nil && s.Answered > 0 &&
			c.stunSign(f) != nil && c.premises(f) {
			c.note(f.server, roleMesh, fmt.Sprintf("it answers STUN of Webex clients on %d inside", meshPort))
		}
	}
}

// pair is what two hosts showed of being a traversal client and server.
type pair struct {
	c, e netip.Addr
	rows []string
	last record.Time
	from record.Time
}

// learnExpressways: two different connections of the traversal zone, each with its own source range, between one pair
// of hosts, and Webex traffic of either. One such port alone is nothing: 2222 is a common port for SSH.
func (c *Classifier) learnExpressways(flows []*Flow) {
	var pairs []*pair
	index := map[[2]netip.Addr]*pair{}
	for _, f := range flows {
		row := c.traversalRow(f)
		if row == "" {
			continue
		}
		k := [2]netip.Addr{f.client, f.server}
		p := index[k]
		if p == nil {
			p = &pair{c: f.client, e: f.server, from: f.Rec.StartTime}
			index[k], pairs = p, append(pairs, p)
		}
		p.from, p.last = min(p.from, f.Rec.StartTime), max(p.last, f.Rec.EndTime)
		if !slices.Contains(p.rows, row) {
			p.rows = append(p.rows, row)
		}
	}
	if len(pairs) == 0 {
		return
	}
	n := c.Before.neighbours()
	n.learn(flows)
	for _, p := range pairs {
		at := &record.Flow{StartTime: p.from, EndTime: p.last}
		if len(p.rows) > 1 && (withinWindow(n.webex[p.c], at) || withinWindow(n.webex[p.e], at)) {
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

// again judges the flows of hosts whose role was learnt.
func (c *Classifier) again(flows []*Flow) {
	for _, f := range flows {
		if c.guessed(f.client) || f.server.IsValid() && c.guessed(f.server) {
			c.judge(f)
		}
	}
}
