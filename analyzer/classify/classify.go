// Package classify decides what a flow is: Webex or not, which service and function, over which transport, how sure, and
// why. In go a flow's record and facts and a pack of signatures; the verdict is written into the record, together with what
// the pack says of the flow and the rules will need (published range, expected marks, port plan, inspection policy).
//
// Signs are weighed here, never in the pack: a name of a strong or medium class, a certificate for one, a CONNECT to one, a
// STUN sign of Webex, or an address in a published range make a flow Webex; a weak name only beside other Webex flows of the
// same client; a port or the shape of RTP never.
package classify

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// Flow is a finished flow on its way to a verdict.
type Flow struct {
	Rec    *record.Flow
	Facts  *dissect.State
	Source flow.Side // the side that Rec calls source

	name *named // the best name sign
	weak *named // a weak name, kept for the second look
	addr *signatures.AddrMatch

	client     netip.Addr // the two ends as Webex sees them: behind a proxy the server is the one the client asked for
	server     netip.Addr // invalid where a CONNECT gave a name only
	clientPort int
	serverPort int
	calling    bool // the server is in a calling range too
}

// named is a name and what the pack says of it.
type named struct {
	signatures.NameMatch
	host string
	how  string // "SNI", "certificate", "CONNECT", "DNS answer"
}

// Classifier holds the pack and what its look-ups reuse. It belongs to one goroutine.
type Classifier struct {
	Pack *signatures.Pack
	// Role tells what the operator declared an address to be: a role of the packs (mesh-node, expressway-c …) or "". May be nil.
	Role func(netip.Addr) string

	ports []signatures.PortMatch
}

// Flow judges one flow by its own signs. The names that DNS answers gave must be in the record by then.
func (c *Classifier) Flow(f *Flow) {
	r := f.Rec
	r.Transport = transport(f)
	c.findNames(f)
	c.ends(f)
	sign := c.strongest(f)
	if sign == nil {
		return
	}
	r.Webex, r.Client = true, f.client
	c.verdict(f, sign)
}

// transport is how the flow travels.
func transport(f *Flow) record.Transport {
	t := f.Facts.TCP
	switch f.Rec.Proto {
	case "udp":
		if f.Facts.App == dissect.QUIC {
			return record.QUIC
		}
		return record.UDP
	case "tcp":
		if t == nil {
			return record.TCP
		}
		if x := t.Connect; x != nil {
			if x.Open && (t.TLS != nil || x.Status/100 == 2) {
				return record.TLSProxied
			}
			return record.HTTPConnect
		}
		if t.TLS != nil || t.Midway {
			return record.TLS
		}
		return record.TCP
	}
	return ""
}

// ends finds the client's and the server's end: the server is the destination, or the source where only that is in a
// published range, or the address that a CONNECT asked for.
func (c *Classifier) ends(f *Flow) {
	r := f.Rec
	f.client, f.clientPort, f.server, f.serverPort = r.SrcIP, r.SrcPort, r.DstIP, r.DstPort
	if r.Connect != nil {
		f.server, _ = netip.ParseAddr(r.Connect.Host)
		f.serverPort = r.Connect.Port
	} else if c.address(r.DstIP) == nil && c.address(r.SrcIP) != nil {
		f.client, f.clientPort, f.server, f.serverPort = r.DstIP, r.DstPort, r.SrcIP, r.SrcPort
	}
	if !f.server.IsValid() {
		return
	}
	f.addr = c.address(f.server)
	f.calling = slices.ContainsFunc(c.Pack.Addr(f.server), func(m signatures.AddrMatch) bool { return m.Kind == signatures.KindCalling })
}

// address is the best range for the address; withdrawn ranges count for nothing here.
func (c *Classifier) address(a netip.Addr) *signatures.AddrMatch {
	list := c.Pack.Addr(a)
	for i := range list {
		if list[i].Kind != signatures.KindRetired {
			return &list[i]
		}
	}
	return nil
}

// findNames looks every name of the flow up and keeps the most telling one.
func (c *Classifier) findNames(f *Flow) {
	r, t := f.Rec, f.Facts.TCP
	if r.Connect != nil {
		c.try(f, r.Connect.Host, "CONNECT")
	}
	c.try(f, r.SNI, "SNI")
	if t != nil && t.TLS != nil && t.TLS.Leaf != nil {
		c.try(f, t.TLS.Leaf.Subject.CN, "certificate")
		for _, san := range t.TLS.Leaf.SANs {
			c.try(f, san, "certificate")
		}
	}
	c.try(f, r.DNSName, "DNS answer")
}

