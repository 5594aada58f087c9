// Package pcapfilter compiles capture filters in tcpdump's syntax (pcap-filter(7)) to classic BPF, as far as people use
// it on mirror ports: hosts, nets, ports, protocols and VLANs. What it takes means the same to tcpdump, precedence
// included (and and or bind equally, from left to right); what it does not take it refuses, and says where.
//
// Nothing is looked up: hosts are addresses, ports and protocols behind proto are numbers.
package pcapfilter

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/bpf"

	"webexaudit/analyzer/capture"
)

// Known is the syntax in a sentence.
const Known = `known are [src|dst] host ADDRESS, net PREFIX, port N and portrange N-M, behind tcp, udp, sctp, ip, ip6, arp or rarp ` +
	`where wanted; these words alone; icmp, icmp6, [ip|ip6] proto N, vlan [N]; and, or, not and parentheses`

// Error says what of a filter is not understood.
type Error struct {
	Text string
	At   int // offset of the word, in bytes
	Word string
	What string
}

func (e *Error) Error() string {
	if e.Word == "" {
		return fmt.Sprintf("%q: at its end: %s", e.Text, e.What)
	}
	return fmt.Sprintf("%q: %q at character %d: %s", e.Text, e.Word, e.At+1, e.What)
}

// Filter is an expression.
type Filter struct {
	text string
	root node
	tags int // how many tags vlan goes into
}

// Parse reads an expression. Its error is an [*Error].
func Parse(text string) (*Filter, error) {
	p := &parser{text: text, words: words(text)}
	root, err := p.expression(false)
	if err == nil && p.word() != "" {
		err = p.fail("want and, or, or the end")
	}
	if err != nil {
		return nil, err
	}
	return &Filter{text, root, p.tags}, nil
}

// accept is how many bytes of a frame are taken that passes: all.
const accept = 262144

// maxProgram is the most that the kernel takes (BPF_MAXINSNS of linux/bpf_common.h).
const maxProgram = 4096

// Program compiles the filter for the frames of a link: Ethernet, or IP without a link header. For frames whose outer
// VLAN tag the kernel has taken off (untagged), vlan asks the kernel for it; otherwise it is looked for in the frame.
func (f *Filter) Program(link capture.LinkType, untagged bool) ([]bpf.RawInstruction, error) {
	g := &generator{}
	switch link {
	case capture.LinkEthernet:
		g.ethernet = true
	case capture.LinkRaw:
		if f.tags > 0 {
			return nil, fmt.Errorf("%q: frames of this link have no VLAN tags", f.text)
		}
	default:
		return nil, fmt.Errorf("%q: a filter for the link type %v has to be bytecode of tcpdump -ddd", f.text, link)
	}
	no := g.put(bpf.RetConstant{})
	yes := g.put(bpf.RetConstant{Val: accept})
	start := f.root.emit(g, yes, no)
	if start < len(g.code) {
		start = g.skip(start)
	}
	if untagged && f.tags > 0 {
		g.taken = true
		taken := f.root.emit(g, yes, no)
		g.jump(bpf.JumpEqual, 1, taken, start)
		g.put(bpf.LoadExtension{Num: bpf.ExtVLANTagPresent})
	}
	if n := len(g.code); n > maxProgram {
		return nil, fmt.Errorf("%.40q…: the filter is too long: %d instructions, the kernel takes %d", f.text, n, maxProgram)
	}
	return g.program()
}

// word is a word of an expression and where it stands.
type word struct {
	text string
	at   int
}

// words splits an expression as tcpdump does: at blanks, and around what is no part of a name.
func words(text string) (list []word) {
	const blanks, signs = " \t\r\n", "()!&|"
	for at := 0; at < len(text); {
		n := 1
		switch rest := text[at:]; {
		case strings.IndexByte(blanks, rest[0]) >= 0:
			at++
			continue
		case strings.HasPrefix(rest, "&&"), strings.HasPrefix(rest, "||"):
			n = 2
		case strings.IndexByte(signs, rest[0]) < 0:
			if n = strings.IndexAny(rest, blanks+signs); n < 0 {
				n = len(rest)
			}
		}
		list = append(list, word{text[at : at+n], at})
		at += n
	}
	return list
}

// number reads a number without leading zeros, which tcpdump would take for octal.
func number(text string, most uint64) (uint32, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return uint32(n), err == nil && n <= most && strconv.FormatUint(n, 10) == text
}
