// Package site holds what the operator declares about the network: internal prefixes, named sites, proxies, inspection
// certificate authorities, Expressways, phones, and where the capture was taken.
//
// In: the YAML of a site file, read once by [Load]. Out: an immutable *Site that answers questions about addresses; it
// owns all its memory and may be shared. A nil *Site is the empty declaration and answers every question with the
// defaults, so callers need no special case.
package site

import (
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

// Site is a validated site file. The zero value and nil declare nothing.
type Site struct {
	vantage  string
	internal []netip.Prefix
	named    []named
	proxies  []proxy
	cas      []string
	roles    []member
	pcp      map[int]int
	allow    []netip.Prefix
	edge     EdgeConnect
	digest   string

	classifies, shared, blockPages []netip.Prefix
	resolvers                      []netip.Addr
	rtp                            []portRange
	clusters                       [][]netip.Addr
	uplink                         map[string]int64 // bit/s
}

type named struct {
	name   string
	prefix netip.Prefix
}

// proxy matches any port where port is 0.
type proxy struct {
	addr netip.Addr
	port int
}

type member struct {
	role   Role
	prefix netip.Prefix
}

// portRange is the ports of media of the gateways in a prefix.
type portRange struct {
	prefix netip.Prefix
	lo, hi int
}

// EdgeConnect is what the operator says of a private link to Webex (Edge Connect): how its packets are known at the
// capture point, and the prefixes that are routed over it.
type EdgeConnect struct {
	VLANs      []int    // 1 to 4094
	NextHops   []string // MAC addresses of the routers of the link, 00:11:22:aa:bb:cc
	Interfaces []string // names of interfaces as pcapng has them
	Prefixes   []netip.Prefix
}

// Carries reports whether packets to the address belong on the link.
func (e EdgeConnect) Carries(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(e.Prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Role is what the site file declares a machine to be.
type Role string

// The roles, one per list of the site file.
const (
	ExpresswayC  Role = "expressway-c"
	ExpresswayE  Role = "expressway-e"
	VideoMesh    Role = "mesh-node"
	LocalGateway Role = "local-gateway"
	EdgeAudio    Role = "edge-audio"
	Phone        Role = "phone"
	RoomDevice   Role = "room-device"
	VPNPool      Role = "vpn-pool"
)

// Roles lists the roles.
func Roles() []Role {
	return []Role{ExpresswayC, ExpresswayE, VideoMesh, LocalGateway, EdgeAudio, Phone, RoomDevice, VPNPool}
}

// Vantage is the declared place of the capture, or "".
func (s *Site) Vantage() string {
	if s == nil {
		return ""
	}
	return s.vantage
}

// Digest is the SHA-256 of the site file in hex, or "" without one.
func (s *Site) Digest() string {
	if s == nil {
		return ""
	}
	return s.digest
}

// CorporateCAs are the declared inspection authorities, to be matched against CN, OU and O of issuers.
func (s *Site) CorporateCAs() []string {
	if s == nil {
		return nil
	}
	return slices.Clone(s.cas)
}

// IsInternal reports whether the address belongs to the enterprise. Known says that the site file decides; otherwise
// the answer is a guess: private (RFC 1918, RFC 4193), shared (RFC 6598), link-local and loopback addresses look
// internal. Prefixes of named sites are internal, too.
func (s *Site) IsInternal(a netip.Addr) (internal, known bool) {
	a = a.Unmap().WithZone("")
	if s != nil && s.SiteName(a) != "" {
		return true, true
	}
	if s != nil && len(s.internal) > 0 {
		return slices.ContainsFunc(s.internal, func(p netip.Prefix) bool { return p.Contains(a) }), true
	}
	return a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsLoopback() || sharedSpace.Contains(a), false
}

// sharedSpace is the space of carriers' translators, of overlays and of private access services (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// SiteName is the name of the most specific declared site that holds the address, or "".
func (s *Site) SiteName(a netip.Addr) string {
	if s == nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	name, bits := "", -1
	for _, n := range s.named {
		if n.prefix.Bits() > bits && n.prefix.Contains(a) {
			name, bits = n.name, n.prefix.Bits()
		}
	}
	return name
}

// Subject is the key by which findings and tables group clients: the site's name, else the /24 (IPv4) or /64 (IPv6)
// subnet. An invalid address gives "unknown".
func (s *Site) Subject(a netip.Addr) string {
	if name := s.SiteName(a); name != "" {
		return name
	}
	if p := record.Subnet(a); p.IsValid() {
		return p.String()
	}
	return "unknown"
}

// Place is where a client is: the subnet around its address, and the name of its declared site. Both are "" for an
// invalid address, and the site for one that no site holds.
func (s *Site) Place(client netip.Addr) (subnet, site string) {
	if p := record.Subnet(client); p.IsValid() {
		subnet = p.String()
	}
	return subnet, s.SiteName(client)
}

// IsProxy reports whether address and port are a declared proxy. Port 0 asks for the address alone.
func (s *Site) IsProxy(a netip.Addr, port int) bool {
	if s == nil {
		return false
	}
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(s.proxies, func(p proxy) bool {
		return p.addr == a && (p.port == 0 || port == 0 || p.port == port)
	})
}

// Priority is the 802.1p priority that the site's table has for a DSCP; false where it has none.
func (s *Site) Priority(dscp int) (priority int, ok bool) {
	if s == nil {
		return 0, false
	}
	priority, ok = s.pcp[dscp]
	return priority, ok
}

// AllowList are the Webex prefixes that the operator's firewalls let through, as they stand in the file.
func (s *Site) AllowList() []netip.Prefix {
	if s == nil {
		return nil
	}
	return slices.Clone(s.allow)
}

// EdgeConnect is the private link to Webex; without one it has no VLANs.
func (s *Site) EdgeConnect() EdgeConnect {
	if s == nil {
		return EdgeConnect{}
	}
	return EdgeConnect{slices.Clone(s.edge.VLANs), slices.Clone(s.edge.NextHops), slices.Clone(s.edge.Interfaces),
		slices.Clone(s.edge.Prefixes)}
}

// Role is what the machine was declared to be, or ""; the most specific prefix wins. Of several roles it is the one
// declared first.
func (s *Site) Role(a netip.Addr) Role {
	if s == nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	role, bits := Role(""), -1
	for _, m := range s.roles {
		if m.prefix.Bits() > bits && m.prefix.Contains(a) {
			role, bits = m.role, m.prefix.Bits()
		}
	}
	return role
}

// Roles are all that the machine was declared to be; the most specific prefix wins.
func (s *Site) Roles(a netip.Addr) (list []Role) {
	if s == nil {
		return nil
	}
	a = a.Unmap().WithZone("")
	bits := -1
	for _, m := range s.roles {
		switch {
		case m.prefix.Bits() < bits || !m.prefix.Contains(a):
		case m.prefix.Bits() > bits:
			list, bits = []Role{m.role}, m.prefix.Bits()
		default:
			list = append(list, m.role)
		}
	}
	return list
}

// HasRole reports whether the machine was declared to be that, among other things.
func (s *Site) HasRole(a netip.Addr, r Role) bool { return slices.Contains(s.Roles(a), r) }

// Declares reports whether the site file gives any machine that role.
func (s *Site) Declares(r Role) bool {
	return s != nil && slices.ContainsFunc(s.roles, func(m member) bool { return m.role == r })
}

// IsCorporateCA reports whether an issuer (RFC 4514 text or one of its names) contains a declared authority's name.
func (s *Site) IsCorporateCA(issuer string) bool {
	if s == nil {
		return false
	}
	issuer = strings.ToLower(issuer)
	return slices.ContainsFunc(s.cas, func(ca string) bool { return strings.Contains(issuer, strings.ToLower(ca)) })
}