func (c *Classifier) try(f *Flow, host, how string) {
	if host == "" || f.name != nil && f.name.how != how {
		return
	}
	plain := host
	if len(plain) > 2 && plain[:2] == "*." {
		plain = plain[2:]
		if m, ok := c.Pack.Name("x." + plain); ok {
			c.keep(f, m, host, how)
			return
		}
	}
	if m, ok := c.Pack.Name(plain); ok {
		c.keep(f, m, host, how)
	}
}

// keep prefers what comes first, except that the name of a media node beats the general one within a certificate.
func (c *Classifier) keep(f *Flow, m signatures.NameMatch, host, how string) {
	n := &named{m, host, how}
	switch m.Class {
	case signatures.ClassStrong, signatures.ClassMedium:
		if f.name == nil || m.Role == signatures.RoleMediaNode && f.name.Role != signatures.RoleMediaNode {
			f.name = n
		}
	case signatures.ClassWeak:
		if f.weak == nil {
			f.weak = n
		}
	}
}

// sign is what makes a flow Webex.
type sign struct {
	confidence record.Confidence
	reason     string
	rows       []string
}

// strongest weighs the flow's own signs: a name, a STUN sign, an address; nil where none makes it Webex.
func (c *Classifier) strongest(f *Flow) *sign {
	var s *sign
	if n := f.name; n != nil {
		s = &sign{record.Confirmed, fmt.Sprintf("%s %s matches %s", n.how, n.host, n.Pattern), []string{n.Row.ID}}
		if n.how == "DNS answer" {
			s.confidence = record.Probable
		}
	}
	stun := c.stunSign(f)
	addr := c.addrSign(f)
	switch {
	case s != nil && addr != nil:
		s.confidence = record.Confirmed
		s.reason += "; " + addr.reason
		s.rows = append(s.rows, addr.rows...)
	case s == nil && stun != nil && addr != nil:
		s = &sign{record.Confirmed, stun.reason + "; " + addr.reason, append(stun.rows, addr.rows...)}
	case s == nil && stun != nil:
		s = stun
	case s == nil && addr != nil:
		s = addr
	}
	return s
}

// stunSign is a STUN value that only Webex uses.
func (c *Classifier) stunSign(f *Flow) *sign {
	x := f.Facts.STUN
	if x == nil {
		return nil
	}
	for _, software := range x.Software {
		if row, ok := c.Pack.STUNSoftware(software); ok && row.STUN.Class == signatures.ClassStrong {
			return &sign{record.Probable, fmt.Sprintf("STUN SOFTWARE %q", software), []string{row.ID}}
		}
	}
	if x.FlowInfo {
		if row, ok := c.Pack.STUNAttribute(attrFlowInfo); ok && row.STUN.Class == signatures.ClassStrong {
			return &sign{record.Probable, "STUN attribute 0xC003 CISCO-WEBEX-FLOW-INFO", []string{row.ID}}
		}
	}
	if row, ok := c.Pack.STUNUsername(x.Username); ok && row.STUN.Class == signatures.ClassStrong {
		return &sign{record.Probable, fmt.Sprintf("STUN USERNAME %q", x.Username), []string{row.ID}}
	}
	return nil
}

const attrFlowInfo = 0xc003

// addrSign is an address in a range that the pack lists: confirmed when the flow speaks the protocol that belongs to its
// port there, possible in ranges that are only routed by Webex.
func (c *Classifier) addrSign(f *Flow) *sign {
	m := f.addr
	if m == nil {
		return nil
	}
	s := &sign{record.Probable, fmt.Sprintf("address in %s (%s)", m.Prefix, m.Row.Title), []string{m.Row.ID}}
	if m.Tier != signatures.TierPublished {
		s.confidence = record.Possible
		return s
	}
	if f.Facts.App == dissect.STUN || f.Facts.App == dissect.RTP || f.Facts.App == dissect.Framed || f.Facts.DTLS {
		if ports := c.portRows(f); len(ports) > 0 {
			s.confidence = record.Confirmed
		}
	}
	return s
}

