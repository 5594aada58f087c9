package classify

import (
	"net/netip"
	"slices"

	"webexaudit/signatures"
)

// ends finds the client's and the server's end: the server is the destination, or the source where only that is in a
// published range, or the address that a CONNECT asked for. Where nobody saw who began, what is known of the hosts
// decides.
func (c *Classifier) ends(f *Flow) {
	r := f.Rec
	f.client, f.clientPort, f.server, f.serverPort = r.SrcIP, r.SrcPort, r.DstIP, r.DstPort
	f.turned, f.addr, f.calling = false, nil, false
	switch {
	case r.Connect != nil:
		f.server, _ = netip.ParseAddr(r.Connect.Host)
		f.serverPort = r.Connect.Port
	case f.address(r.DstIP) != nil:
	case f.address(r.SrcIP) != nil, c.backwards(f):
		f.turn()
	}
	if !f.server.IsValid() {
		return
	}
	f.addr, r.NAT64 = f.address(f.server), netip.Addr{}
	if a := f.translated(f.server); a != f.server {
		r.NAT64 = a
	}
	f.calling = f.inRange(f.server, signatures.KindCalling)
}

// turn exchanges the ends.
func (f *Flow) turn() {
	f.client, f.clientPort, f.server, f.serverPort = f.server, f.serverPort, f.client, f.clientPort
	f.turned = !f.turned
}

// backwards reports whether a guessed direction is wrong: only the other one fits the roles of the hosts.
func (c *Classifier) backwards(f *Flow) bool {
	if f.began() || c.roleRow(f) != nil {
		return false
	}
	f.turn()
	fits := c.roleRow(f) != nil
	f.turn()
	return fits
}

// began reports whether the flow's beginning was seen, so that its source is certain.
func (f *Flow) began() bool { return f.Rec.Initiator == "seen" }

// address is the best range for the address: the longest published one, else one that is only routed by Webex, however
// long. Withdrawn ranges count for nothing here.
func (f *Flow) address(a netip.Addr) *signatures.AddrMatch {
	list := f.pack.Addr(f.translated(a))
	var second *signatures.AddrMatch
	for i := range list {
		switch m := &list[i]; {
		case m.Kind == signatures.KindRetired:
		case m.Tier == signatures.TierPublished:
			return m
		case second == nil:
			second = m
		}
	}
	return second
}

// withdrawn is the range that once held the address, nil for others.
func (f *Flow) withdrawn(a netip.Addr) *signatures.AddrMatch {
	list := f.pack.Addr(f.translated(a))
	for i := range list {
		if list[i].Kind == signatures.KindRetired {
			return &list[i]
		}
	}
	return nil
}

func (f *Flow) inRange(a netip.Addr, kind string) bool {
	return slices.ContainsFunc(f.pack.Addr(f.translated(a)), func(m signatures.AddrMatch) bool {
		return m.Kind == kind
	})
}

// sharedSpace is the space of carriers' translators, overlays and private access services (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// internal reports whether the address belongs to the enterprise.
func (c *Classifier) internal(a netip.Addr) bool {
	if c.Internal != nil {
		return c.Internal(a)
	}
	a = a.Unmap()
	return a.IsPrivate() || sharedSpace.Contains(a)
}
