package anonymize

import (
	"encoding/binary"
	"net/netip"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
)

// rewriter rewrites the frames of one capture.
type rewriter struct {
	m     *Mapper
	conns map[direction]*stream
	held  int // bytes of all beginnings
}

func newRewriter(m *Mapper) *rewriter { return &rewriter{m: m, conns: map[direction]*stream{}} }

// begin goes back to the beginning of the capture.
func (r *rewriter) begin() {
	for _, s := range r.conns {
		s.rewind()
	}
}

// rewrite is the frame without what names people and machines.
func (r *rewriter) rewrite(f *frame) []byte {
	b := append(make([]byte, 0, len(f.b)), f.b...)
	end := r.linkEnd(f, b)
	for i, h := range f.headers {
		at, ok := f.at(h.B)
		if !ok {
			clear(b[end:])
			return b
		}
		part := b[at : at+len(h.B)]
		switch h.Kind {
		case decode.HeaderMAC:
			r.m.MAC(part)
			continue
		case decode.HeaderIPv4:
			r.m.ip4(part)
			end = at + 20
		case decode.HeaderIPv6:
			r.m.ip6(part)
			end = at + 40
		case decode.HeaderQuote:
			continue // is rewritten with the error that quotes it
		default:
			if i+1 < len(f.headers) && f.headers[i+1].Kind != decode.HeaderQuote {
				end = at + min(8, len(part)) // of a tunnel
				continue
			}
			keep, grown := r.carried(f, h, part)
			if grown != nil {
				b, keep = r.resize(f, b, at, grown), len(grown)
			}
			end = at + keep
		}
	}
	clear(b[min(end, len(b)):])
	r.checksums(f, b)
	return b
}

// linkEnd is where the link header ends; of frames that hold no IP what follows is blank.
func (r *rewriter) linkEnd(f *frame, b []byte) int {
	end := 0
	switch f.f.Link {
	case capture.LinkEthernet:
		for end = 14; end+4 <= len(b) && isTag(binary.BigEndian.Uint16(b[end-2:])); end += 4 {
		}
	case capture.LinkSLL:
		end = 16
	case capture.LinkSLL2:
		end = 20
	case capture.LinkNull, capture.LinkLoop, capture.LinkCiscoHDLC:
		end = 4
	case capture.LinkPPPoE:
		end = 8
	case capture.LinkIEEE80211:
		end = 2 // what kind of frame it is
	case capture.LinkRadiotap, capture.LinkPPI:
		if len(b) >= 4 {
			end = int(binary.LittleEndian.Uint16(b[2:])) + 2
		}
	case capture.LinkPKTAP: // it names interfaces and processes
		if len(b) >= 12 {
			end = int(min(binary.LittleEndian.Uint32(b), uint32(len(b))))
			clear(b[12:max(end, 12)])
		}
	}
	return min(end, len(b))
}

func isTag(ethertype uint16) bool {
	switch ethertype {
	case 0x8100, 0x88a8, 0x9100, 0x9200:
		return true
	}
	return false
}

// carried rewrites what the innermost header carries, and returns how much of it is kept, or what takes its place.
func (r *rewriter) carried(f *frame, h decode.Header, b []byte) (keep int, grown []byte) {
	switch h.Kind {
	case decode.HeaderUDP:
		if len(b) < 8 {
			return len(b), nil
		}
		ports := [2]uint16{binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])}
		if text := r.m.datagram(ports, b[8:], r.resizable(f, h), r.openQUIC(&f.p)); text != nil {
			return 0, append(append([]byte(nil), b[:8]...), text...)
		}
		return len(b), nil
	case decode.HeaderTCP:
		if len(b) < 14 {
			return len(b), nil
		}
		hl := min(int(b[12]>>4)*4, len(b))
		r.segment(&f.p, b[hl:])
		return len(b), nil
	case decode.HeaderICMP:
		return r.m.icmp(b, false), nil
	case decode.HeaderICMPv6:
		return r.m.icmp(b, true), nil
	case decode.HeaderFragment:
		return r.m.fragment(h, b), nil
	}
	r.m.blank(b, 0)
	return len(b), nil
}

// fragment rewrites the beginning of a datagram; its other fragments are blank.
func (m *Mapper) fragment(h decode.Header, b []byte) int {
	if h.Offset > 0 || len(b) < 8 || h.Proto != decode.ProtoUDP {
		clear(b)
		if h.Offset == 0 && len(b) >= 8 {
			return 8
		}
		return 0
	}
	m.datagram([2]uint16{binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])}, b[8:], false, false)
	return len(b)
}

// ip4 maps the addresses of a header and blanks its options, which may hold others.
func (m *Mapper) ip4(b []byte) {
	if len(b) < 20 {
		return
	}
	m.addr4(b[12:])
	m.addr4(b[16:])
	clear(b[20:min(max(int(b[0]&15)*4, 20), len(b))])
}

func (m *Mapper) ip6(b []byte) {
	if len(b) < 40 {
		return
	}
	m.addr6(b[8:])
	m.addr6(b[24:])
}

// addr4 maps an address in place.
func (m *Mapper) addr4(b []byte) {
	a := m.Addr(netip.AddrFrom4([4]byte(b[:4]))).As4()
	copy(b, a[:])
}

func (m *Mapper) addr6(b []byte) {
	a := m.Addr(netip.AddrFrom16([16]byte(b[:16]))).As16()
	copy(b, a[:])
}

// icmp rewrites a message of ICMP or ICMPv6, and returns how much of it is kept: errors with the headers that they
// quote, neighbour discovery with its target, of all else the first eight bytes and a stand-in.
func (m *Mapper) icmp(b []byte, six bool) int {
	if len(b) <= 8 {
		return len(b)
	}
	typ := b[0]
	switch {
	case six && typ <= 4, !six && (typ == 3 || typ == 4 || typ == 5 || typ == 11 || typ == 12):
		if !six && typ == 5 {
			m.addr4(b[4:])
		}
		return 8 + m.quote(b[8:])
	case six && (typ == 135 || typ == 136) && len(b) >= 24:
		m.addr6(b[8:])
		return 24
	}
	m.blank(b, 8)
	return len(b)
}

// quote rewrites the packet that an error quotes, and returns how much of it is kept: its headers up to the ports.
func (m *Mapper) quote(b []byte) int {
	hl := 40
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		hl = max(int(b[0]&15)*4, 20)
		m.ip4(b)
		if hl <= len(b) {
			binary.BigEndian.PutUint16(b[10:], 0)
			binary.BigEndian.PutUint16(b[10:], sum16(b[:hl], 0))
		}
	case len(b) >= 40 && b[0]>>4 == 6:
		m.ip6(b)
	default:
		return 0
	}
	return min(hl+8, len(b))
}
