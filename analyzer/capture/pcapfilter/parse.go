package pcapfilter

import (
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// parser reads an expression by recursive descent.
type parser struct {
	text  string
	words []word
	at    int
	depth int       // of parentheses and nots
	tags  int       // vlan so far: what follows lies behind as many tags
	last  qualifier // of the last primitive; a value without any has the same
}

// qualifier is what stands before a value.
type qualifier struct{ proto, dir, kind string }

// maxDepth bounds the recursion.
const maxDepth = 100

func (p *parser) word() string {
	if p.at < len(p.words) {
		return p.words[p.at].text
	}
	return ""
}

// take goes past a word if it is one of these.
func (p *parser) take(want ...string) (string, bool) {
	w := p.word()
	if w == "" || !slices.Contains(want, w) {
		return "", false
	}
	p.at++
	return w, true
}

func (p *parser) fail(what string) *Error {
	e := &Error{Text: p.text, At: len(p.text), What: what}
	if p.at < len(p.words) {
		e.At, e.Word = p.words[p.at].at, p.word()
	}
	return e
}

// failBefore blames the word that was taken last.
func (p *parser) failBefore(what string) *Error {
	p.at--
	return p.fail(what)
}

// expression reads terms between and and or, which bind equally. The first may be a value alone if bare.
func (p *parser) expression(bare bool) (node, error) {
	left, err := p.term(bare)
	for err == nil {
		word, more := p.take("and", "&&", "or", "||")
		if !more {
			return left, nil
		}
		var right node
		right, err = p.term(true)
		if word == "and" || word == "&&" {
			left = both{left, right}
		} else {
			left = either{left, right}
		}
	}
	return nil, err
}

func (p *parser) term(bare bool) (node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("nested too deeply")
	}
	defer func() { p.depth-- }()
	if _, ok := p.take("not", "!"); ok {
		n, err := p.term(bare)
		return negation{n}, err
	}
	if _, ok := p.take("("); ok {
		n, err := p.expression(bare)
		if _, closed := p.take(")"); err == nil && !closed {
			err = p.fail("want )")
		}
		return n, err
	}
	return p.primitive(bare)
}

// Words of the syntax.
var (
	kinds      = []string{"host", "net", "port", "portrange", "proto"}
	directions = []string{"src", "dst"}
	ends       = []string{"", ")", "and", "or", "&&", "||"}
)

// primitive reads qualifiers and the value that they are for, or a word that stands for itself.
func (p *parser) primitive(bare bool) (node, error) {
	if _, ok := p.take("vlan"); ok {
		return p.vlan()
	}
	q := qualifier{}
	q.proto, _ = p.take("tcp", "udp", "sctp", "icmp", "icmp6", "ip", "ip6", "arp", "rarp")
	if q.proto != "" && slices.Contains(ends, p.word()) {
		p.last = qualifier{}
		return protocolAlone(q.proto, p.tags), nil
	}
	var qualified, directed bool
	if directed = slices.Contains(directions, p.word()); directed {
		q.dir = p.direction()
	}
	if q.kind, qualified = p.take(kinds...); qualified || directed {
		if q.kind == "" {
			q.kind = "host"
		}
		p.last = q
		if err := p.fits(q); err != nil {
			return nil, err
		}
		return p.values()
	}
	switch {
	case q.proto != "":
		return nil, p.fail("want host, net, port, portrange, src or dst behind " + q.proto)
	case bare && p.last.kind != "":
		return p.value()
	case bare && p.word() != "":
		return nil, p.fail("not known, and no value of what stands before it")
	case p.word() == "":
		return nil, p.fail("something is missing")
	}
	return nil, p.fail("not known")
}

// direction reads src, dst, src or dst, src and dst; and these the other way round.
func (p *parser) direction() string {
	first, _ := p.take(directions...)
	if p.at+1 < len(p.words) && slices.Contains(directions, p.words[p.at+1].text) {
		second := p.words[p.at+1].text
		if joint, ok := p.take("or", "||", "and", "&&"); ok && second != first {
			p.at++
			if joint == "and" || joint == "&&" {
				return "both"
			}
			return ""
		} else if ok {
			p.at--
		}
	}
	return first
}

// fits checks that a protocol has what is asked for. (The word that does not fit has just been taken.)
func (p *parser) fits(q qualifier) error {
	allowed := []string{"", "ip", "ip6", "arp", "rarp"}
	switch q.kind {
	case "port", "portrange":
		allowed = []string{"", "tcp", "udp", "sctp"}
	case "proto":
		allowed = []string{"", "ip", "ip6"}
	}
	if !slices.Contains(allowed, q.proto) {
		return p.failBefore(q.proto + " has no " + q.kind)
	}
	if q.kind == "proto" && q.dir != "" {
		return p.failBefore("a proto has no direction")
	}
	return nil
}

