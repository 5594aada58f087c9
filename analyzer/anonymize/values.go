package anonymize

import (
	"cmp"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"webexaudit/analyzer/decode"
)

// know notes what a value became, for the texts that are made of it, until index.
func (x *setMapper) know(s, mapped string) string {
	if len(s) > 1 && s != mapped && x.replacer == nil {
		x.known[s] = mapped
	}
	return mapped
}

func (x *setMapper) word(s string) string  { return x.m.Word(s) }
func (x *setMapper) site(s string) string  { return x.know(s, x.m.Word(s)) }
func (x *setMapper) plain(s string) string { return x.know(s, string(x.m.text([]byte(s), true))) }

// ident is another identifier of hexadecimal digits: the same for the same one, so that records still join.
func (x *setMapper) ident(id string) string {
	var b []byte
	for n := 0; 2*len(b) < len(id); n++ {
		sum := x.m.sum("id", string(rune(n))+id)
		b = append(b, sum[:]...)
	}
	return hex.EncodeToString(b)[:len(id)]
}

// captureEndings are those that a file name keeps.
var captureEndings = regexp.MustCompile(`(?i)(\.(pcap|pcapng|cap|snoop|dmp))?(\.(gz|zst))?$`)

// file is a name for a file, without directories.
func (x *setMapper) file(path string) string {
	if path == "-" {
		return path
	}
	mapped := "capture-" + x.ident(path)[:min(8, len(path))] + strings.ToLower(captureEndings.FindString(path))
	x.know(filepath.Base(path), mapped)
	return x.know(path, mapped)
}

func (x *setMapper) mac(s string) string {
	b, err := net.ParseMAC(s)
	if err != nil || len(b) != 6 {
		return ""
	}
	x.m.MAC(b)
	return x.know(s, b.String())
}

// host maps an address, a prefix, either with a port, the name of a host or a site, or a URI.
func (x *setMapper) host(s string) string {
	if mapped, ok := x.address(s); ok {
		return mapped
	}
	name, port, found := strings.Cut(s, ":")
	switch {
	case x.sites[s]:
		return x.m.Word(s)
	case found && strings.Trim(port, digits) == "" && isName(name):
		return x.know(s, x.host(name)+":"+port)
	case isName(s):
		return x.know(s, x.m.Name(s))
	}
	return x.plain(s)
}

// address maps what is an address or a prefix, with or without a port.
func (x *setMapper) address(s string) (string, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return x.m.Addr(a).String(), true
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		if p.IsSingleIP() {
			return netip.PrefixFrom(x.m.Addr(p.Addr()), p.Bits()).String(), true
		}
		return x.m.Prefix(p).String(), true
	}
	if a, err := netip.ParseAddrPort(s); err == nil {
		return netip.AddrPortFrom(x.m.Addr(a.Addr()), a.Port()).String(), true
	}
	return "", false
}

// isName reports whether a text could be the name of a host.
func isName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r < 0x80 && !alnum(byte(r)) && !strings.ContainsRune("-._*", r)
	}) < 0
}

// dn maps the values of a distinguished name (RFC 4514), as those of a certificate are mapped.
func (x *setMapper) dn(name string) string {
	var b strings.Builder
	for rest := name; rest != ""; {
		n := 0
		for n < len(rest) && rest[n] != ',' && rest[n] != '+' {
			if n++; rest[n-1] == '\\' {
				n = min(n+1, len(rest))
			}
		}
		typ, value, found := strings.Cut(rest[:n], "=")
		if !found {
			typ, value = "", typ
		} else {
			typ += "="
		}
		b.WriteString(typ + x.dnValue(value))
		if n < len(rest) {
			b.WriteByte(rest[n])
			n++
		}
		rest = rest[n:]
	}
	x.know(unescaped(name), unescaped(b.String()))
	return x.know(name, b.String())
}

