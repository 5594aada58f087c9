package anonymize

import (
	"crypto/aes"
	"encoding/binary"
	"net/netip"
	"strings"
	"sync"

	"webexaudit/signatures"
)

// Mapper gives addresses and names others, by a key: the same ones in every file and report of the key. It keeps what
// is published: addresses in ranges and networks of the signature pack, names of the pack, but for the labels that a
// star of its patterns stands for. Not safe for concurrent use, but for [Mapper.Set] and what that returns.
type Mapper struct {
	mu     sync.Mutex // held while records are mapped
	pan    *cryptoPAn
	pack   *signatures.Pack
	listed func(netip.Addr) bool
	addrs  map[netip.Addr]netip.Addr
	words  map[string]string
}

// NewMapper returns the mapper of a key.
func NewMapper(key [keyLen]byte, catalog *signatures.Catalog) (*Mapper, error) {
	pack, err := catalog.Select("latest")
	if err != nil {
		return nil, err
	}
	return &Mapper{pan: newCryptoPAn(key), pack: pack, listed: catalog.Listed(), addrs: map[netip.Addr]netip.Addr{},
		words: map[string]string{}}, nil
}

// scopes are prefixes that say what kind of address it is. An address stays within, and what is outside stays outside.
var scopes = prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7",
	"fe80::/64", "ff02::1:ff00:0/104")

// fixed are prefixes whose addresses say what they are, and name nobody.
var fixed = prefixes("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/96", "ff00::/8")

// nat64 is the well-known prefix of translators (RFC 6052), behind which an IPv4 address stands.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

func prefixes(list ...string) (out []netip.Prefix) {
	for _, p := range list {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func within(list []netip.Prefix, a netip.Addr) (netip.Prefix, bool) {
	for _, p := range list {
		if p.Contains(a) {
			return p, true
		}
	}
	return netip.Prefix{}, false
}

// kept reports whether an address stays what it is.
func (m *Mapper) kept(a netip.Addr) bool {
	if _, ok := within(scopes, a); ok {
		return false
	}
	_, ok := within(fixed, a)
	_, owned := m.pack.Owner(a)
	_, block := m.pack.BlockPage(a)
	return ok || owned || block || m.listed(a)
}

// Addr maps an address: by Crypto-PAn, within its scope. One that would come to lie in a range that is kept, or in
// another scope, is mapped again, so that no two have one image.
func (m *Mapper) Addr(a netip.Addr) netip.Addr {
	a = a.WithZone("")
	if !a.IsValid() {
		return a
	}
	out, ok := m.addrs[a]
	if !ok {
		out = m.addr(a)
		m.addrs[a] = out
	}
	return out
}

func (m *Mapper) addr(a netip.Addr) netip.Addr {
	switch {
	case a.Is4In6():
		return netip.AddrFrom16(m.Addr(a.Unmap()).As16())
	case nat64.Contains(a):
		b := a.As16()
		four := m.Addr(netip.AddrFrom4([4]byte(b[12:]))).As4()
		copy(b[12:], four[:])
		return netip.AddrFrom16(b)
	case m.kept(a):
		return a
	}
	scope, scoped := within(scopes, a)
	for out := a; ; {
		out = m.pan.addr(out)
		if scoped {
			return inScope(scope, out)
		}
		if _, other := within(scopes, out); !other && !m.kept(out) && !nat64.Contains(out) {
			return out
		}
	}
}

// inScope gives an address the bits of a prefix.
func inScope(p netip.Prefix, a netip.Addr) netip.Addr {
	b, from := a.AsSlice(), p.Addr().AsSlice()
	for i := range p.Bits() {
		bit := byte(0x80) >> (i % 8)
		b[i/8] = b[i/8]&^bit | from[i/8]&bit
	}
	out, _ := netip.AddrFromSlice(b)
	return out
}

// Prefix maps a prefix as the addresses in it are mapped. One that is shorter than its scope, or of addresses that are
// kept, stays.
func (m *Mapper) Prefix(p netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(m.Addr(p.Addr()), p.Bits()).Masked()
}

// MAC maps a hardware address in place: to one that is locally administered. Group addresses stay, but for the end of
// those that are made of an IPv6 address.
func (m *Mapper) MAC(b []byte) {
	switch {
	case string(b[:3]) == "\x33\x33\xff":
		a := netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 11: 1, 12: 0xff, 13: b[3], 14: b[4], 15: b[5]})
		sub := m.Addr(a).As16()
		copy(b[3:], sub[13:])
	case b[0]&1 != 0 || string(b) == "\x00\x00\x00\x00\x00\x00":
	default:
		sum := m.sum("mac", string(b))
		copy(b, sum[:6])
		b[0] = b[0]&^1 | 2
	}
}

