package pcaptest

import "encoding/binary"

// TCP flags.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
)

// TCP is a TCP header.
type TCP struct {
	Src, Dst uint16
	Seq, Ack uint32
	Flags    uint8
	Window   uint16 // 0: 65535
	Options  []byte // padded to four bytes with end-of-list
	Urgent   uint16
}

// Segment returns header and payload without the IP header, as Fragments wants it.
func (ip IP) Segment(t TCP, payload []byte) []byte {
	head := 20 + (len(t.Options)+3)&^3
	b := make([]byte, head, head+len(payload))
	binary.BigEndian.PutUint16(b, t.Src)
	binary.BigEndian.PutUint16(b[2:], t.Dst)
	binary.BigEndian.PutUint32(b[4:], t.Seq)
	binary.BigEndian.PutUint32(b[8:], t.Ack)
	b[12], b[13] = uint8(head/4)<<4, t.Flags
	if t.Window == 0 {
		t.Window = 65535
	}
	binary.BigEndian.PutUint16(b[14:], t.Window)
	binary.BigEndian.PutUint16(b[18:], t.Urgent)
	copy(b[20:], t.Options)
	b = append(b, payload...)
	binary.BigEndian.PutUint16(b[16:], checksum(b, ip.pseudo(ProtoTCP, len(b))))
	return b
}

// TCP returns a whole IP packet.
func (ip IP) TCP(t TCP, payload []byte) []byte { return ip.Packet(ProtoTCP, ip.Segment(t, payload)) }

// Datagram returns a UDP header and payload without the IP header.
func (ip IP) Datagram(src, dst uint16, payload []byte) []byte {
	b := make([]byte, 8, 8+len(payload))
	binary.BigEndian.PutUint16(b, src)
	binary.BigEndian.PutUint16(b[2:], dst)
	binary.BigEndian.PutUint16(b[4:], uint16(8+len(payload)))
	b = append(b, payload...)
	sum := checksum(b, ip.pseudo(ProtoUDP, len(b)))
	if sum == 0 {
		sum = 0xffff // zero means "none" (RFC 768)
	}
	binary.BigEndian.PutUint16(b[6:], sum)
	return b
}

// UDP returns a whole IP packet.
func (ip IP) UDP(src, dst uint16, payload []byte) []byte {
	return ip.Packet(ProtoUDP, ip.Datagram(src, dst, payload))
}

// ICMP returns an ICMP or ICMPv6 message by the version of the addresses; rest is the second word of its header.
func (ip IP) ICMP(typ, code uint8, rest uint32, body []byte) []byte {
	b := make([]byte, 8, 8+len(body))
	b[0], b[1] = typ, code
	binary.BigEndian.PutUint32(b[4:], rest)
	b = append(b, body...)
	if ip.Src.Is4() {
		binary.BigEndian.PutUint16(b[2:], checksum(b, 0))
		return ip.Packet(ProtoICMP, b)
	}
	binary.BigEndian.PutUint16(b[2:], checksum(b, ip.pseudo(ProtoICMPv6, len(b))))
	return ip.Packet(ProtoICMPv6, b)
}

// ICMPError quotes an IP packet: its header and eight bytes in IPv4 (RFC 792), as much as fits into 1280 bytes in IPv6
// (RFC 4443).
func (ip IP) ICMPError(typ, code uint8, rest uint32, packet []byte) []byte {
	quote := min(len(packet), 1280-48)
	if ip.Src.Is4() {
		quote = min(len(packet), int(packet[0]&15)*4+8)
	}
	return ip.ICMP(typ, code, rest, packet[:quote])
}
