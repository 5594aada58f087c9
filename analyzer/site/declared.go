package site

import (
	"net/netip"
	"slices"
)

// SwitchClassifies reports whether the access switch marks the client's packets behind the capture point, so that marks
// that are missing there are no fault.
func (s *Site) SwitchClassifies(client netip.Addr) bool {
	return s != nil && within(s.classifies, client)
}

// IsShared reports whether many people are behind the address: a terminal server, a translator's pool.
func (s *Site) IsShared(a netip.Addr) bool { return s != nil && within(s.shared, a) }

// IsBlockPage reports whether the operator's own filter answers with the address for names that it denies.
func (s *Site) IsBlockPage(a netip.Addr) bool { return s != nil && within(s.blockPages, a) }

// Resolvers are the DNS servers that clients are meant to ask; none: not declared.
func (s *Site) Resolvers() []netip.Addr {
	if s == nil {
		return nil
	}
	return slices.Clone(s.resolvers)
}

// RTPPorts is the range of ports in which a gateway receives and sends media; the most specific prefix wins.
func (s *Site) RTPPorts(a netip.Addr) (lo, hi int, ok bool) {
	if s == nil {
		return 0, 0, false
	}
	a = a.Unmap().WithZone("")
	bits := -1
	for _, r := range s.rtp {
		if r.prefix.Bits() > bits && r.prefix.Contains(a) {
			lo, hi, bits = r.lo, r.hi, r.prefix.Bits()
		}
	}
	return lo, hi, bits >= 0
}

// Cluster are the peers of the Expressway's cluster, itself among them; none: not declared.
func (s *Site) Cluster(a netip.Addr) []netip.Addr {
	if s == nil {
		return nil
	}
	a = a.Unmap().WithZone("")
	for _, peers := range s.clusters {
		if slices.Contains(peers, a) {
			return slices.Clone(peers)
		}
	}
	return nil
}

// UplinkBps is the declared rate of a named site's uplink in bit/s; 0: not declared.
func (s *Site) UplinkBps(name string) int64 {
	if s == nil {
		return 0
	}
	return s.uplink[name]
}

func within(list []netip.Prefix, a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}
