package site

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/yamldoc"
)

// minCA is the shortest accepted name of an authority: it is matched as a part of the issuer, and "CA" would match all.
const minCA = 4

func (l *loader) vantage(path string, n yamldoc.Node) {
	v, ok := l.TextOf(n, path)
	if !ok {
		return
	}
	if !slices.Contains(Vantages(), v) {
		l.Fault(n, "%s: %q is none of %s", path, v, strings.Join(Vantages(), ", "))
		return
	}
	l.site.vantage = v
}

func (l *loader) internal(path string, n yamldoc.Node) {
	l.site.internal = l.prefixes(path, n)
}

func (l *loader) sites(path string, n yamldoc.Node) {
	names := map[string]bool{}
	l.List(n, path, func(path string, v yamldoc.Node) {
		name, prefixes := l.oneSite(path, v)
		if name != "" && names[name] {
			l.Fault(v, "%s: name %q is used twice", path, name)
		}
		names[name] = true
		for _, p := range prefixes {
			if i := slices.IndexFunc(l.site.named, func(o named) bool { return o.prefix == p }); i >= 0 {
				l.Fault(v, "%s: %s belongs to site %q already", path, p, l.site.named[i].name)
			}
			l.site.named = append(l.site.named, named{name, p})
		}
	})
}

func (l *loader) oneSite(path string, n yamldoc.Node) (name string, prefixes []netip.Prefix) {
	before := l.Faults()
	l.Mapping(n, path, func(path, key string, v yamldoc.Node) bool {
		switch key {
		case "name":
			name, _ = l.TextOf(v, path)
		case "prefixes":
			prefixes = l.prefixes(path, v)
		default:
			return false
		}
		return true
	})
	if l.Faults() == before && (name == "" || len(prefixes) == 0) {
		l.Fault(n, "%s: needs name and prefixes", path)
	}
	return name, prefixes
}

func (l *loader) proxies(path string, n yamldoc.Node) {
	l.List(n, path, func(path string, v yamldoc.Node) {
		text, ok := l.TextOf(v, path)
		if !ok {
			return
		}
		p, ok := parseProxy(text)
		if !ok {
			l.Fault(v, "%s: %q is no address or address:port (IPv6: [address]:port); names are not looked up", path, text)
			return
		}
		l.site.proxies = append(l.site.proxies, p)
	})
}

func parseProxy(text string) (proxy, bool) {
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil && a.Zone() == "" {
		return proxy{addr: a.Unmap()}, true
	}
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return proxy{}, false
	}
	port, err := strconv.ParseUint(text[i+1:], 10, 16)
	a, aerr := netip.ParseAddr(strings.Trim(text[:i], "[]"))
	if err != nil || aerr != nil || port == 0 || a.Zone() != "" || (a.Is6() && text[0] != '[') {
		return proxy{}, false
	}
	return proxy{a.Unmap(), int(port)}, true
}

func (l *loader) authorities(path string, n yamldoc.Node) {
	l.List(n, path, func(path string, v yamldoc.Node) {
		ca, ok := l.TextOf(v, path)
		if !ok {
			return
		}
		if len(strings.TrimSpace(ca)) < minCA {
			l.Fault(v, "%s: %q is too short to single out an issuer (%d characters at least)", path, ca, minCA)
			return
		}
		l.site.cas = append(l.site.cas, strings.TrimSpace(ca))
	})
}

// priorities reads the map from DSCP (0 to 63) to 802.1p priority (0 to 7).
func (l *loader) priorities(path string, n yamldoc.Node) {
	l.site.pcp = map[int]int{}
	l.Mapping(n, path, func(path, name string, v yamldoc.Node) bool {
		dscp, err := strconv.Atoi(name)
		if err != nil || dscp < 0 || dscp > 63 {
			return false
		}
		text, _ := l.TextOf(v, path)
		pcp, err := strconv.Atoi(text)
		if err != nil || pcp < 0 || pcp > 7 {
			l.Fault(v, "%s: %q is no 802.1p priority (0 to 7)", path, text)
			return true
		}
		l.site.pcp[dscp] = pcp
		return true
	})
}

