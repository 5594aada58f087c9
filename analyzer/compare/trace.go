package compare

import (
	"encoding/binary"
	"net/netip"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/rtp"
	"webexaudit/analyzer/dissect/stun"
	"webexaudit/analyzer/record"
)

// Bounds of what is kept of a stream at a point: a bit for each of its first 4 million sequence numbers (23 h of audio,
// 2 h at 500 packets a second; 512 KiB) and DSCP value, and 32 bytes for each of at most 8,192 packets whose times are
// kept. A stream with more than 8 DSCP values has the further ones counted as one.
const (
	maxNumbers = 1 << 22
	maxSamples = 1 << 13
	maxMarks   = 8
	otherMark  = 64 // stands for all further DSCP values
)

// firstCycle is where a numbering begins, so that packets that come late have a number as well.
const firstCycle = 1 << 16

// key tells the streams of one capture point apart.
type key struct {
	src, dst         decode.Addr
	srcPort, dstPort uint16
	ssrc             uint32
}

// trace is what is kept of one stream at one point.
type trace struct {
	stream  *record.MediaStream
	started bool
	ttl     uint8
	top     int64 // the highest extended sequence number
	first   int64 // the first one's
	packets int64
	beyond  int64 // packets beyond the bound
	seen    numbers
	marks   []marked
	samples []sample
	stride  int64 // every such number is a sample; a power of two
}

// marked are the packets with one DSCP value.
type marked struct {
	dscp int
	numbers
}

// sample is a packet whose time is known.
type sample struct {
	number int64
	time   int64
	stamp  uint32
}

// add counts a packet. Numbers go on by the shortest way (RFC 3550 appendix A.1), so that both points number a stream
// alike, whole cycles aside.
func (t *trace) add(p *decode.Packet, h *rtp.Header) {
	if !t.started {
		t.started, t.ttl, t.stride = true, p.TTL, 1
		t.first = firstCycle + int64(h.SequenceNumber)
		t.top = t.first
	}
	n := t.top + int64(int16(h.SequenceNumber-uint16(t.top)))
	if n < 0 || n >= maxNumbers {
		t.beyond++
		return
	}
	if t.seen.has(n) {
		return // a second copy
	}
	t.top = max(t.top, n)
	t.packets++
	t.seen.add(n)
	t.mark(p.DSCP()).add(n)
	if n%t.stride == 0 {
		t.samples = append(t.samples, sample{n, p.Time, h.Timestamp})
		if len(t.samples) == maxSamples {
			t.halve()
		}
	}
}

// mark is the set of a DSCP value.
func (t *trace) mark(dscp int) *numbers {
	for i := range t.marks {
		if t.marks[i].dscp == dscp {
			return &t.marks[i].numbers
		}
	}
	if len(t.marks) >= maxMarks && dscp != otherMark {
		return t.mark(otherMark)
	}
	t.marks = append(t.marks, marked{dscp: dscp})
	return &t.marks[len(t.marks)-1].numbers
}

// halve keeps every second sample. Both points keep the same packets, as strides are powers of two.
func (t *trace) halve() {
	t.stride *= 2
	kept := t.samples[:0]
	for _, s := range t.samples {
		if s.number%t.stride == 0 {
			kept = append(kept, s)
		}
	}
	t.samples = kept
}

// tracer follows the streams of one point.
type tracer struct {
	traces []*trace
	at     map[key]*trace
	wanted map[uint32]bool // SSRCs
	h      rtp.Header
}

// newTracer follows streams whose SSRC is wanted; of several records of one stream the first stands for all.
func newTracer(streams []*record.MediaStream, wanted map[uint32]bool) *tracer {
	t := &tracer{at: map[key]*trace{}, wanted: wanted}
	for _, m := range streams {
		k := key{addrOf(m.SrcIP), addrOf(m.DstIP), uint16(m.SrcPort), uint16(m.DstPort), m.SSRC}
		if wanted[m.SSRC] && t.at[k] == nil {
			t.at[k] = &trace{stream: m}
			t.traces = append(t.traces, t.at[k])
		}
	}
	return t
}

func addrOf(a netip.Addr) decode.Addr {
	b := a.As16()
	return decode.Addr{Hi: binary.BigEndian.Uint64(b[:8]), Lo: binary.BigEndian.Uint64(b[8:])}
}

// packet counts a packet if it belongs to one of the streams, be it relayed by TURN.
func (t *tracer) packet(p *decode.Packet) {
	b := p.Payload
	if p.Proto != decode.ProtoUDP || len(b) < rtp.FixedLen {
		return
	}
	if b[0]>>4 == 4 {
		c, err := stun.ParseChannelData(b)
		if err != nil || len(c.Data) < rtp.FixedLen {
			return
		}
		b = c.Data
	}
	ssrc := binary.BigEndian.Uint32(b[8:])
	if !t.wanted[ssrc] || rtp.Parse(b, &t.h) != nil {
		return
	}
	if x := t.at[key{p.Src, p.Dst, p.SrcPort, p.DstPort, ssrc}]; x != nil {
		x.add(p, &t.h)
	}
}
