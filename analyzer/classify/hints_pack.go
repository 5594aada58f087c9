package classify

import (
	"math"

	"webexaudit/analyzer/record"
)

// Bits of the mask before packed hints: which of them there are. The first seven fit a byte.
const (
	packDNS = 1 << iota
	packTLS
	packStreams
	packDTLS
	packRTCP
	packCadence
	packFeedback
	packAnnounced
)

// Bits of the mask before a packed handshake.
const (
	packClient = 1 << iota
	packServer
	packReverse
	packALPN
	packLeaf
	packSCT
	packTold
	packRevocable
	packWhole
)

// Bits before a packed question, below the number of its input.
const (
	packAsker = 1 << iota
	packAsked
	packReply
	lookupBits = iota
)

// mask is the sum of the bits whose values are true.
func mask(bits ...bool) (m uint64) {
	for i, set := range bits {
		if set {
			m |= 1 << i
		}
	}
	return m
}

// Pack appends the hints to a part.
func (h *Hints) Pack(p *record.Packer) {
	cadence := h.Rate != [2]float64{} || h.Paced != [2]float64{}
	m := mask(h.DNS, h.TLS != Handshake{}, len(h.Streams) > 0, h.DTLS, h.RTCP != 0, cadence, len(h.Feedback) > 0,
		len(h.Announced) > 0)
	p.Uint(m)
	if m == 0 {
		return
	}
	if h.DNS {
		h.packLookups(p)
	}
	if m&packTLS != 0 {
		h.TLS.pack(p)
	}
	if m&packStreams != 0 {
		h.packStreams(p)
	}
	if m&packRTCP != 0 {
		p.Int(h.RTCP)
	}
	if cadence {
		for i := range h.Rate {
			p.Float(h.Rate[i])
			p.Float(h.Paced[i])
		}
	}
	if m&packFeedback != 0 {
		p.Uint(uint64(len(h.Feedback)))
		for _, name := range h.Feedback {
			p.Text(name)
		}
	}
	if m&packAnnounced != 0 {
		h.packAnnounced(p)
	}
}

// Unpack reads what Pack wrote, into the lists of h where they have room.
func (h *Hints) Unpack(u *record.Unpacker) {
	m := u.Uint()
	*h = Hints{DNS: m&packDNS != 0, DTLS: m&packDTLS != 0, Feedback: h.Feedback[:0], Streams: h.Streams[:0],
		Lookups: h.Lookups[:0], Announced: h.Announced[:0]}
	if m == 0 {
		return
	}
	if h.DNS {
		h.unpackLookups(u)
	}
	if m&packTLS != 0 {
		h.TLS.unpack(u)
	}
	if m&packStreams != 0 {
		h.unpackStreams(u)
	}
	if m&packRTCP != 0 {
		h.RTCP = u.Int()
	}
	if m&packCadence != 0 {
		for i := range h.Rate {
			h.Rate[i], h.Paced[i] = u.Float(), u.Float()
		}
	}
	if m&packFeedback != 0 {
		h.Feedback = sized(h.Feedback, u.Len())
		for i := range h.Feedback {
			h.Feedback[i] = u.Text()
		}
	}
	if m&packAnnounced != 0 {
		h.unpackAnnounced(u)
	}
}

// sized is a list of n, in the space of another where that is enough.
func sized[T any](list []T, n int) []T {
	if n <= cap(list) {
		return list[:n]
	}
	return make([]T, n)
}

func (h *Handshake) pack(p *record.Packer) {
	p.Uint(mask(h.Client, h.Server, h.Reverse, h.ALPN, h.Leaf, h.SCT, h.Told, h.Revocable, h.Whole))
	p.Uint(uint64(h.Version))
	p.Text(h.Name)
}

func (h *Handshake) unpack(u *record.Unpacker) {
	m := u.Uint()
	*h = Handshake{Client: m&packClient != 0, Server: m&packServer != 0, Reverse: m&packReverse != 0,
		ALPN: m&packALPN != 0, Leaf: m&packLeaf != 0, SCT: m&packSCT != 0, Told: m&packTold != 0,
		Revocable: m&packRevocable != 0, Whole: m&packWhole != 0}
	h.Version = uint16(u.Uint() & math.MaxUint16)
	h.Name = u.Text()
}

func (h *Hints) packStreams(p *record.Packer) {
	p.Uint(uint64(len(h.Streams)))
	for i := range h.Streams {
		s := &h.Streams[i]
		p.Uint(uint64(s.Type)<<1 | mask(s.Reverse))
		p.Int(s.Packets)
		p.Int(s.Bytes)
		p.Int(s.Lasted)
	}
}

func (h *Hints) unpackStreams(u *record.Unpacker) {
	h.Streams = sized(h.Streams, u.Len())
	for i := range h.Streams {
		m := u.Uint()
		h.Streams[i] = Stream{Reverse: m&1 != 0, Type: uint8(m >> 1), Packets: u.Int(), Bytes: u.Int(), Lasted: u.Int()}
	}
}

func (h *Hints) packLookups(p *record.Packer) {
	p.Uint(uint64(len(h.Lookups)))
	for i := range h.Lookups {
		l := &h.Lookups[i]
		p.Uint(uint64(l.File)<<lookupBits | mask(l.Reverse, l.Asked != 0, l.Reply != 0))
		p.Text(l.Name)
		p.Text(l.Type)
		p.Time(l.Time)
		if l.Asked != 0 {
			p.Packet(l.Asked)
			p.Int(int64(l.Tries))
		}
		if l.Reply == 0 {
			continue
		}
		p.Packet(l.Reply)
		p.Time(l.ReplyTime)
		p.Text(l.RCode)
		p.Uint(uint64(len(l.Addrs)))
		for _, a := range l.Addrs {
			p.Addr(a)
		}
	}
}

func (h *Hints) unpackLookups(u *record.Unpacker) {
	h.Lookups = sized(h.Lookups, u.Len())
	for i := range h.Lookups {
		l, m := &h.Lookups[i], u.Uint()
		*l = Lookup{File: int(m >> lookupBits), Reverse: m&packAsker != 0, Addrs: l.Addrs[:0]}
		l.Name, l.Type, l.Time = u.Text(), u.Text(), u.Time()
		if m&packAsked != 0 {
			l.Asked, l.Tries = u.Packet(), int(u.Int())
		}
		if m&packReply == 0 {
			continue
		}
		l.Reply, l.ReplyTime, l.RCode = u.Packet(), u.Time(), u.Text()
		l.Addrs = sized(l.Addrs, u.Len())
		for k := range l.Addrs {
			l.Addrs[k] = u.Addr()
		}
	}
}

func (h *Hints) packAnnounced(p *record.Packer) {
	p.Uint(uint64(len(h.Announced)))
	for i := range h.Announced {
		a := &h.Announced[i]
		p.Addr(a.Addr)
		p.Time(a.First)
		p.Time(a.Last)
		p.Uint(uint64(a.Varies))
	}
}

func (h *Hints) unpackAnnounced(u *record.Unpacker) {
	h.Announced = sized(h.Announced, u.Len())
	for i := range h.Announced {
		h.Announced[i] = Announced{Addr: u.Addr(), First: u.Time(), Last: u.Time(),
			Varies: uint32(u.Uint() & math.MaxUint32)}
	}
}