// values reads the value behind qualifiers, or several in parentheses.
func (p *parser) values() (node, error) {
	if w := p.word(); w != "(" && w != "not" && w != "!" {
		return p.value()
	}
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("nested too deeply")
	}
	defer func() { p.depth-- }()
	if _, ok := p.take("not", "!"); ok {
		n, err := p.values()
		return negation{n}, err
	}
	p.at++
	n, err := p.expression(true)
	if _, closed := p.take(")"); err == nil && !closed {
		err = p.fail("want )")
	}
	return n, err
}

// value reads an address, a prefix or a number, as the last qualifiers want it.
func (p *parser) value() (node, error) {
	text, q := p.word(), p.last
	if slices.Contains(ends, text) {
		return nil, p.fail("want a value for " + q.kind)
	}
	switch q.kind {
	case "host":
		return p.host(text)
	case "net":
		return p.net(text)
	case "port", "portrange":
		low, high, ranged := strings.Cut(text, "-")
		if !ranged || q.kind == "port" {
			low, high = text, text
		}
		from, ok1 := number(low, 65535)
		to, ok2 := number(high, 65535)
		if !ok1 || !ok2 {
			return nil, p.fail("want a number up to 65535 (names are not looked up)" + map[bool]string{true: " or two with - between them"}[q.kind == "portrange"])
		}
		p.at++
		return ports(q, min(from, to), max(from, to), p.tags), nil
	}
	n, ok := number(text, 255)
	if !ok {
		return nil, p.fail("want a number up to 255 (names are not looked up)")
	}
	p.at++
	return protocol(q.proto, n, p.tags), nil
}

func (p *parser) host(text string) (node, error) {
	addr, err := netip.ParseAddr(text)
	switch {
	case err != nil || addr.Zone() != "":
		return nil, p.fail("want an IPv4 or IPv6 address (names are not looked up)")
	case !family(p.last.proto, addr):
		return nil, p.fail("not an address of " + p.last.proto)
	}
	p.at++
	return addresses(p.last, netip.PrefixFrom(addr, addr.BitLen()), p.tags), nil
}

// net reads 10.0.0.0/8, 10.0/8, 10, 10.0.0.0 mask 255.0.0.0 or 2001:db8::/32.
func (p *parser) net(text string) (node, error) {
	prefix, ok := parsePrefix(text)
	if !ok {
		return nil, p.fail("want a prefix, such as 10.0.0.0/8 or 2001:db8::/32")
	}
	p.at++
	if _, masked := p.take("mask"); masked {
		mask, err := netip.ParseAddr(p.word())
		ones, fits := maskBits(mask)
		if err != nil || !fits || strings.Contains(text, "/") || !prefix.Addr().Is4() {
			return nil, p.fail("want the mask of an IPv4 net, such as 255.0.0.0")
		}
		p.at++
		prefix = netip.PrefixFrom(prefix.Addr(), ones)
	}
	switch {
	case prefix != prefix.Masked():
		return nil, p.failBefore("bits behind the prefix are set; want " + prefix.Masked().String())
	case !family(p.last.proto, prefix.Addr()):
		return nil, p.failBefore("not a prefix of " + p.last.proto)
	}
	return addresses(p.last, prefix, p.tags), nil
}

// parsePrefix completes an IPv4 prefix of which only the first bytes are given. (One byte cannot have a length behind
// it: tcpdump does not take that.)
func parsePrefix(text string) (netip.Prefix, bool) {
	addr, length, has := strings.Cut(text, "/")
	given := 4
	if !strings.Contains(addr, ":") {
		given = strings.Count(addr, ".") + 1
		if given == 1 && has || given > 4 {
			return netip.Prefix{}, false
		}
		addr += strings.Repeat(".0", 4-given)
	}
	a, err := netip.ParseAddr(addr)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	ones := 8 * given
	if a.Is6() {
		ones = 128
	}
	if has {
		n, ok := number(length, uint64(a.BitLen()))
		if !ok {
			return netip.Prefix{}, false
		}
		ones = int(n)
	}
	return netip.PrefixFrom(a, ones), true
}

// maskBits is the length of a mask without gaps.
func maskBits(mask netip.Addr) (int, bool) {
	if !mask.Is4() {
		return 0, false
	}
	b := mask.As4()
	m := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	return bits.LeadingZeros32(^m), ^m&(^m+1) == 0
}

// family reports whether a protocol has addresses of this kind.
func family(proto string, a netip.Addr) bool {
	return proto == "" || a.Is6() == (proto == "ip6")
}

// vlan reads the number behind vlan, if there is one. What follows lies one tag deeper.
func (p *parser) vlan() (node, error) {
	t := tag{depth: p.tags, id: -1}
	if text := p.word(); !slices.Contains(ends, text) {
		n, ok := number(text, 4095)
		if !ok {
			return nil, p.fail("want a VLAN identifier up to " + strconv.Itoa(4095) + ", or nothing")
		}
		p.at++
		t.id = int(n)
	}
	p.tags++
	p.last = qualifier{}
	return t, nil
}
