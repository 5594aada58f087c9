package decode

import (
	"encoding/binary"

	"webexaudit/analyzer/capture"
)

// Head is a packet on its way to the owner of its flow, in one cache line. What it leaves out is read again from the
// headers, which stand where the owner reads anyway. It tells of TCP and UDP without tunnel and in one piece; of other
// packets the whole [Packet] has to go beside it.
type Head struct {
	Clock              int64 // as of [Packet]
	time               int64
	hash               uint64
	index              uint32 // of the frame in its block
	frame              uint32 // where that begins in the block's data
	captured           uint32 // bytes of payload
	ipLen, payloadLen  uint32
	network, transport uint16 // where the headers begin, from the frame's beginning
	payload            uint16
	port               uint16 // interface
	vlan               [2]uint16
	Share              uint8 // as of [Packet]
	proto, link        uint8 // link: what follows

	// For the caller: it stands for what an ICMP error quotes, and where its Packet is, from 1 on; 0: there is none.
	Quote  bool
	Beside uint32
}

// The bits of Head.link; the upper three are the priority code point.
const (
	headCut  = 1 << iota // captured shorter than on the wire
	headTag              // with a VLAN or priority tag
	headMACs             // the frame begins with hardware addresses
	headPCP  = 5         // bits to shift
)

// Head decodes frame i of the block as [Decoder.Decode] does. Where the Head cannot tell all, beside is the packet,
// which is valid until the next call.
func (d *Decoder) Head(b *capture.Block, i int, h *Head) (r Reason, beside *Packet) {
	f, bytes, p := &b.Frames[i], b.Bytes(i), &d.packet
	if r = d.Decode(f, bytes, p); r != OK {
		return r, nil
	}
	h.time, h.Clock, h.hash, h.index, h.Share = p.Time, p.Clock, p.Hash, uint32(i), p.Share
	h.Quote, h.Beside = false, 0
	if !p.plain(f, bytes) {
		return OK, p
	}
	h.frame, h.port = f.Offset, uint16(f.Interface)
	h.captured, h.ipLen, h.payloadLen = uint32(len(p.Payload)), p.IPLen, p.PayloadLen
	h.network, h.transport = uint16(cap(bytes)-p.l3), uint16(cap(bytes)-cap(p.l4))
	h.payload = h.transport + uint16(len(p.l4))
	h.vlan, h.proto, h.link = p.VLAN, p.Proto, p.PCP<<headPCP
	if p.Cut {
		h.link |= headCut
	}
	if p.Tagged {
		h.link |= headTag
	}
	if f.Link == capture.LinkEthernet {
		h.link |= headMACs
	}
	return OK, nil
}

// plain reports whether a Head can tell all of the packet.
func (p *Packet) plain(f *capture.Frame, frame []byte) bool {
	switch f.Link {
	case capture.LinkEthernet, capture.LinkRaw, capture.LinkSLL, capture.LinkSLL2:
	default:
		return false
	}
	return (p.Proto == ProtoTCP || p.Proto == ProtoUDP) && p.Tunnels[0] == 0 && !p.Fragments &&
		f.Interface < 1<<16 && cap(frame)-cap(p.Payload) < 1<<16
}

// Unpack fills in the packet that the Head tells of: one of the block, which follows so many packets, of a source (see
// [Decoder.Switch]). It overwrites what an Unpack before it has left in p.
func (h *Head) Unpack(b *capture.Block, before int64, source int, p *Packet) {
	frame := b.Data[h.frame:]
	p.Time, p.Clock, p.Number, p.Hash, p.Share = h.time, h.Clock, b.Number(int(h.index), before), h.hash, h.Share
	p.IPLen, p.PayloadLen, p.Proto = h.ipLen, h.payloadLen, h.proto
	p.Cut, p.Tagged, p.PCP = h.link&headCut != 0, h.link&headTag != 0, h.link>>headPCP
	p.VLAN, p.Port = h.vlan, Port(source)<<32|Port(h.port)
	p.Network = Network(h.vlan[0])<<52 | Network(h.vlan[1])<<40
	p.Duplicate, p.Print, p.Home = false, 0, 0
	if h.link&headMACs != 0 {
		p.DstMAC, p.SrcMAC = MAC(frame[:6]), MAC(frame[6:12])
	} else {
		p.DstMAC, p.SrcMAC = MAC{}, MAC{}
	}
	if ip := frame[h.network:]; ip[0]>>4 == 4 {
		p.header4(ip)
	} else {
		p.header6(ip)
	}
	p.l4 = frame[h.transport:h.payload]
	p.Payload = frame[h.payload:][:h.captured:h.captured]
	p.SrcPort, p.DstPort = binary.BigEndian.Uint16(p.l4), binary.BigEndian.Uint16(p.l4[2:])
	p.Seq, p.Ack, p.Flags, p.Window = 0, 0, 0, 0
	p.Options = SYNOptions{}
	if h.proto == ProtoTCP {
		p.segment(p.l4)
	}
}
