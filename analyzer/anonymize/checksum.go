package anonymize

import (
	"encoding/binary"

	"webexaudit/analyzer/decode"
)

// checksums makes all checksums of a rewritten frame good, the innermost first. Where not all that one covers was
// captured, as of fragments, a stand-in takes its place that tells apart what it told apart.
func (r *rewriter) checksums(f *frame, b []byte) {
	for i := len(f.headers) - 1; i >= 0; i-- {
		h := f.headers[i]
		at, ok := f.at(h.B)
		if !ok || at >= len(b) {
			return
		}
		part := b[at : at+len(h.B)+len(b)-len(f.b)] // which may have another length than it had
		switch h.Kind {
		case decode.HeaderIPv4:
			if hl := int(part[0]&15) * 4; hl >= 20 && hl <= len(part) {
				binary.BigEndian.PutUint16(part[10:], 0)
				binary.BigEndian.PutUint16(part[10:], sum16(part[:hl], 0))
			}
		case decode.HeaderUDP:
			r.transport(f, b, i, part, 6, len(h.B) < h.Wire, true)
		case decode.HeaderTCP:
			r.transport(f, b, i, part, 16, len(h.B) < h.Wire, false)
		case decode.HeaderICMP:
			if len(part) >= 4 {
				binary.BigEndian.PutUint16(part[2:], 0)
				binary.BigEndian.PutUint16(part[2:], sum16(part, 0))
			}
		case decode.HeaderICMPv6:
			r.transport(f, b, i, part, 2, len(h.B) < h.Wire, false)
		}
	}
}

// transport sets the checksum at a place of the i-th header, which covers the addresses of the IP header before it. Of
// UDP 0 says that there is none (RFC 768).
func (r *rewriter) transport(f *frame, b []byte, i int, part []byte, at int, cut, udp bool) {
	if at+2 > len(part) {
		return
	}
	was := binary.BigEndian.Uint16(part[at:])
	if udp && was == 0 {
		return
	}
	if cut {
		sum := r.m.sum("checksum", string(part[at:at+2]))
		copy(part[at:at+2], sum[:2])
		return
	}
	pseudo, ok := r.pseudo(f, b, i, len(part))
	if !ok {
		return
	}
	binary.BigEndian.PutUint16(part[at:], 0)
	n := sum16(part, pseudo)
	if udp && n == 0 {
		n = 0xffff
	}
	binary.BigEndian.PutUint16(part[at:], n)
}

// pseudo is the sum of the pseudo-header of the i-th header (RFC 9293 section 3.1, RFC 8200 section 8.1).
func (r *rewriter) pseudo(f *frame, b []byte, i, length int) (uint32, bool) {
	proto := map[decode.HeaderKind]uint32{decode.HeaderUDP: decode.ProtoUDP, decode.HeaderTCP: decode.ProtoTCP,
		decode.HeaderICMPv6: decode.ProtoICMPv6}[f.headers[i].Kind]
	for k := i - 1; k >= 0; k-- {
		at, _ := f.at(f.headers[k].B)
		switch f.headers[k].Kind {
		case decode.HeaderIPv4:
			return add16(b[at+12:at+20], proto+uint32(length)), true
		case decode.HeaderIPv6:
			return add16(b[at+8:at+40], proto+uint32(length)), true
		}
	}
	return 0, false
}

// add16 adds 16-bit words.
func add16(b []byte, sum uint32) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		if sum += uint32(binary.BigEndian.Uint16(b)); sum > 0xffff {
			sum -= 0xffff
		}
	}
	if len(b) == 1 {
		if sum += uint32(b[0]) << 8; sum > 0xffff {
			sum -= 0xffff
		}
	}
	return sum
}

// sum16 is the Internet checksum (RFC 1071).
func sum16(b []byte, sum uint32) uint16 {
	sum = add16(b, sum&0xffff+sum>>16)
	return ^uint16(sum)
}

// resizable reports whether the datagram's length may change: it is whole, and in no tunnel.
func (r *rewriter) resizable(f *frame, h decode.Header) bool {
	ips := 0
	for _, x := range f.headers {
		if x.Kind == decode.HeaderIPv4 || x.Kind == decode.HeaderIPv6 {
			ips++
		}
	}
	return ips == 1 && len(h.B) == h.Wire && f.f.Length == f.f.WireLen && f.reason == decode.OK
}

// resize puts a datagram in the place of another, and mends the lengths in its header and that of IP.
func (r *rewriter) resize(f *frame, b []byte, at int, datagram []byte) []byte {
	binary.BigEndian.PutUint16(datagram[4:], uint16(len(datagram)))
	for _, h := range f.headers {
		ip, _ := f.at(h.B)
		switch h.Kind {
		case decode.HeaderIPv4:
			binary.BigEndian.PutUint16(b[ip+2:], uint16(at-ip+len(datagram)))
		case decode.HeaderIPv6:
			binary.BigEndian.PutUint16(b[ip+4:], uint16(at-ip-40+len(datagram)))
		}
	}
	return append(b[:at:at], datagram...)
}
