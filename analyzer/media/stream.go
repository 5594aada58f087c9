// Package media measures RTP streams: packets lost, duplicated and reordered, RFC 3550 jitter, gaps, bit rate and DSCP
// marks, for each SSRC and direction. It is fed with parsed headers in capture order and keeps no payload.
//
// Loss is exact for what the capture holds: a window of sequence numbers tells a late packet from a second copy, so a
// packet counts as lost only if it never came. Everything belongs to one goroutine.
package media

import (
	"math"
	"time"

	"webexaudit/analyzer/flow"
)

// Packet is what a stream needs of one RTP packet.
type Packet struct {
	Time      int64 // nanoseconds
	Number    int64 // of the packet in the run
	Sequence  uint16
	Timestamp uint32
	Type      uint8 // payload type
	Marker    bool
	DSCP      uint8
	Bytes     uint32 // IP total length
	Payload   uint32 // RTP payload length
	Counter   uint32 // of packets, 24 bits, by the sender's header extension
	Clock     uint32 // the sender's, in 1/10,000 s
	Header    uint32 // length of the RTP header
	Counted   bool   // Counter, Clock and Header are there
}

// window is how many sequence numbers back a packet is still told late or duplicate, and how far ahead one may be
// without another one to confirm it.
const window = 1024

// A packet that is further away waits for a second one that follows it by at most maxFollow numbers (RFC 3550 appendix
// A.1 asks for two in sequence as well). A single stray packet thus changes nothing.
const maxFollow = 16

// Stream is one SSRC in one direction.
type Stream struct {
	SSRC  uint32
	Types [4]TypeCount // packets by payload type, the first four types

	First, Last             int64 // times
	FirstNumber, LastNumber int64
	Packets                 int64 // without duplicates
	Bytes                   int64
	PayloadBytes            int64
	Duplicated              int64
	Reordered               int64
	Late                    int64 // of these, more than 60 ms after a later one
	Restarts                int64
	MaxGap                  int64 // nanoseconds between packets in order of arrival
	DSCP                    flow.DSCPHistogram

	expected   int64 // of numberings that ended
	base       int64 // extended sequence number of the first packet
	max        int64 // and of the highest
	since      int64 // time of the numbering's first packet
	headNumber int64 // packet number of the highest
	seen       [window / 64]uint64
	before     int64  // packets of the numberings before
	far        Packet // a packet far away that waits for a second one
	waits      bool
	skipped    bool // the numbering began without a pause behind the one before
	continues  bool // an earlier part of the stream was cut off: see GoOn
	bursts     bursts

	clocks [len(Clocks)]jitter
	rate   rateGuess
	series series
	gaps   gaps
	frames frames

	Reports *Reports // of RTCP in clear; nil: none
	ledger  *ledger  // nil: nothing known
}

// TypeCount counts packets of one payload type.
type TypeCount struct {
	Type uint8
	N    int64
}

// Add counts one packet.
func (s *Stream) Add(p *Packet) {
	s.roll(p.Time)
	if s.Packets == 0 && !s.waits {
		s.First, s.FirstNumber = p.Time, p.Number
	}
	if s.Packets == 0 && !s.continues {
		s.restart(p)
		s.count(p)
	} else if s.place(p) {
		s.count(p)
	}
}

// restart begins a numbering.
func (s *Stream) restart(p *Packet) {
	s.base, s.max, s.since, s.headNumber = int64(p.Sequence), int64(p.Sequence), p.Time, p.Number
	s.seen = [window / 64]uint64{}
	s.bursts.next, s.skipped = s.base, false
	s.series.numbering = len(s.series.rows)
	s.before = s.Packets
	if s.ledger != nil {
		s.ledger.counter.on = false
	}
	s.mark(s.max)
}

func (s *Stream) mark(ext int64) {
	i := uint64(ext) % window
	s.seen[i/64] |= 1 << (i % 64)
}

func (s *Stream) marked(ext int64) bool {
	i := uint64(ext) % window
	return s.seen[i/64]&(1<<(i%64)) != 0
}

// place finds where the packet's number stands; false when it is a duplicate or waits for a second one.
func (s *Stream) place(p *Packet) bool {
	delta := int64(int16(p.Sequence - uint16(s.max)))
	ext := s.max + delta
	switch {
	case delta > 0 && delta < window:
		s.advance(p, ext)
	case delta == 0, delta > -window && delta < 0 && s.marked(ext):
		s.Duplicated++
		s.LastNumber = p.Number
		return false
	case delta > -window && delta < 0 && s.skipped && ext < s.base:
		return false // one of the numbering before, too late for it
	case delta > -window && delta < 0:
		s.Reordered++
		s.mark(ext)
		s.late(p, ext)
	default:
		return s.confirm(p)
	}
	s.waits = false
	return true
}

// late books a packet that comes after a later one.
func (s *Stream) late(p *Packet, ext int64) {
	if ext >= s.base {
		s.giveBack(ext)
		s.fill(p)
		return
	}
	s.widen(s.base - ext) // the first packet was not the first one sent
	s.base, s.bursts.next = ext, ext
}