func (l *loader) allowList(path string, n yamldoc.Node) { l.site.allow = l.prefixes(path, n) }

func (l *loader) prefixes(path string, n yamldoc.Node) (list []netip.Prefix) {
	l.List(n, path, func(path string, v yamldoc.Node) {
		if p, ok := l.PrefixOf(v, path); ok {
			list = append(list, p)
		}
	})
	return list
}

// edgeConnect reads what tells the packets of the private link (vlans, next_hops, interfaces) and the prefixes that are
// routed over it; one without the other could not be checked.
func (l *loader) edgeConnect(path string, n yamldoc.Node) {
	before, e := l.Faults(), &l.site.edge
	l.Mapping(n, path, func(path, key string, v yamldoc.Node) bool {
		switch key {
		case "vlans":
			l.texts(path, v, func(path, text string, v yamldoc.Node) {
				id, err := strconv.Atoi(text)
				if err != nil || id < 1 || id > 4094 {
					l.Fault(v, "%s: %q is no VLAN (1 to 4094)", path, text)
					return
				}
				e.VLANs = append(e.VLANs, id)
			})
		case "next_hops":
			l.texts(path, v, func(path, text string, v yamldoc.Node) {
				mac, err := net.ParseMAC(text)
				if err != nil || len(mac) != 6 {
					l.Fault(v, "%s: %q is no MAC address of a router", path, text)
					return
				}
				e.NextHops = append(e.NextHops, mac.String())
			})
		case "interfaces":
			l.texts(path, v, func(_, text string, _ yamldoc.Node) { e.Interfaces = append(e.Interfaces, text) })
		case "prefixes":
			e.Prefixes = l.prefixes(path, v)
		default:
			return false
		}
		return true
	})
	if l.Faults() == before && (len(e.VLANs)+len(e.NextHops)+len(e.Interfaces) == 0 || len(e.Prefixes) == 0) {
		l.Fault(n, "%s: needs prefixes, and vlans, next_hops or interfaces", path)
	}
}

// texts reads a list of texts.
func (l *loader) texts(path string, n yamldoc.Node, each func(path, text string, v yamldoc.Node)) {
	l.List(n, path, func(path string, v yamldoc.Node) {
		if text, ok := l.TextOf(v, path); ok {
			each(path, text, v)
		}
	})
}

// members reads a list of addresses or prefixes of one role.
func members(role Role) func(*loader, string, yamldoc.Node) {
	return func(l *loader, path string, n yamldoc.Node) {
		l.List(n, path, func(path string, v yamldoc.Node) {
			if p, ok := l.PrefixOf(v, path); ok {
				l.member(path, v, role, p)
			}
		})
	}
}

// member gives a machine a role beside those that it has.
func (l *loader) member(path string, v yamldoc.Node, role Role, p netip.Prefix) {
	for _, m := range l.site.roles {
		if m.prefix == p && !together(m.role, role) {
			l.Fault(v, "%s: %s is declared as %s already, and one machine cannot be %s as well", path, p, m.role, role)
			return
		}
	}
	if !slices.Contains(l.site.roles, member{role, p}) {
		l.site.roles = append(l.site.roles, member{role, p})
	}
}

// together reports whether one machine can have both roles: an Expressway-E and Edge Audio, but not the two sides of a
// traversal zone, and a phone or room device is nothing else.
func together(a, b Role) bool {
	ends := func(r Role) bool { return r == Phone || r == RoomDevice }
	switch {
	case a == b, a == VPNPool, b == VPNPool:
		return true
	case ends(a), ends(b):
		return false
	}
	return !(a == ExpresswayC && b == ExpresswayE || a == ExpresswayE && b == ExpresswayC)
}
