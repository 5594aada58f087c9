package slice

import (
	"bytes"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/demux"
	"webexaudit/analyzer/dissect/rtp"
	"webexaudit/analyzer/dissect/stun"
)

// cutter says how much of a frame a slice without payload keeps: link to transport headers, and of what is behind them
// as much as an audit looks at: headers of RTP with their extensions, RTCP, STUN, DNS, NTP, the handshakes of TLS, DTLS
// and QUIC, the heads of HTTP and SIP messages. Media, application data of TLS and bodies are cut off.
type cutter struct {
	connections map[connection]*[2]direction
}

// connection is the two ends of a TCP connection, those of the smaller address first.
type connection struct {
	pair
	ports [2]uint16
}

// direction is how far one direction of a connection has come.
type direction struct {
	open     bool  // still in its beginning, which is kept whole
	finished bool  // it sent what follows the handshake of the other direction
	kept     int64 // bytes of the beginning
}

const (
	maxFollowed  = 1 << 19  // connections; of what comes beyond that headers alone are kept
	maxBeginning = 64 << 10 // of a direction: handshakes with long chains of certificates end before
	fragmentKept = 128      // of a fragment: its headers, and those of what begins in it
	recordKept   = 5        // header of a TLS record (RFC 8446 section 5.1)
	unknownKept  = 1        // which tells protocols apart (RFC 9443)
	changeCipher = byte(20) // TLS content types
	appData      = byte(23) // of DTLS too
	dtlsKept     = 13       // header of a DTLS record (RFC 6347 section 4.1)
	channelKept  = 4        // header of TURN's ChannelData (RFC 8656 section 12.4)
)

// keep is how many bytes of the frame are kept.
func (c *cutter) keep(r *frame) int {
	if r.reason == decode.Fragment || r.p != nil && r.p.Fragments {
		return min(len(r.b), fragmentKept)
	}
	if r.reason != decode.OK {
		return len(r.b)
	}
	at, ok := within(r.b, r.p.Payload)
	if !ok {
		return len(r.b)
	}
	switch r.p.Proto {
	case decode.ProtoUDP:
		return at + min(len(r.p.Payload), udpKept(r.p, r.p.Payload))
	case decode.ProtoTCP:
		return at + min(len(r.p.Payload), c.tcpKept(r.p))
	}
	return len(r.b)
}

// within is where a part of the frame begins, which shares its memory unless it was put together.
func within(b, part []byte) (int, bool) {
	if len(part) == 0 {
		return len(b), true
	}
	at := cap(b) - cap(part)
	return at, at >= 0 && at < len(b) && &b[at] == &part[0]
}

// udpKept is how much of a datagram's payload is kept.
func udpKept(p *decode.Packet, b []byte) int {
	for _, port := range []uint16{p.SrcPort, p.DstPort} {
		switch port {
		case 53, 123, 1719, 5353:
			return len(b)
		}
	}
	switch demux.Classify(b) {
	case demux.STUN, demux.RTCP:
		return len(b)
	case demux.RTP:
		return rtpKept(b)
	case demux.DTLS:
		if n := head(b); n > 0 {
			return n
		}
		if b[0] == appData {
			return dtlsKept
		}
		return len(b)
	case demux.TURNChannel:
		if n := head(b); n > 0 {
			return n
		}
		return channelKept + udpKept(&decode.Packet{}, b[min(channelKept, len(b)):])
	case demux.QUIC:
		switch n := head(b); {
		case n > 0:
			return n
		case b[0] >= 192:
			return len(b)
		}
	}
	return unknownKept
}

func rtpKept(b []byte) int {
	var h rtp.Header
	if rtp.Parse(b, &h) != nil {
		return unknownKept
	}
	return h.HeaderLen
}

// tcpKept is how much of a segment's payload is kept: all while the direction is in its handshake, then the first
// record header or the head of a message.
func (c *cutter) tcpKept(p *decode.Packet) int {
	b := p.Payload
	s, other := c.directions(p)
	if len(b) <= recordKept || s == nil {
		return recordKept
	}
	if n := head(b); n > 0 {
		s.open, s.kept = true, 0 // as behind a CONNECT
		return n
	}
	switch {
	case stun.Is(b) || stun.Is(b[2:]):
		return len(b)
	case rtp.Is(b[2:]) && !s.open: // framed as of RFC 4571
		return 2 + rtpKept(b[2:])
	case b[1] == 3 && b[0] >= changeCipher && b[0] <= appData:
		s.record(b[0], other)
	}
	if s.open = s.open && s.kept < maxBeginning; s.open {
		s.kept += int64(len(b))
		return len(b)
	}
	return recordKept
}

// record notes a TLS record that begins a segment.
func (s *direction) record(kind byte, other *direction) {
	s.open = kind != appData || s.open && !other.finished // TLS 1.3 encrypts the rest of a server's handshake
	s.finished = s.finished || kind == appData || kind == changeCipher
}

func (c *cutter) directions(p *decode.Packet) (own, other *direction) {
	k, i := connection{pairOf(p.Src, p.Dst), [2]uint16{p.SrcPort, p.DstPort}}, 0
	if k.a != p.Src || p.Src == p.Dst && p.DstPort < p.SrcPort {
		k.ports, i = [2]uint16{p.DstPort, p.SrcPort}, 1
	}
	d := c.connections[k]
	if d == nil {
		if len(c.connections) >= maxFollowed {
			return nil, nil
		}
		d = new([2]direction)
		c.connections[k] = d
	}
	if p.Flags&decode.SYN != 0 {
		d[i] = direction{}
	}
	return &d[i], &d[1-i]
}

// head is the length of a text that begins a message of HTTP or SIP, up to its empty line; 0: it is none.
func head(b []byte) int {
	line, _, _ := bytes.Cut(b[:min(len(b), 2048)], []byte("\n"))
	if !bytes.Contains(line, []byte("HTTP/1.")) && !bytes.Contains(line, []byte("SIP/2.0")) {
		return 0
	}
	if at := bytes.Index(b, []byte("\r\n\r\n")); at >= 0 && !bytes.Contains(line, []byte("SIP/2.0")) {
		return at + 4
	}
	return len(b)
}