// portRows are the rows for the flow's ports whose conditions hold. Rows for clients that anybody may be come first, those for
// hosts that only the operator can name (mesh nodes, gateways, Expressways) only where no other fits or the role is declared.
// Among them the narrower source port range wins, and then meetings before calling: both share ranges and ports.
func (c *Classifier) portRows(f *Flow) []signatures.PortMatch {
	proto := f.Rec.Proto
	if proto != "udp" && proto != "tcp" {
		return nil
	}
	c.ports = c.Pack.AppendPorts(c.ports[:0], proto, f.clientPort, f.serverPort)
	rows := slices.DeleteFunc(c.ports, func(m signatures.PortMatch) bool { return !c.holds(f, &m) })
	slices.SortStableFunc(rows, func(a, b signatures.PortMatch) int {
		return cmp.Or(
			cmp.Compare(c.distance(f, &a), c.distance(f, &b)), cmp.Compare(clientWidth(&a, f.clientPort), clientWidth(&b, f.clientPort)),
			cmp.Compare(callingLast(&a), callingLast(&b)), cmp.Compare(mediaFirst(&a), mediaFirst(&b)))
	})
	return rows
}

// distance is 0 for rows whose client is declared, 1 for rows that anybody may be the client of, 2 for the rest.
func (c *Classifier) distance(f *Flow, m *signatures.PortMatch) int {
	if c.Role != nil {
		if role := c.Role(f.client); role != "" && slices.Contains(m.From, role) {
			return 0
		}
	}
	if len(m.From) == 0 || slices.ContainsFunc(m.From, ordinary) {
		return 1
	}
	return 2
}

func ordinary(role string) bool { return role == "app" || role == "room-device" || role == "phone" }

func clientWidth(m *signatures.PortMatch, port int) int {
	for _, r := range m.Row.Port.Client {
		if r.Contains(port) {
			return r.Width()
		}
	}
	return 1 << 16
}

// mediaFirst puts the rungs of the media ladder before rows that merely name the port.
func mediaFirst(m *signatures.PortMatch) int {
	if m.Rank != "" {
		return 0
	}
	return 1
}

func callingLast(m *signatures.PortMatch) int {
	if m.Service == string(record.Calling) {
		return 1
	}
	return 0
}

// holds reports whether what the row needs of the server, and of the hello, is there.
func (c *Classifier) holds(f *Flow, m *signatures.PortMatch) bool {
	if m.Transport == "tls" && f.Rec.Transport == record.TCP && f.Facts.App != dissect.Unknown {
		return false
	}
	if m.SNI == signatures.SNINone && f.Rec.SNI != "" && (f.name == nil || f.name.Role != signatures.RoleMediaNode) {
		return false
	}
	byName := c.distance(f, m) < 2 // a name alone says nothing of the host that a row is about
	return slices.ContainsFunc(m.Needs, func(need string) bool {
		return c.satisfies(f, need) && (byName || need != signatures.NeedsName)
	})
}

func (c *Classifier) satisfies(f *Flow, need string) bool {
	kind := ""
	if f.addr != nil {
		kind = f.addr.Kind
	}
	switch need {
	case signatures.NeedsMedia:
		return kind == signatures.KindMedia || kind == signatures.KindMediaVIMT || kind == signatures.KindGovernment ||
			f.name != nil && f.name.Role == signatures.RoleMediaNode
	case signatures.NeedsCalling:
		return f.calling
	case signatures.NeedsCallingConfig:
		return kind == signatures.KindCallingConfig
	case signatures.NeedsName:
		return f.name != nil
	}
	return c.declared(f, need)
}

// declared checks what only the operator's knowledge can tell.
func (c *Classifier) declared(f *Flow, need string) bool {
	if c.Role == nil || !f.server.IsValid() {
		return false
	}
	client, server := c.Role(f.client), c.Role(f.server)
	expressway := func(role string) bool { return strings.HasPrefix(role, "expressway") }
	switch need {
	case signatures.NeedsMesh:
		return server == "mesh-node"
	case signatures.NeedsExpressway:
		return expressway(client) || expressway(server)
	case signatures.NeedsTraversal:
		return expressway(client) && expressway(server)
	}
	return false
}