// advance moves the window's head; the numbers in between are not seen yet, those that leave the window never will be.
func (s *Stream) advance(p *Packet, ext int64) {
	if n := ext - s.max - 1; n > 0 {
		if s.renumbered(p, n) {
			s.renumber(p)
			s.skipped = true
			return
		}
		s.reveal(p, ext, n)
	}
	s.leave(ext - window)
	if ext-s.max >= window {
		s.seen = [window / 64]uint64{}
	} else {
		for e := s.max + 1; e < ext; e++ {
			i := uint64(e) % window
			s.seen[i/64] &^= 1 << (i % 64)
		}
	}
	s.max, s.headNumber = ext, p.Number
	s.mark(ext)
}

// largeFrame is more packets than a frame has, so that so many cannot be lost within the burst of one.
const largeFrame = 128

// longestPacket is the most seconds of sound that a packet has (Opus, RFC 7587 section 4.2). Packets that always lie
// farther apart are those of silence, and tell no pace of speech.
const longestPacket = 0.12

// renumbered reports whether n numbers were never sent: the packet comes sooner behind the last one than n packets
// take, and its RTP time speaks of no such time either. Packets of a frame come in bursts and share a time, so there
// only a large number tells.
func (s *Stream) renumbered(p *Packet, n int64) bool {
	lasted, g := s.Last-s.since, &s.rate
	arrival := p.Time - s.Last
	if lasted < minPaceTime || s.max == s.base || arrival < 0 || !g.started {
		return false
	}
	took := float64(lasted) / float64(s.max-s.base) * (float64(n) + 0.5)
	step := int64(int32(p.Timestamp - g.lastTS))
	if g.shared || g.step == 0 {
		return n >= largeFrame && float64(arrival) < took/4 && float64(step)*1e9/videoClock < took/4
	}
	if hz := s.GuessClock(); hz > 0 && float64(g.step) > longestPacket*float64(hz) {
		return false
	}
	return float64(arrival) < took && step > 0 && 2*step < (2*n+1)*int64(g.step)
}

// renumber ends the numbering and begins another with the packet.
func (s *Stream) renumber(p *Packet) {
	s.expected += s.max - s.base + 1
	s.Restarts++
	s.leave(s.max)
	s.bursts.flush()
	s.restart(p)
}

// confirm goes on from the packet that waited when this one follows it, else this one waits.
func (s *Stream) confirm(p *Packet) bool {
	step := p.Sequence - s.far.Sequence
	if !s.waits || step == 0 || step > maxFollow {
		s.waits, s.far = true, *p
		return false
	}
	s.waits = false
	if jump := int64(s.far.Sequence - uint16(s.max)); s.outage(jump) {
		s.advance(&s.far, s.max+jump)
	} else {
		s.renumber(&s.far)
		s.resetClocks()
	}
	s.count(&s.far)
	s.advance(p, s.max+int64(step))
	return true
}

// outage reports whether a jump ahead fits the time since the last packet: then the sender went on and the packets were
// lost. A jump that the stream's pace cannot explain (twice over) is another numbering.
func (s *Stream) outage(jump int64) bool {
	lasted, gap := s.Last-s.since, s.far.Time-s.Last
	pace := float64(s.max-s.base+1) / float64(lasted)
	return lasted >= minPaceTime && jump < 1<<15 && float64(jump) <= 2*pace*float64(gap)
}

// minPaceTime is how long a numbering must have lasted for its pace to be known.
const minPaceTime = int64(time.Second)

func (s *Stream) count(p *Packet) {
	if gap := p.Time - s.Last; gap > s.series.gap && (s.Packets > 0 || s.continues) {
		s.series.gap = gap
		s.MaxGap = max(s.MaxGap, gap)
	}
	s.Packets++
	s.Bytes += int64(p.Bytes)
	s.PayloadBytes += int64(p.Payload)
	s.Last, s.LastNumber = p.Time, p.Number
	s.DSCP.Add(p.DSCP)
	s.countType(p.Type)
	s.timing(p)
	s.frame(p)
	if p.Counted && p.Sequence == uint16(s.max) {
		s.counted(p)
	}
}

func (s *Stream) countType(t uint8) {
	for i := range s.Types {
		c := &s.Types[i]
		if c.N == 0 || c.Type == t {
			c.Type = t
			c.N++
			return
		}
	}
}

// PayloadType is the type most packets carried.
func (s *Stream) PayloadType() uint8 {
	best := s.Types[0]
	for _, c := range s.Types[1:] {
		if c.N > best.N {
			best = c
		}
	}
	return best.Type
}

// Expected is how many packets the sequence numbers span.
func (s *Stream) Expected() int64 {
	if s.Packets == 0 {
		return 0
	}
	return s.expected + s.max - s.base + 1
}

// Lost is how many of them never came.
func (s *Stream) Lost() int64 { return max(s.Expected()-s.Packets, 0) }

// Bitrate is IP bits per second between the first and the last packet; 0 for a single instant.
func (s *Stream) Bitrate() float64 {
	if s.Last <= s.First {
		return 0
	}
	return math.Round(float64(s.Bytes) * 8e9 / float64(s.Last-s.First))
}
