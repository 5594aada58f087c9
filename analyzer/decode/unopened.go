package decode

import "fmt"

// Unopened counts the bytes of frames by the encapsulation at which decoding ended. It has room for sixteen; what comes
// after counts as other.
type Unopened struct {
	kinds [16]unopenedKind
	n     int
	other int64
}

type unopenedKind struct {
	key   uint32
	bytes int64
}

// A key is a number and the register it comes from.
const (
	unopenedEther = 1 << 16 // IEEE 802 ethertypes
	unopenedProto = 2 << 16 // IANA protocol numbers
	unopenedOther = 3 << 16 // what no register has

	unopenedWireless = unopenedOther | 1
	unopenedUDPESP   = unopenedOther | 2
	unopenedCAPWAP   = unopenedOther | 3
)

func (u *Unopened) add(key uint32, bytes int64) {
	for i := range u.kinds[:u.n] {
		if u.kinds[i].key == key {
			u.kinds[i].bytes += bytes
			return
		}
	}
	if u.n == len(u.kinds) {
		u.other += bytes
		return
	}
	u.kinds[u.n] = unopenedKind{key, bytes}
	u.n++
}

// Map lists the bytes by name, nil where everything was opened: "ethertype 0x88e5 (MACsec)", "IP protocol 50 (ESP)",
// "other".
func (u *Unopened) Map() map[string]int64 {
	if u.n == 0 {
		return nil
	}
	m := make(map[string]int64)
	for _, k := range u.kinds[:u.n] {
		m[unopenedName(k.key)] = k.bytes
	}
	if u.other > 0 {
		m["other"] = u.other
	}
	return m
}

// unopened is the key of the encapsulation at which decoding ended; 0 for none.
func (d *Decoder) unopened(r Reason, p *Packet) uint32 {
	switch {
	case r == EtherType:
		return unopenedEther | uint32(d.ether)
	case d.encrypted && (r == WirelessOther || r == OK): // OK: in CAPWAP, whose datagram is the packet then
		return unopenedWireless
	case r != OK:
	case isUDPESP(p):
		return unopenedUDPESP
	case isCAPWAPinDTLS(p):
		return unopenedCAPWAP
	case carriesPackets(p.Proto):
		return unopenedProto | uint32(p.Proto)
	}
	return 0
}

func unopenedName(key uint32) string {
	if key >= unopenedOther {
		return unopenedNames[key]
	}
	text := fmt.Sprintf("ethertype 0x%04x", key&0xffff)
	if key >= unopenedProto {
		text = fmt.Sprintf("IP protocol %d", key&0xff)
	}
	if name := unopenedNames[key]; name != "" {
		text += " (" + name + ")"
	}
	return text
}

var unopenedNames = map[uint32]string{
	unopenedEther | 0x22f3: "TRILL", unopenedEther | 0x88e5: "MACsec", unopenedEther | 0x88e7: "PBB", unopenedEther | 0x894f: "NSH",
	unopenedProto | 50: "ESP", unopenedProto | 51: "AH", unopenedProto | 55: "mobile IP", unopenedProto | 97: "EtherIP", unopenedProto | 98: "ENCAP",
	unopenedWireless: "encrypted 802.11", unopenedUDPESP: "UDP port 4500 (ESP)",
	unopenedCAPWAP:      "UDP port 5247 (CAPWAP in DTLS)",
	unopenedProto | 108: "IPComp", unopenedProto | 115: "L2TP", unopenedProto | 137: "MPLS in IP",
}

// carriesPackets reports whether the IP protocol is an encapsulation that is not opened.
func carriesPackets(proto uint8) bool {
	switch proto {
	case 50, 51, 55, 97, 98, 108, 115, 137:
		return true
	}
	return false
}

// isUDPESP reports whether a datagram carries ESP (RFC 3948): on port 4500, and neither IKE, which begins with four
// zero bytes, nor a keep-alive.
func isUDPESP(p *Packet) bool {
	return p.Proto == ProtoUDP && (p.SrcPort == portESP || p.DstPort == portESP) && len(p.Payload) > 8 &&
		p.Payload[0]|p.Payload[1]|p.Payload[2]|p.Payload[3] != 0
}

const portESP = 4500
