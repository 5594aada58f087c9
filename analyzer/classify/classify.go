// Package classify decides what a flow is: Webex or not, which service and function, over which transport, how sure,
// and why. In go a flow's records and hints and a pack of signatures; the verdict is written into the record, together
// with what the pack says of the flow and the rules will need (published range, expected marks, port plan, inspection
// policy).
//
// Signs are weighed here, never in the pack: a name of a strong or medium class, a certificate for one, a CONNECT to
// one, a STUN sign of Webex, an address in a published range, or a host that the operator declared make a flow Webex; a
// weak name only beside other Webex flows of the same client; a port or the shape of RTP never. What crosses flows is a
// second pass (Context, ClassifyInContext): one step of inference, with its reason and lower confidence.
package classify

import (
	"fmt"
	"net/netip"

	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// Flow is a finished flow on its way to a verdict.
type Flow struct {
	Rec   *record.Flow
	TLS   *record.TLSSession // nil where nothing of a handshake was seen
	Hints *Hints

	// the rows in force on the flow's first day; set by Classifier.Flow, as is what follows
	pack        *signatures.Pack
	translators []netip.Prefix

	name  *named // the best name sign
	weak  *named // a weak name, kept for the second look
	third *named // the name of a third party that Webex clients use too
	addr  *signatures.AddrMatch
	row   *signatures.Row // the port row that the verdict rests on
	far   bool            // that row is for a host that only the operator can name, and did not

	client     netip.Addr // the two ends as Webex sees them: behind a proxy the server is the one the client asked for
	server     netip.Addr // invalid where a CONNECT gave a name only
	clientPort int
	serverPort int
	unclear    bool   // TCP to a media node that carries much, without the pattern of media
	turned     bool   // the client is the destination: the cloud sent first, or began the flow
	calling    bool   // the server is in a calling range too
	prefer     string // the service whose port rows go first, where the second look knows more

	session *compared // of TLS flows, once it is known what they are; made by ClassifyInContext
}

// Classifier holds the packs and what their look-ups reuse. It belongs to one goroutine.
type Classifier struct {
	Packs *signatures.Timeline
	// Translators are the prefixes of NAT64. May be nil.
	Translators []netip.Prefix
	// Role tells what the operator declared an address to be: a role of the packs (mesh-node, expressway-c …) or "".
	// May be nil.
	Role func(netip.Addr) string
	// Roles are all that the operator declared it to be, what Role tells among them. May be nil: an address has one
	// role.
	Roles func(netip.Addr) []string
	// Internal tells whether an address belongs to the enterprise. nil: private addresses do.
	Internal func(netip.Addr) bool

	// Before is what earlier windows left. May be nil.
	Before *Memory

	ports  []signatures.PortMatch
	learnt map[netip.Addr]learnt
	pairs  map[relation][]*signatures.Row

	announced map[netip.AddrPort][]announcement // by SDP; made by Context, as is what follows
	near      *neighbours
	calls     map[node]spans // media in TCP
}

// Fork returns a classifier for another goroutine that knows what this one learnt by Context.
func (c *Classifier) Fork() *Classifier {
	return &Classifier{Packs: c.Packs, Translators: c.Translators, Role: c.Role, Roles: c.Roles, Internal: c.Internal,
		learnt: c.learnt, announced: c.announced, near: c.near, calls: c.calls}
}

// Flow judges one flow by its own signs, and anew where it was judged before. The names that DNS answers gave must be
// in the record by then.
func (c *Classifier) Flow(f *Flow) {
	f.pack, f.translators, f.prefer = c.Packs.At(f.Rec.StartTime.Time()), c.Translators, ""
	c.findNames(f)
	c.judge(f)
}

// judge gives the verdict, or gives it anew where the second look learnt more of the hosts.
func (c *Classifier) judge(f *Flow) {
	f.clear()
	c.ends(f)
	sign := c.strongest(f)
	if sign == nil {
		return
	}
	f.Rec.Webex, f.Rec.Client = true, f.client
	c.verdict(f, sign)
}

// clear takes a former verdict out of the record.
func (f *Flow) clear() {
	r := f.Rec
	f.row, f.far, f.unclear = nil, false, false
	r.Webex, r.Service, r.Function, r.Confidence, r.Reason, r.SignatureIDs, r.Client = false, "", "", "", "", nil, netip.Addr{}
	r.ServerAS = ""
	r.Prefix, r.Region, r.MediaClass, r.ExpectedDSCP, r.Device, r.PortPlan, r.Retired, r.Inspection = "", "", "", nil, "", "", "", ""
}

// sign is what makes a flow Webex.
type sign struct {
	confidence record.Confidence
	reason     string
	rows       []string
	service    record.Service // where the sign says more than names, ports and addresses
	function   record.Function
}

// strongest weighs the flow's own signs: a name, a STUN sign, an address, a declared host; nil where none makes it
// Webex.
func (c *Classifier) strongest(f *Flow) *sign {
	stun, addr := c.stunSign(f), c.addrSign(f)
	s := joined(f.nameSign(), stun, addr)
	if s != nil && stun == nil && addr == nil && f.name.how == byDNS && f.Rec.Proto == "udp" && len(c.portRows(f)) == 0 {
		s = nil // many names share the addresses of clouds, and no port tells that this is Webex's
	}
	return c.withRole(f, s)
}

// nameSign is nil where the flow has no name of Webex.
func (f *Flow) nameSign() *sign {
	n := f.name
	if n == nil {
		return nil
	}
	s := &sign{confidence: record.Confirmed, reason: fmt.Sprintf("%s %s matches %s", n.how, n.host, n.Pattern),
		rows: []string{n.Row.ID}}
	if n.how == byDNS || n.how == bySIP {
		s.confidence = record.Probable
	}
	return s
}

// joined is what signs say together, of which each may be nil: the first is a name's, and an address confirms it or
// what STUN says.
func joined(name, stun, addr *sign) *sign {
	switch {
	case name != nil && addr != nil:
		name.confidence = record.Confirmed
		name.reason += "; " + addr.reason
		name.rows = append(name.rows, addr.rows...)
		return name
	case name != nil:
		return name
	case stun != nil && addr != nil:
		return &sign{confidence: record.Confirmed, reason: stun.reason + "; " + addr.reason,
			rows: append(stun.rows, addr.rows...)}
	case stun != nil:
		return stun
	}
	return addr
}

// stunSign is a STUN value that only Webex uses.
func (c *Classifier) stunSign(f *Flow) *sign {
	x := f.Rec.STUN
	if x == nil {
		return nil
	}
	for _, software := range x.Software {
		if row, ok := f.pack.STUNSoftware(software); ok && row.STUN.Class == signatures.ClassStrong {
			return &sign{confidence: record.Probable, reason: fmt.Sprintf("STUN SOFTWARE %q", software), rows: []string{row.ID}}
		}
	}
	if x.FlowInfo {
		if row, ok := f.pack.STUNAttribute(attrFlowInfo); ok && row.STUN.Class == signatures.ClassStrong {
			return &sign{confidence: record.Probable, reason: "STUN attribute 0xC003 CISCO-WEBEX-FLOW-INFO", rows: []string{row.ID}}
		}
	}
	if row, ok := f.pack.STUNUsername(x.Username); ok && row.STUN.Class == signatures.ClassStrong {
		return &sign{confidence: record.Probable, reason: fmt.Sprintf("STUN USERNAME %q", x.Username), rows: []string{row.ID}}
	}
	return nil
}

const attrFlowInfo = 0xc003

// addrSign is an address in a range that the pack lists: confirmed when the flow speaks the protocol that belongs to
// its port there, possible in ranges that are only routed by Webex. Addresses of device configuration, among which are
// some of Cisco's other services, count only with a port of theirs and without a name that says otherwise.
func (c *Classifier) addrSign(f *Flow) *sign {
	m := f.addr
	if m == nil {
		return nil
	}
	if m.Kind == signatures.KindCallingConfig && (f.ownName() != "" || len(c.portRows(f)) == 0) {
		return nil
	}
	s := &sign{confidence: record.Probable, reason: fmt.Sprintf("address in %s (%s)", m.Prefix, m.Row.Title), rows: []string{m.Row.ID}}
	if m.Tier != signatures.TierPublished {
		s.confidence = record.Possible
		return s
	}
	if app := f.Rec.App; app == appSTUN || app == appRTP || app == appFramed || f.Hints.DTLS {
		if rows := c.portRows(f); len(rows) > 0 && c.distance(f, &rows[0]) < unnamed {
			s.confidence = record.Confirmed
		} else if c.inbound(f) != nil {
			s.confidence = record.Confirmed
		}
	}
	return s
}
