package signatures

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// CheckExamples runs the examples of every row of the pack through the look-ups: Match must find the row, Differ must
// not. The error is a Faults.
//
//	name          host                      the winning row
//	prefix        address                   one of the rows of Addr
//	port          "udp 52010>5004"          one of the rows of Ports
//	stun          "software Cisco-Spark", "attribute 0xC003", "username …"
//	payload_type  "98 up native"
//	issuer        distinguished name
//	cipher        IANA name
//	policy        a value of the key
//	asn           number, or an address in its space
//	user_agent    User-Agent field
//	block_page    address
//	datagram      "9000 0100000000000001"   server port, payload in hexadecimal
func (p *Pack) CheckExamples() error {
	_, faults := p.RunExamples()
	return faults.err()
}

// RunExamples is CheckExamples with the number of examples that hold.
func (p *Pack) RunExamples() (passed int, failed Faults) { return p.runExamples(p.rows) }

// RunExamples runs the examples of every row in every pack that holds it, and of those that no pack holds in the
// periods that do.
func (c *Catalog) RunExamples() (passed int, failed Faults) {
	packed := map[string]bool{}
	for _, p := range c.Packs() {
		n, faults := p.RunExamples()
		passed, failed = passed+n, append(failed, faults...)
		for id := range p.byID {
			packed[id] = true
		}
	}
	for _, p := range c.Periods() {
		n, faults := p.runExamples(slices.DeleteFunc(slices.Clone(p.rows), func(r *Row) bool { return packed[r.ID] }))
		passed, failed = passed+n, append(failed, faults...)
	}
	return passed, failed
}

func (p *Pack) runExamples(rows []*Row) (passed int, failed Faults) {
	for _, r := range rows {
		for _, x := range r.Examples.Match {
			if found, what := p.finds(r, x); what != "" || !found {
				failed.add(r.At, r.ID+".examples.match", "pack %s: %q does not find the row%s", p.ID, x, what)
				continue
			}
			passed++
		}
		for _, x := range r.Examples.Differ {
			if found, what := p.finds(r, x); what != "" || found {
				failed.add(r.At, r.ID+".examples.differ", "pack %s: %q finds the row%s", p.ID, x, what)
				continue
			}
			passed++
		}
	}
	return passed, failed
}

// finders look up an example of a row by the row's kind.
var finders = map[string]func(p *Pack, r *Row, example string) (found bool, what string){
	"name": func(p *Pack, r *Row, example string) (bool, string) {
		m, ok := p.Name(example)
		return ok && m.Row == r, ""
	},
	"prefix":       (*Pack).findsPrefix,
	"port":         (*Pack).findsPort,
	"stun":         (*Pack).findsSTUN,
	"payload_type": (*Pack).findsPayload,
	"issuer": func(p *Pack, r *Row, example string) (bool, string) {
		m, ok := p.Issuer(example)
		return ok && m.Row == r, ""
	},
	"cipher": func(p *Pack, r *Row, example string) (bool, string) {
		got, ok := p.Cipher(example)
		return ok && got == r, ""
	},
	"policy": func(p *Pack, r *Row, example string) (bool, string) {
		m, ok := p.Policy(r.Policy.Key)
		return ok && m.Row == r && slices.Contains(m.Values, example), ""
	},
	"asn": (*Pack).findsASN,
	"user_agent": func(p *Pack, r *Row, example string) (bool, string) {
		got, ok := p.UserAgent(example)
		return ok && got == r, ""
	},
	"block_page": (*Pack).findsBlockPage,
	"datagram":   (*Pack).findsDatagram,
}

// finds reports whether an example finds the row; what tells that the example itself cannot be read.
func (p *Pack) finds(r *Row, example string) (found bool, what string) {
	if find := finders[r.Kind]; find != nil {
		return find(p, r, example)
	}
	return false, ", its kind has no examples"
}

func (p *Pack) findsPrefix(r *Row, example string) (bool, string) {
	a, err := netip.ParseAddr(example)
	if err != nil {
		return false, ", it is no address"
	}
	return slices.ContainsFunc(p.Addr(a), func(m AddrMatch) bool { return m.Row == r }), ""
}

func (p *Pack) findsBlockPage(r *Row, example string) (bool, string) {
	a, err := netip.ParseAddr(example)
	if err != nil {
		return false, ", it is no address"
	}
	got, ok := p.BlockPage(a)
	return ok && got == r, ""
}

func (p *Pack) findsASN(r *Row, example string) (bool, string) {
	if a, err := netip.ParseAddr(example); err == nil {
		got, ok := p.Owner(a)
		return ok && got == r, ""
	}
	n, err := strconv.ParseUint(example, 10, 32)
	if err != nil {
		return false, ", it is neither number nor address"
	}
	got, ok := p.ASN(uint32(n))
	return ok && got == r, ""
}

func (p *Pack) findsPort(r *Row, example string) (bool, string) {
	words := strings.Fields(example)
	var client, server int
	if len(words) != 2 {
		return false, ", want \"udp 52010>5004\""
	}
	if _, err := fmt.Sscanf(words[1], "%d>%d", &client, &server); err != nil {
		return false, ", want \"udp 52010>5004\""
	}
	return slices.ContainsFunc(p.Ports(words[0], client, server), func(m PortMatch) bool { return m.Row == r }), ""
}

func (p *Pack) findsSTUN(r *Row, example string) (bool, string) {
	kind, value, _ := strings.Cut(example, " ")
	var got *Row
	switch kind {
	case "software":
		got, _ = p.STUNSoftware(value)
	case "username":
		got, _ = p.STUNUsername(value)
	case "attribute":
		n, err := strconv.ParseUint(value, 0, 16)
		if err != nil {
			return false, ", it is no attribute type"
		}
		got, _ = p.STUNAttribute(uint16(n))
	default:
		return false, ", want software, attribute or username"
	}
	return got == r, ""
}

func (p *Pack) findsPayload(r *Row, example string) (bool, string) {
	words := strings.Fields(example)
	if len(words) != 3 || (words[1] != "up" && words[1] != "down") {
		return false, ", want \"98 up native\""
	}
	pt, err := strconv.Atoi(words[0])
	if err != nil {
		return false, ", it is no payload type"
	}
	m, ok := p.PayloadType(pt, words[1] == "up", words[2])
	return ok && m.Row == r, ""
}

func (p *Pack) findsDatagram(r *Row, example string) (bool, string) {
	words := strings.Fields(example)
	if len(words) != 2 {
		return false, ", want \"9000 0100…\""
	}
	port, err1 := strconv.Atoi(words[0])
	payload, err2 := hex.DecodeString(words[1])
	if err1 != nil || err2 != nil {
		return false, ", want \"9000 0100…\""
	}
	got, _ := p.Datagram(port, payload)
	return got == r, ""
}
