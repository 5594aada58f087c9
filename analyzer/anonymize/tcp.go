package anonymize

import (
	"bytes"
	"encoding/binary"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/quicwire"
	"webexaudit/analyzer/dissect/rfc4571"
	"webexaudit/analyzer/dissect/stun"
	"webexaudit/analyzer/dissect/tlswire"
)

// direction is one direction of a connection, or of a conversation over UDP.
type direction struct {
	src, dst         decode.Addr
	srcPort, dstPort uint16
	proto            uint8
}

func directionOf(p *decode.Packet) direction {
	return direction{p.Src, p.Dst, p.SrcPort, p.DstPort, p.Proto}
}

// stream is what is known of a direction. Connections that follow one another on its ports are turns.
type stream struct {
	turns []*turn
	at    int // the turn that the reading is in; -1: before the first
	quic  *quicwire.Assembler
	open  bool // its QUIC hello names nobody who has to be mapped
}

func (s *stream) rewind() { s.at = -1 }

// turn is one connection's direction: its beginning, and what frames it later.
type turn struct {
	base uint32 // sequence number of the first byte
	near int64  // offset of the latest segment
	head []byte // the beginning: as captured, and once settled as it is written
	kind framing
	chain
}

// framing says what divides a stream beyond its beginning.
type framing uint8

const (
	unframed framing = iota
	tlsRecords
	frames4571
)

const (
	maxHead = 32 << 10  // of a direction: handshakes end before
	maxHeld = 512 << 20 // of all; what begins beyond is blank
)

// learn gathers the beginnings of connections.
func (r *rewriter) learn(f *frame) bool {
	p := &f.p
	if f.reason != decode.OK || p.Fragments {
		return true
	}
	switch {
	case p.Proto == decode.ProtoTCP:
		s, off := r.turn(p)
		if n := len(p.Payload); n > 0 && off >= 0 && off < maxHead && r.held < maxHeld {
			end := int(min(off+int64(n), maxHead))
			if grow := end - len(s.head); grow > 0 {
				s.head = append(s.head, make([]byte, grow)...)
				r.held += grow
			}
			copy(s.head[off:end], p.Payload)
		}
	case p.Proto == decode.ProtoUDP && len(p.Payload) > 0 && p.Payload[0] >= 192:
		r.hello(p)
	}
	return true
}

// stream is that of a packet's direction.
func (r *rewriter) stream(p *decode.Packet) *stream {
	k := directionOf(p)
	s := r.conns[k]
	if s == nil {
		s = &stream{at: -1}
		r.conns[k] = s
	}
	return s
}

// turn finds the connection of a segment, and the offset of its payload.
func (r *rewriter) turn(p *decode.Packet) (*turn, int64) {
	s := r.stream(p)
	first := p.Seq
	syn := p.Flags&decode.SYN != 0
	if syn {
		first++
	}
	if s.at < 0 || syn && s.turns[s.at].base != first {
		if s.at++; s.at == len(s.turns) {
			s.turns = append(s.turns, &turn{base: first})
		}
		s.turns[s.at].near = 0
	}
	t := s.turns[s.at]
	off := t.near + int64(int32(first-(t.base+uint32(t.near))))
	t.near = max(t.near, off)
	return t, off
}

// hello gathers what a client says in QUIC's Initial packets.
func (r *rewriter) hello(p *decode.Packet) {
	s := r.stream(p)
	if s.quic == nil {
		s.quic = new(quicwire.Assembler)
	}
	s.quic.Add(p.Payload)
}

// settle rewrites the beginnings, once all of them are there.
func (r *rewriter) settle() {
	for k, s := range r.conns {
		for _, t := range s.turns {
			r.beginning(k, t)
		}
		if s.quic != nil {
			s.open = r.namesNobody(s.quic)
			s.quic = nil
		}
	}
}

// namesNobody reports whether the hello has a name that stays.
func (r *rewriter) namesNobody(a *quicwire.Assembler) bool {
	for msg := range a.Messages() {
		var hello tlswire.ClientHello
		if hello.Decode(msg.Body) == nil && len(hello.ServerName) > 0 {
			return r.m.Name(string(hello.ServerName)) == string(hello.ServerName)
		}
	}
	return false
}

// openQUIC reports whether the conversation of a packet began with a hello that names nobody.
func (r *rewriter) openQUIC(p *decode.Packet) bool {
	k := directionOf(p)
	back := direction{k.dst, k.src, k.dstPort, k.srcPort, k.proto}
	for _, k := range []direction{k, back} {
		if s := r.conns[k]; s != nil && s.open {
			return true
		}
	}
	return false
}

