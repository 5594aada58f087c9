package catalogue

import (
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/wording"
)

// Nouns that several rules count.
var (
	session    = wording.Noun{One: "session", Many: "sessions"}
	tlsSession = wording.Noun{One: "TLS session", Many: "TLS sessions"}
)

// clients are how many clients a group has.
func clients(g *audit.Group) wording.Arg { return wording.Count(g.Clients.Len(), "client", "clients") }

// subject names what a group is about.
func subject(g *audit.Group) wording.Arg {
	switch g.Subject.Kind {
	case "issuer", "certificate":
		return wording.Nested(wording.New("subject.dn", "%s %s", g.Subject.Kind, wording.DN(g.Subject.Key)))
	case "pair":
		return wording.Name(g.Subject.Key)
	}
	return wording.Subject(g.Subject.Kind, g.Subject.Key)
}

// hosts names the machines of a group.
func hosts(g *audit.Group) wording.Arg {
	if g.Hosts.Len() == 0 {
		return wording.Word("hosts without SNI")
	}
	return namesOf(g.Hosts.List())
}

// namesOf lists names.
func namesOf(list []string) wording.Arg {
	var names []wording.Arg
	for _, h := range list {
		names = append(names, wording.Name(h))
	}
	return wording.List(names)
}

// howOften are the ways of a group: "3 × udp 50010".
func howOften(g *audit.Group) wording.Arg {
	var ways []wording.Text
	for _, k := range g.Hows.Keys() {
		ways = append(ways, wording.New("how", "%d × %s", g.Hows.Count(k), k))
	}
	return wording.List(ways)
}

// manyBehind reports whether many people may be behind the address, so that what it repeats is not one client's:
// outside of the address translation, or where the site file says so.
func manyBehind(s *audit.Scope, client netip.Addr) bool {
	return s.Vantage.Value == "wan" || s.Site.IsShared(client)
}

// milliseconds are a duration.
func milliseconds(ms float64) wording.Arg { return wording.Seconds(ms / 1000) }

// percent of a part in a whole, 0 to 100.
func percent(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}
