// Package dnsmsg reads DNS messages (RFC 1035): the question, and of the answer section what leads from a name to an
// address.
//
// In goes the payload of a datagram, or one message of a TCP connection ([Next]); out comes a [Message] that the caller
// owns and reuses. Its strings are copies and do not borrow the input. Damage ends the reading, not the result: what
// came before is kept and Malformed is set. The sections for authority and additional records are not read. The package
// follows no alias and keeps no cache; multicast DNS and LLMNR are read as far as they look like DNS.
//
// Parsing allocates a string for each name that differs from the question's and from those of the record before it, and
// what golang.org/x/net/dns/dnsmessage allocates for HTTPS and SVCB records; nothing else once m.Answers has grown.
// The question's string is used again while the same question comes again.
package dnsmsg

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"golang.org/x/net/dns/dnsmessage"
)

// headerLen is the length of the message header in bytes.
const headerLen = 12

// MaxAnswers is how many answers a Message keeps; Dropped counts the others.
const MaxAnswers = 64

// ErrShort says that bytes are too few for a message header.
var ErrShort = errors.New("dnsmsg: shorter than a message header")

// Message is one DNS message. Names are in lower case, without the final dot ("." is the root), and with bytes that are
// no printable ASCII as \DDD (RFC 4343 section 2.1).
type Message struct {
	ID        uint16
	Response  bool
	OpCode    uint8 // 0: query
	RCode     RCode
	Truncated bool   // TC: the server says so, the client will ask over TCP
	QName     string // of the first question; empty where there is none
	QType     Type
	Questions int // that could be read
	Answers   []Answer
	Dropped   int  // answers beyond MaxAnswers
	Malformed bool // something could not be read: damage, a capture that was cut, or lengths that lie
}

// Answer is one record of the answer section. A record with address hints (HTTPS, SVCB) gives one Answer for its target
// and one more for each hint. Records of other classes than IN are left out.
type Answer struct {
	Name   string
	Type   Type
	TTL    uint32     // seconds
	Addr   netip.Addr // A, AAAA, hints of HTTPS and SVCB; else invalid
	Target string     // CNAME, PTR, SRV; of HTTPS and SVCB the target name, "." meaning the owner itself
}

// Is reports whether b can be a DNS message: a known operation, exactly one question, the reserved bit zero, no more
// records than fit into b, and in a query no answers. It is no proof; ask it on the ports of DNS.
func Is(b []byte) bool {
	if len(b) < headerLen+5 || b[3]&0x40 != 0 { // 5: the shortest question
		return false
	}
	op, response := b[2]>>3&0x0F, b[2]&0x80 != 0
	n := int(binary.BigEndian.Uint16(b[6:]))
	records := n + int(binary.BigEndian.Uint16(b[8:])) + int(binary.BigEndian.Uint16(b[10:]))
	return (op <= 2 || op == 4 || op == 5) && binary.BigEndian.Uint16(b[4:]) == 1 &&
		headerLen+5+11*records <= len(b) && (response || n == 0)
}

// Next splits the first message off the bytes of a TCP connection, where a length of 16 bits precedes each (RFC 1035
// section 4.2.2). It is false where b does not hold the whole message; rest is then b.
func Next(b []byte) (msg, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, b, false
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	if n > len(b) {
		return nil, b, false
	}
	return b[2:n:n], b[n:], true
}

// Parse fills m from the message b. It needs the header; of the rest it takes what it can read. On an error m is empty.
func Parse(b []byte, m *Message) error {
	lastName := m.QName
	*m = Message{Answers: m.Answers[:0]}
	var p dnsmessage.Parser
	h, err := p.Start(b)
	if err != nil {
		return ErrShort
	}
	m.ID, m.Response, m.OpCode, m.RCode, m.Truncated = h.ID, h.Response, uint8(h.OpCode), RCode(h.RCode), h.Truncated
	if !m.questions(&p, lastName) {
		m.Malformed = true
		return nil
	}
	m.answers(&p)
	return nil
}

// questions reads the question section; false where it is damaged, and all that follows is lost with it.
func (m *Message) questions(p *dnsmessage.Parser, lastName string) bool {
	for {
		q, err := p.Question()
		if err == dnsmessage.ErrSectionDone {
			return true
		}
		if err != nil {
			return false
		}
		if m.Questions++; m.Questions == 1 {
			m.QName, m.QType = name(&q.Name, lastName), Type(q.Type)
		}
	}
}

// answers reads the answer section. A record with a bad body is skipped by its length.
func (m *Message) answers(p *dnsmessage.Parser) {
	for {
		h, err := p.AnswerHeader()
		if err == dnsmessage.ErrSectionDone {
			return
		}
		if err != nil {
			m.Malformed = true
			return
		}
		if len(m.Answers) >= MaxAnswers {
			m.Dropped++
		} else if h.Class == dnsmessage.ClassINET {
			m.Malformed = !m.answer(*p, &h) || m.Malformed
		}
		if p.SkipAnswer() != nil {
			m.Malformed = true
			return
		}
	}
}