// beginning rewrites the beginning of a direction: requests to a proxy first, then what they lead to.
func (r *rewriter) beginning(k direction, t *turn) {
	for at := 0; at < len(t.head); {
		b := t.head[at:]
		switch {
		case isRecord(b):
			t.kind = tlsRecords
			t.cursors = []int64{int64(at + r.m.records(b))}
			return
		case stun.Is(b):
			n := min(stun.HeaderLen+int(binary.BigEndian.Uint16(b[2:])), len(b))
			r.m.stun(b[:n])
			at += n
		case k.srcPort == 53 || k.dstPort == 53:
			at += r.m.counted(b, r.m.dns)
		case isMessage(b):
			at += r.m.message(b)
		case b[0] == 5 && at < 1024:
			at += r.m.socks(b)
		case b[0] == 1 && at > 0 && at < 1024:
			at += r.m.password(b)
		case bytes.HasPrefix(b, []byte("SSH-")):
			line, _, _ := bytes.Cut(b, []byte("\n"))
			clear(b[len(line):])
			return
		case b[0] == '<':
			copy(b, r.m.text(b, false))
			return
		case rfc4571.Plausible(b):
			t.kind = frames4571
			t.cursors = []int64{int64(at)}
			part := append([]byte(nil), b...)
			t.chain.segment(r.m, t.kind, part, b, int64(at))
			return
		default:
			clear(b)
			return
		}
	}
}

// counted rewrites messages with a length of two bytes before them, and returns how many bytes that were.
func (m *Mapper) counted(b []byte, do func([]byte)) int {
	if len(b) < 2 {
		return len(b)
	}
	n := min(2+int(binary.BigEndian.Uint16(b)), len(b))
	do(b[2:n])
	return n
}

// isMessage reports whether a message of HTTP or SIP begins here.
func isMessage(b []byte) bool {
	line, _, _ := bytes.Cut(b[:min(len(b), 4096)], []byte("\n"))
	return bytes.Contains(line, []byte("HTTP/1.")) || bytes.Contains(line, []byte("SIP/2.0"))
}

// message rewrites a message of SIP, or the head of one of HTTP, and returns how long that is. Bodies of HTTP are
// blank.
func (m *Mapper) message(b []byte) int {
	if line, _, _ := bytes.Cut(b, []byte("\n")); bytes.Contains(line, []byte("SIP/2.0")) {
		return m.sip(b)
	}
	n := len(b)
	if at := bytes.Index(b, []byte("\r\n\r\n")); at >= 0 {
		n = at + 4
	}
	copy(b[:n], m.text(b[:n], false))
	return n
}

// socks rewrites one message of SOCKS5 (RFC 1928) and returns its length.
func (m *Mapper) socks(b []byte) int {
	if len(b) < 2 {
		return len(b)
	}
	if len(b) < 5 || b[2] != 0 || b[3] != 1 && b[3] != 3 && b[3] != 4 {
		return min(max(2+int(b[1]), 2), len(b)) // methods; the server's choice is as long, its number being small
	}
	n := map[byte]int{1: 4, 3: 1 + int(b[4]), 4: 16}[b[3]]
	if 4+n > len(b) {
		clear(b[4:])
		return len(b)
	}
	switch b[3] {
	case 1:
		m.addr4(b[4:])
	case 4:
		m.addr6(b[4:])
	case 3:
		copy(b[5:4+n], m.Name(string(b[5:4+n])))
	}
	return min(4+n+2, len(b))
}

// password blanks the credentials of RFC 1929.
func (m *Mapper) password(b []byte) int {
	if len(b) <= 2 {
		return len(b)
	}
	user := min(2+int(b[1]), len(b))
	clear(b[2:user])
	if user >= len(b) {
		return len(b)
	}
	end := min(user+1+int(b[user]), len(b))
	clear(b[user+1 : end])
	return end
}

// segment rewrites the payload of a segment in place.
func (r *rewriter) segment(p *decode.Packet, b []byte) {
	t, off := r.turn(p)
	if off < 0 { // before the connection: keep-alives and what was sent before the capture
		clear(b)
		return
	}
	n := max(min(int64(len(t.head))-off, int64(len(b))), 0)
	if n > 0 {
		copy(b[:n], t.head[off:])
	}
	if rest := b[n:]; len(rest) > 0 {
		t.chain.segment(r.m, t.kind, append([]byte(nil), rest...), rest, off+n)
	}
}