// sum is a keyed function of a text of any length: CBC-MAC over its length and itself, under the key of addresses.
func (m *Mapper) sum(what, text string) (out [aes.BlockSize]byte) {
	b := append(binary.BigEndian.AppendUint64(nil, uint64(len(text))), what...)
	b = append(append(b, 0), text...)
	for len(b) > 0 {
		n := copy16(&out, b)
		m.pan.block.Encrypt(out[:], out[:])
		b = b[n:]
	}
	for i := range out {
		out[i] ^= m.pan.pad[i]
	}
	m.pan.block.Encrypt(out[:], out[:])
	return out
}

func copy16(out *[aes.BlockSize]byte, b []byte) int {
	n := min(len(b), len(out))
	for i := range n {
		out[i] ^= b[i]
	}
	return n
}

// Name maps a DNS name, label by label, to one of the same length. The last label of several stays, and so does a
// name that the pack knows, but for the labels under a star.
func (m *Mapper) Name(name string) string {
	labels := strings.Split(name, ".")
	keep := m.keptLabels(labels)
	for i := range len(labels) - keep {
		labels[i] = m.Word(labels[i])
	}
	return strings.Join(labels, ".")
}

// keptLabels is how many labels at the end of a name stay.
func (m *Mapper) keptLabels(labels []string) int {
	n := len(labels)
	dot := 0
	if n > 1 && labels[n-1] == "" {
		dot, labels = 1, labels[:n-1]
	}
	match, ok := m.pack.Name(strings.ToLower(strings.Join(labels, ".")))
	switch {
	case ok:
	case len(labels) == 1:
		return dot // a host without a domain
	default:
		return dot + 1
	}
	pattern := strings.Split(match.Pattern, ".")
	if pattern[0] != "*" {
		return n
	}
	return min(len(pattern)-1+dot, n)
}

// alphabets of words: a number stays a number.
const (
	digits  = "0123456789"
	letters = "0123456789abcdefghijklmnopqrstuvwxyz"
)

// Word maps a text to another of the same length: letters and digits to such, upper case to upper case, all else stays.
// Words that differ have images that differ, but for case and for bytes beyond ASCII.
func (m *Mapper) Word(word string) string {
	out, ok := m.words[word]
	if !ok {
		out = m.word(word)
		if len(m.words) < 1<<20 {
			m.words[word] = out
		}
	}
	return out
}

func (m *Mapper) word(word string) string {
	b := []byte(word)
	var at []int // of its letters and digits
	alphabet := digits
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			alphabet = letters
		case c < 0x80:
			continue
		}
		at = append(at, i)
	}
	symbols := make([]int, len(at))
	for i, k := range at {
		symbols[i] = max(strings.IndexByte(alphabet, lower(b[k])), int(b[k])%len(alphabet)*btoi(b[k] >= 0x80))
	}
	m.permute(symbols, len(alphabet))
	for i, k := range at {
		c := alphabet[symbols[i]]
		if b[k] >= 'A' && b[k] <= 'Z' && c >= 'a' {
			c &^= 0x20
		}
		b[k] = c
	}
	return string(b)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// permute is a keyed permutation of the texts of a length over an alphabet: a Feistel network in the manner of NIST SP
// 800-38G, of ten rounds.
func (m *Mapper) permute(s []int, radix int) {
	if len(s) == 1 {
		sum := m.sum("one", string(rune(radix)))
		s[0] = (s[0] + int(sum[0])) % radix
		return
	}
	half := len(s) / 2
	for round := range 10 {
		a, b := s[:half], s[half:]
		if round%2 == 1 {
			a, b = b, a
		}
		text := make([]byte, 0, len(b)+2)
		text = append(text, byte(round), byte(radix))
		for _, v := range b {
			text = append(text, byte(v))
		}
		for i := range a {
			if i%aes.BlockSize == 0 && i > 0 {
				text = append(text, byte(i))
			}
			sum := m.sum("word", string(text))
			a[i] = (a[i] + int(sum[i%aes.BlockSize])) % radix
		}
	}
}
