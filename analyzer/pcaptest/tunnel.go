package pcaptest

import (
	"encoding/binary"
	"net/netip"
)

// Outer is the outer header of a tunnel. Frames keep the Ethernet header of their outer addresses and lose their VLAN
// tags where the tunnel carries IP packets.
type Outer struct {
	Src, Dst netip.Addr
	DSCP     uint8
	TTL      uint8 // 0: 64
}

// carry makes a wrapper: build gets the inner Ethernet frame and returns the outer packet's protocol and payload.
func (o Outer) carry(build func(ip IP, inner []byte) (proto uint8, payload []byte)) Wrap {
	id := uint16(0)
	return func(f Frame) Frame {
		return rewrite(f, func(b []byte) []byte {
			id++
			ip := IP{Src: o.Src, Dst: o.Dst, DSCP: o.DSCP, TTL: o.TTL, ID: id}
			proto, payload := build(ip, b)
			return Ethernet(ip.Packet(proto, payload))
		})
	}
}

// IPIP carries IP directly in IP: 4in4, 6in4, 4in6 or 6in6 by the addresses (RFC 2003, RFC 4213, RFC 2473).
func IPIP(o Outer) Wrap {
	return o.carry(func(_ IP, inner []byte) (uint8, []byte) {
		_, typ, packet := split(inner)
		if typ == EtherIPv6 {
			return ProtoIPv6, packet
		}
		return ProtoIPv4, packet
	})
}

// GRE are the optional fields of a GRE header (RFC 2784, RFC 2890).
type GRE struct {
	Key      *uint32
	Sequence bool // counts from 1
	Checksum bool
	Bridged  bool // carry the whole Ethernet frame
}

// GREv0 carries IP packets, or Ethernet frames where g.Bridged.
func GREv0(o Outer, g GRE) Wrap {
	seq := uint32(0)
	return o.carry(func(_ IP, inner []byte) (uint8, []byte) {
		_, typ, packet := split(inner)
		if g.Bridged {
			typ, packet = etherTEB, inner
		}
		b := []byte{0, 0, byte(typ >> 8), byte(typ)}
		if g.Checksum {
			b[0] |= 0x80
			b = append(b, 0, 0, 0, 0)
		}
		if g.Key != nil {
			b[0] |= 0x20
			b = binary.BigEndian.AppendUint32(b, *g.Key)
		}
		if g.Sequence {
			seq++
			b[0] |= 0x10
			b = binary.BigEndian.AppendUint32(b, seq)
		}
		b = append(b, packet...)
		if g.Checksum {
			binary.BigEndian.PutUint16(b[4:], checksum(b, 0))
		}
		return ProtoGRE, b
	})
}

// ERSPAN carries mirrored frames; version is 1, 2 or 3. Versions 2 and 3 number the frames in the GRE header from 1
// (draft-foschiano-erspan-03).
func ERSPAN(o Outer, version int, session uint16) Wrap {
	seq := uint32(0)
	return o.carry(func(_ IP, inner []byte) (uint8, []byte) {
		if version == 1 {
			return ProtoGRE, append([]byte{0, 0, 0x88, 0xbe}, inner...)
		}
		seq++
		b := []byte{0x10, 0, 0x88, 0xbe}
		b = binary.BigEndian.AppendUint32(b, seq)
		vlan := uint16(0)
		if binary.BigEndian.Uint16(inner[12:]) == EtherVLAN {
			vlan = binary.BigEndian.Uint16(inner[14:]) & 0xfff
		}
		b = binary.BigEndian.AppendUint16(b, uint16(version-1)<<12|vlan)
		b = binary.BigEndian.AppendUint16(b, session&0x3ff)
		b = append(b, 0, 0, 0, 1) // version 2: index; version 3: time stamp
		if version == 3 {
			b[2], b[3] = 0x22, 0xeb
			b = append(b, 0, 0, 0, 0) // security group, hardware id, flags: no platform header
		}
		return ProtoGRE, append(b, inner...)
	})
}

// VXLAN carries Ethernet frames in UDP 4789 (RFC 7348).
func VXLAN(o Outer, vni uint32) Wrap {
	return o.inUDP(4789, func(inner []byte) []byte {
		b := binary.BigEndian.AppendUint32([]byte{8, 0, 0, 0}, vni<<8)
		return append(b, inner...)
	})
}

// Geneve carries Ethernet frames in UDP 6081 (RFC 8926); options is a multiple of four bytes.
func Geneve(o Outer, vni uint32, options []byte) Wrap {
	return o.inUDP(6081, func(inner []byte) []byte {
		b := []byte{byte(len(options) / 4), 0, etherTEB >> 8, etherTEB & 0xff}
		b = binary.BigEndian.AppendUint32(b, vni<<8)
		return append(append(b, options...), inner...)
	})
}

// GTPU carries IP packets in UDP 2152 (3GPP TS 29.281); with sequence its four optional bytes are there, counting from
// 1.
func GTPU(o Outer, teid uint32, sequence bool) Wrap {
	seq := uint16(0)
	return o.inUDP(2152, func(inner []byte) []byte {
		_, _, packet := split(inner)
		b := binary.BigEndian.AppendUint32([]byte{0x30, 0xff, 0, 0}, teid)
		if sequence {
			seq++
			b[0] |= 2
			b = append(b, byte(seq>>8), byte(seq), 0, 0)
		}
		b = append(b, packet...)
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)-8))
		return b
	})
}

// inUDP carries in UDP; the source port tells inner flows apart, as RFC 7348 section 5 asks, except for GTP-U.
func (o Outer) inUDP(port uint16, build func(inner []byte) []byte) Wrap {
	return o.carry(func(ip IP, inner []byte) (uint8, []byte) {
		src := port
		if port != 2152 {
			src = 0xc000 | uint16(mix(flowHash(inner)))&0x3fff
		}
		return ProtoUDP, ip.Datagram(src, port, build(inner))
	})
}

// flowHash is a sum over addresses and, where they stand right behind an IP header without options, ports.
func flowHash(frame []byte) uint64 {
	_, typ, packet := split(frame)
	from, to := 12, 24
	if typ == EtherIPv6 {
		from, to = 8, 44
	}
	h := uint64(typ)
	for _, c := range packet[from:min(to, len(packet))] {
		h = h*31 + uint64(c)
	}
	return h
}
