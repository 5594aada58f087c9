package pcaptest

import (
	"encoding/binary"
	"time"
)

// RTCPReport is a report block (RFC 3550 section 6.4.1).
type RTCPReport struct {
	SSRC       uint32
	Fraction   uint8
	Lost       int32
	HighestSeq uint32
	Jitter     uint32
	LSR, DLSR  uint32
}

// SenderReport is a sender report, or a receiver report where Sent is zero, with the CNAME that completes the compound.
type SenderReport struct {
	SSRC    uint32
	Sent    time.Time // of the NTP time stamp
	RTPTime uint32
	Packets uint32
	Octets  uint32
	Reports []RTCPReport
	CNAME   string
}

// Bytes returns the compound packet in clear.
func (r SenderReport) Bytes() []byte { return append(r.report(), sdes(r.CNAME, r.SSRC)...) }

// report is the SR or RR alone.
func (r SenderReport) report() []byte {
	typ := uint8(201)
	b := []byte{0x80 | uint8(len(r.Reports)), 0, 0, 0}
	b = binary.BigEndian.AppendUint32(b, r.SSRC)
	if !r.Sent.IsZero() {
		typ = 200
		b = binary.BigEndian.AppendUint64(b, ntp(r.Sent))
		b = binary.BigEndian.AppendUint32(b, r.RTPTime)
		b = binary.BigEndian.AppendUint32(b, r.Packets)
		b = binary.BigEndian.AppendUint32(b, r.Octets)
	}
	b[1] = typ
	for _, p := range r.Reports {
		b = binary.BigEndian.AppendUint32(b, p.SSRC)
		b = binary.BigEndian.AppendUint32(b, uint32(p.Fraction)<<24|uint32(p.Lost)&0xffffff)
		for _, v := range []uint32{p.HighestSeq, p.Jitter, p.LSR, p.DLSR} {
			b = binary.BigEndian.AppendUint32(b, v)
		}
	}
	return rtcpLength(b)
}

// rtcpLength writes the length of an RTCP packet into its header.
func rtcpLength(b []byte) []byte {
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)/4-1))
	return b
}

// sdes gives several sources one canonical name.
func sdes(cname string, ssrc ...uint32) []byte {
	b := []byte{0x80 | uint8(len(ssrc)), 202, 0, 0}
	for _, source := range ssrc {
		b = binary.BigEndian.AppendUint32(b, source)
		b = append(b, 1, uint8(len(cname)))
		b = append(b, cname...)
		b = append(b, make([]byte, 4-len(b)%4)...) // at least one zero ends the list
	}
	return rtcpLength(b)
}

// XR is an extended report with a receiver's reference time, and with how long ago that of a peer came (RFC 3611
// sections 4.4 and 4.5); either may be missing.
type XR struct {
	SSRC      uint32
	Reference time.Time // the zero time: none
	Peer      uint32    // 0: no such block
	LRR, DLRR uint32
}

// Bytes returns the packet.
func (x XR) Bytes() []byte {
	b := binary.BigEndian.AppendUint32([]byte{0x80, 207, 0, 0}, x.SSRC)
	if !x.Reference.IsZero() {
		b = binary.BigEndian.AppendUint64(append(b, 4, 0, 0, 2), ntp(x.Reference))
	}
	if x.Peer != 0 {
		b = append(b, 5, 0, 0, 3)
		for _, v := range []uint32{x.Peer, x.LRR, x.DLRR} {
			b = binary.BigEndian.AppendUint32(b, v)
		}
	}
	return rtcpLength(b)
}

// ApplicationFeedback is a PSFB packet of format 15 (RFC 4585 section 6.4); name has four letters.
func ApplicationFeedback(sender, media uint32, name string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{0x8f, 206, 0, 0}, sender)
	b = append(binary.BigEndian.AppendUint32(b, media), name...)
	return rtcpLength(append(b, data...))
}

func ntp(t time.Time) uint64 {
	return uint64(t.Unix()+2208988800)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// SRTCP returns a packet as SRTCP has it (RFC 3711 section 3.4): eight bytes of header in clear, the rest
// pseudo-random, the E bit with the index, and a tag of ten bytes.
func (r SenderReport) SRTCP(index uint32) []byte {
	return srtcp(r.Bytes(), index)
}

func srtcp(b []byte, index uint32) []byte {
	rnd := NewRand(uint64(binary.BigEndian.Uint32(b[4:]))<<32 | uint64(index))
	rnd.Read(b[8:])
	b = binary.BigEndian.AppendUint32(b, 1<<31|index)
	return append(b, rnd.Bytes(10)...)
}

// RTCPStream reports on one sender's stream, and on what it receives from a peer, at a steady pace.
type RTCPStream struct {
	Of     RTPStream // the stream; its From, SSRC, clock and sizes fill the reports
	About  uint32    // SSRC of the peer's stream; 0: no report block
	Every  time.Duration
	N      int
	Secure bool // SRTCP
}

// Events returns the reports; the first comes one interval after the stream's start.
func (c RTCPStream) Events() []Event {
	var out []Event
	rate := c.Of.ClockRate
	if rate == 0 {
		rate = 48000
	}
	for i := range c.N {
		since := time.Duration(i+1) * c.Every
		t := c.Of.Start.Add(since)
		packets := uint32(since / max(c.Of.Interval, time.Millisecond))
		r := SenderReport{SSRC: c.Of.SSRC, Sent: t, Packets: packets, Octets: packets * 80, CNAME: "pcaptest"}
		r.RTPTime = c.Of.FirstTS + uint32(since.Seconds()*float64(rate))
		if c.About != 0 {
			r.Reports = []RTCPReport{{SSRC: c.About, HighestSeq: packets, Jitter: 96}}
		}
		b := r.Bytes()
		if c.Secure {
			b = r.SRTCP(uint32(i + 1))
		}
		e := Event{At: t, From: c.Of.From, Data: b}
		if c.Of.Mark != nil {
			e.Mark, e.Marked = c.Of.Mark(0), true
		}
		out = append(out, e)
	}
	return out
}
