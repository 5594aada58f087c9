package pcaptest

import "encoding/binary"

// NVGRE carries Ethernet frames in GRE (RFC 7637); flow is what its sender tells flows apart by.
func NVGRE(o Outer, vsid uint32, flow uint8) Wrap {
	key := vsid<<8 | uint32(flow)
	return GREv0(o, GRE{Key: &key, Bridged: true})
}

// L2TPv2 carries IP packets in PPP in UDP 1701 (RFC 2661), with length, sequence numbers and an offset of two bytes
// where full.
func L2TPv2(o Outer, tunnel, session uint16, full bool) Wrap {
	return o.carry(func(ip IP, inner []byte) (uint8, []byte) {
		_, typ, packet := split(inner)
		b := []byte{0, 2}
		if full {
			b = []byte{0x4a, 2, 0, 0}
		}
		b = binary.BigEndian.AppendUint16(b, tunnel)
		b = binary.BigEndian.AppendUint16(b, session)
		if full {
			b = append(b, 0, 1, 0, 1, 0, 2, 0, 0)
		}
		b = append(b, 0xff, 3, 0, 0x21)
		if typ == EtherIPv6 {
			b[len(b)-1] = 0x57
		}
		b = append(b, packet...)
		if full {
			binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
		}
		return ProtoUDP, ip.Datagram(1701, 1701, b)
	})
}

// L2TPv3 carries Ethernet frames in IP protocol 115, or in UDP 1701 where udp (RFC 3931), behind a cookie of 0, 4 or 8
// bytes.
func L2TPv3(o Outer, session uint32, cookie []byte, udp bool) Wrap {
	return o.carry(func(ip IP, inner []byte) (uint8, []byte) {
		b := append(binary.BigEndian.AppendUint32(nil, session), cookie...)
		b = append(b, inner...)
		if udp {
			return ProtoUDP, ip.Datagram(1701, 1701, append([]byte{0, 3, 0, 0}, b...))
		}
		return protoL2TP, b
	})
}

const (
	protoL2TP    = 115
	protoEtherIP = 97
)

// EtherIP carries Ethernet frames in IP protocol 97 (RFC 3378).
func EtherIP(o Outer) Wrap {
	return o.carry(func(_ IP, inner []byte) (uint8, []byte) { return protoEtherIP, append([]byte{0x30, 0}, inner...) })
}

// CAPWAP is how an access point and its controller carry frames (RFC 5415 section 4.3).
type CAPWAP struct {
	Wireless bool // the frames are of 802.11 (RFC 5416), not of 802.3
	Swapped  bool // with the two bytes of their frame control exchanged, as many access points send them
	Radio    bool // with the radio's hardware address and the 802.11 field
	Down     bool // from the controller
}

// InCAPWAP carries frames in UDP 5247, in clear.
func InCAPWAP(o Outer, w CAPWAP) Wrap {
	return o.carry(func(ip IP, inner []byte) (uint8, []byte) {
		head := []byte{0, 2 << 3, 1<<6 | 1<<1, 0, 0, 0, 0, 0} // two words, radio 1, binding 802.11
		if w.Radio {
			head = append(head, 6, 2, 0, 0, 0, 0, 9, 0) // padded to words
			head = append(head, 4, 0, 0, 0, 0, 0, 0, 0)
			head[1], head[3] = byte(len(head)/4)<<3, 0x30
		}
		if w.Wireless {
			head[2] |= 1
			inner = radiotap(inner)[8:]
		}
		if w.Wireless && w.Swapped {
			inner[0], inner[1] = inner[1], inner[0]
		}
		src, dst := uint16(0x9c40), uint16(5247)
		if w.Down {
			src, dst = dst, src
		}
		return ProtoUDP, ip.Datagram(src, dst, append(head, inner...))
	})
}

// Link types of captures of several interfaces and of the air.
const (
	LinkPKTAP    Link = 258
	LinkRadiotap Link = 127
)

// pktap puts the header of macOS before an Ethernet frame: 108 bytes, of which readers need the first twelve.
func pktap(frame []byte) []byte {
	b := make([]byte, 108, 108+len(frame))
	b[0], b[4], b[8] = 108, 1, byte(LinkEthernet)
	copy(b[12:], "en0")
	return append(b, frame...)
}

// radiotap makes a QoS data frame from a station to an access point behind a bare radiotap header; tags are lost.
func radiotap(frame []byte) []byte {
	_, typ, packet := split(frame)
	b := []byte{0, 0, 8, 0, 0, 0, 0, 0, 0x88, 1, 0, 0}
	b = append(b, 2, 0, 0, 0, 0, 9) // the access point
	b = append(b, frame[6:12]...)
	b = append(b, frame[:6]...)
	b = append(b, 0, 0, 0, 0, 0xaa, 0xaa, 3, 0, 0, 0, byte(typ>>8), byte(typ))
	return append(b, packet...)
}
