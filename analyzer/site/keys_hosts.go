package site

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/yamldoc"
)

// hosts reads machines with several roles: {addresses: [192.0.2.10], roles: [expressway-e, edge-audio]}.
func (l *loader) hosts(path string, n yamldoc.Node) {
	l.List(n, path, func(path string, v yamldoc.Node) {
		before := l.Faults()
		var addresses []netip.Prefix
		var roles []Role
		l.Mapping(v, path, func(path, key string, v yamldoc.Node) bool {
			switch key {
			case "addresses":
				addresses = l.prefixes(path, v)
			case "roles":
				l.texts(path, v, func(path, text string, v yamldoc.Node) {
					if !slices.Contains(Roles(), Role(text)) {
						l.Fault(v, "%s: %q is none of %s", path, text, joined(Roles()))
						return
					}
					roles = append(roles, Role(text))
				})
			default:
				return false
			}
			return true
		})
		if l.Faults() == before && (len(addresses) == 0 || len(roles) == 0) {
			l.Fault(v, "%s: needs addresses and roles", path)
		}
		for _, p := range addresses {
			for _, r := range roles {
				l.member(path, v, r, p)
			}
		}
	})
}

func joined(list []Role) string {
	texts := make([]string, len(list))
	for i, r := range list {
		texts[i] = string(r)
	}
	return strings.Join(texts, ", ")
}

// switchClassifies reads true, for all access switches, or the prefixes of the clients behind those that mark.
func (l *loader) switchClassifies(path string, n yamldoc.Node) {
	if text, ok := yamldoc.Scalar(n); ok && (text == "true" || text == "false") {
		l.site.classifies = nil
		if text == "true" {
			l.site.classifies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
		}
		return
	}
	l.site.classifies = l.prefixes(path, n)
}

func (l *loader) sharedAddresses(path string, n yamldoc.Node) { l.site.shared = l.prefixes(path, n) }

func (l *loader) dnsResolvers(path string, n yamldoc.Node) { l.site.resolvers = l.addresses(path, n) }

func (l *loader) blockPages(path string, n yamldoc.Node) { l.site.blockPages = l.prefixes(path, n) }

// addresses reads single addresses.
func (l *loader) addresses(path string, n yamldoc.Node) (list []netip.Addr) {
	l.List(n, path, func(path string, v yamldoc.Node) {
		p, ok := l.PrefixOf(v, path)
		if ok && !p.IsSingleIP() {
			l.Fault(v, "%s: %s is a prefix, want one address", path, p)
		} else if ok {
			list = append(list, p.Addr())
		}
	})
	return list
}

// rtpPorts reads the ranges of gateways by address or prefix: {10.20.0.70: 16384-32767}.
func (l *loader) rtpPorts(path string, n yamldoc.Node) {
	l.Mapping(n, path, func(path, name string, v yamldoc.Node) bool {
		p, err := netip.ParsePrefix(name)
		if a, aerr := netip.ParseAddr(name); aerr == nil && a.Zone() == "" {
			p, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
		}
		if err != nil || p != p.Masked() {
			return false
		}
		text, ok := l.TextOf(v, path)
		if !ok {
			return true
		}
		low, high, _ := strings.Cut(text, "-")
		lo, err1 := strconv.ParseUint(strings.TrimSpace(low), 10, 16)
		hi, err2 := strconv.ParseUint(strings.TrimSpace(high), 10, 16)
		if err1 != nil || err2 != nil || lo == 0 || hi < lo {
			l.Fault(v, "%s: %q is no range of ports, such as 16384-32767", path, text)
			return true
		}
		l.site.rtp = append(l.site.rtp, portRange{p, int(lo), int(hi)})
		return true
	})
}

// clusters reads lists of Expressway peers; a machine is a peer of one cluster.
func (l *loader) clusters(path string, n yamldoc.Node) {
	l.List(n, path, func(path string, v yamldoc.Node) {
		peers := l.addresses(path, v)
		for _, a := range peers {
			if len(l.site.Cluster(a)) > 0 {
				l.Fault(v, "%s: %s is a peer of another cluster already", path, a)
				return
			}
		}
		l.site.clusters = append(l.site.clusters, peers)
	})
}

// maxMbit is the fastest uplink that is believed, 1 Tbit/s.
const maxMbit = 1_000_000

// uplinks reads rates in Mbit/s by name of site: {hq: 500, branch-12: 20}.
func (l *loader) uplinks(path string, n yamldoc.Node) {
	l.Mapping(n, path, func(path, name string, v yamldoc.Node) bool {
		text, _ := l.TextOf(v, path)
		mbit, err := strconv.ParseFloat(text, 64)
		if err != nil || !(mbit > 0 && mbit <= maxMbit) {
			l.Fault(v, "%s: %q is no rate in Mbit/s", path, text)
			return true
		}
		if l.site.uplink == nil {
			l.site.uplink = map[string]int64{}
		}
		l.site.uplink[name] = int64(mbit * 1e6)
		return true
	})
}

// contradictions are what only the whole file shows.
func (l *loader) contradictions(n yamldoc.Node) {
	for name := range l.site.uplink {
		if !slices.ContainsFunc(l.site.named, func(o named) bool { return o.name == name }) {
			l.Fault(n, "uplinks: %q is none of the names under sites", name)
		}
	}
	for _, peers := range l.site.clusters {
		if len(peers) == 0 {
			continue
		}
		for _, a := range peers {
			for _, r := range []Role{ExpresswayC, ExpresswayE} {
				if l.site.HasRole(a, r) != l.site.HasRole(peers[0], r) {
					l.Fault(n, "expressway_clusters: %s and %s are peers of one cluster, but only one of them is declared as %s", peers[0], a, r)
				}
			}
		}
	}
}
