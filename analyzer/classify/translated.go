package classify

import (
	"net/netip"
	"slices"
	"strings"
)

// IPv6-only clients reach IPv4 servers through a translator (NAT64): the server's address is a prefix of 96 bits with
// the IPv4 address behind it. What the packs say of such a server is what they say of its IPv4 address.

// wellKnown is the prefix of RFC 6052 section 2.1; networks may have others.
var wellKnown = netip.MustParsePrefix("64:ff9b::/96")

// minTaught is from how many names on, of which a client was told both an IPv4 address and an IPv6 one that embeds it,
// their prefix is a translator's: one name alone may just be numbered so.
const minTaught = 2

// Translators learns the prefixes of translators: the well-known one, and those that the answers of DNS teach (RFC
// 7050: AAAA of ipv4only.arpa; names whose AAAA embed their A). Those that an earlier window has taught stay.
type Translators struct {
	list   []netip.Prefix
	v4     map[string][]netip.Addr
	mapped []mapped
}

// mapped is an IPv6 address that a name was told to have, as if it embedded an IPv4 address.
type mapped struct {
	prefix netip.Prefix
	name   string
	addr   netip.Addr
}

// NewTranslators begins; before is what an earlier window left, which may be nil.
func NewTranslators(before *Memory) *Translators {
	t := &Translators{list: []netip.Prefix{wellKnown}, v4: map[string][]netip.Addr{}}
	if before != nil {
		t.list = slices.Clone(before.translators)
	}
	return t
}

func (t *Translators) known(p netip.Prefix) {
	if !slices.Contains(t.list, p) && len(t.list) < maxTranslators {
		t.list = append(t.list, p)
	}
}

// Add notes an address of an answer of DNS.
func (t *Translators) Add(name string, a netip.Addr) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	switch a = a.Unmap(); {
	case a.Is4() && len(t.v4) < maxTaughtNames:
		t.v4[name] = append(t.v4[name], a)
	case !a.Is4() && len(t.mapped) < maxTaughtNames:
		p := netip.PrefixFrom(a, 96).Masked()
		t.mapped = append(t.mapped, mapped{p, name, embedded(a)})
		if e := embedded(a); name == "ipv4only.arpa" && (e == only170 || e == only171) {
			t.known(p)
		}
	}
}

// Prefixes are those that the answers taught.
func (t *Translators) Prefixes() []netip.Prefix {
	names := map[netip.Prefix][]string{}
	for _, m := range t.mapped {
		if slices.Contains(t.v4[m.name], m.addr) && !slices.Contains(names[m.prefix], m.name) {
			names[m.prefix] = append(names[m.prefix], m.name)
			if len(names[m.prefix]) >= minTaught {
				t.known(m.prefix)
			}
		}
	}
	return t.list
}

// Bounds of what is learnt of translators.
const (
	maxTranslators = 16
	maxTaughtNames = 65536
)

// The addresses of ipv4only.arpa (RFC 7050 section 8.2).
var only170, only171 = netip.MustParseAddr("192.0.0.170"), netip.MustParseAddr("192.0.0.171")

// embedded are the last 32 bits of an IPv6 address.
func embedded(a netip.Addr) netip.Addr {
	b := a.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}

// translated is the IPv4 address behind a translator, or the address itself.
func (f *Flow) translated(a netip.Addr) netip.Addr {
	if !a.Is6() || a.Is4In6() {
		return a
	}
	for _, p := range f.translators {
		if p.Contains(a) {
			return embedded(a)
		}
	}
	return a
}

// Kinds of an address that no public server has.
const (
	KindBlockPage   = "block-page"
	KindLoopback    = "loopback"
	KindUnspecified = "unspecified"
	KindPrivate     = "private"
)

// AddressKind tells of an address whether it is a DNS filter's block page (and of which product), or one that no public
// server has; "" for all others. Space that zero-trust agents and tests use for synthetic answers (RFC 6598, RFC 2544)
// says nothing.
func (f *Flow) AddressKind(a netip.Addr) (kind, product string) {
	a = f.translated(a.Unmap())
	if row, ok := f.pack.BlockPage(a); ok {
		return KindBlockPage, row.BlockPage.Product
	}
	switch {
	case a.IsUnspecified():
		return KindUnspecified, ""
	case a.IsLoopback():
		return KindLoopback, ""
	case a.IsPrivate(), a.IsLinkLocalUnicast():
		return KindPrivate, ""
	}
	return "", ""
}

// OddAnswer is the first address of an answer that is of such a kind.
func (f *Flow) OddAnswer(l *Lookup) (kind, product string) {
	for _, a := range l.Addrs {
		if kind, product = f.AddressKind(a); kind != "" {
			return kind, product
		}
	}
	return "", ""
}