func (x *setMapper) dnValue(escaped string) string {
	text := unescaped(escaped)
	if text == "" || x.m.issuer(text) {
		return escaped
	}
	mapped := x.know(text, x.m.dnText(text))
	return x.know(escaped, strings.NewReplacer(`\`, `\\`, ",", `\,`, "+", `\+`, `"`, `\"`, "<", `\<`, ">", `\>`, ";", `\;`).
		Replace(mapped))
}

// unescaped is the value of an attribute as it stands in the certificate.
func unescaped(s string) string {
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+2 < len(s) {
			if c, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				b, i = append(b, c...), i+2
				continue
			}
		}
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// filterWord is what a display filter has beside addresses.
var filterWord = regexp.MustCompile(`^[(!]*((frame|ip|ipv6|tcp|udp|sctp|vlan|ieee8021ad|vxlan|geneve|gre|gtp|mpls|pppoe)` +
	`\.[a-z_]+|in|icmp|icmpv6|vlan|ieee8021ad|[=<>!&|]+|\{?[0-9]+(\.\.[0-9]+)?[,}]*)\)*$`)

// filter maps the addresses of a Wireshark display filter. One of which not every word is known is blank.
func (x *setMapper) filter(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		if mapped, ok := x.address(strings.Trim(w, "()")); ok {
			words[i] = strings.Replace(w, strings.Trim(w, "()"), mapped, 1)
		} else if !filterWord.MatchString(w) {
			return ""
		}
	}
	return strings.Join(words, " ")
}

// communityID is that of a flow between mapped ends (Community ID version 1, seed 0); "" but for TCP, UDP and SCTP.
func communityID(proto string, a, b netip.AddrPort) string {
	number, ok := map[string]byte{"tcp": decode.ProtoTCP, "udp": decode.ProtoUDP, "sctp": decode.ProtoSCTP}[proto]
	if !ok {
		return ""
	}
	a, b = netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), netip.AddrPortFrom(b.Addr().Unmap(), b.Port())
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	text := append(append([]byte{0, 0}, a.Addr().AsSlice()...), b.Addr().AsSlice()...)
	text = binary.BigEndian.AppendUint16(append(text, number, 0), a.Port())
	sum := sha1.Sum(binary.BigEndian.AppendUint16(text, b.Port()))
	return "1:" + base64.StdEncoding.EncodeToString(sum[:])
}

// index sorts what is known for prose.
func (x *setMapper) index() {
	for s := range x.known {
		if strings.ContainsFunc(s, between) {
			x.phrases = append(x.phrases, s)
		}
	}
	slices.SortFunc(x.phrases, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	pairs := make([]string, 0, 2*len(x.phrases))
	for _, s := range x.phrases {
		pairs = append(pairs, s, begin+x.known[s]+end)
	}
	x.replacer = strings.NewReplacer(pairs...)
}

// begin and end enclose in prose what is mapped already.
const begin, end = "\x00", "\x01"

// between tells what stands between the words of prose.
func between(r rune) bool { return strings.ContainsRune(" ,;()\"'=→", r) }

// prose maps the values in a sentence of the program that is no data: those of the records, and whatever is an address
// or the name of a host.
func (x *setMapper) prose(s string) string {
	s = x.replacer.Replace(strings.NewReplacer(begin, "", end, "").Replace(s))
	var b strings.Builder
	for s != "" {
		open, mapped, found := strings.Cut(s, begin)
		x.words(&b, open)
		if s = ""; found {
			mapped, s, _ = strings.Cut(mapped, end)
			b.WriteString(mapped)
		}
	}
	return b.String()
}

func (x *setMapper) words(b *strings.Builder, s string) {
	for s != "" {
		n := strings.IndexFunc(s, between)
		if n < 0 {
			n = len(s)
		}
		b.WriteString(x.token(s[:n]))
		s = s[n:]
		n = len(s) - len(strings.TrimLeftFunc(s, between))
		b.WriteString(s[:n])
		s = s[n:]
	}
}

// token maps a word of prose.
func (x *setMapper) token(s string) string {
	word := strings.TrimRight(s, ".:!?")
	tail := s[len(word):]
	if mapped, ok := x.known[word]; ok {
		return mapped + tail
	}
	if mapped, ok := x.address(word); ok {
		return mapped + tail
	}
	_, clock := time.Parse(time.RFC3339Nano, word)
	_, lasts := time.ParseDuration(word)
	if word == "" || clock == nil || lasts == nil {
		return s
	}
	if mapped := x.mac(word); mapped != "" {
		return mapped + tail
	}
	if i := strings.IndexAny(word, "/@:"); i >= 0 {
		return x.token(word[:i]) + word[i:i+1] + x.token(word[i+1:]) + tail
	}
	if strings.Contains(word, ".") && strings.ContainsFunc(word, unicode.IsLetter) {
		return x.m.Name(word) + tail
	}
	return s
}
