package pcaptest

import (
	"encoding/binary"
	"time"
)

// RTP is one RTP packet (RFC 3550 section 5.1).
type RTP struct {
	PT        uint8
	Marker    bool
	Seq       uint16
	Timestamp uint32
	SSRC      uint32
	CSRC      []uint32
	Profile   uint16 // of the header extension
	Extension []byte // its words, a multiple of four bytes; nil: none
	Payload   []byte
}

// Bytes returns the packet.
func (p RTP) Bytes() []byte {
	b := make([]byte, 12, 12+len(p.Payload)+4*len(p.CSRC))
	b[0] = 0x80 | uint8(len(p.CSRC))
	b[1] = p.PT & 0x7f
	if p.Marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], p.Seq)
	binary.BigEndian.PutUint32(b[4:], p.Timestamp)
	binary.BigEndian.PutUint32(b[8:], p.SSRC)
	for _, c := range p.CSRC {
		b = binary.BigEndian.AppendUint32(b, c)
	}
	if p.Extension != nil {
		b[0] |= 0x10
		b = binary.BigEndian.AppendUint16(b, p.Profile)
		b = binary.BigEndian.AppendUint16(b, uint16(len(p.Extension)/4))
		b = append(b, p.Extension...)
	}
	return append(b, p.Payload...)
}

// RTPStream is one source that sends at a steady pace. The payload is pseudo-random, as that of SRTP is. A pattern is a
// function of the packet's index from 0, nil means never (sizes: 80 bytes; marks: the path's).
type RTPStream struct {
	From      Side
	Start     time.Time
	Packets   int
	SSRC      uint32
	PT        uint8
	ClockRate int // 0: 48000
	FirstSeq  uint16
	FirstTS   uint32
	Interval  time.Duration // between frames; 0: 20 ms
	Burst     int           // packets of a frame: one time stamp, the marker on the last; 0: 1, no markers
	CSRC      []uint32
	Profile   uint16
	Extension []byte
	Slots     []Slot // the first Packets of them are sent, in place of what Interval, Burst and PayloadSize say

	PayloadSize func(i int) int
	Mark        func(i int) uint8         // DSCP
	Loss        func(i int) bool          // lost before the capture point
	LossBehind  func(i int) bool          // lost behind it: only what the receiver reports tells (NativeCall)
	LossFar     func(i int) bool          // lost before its sender had it, whose counter does without it (NativeCall)
	Unseen      func(i int) bool          // the sensor loses it, the receiver has it
	Duplicate   func(i int) bool          // shown twice
	TwiceBehind func(i int) bool          // the receiver gets it twice (NativeCall)
	Reorder     func(i int) bool          // comes after its successor
	Jitter      func(i int) time.Duration // added to the time of sending
	LateBehind  func(i int) time.Duration // added behind the capture point (NativeCall)
}

// Slot is one packet of a stream that keeps no steady pace.
type Slot struct {
	At        time.Duration // since the stream's start
	Timestamp uint32        // since the first one, in units of the clock
	Marker    bool
	Size      int // of the payload
	Extension []byte
}

// RTPCount is what a receiver at the capture point should find.
type RTPCount struct{ Expected, Lost, Duplicated, Reordered int }

// Count evaluates the patterns. Reordered counts packets that come after a higher sequence number because of Reorder.
func (s RTPStream) Count() (n RTPCount) {
	n.Expected = s.Packets
	for i := range s.Packets {
		switch {
		case s.missing(i):
			n.Lost++
		case yes(s.Duplicate, i):
			n.Duplicated++
		}
		if s.swapped(i) {
			n.Reordered++
		}
	}
	return n
}

func yes(pattern func(int) bool, i int) bool { return pattern != nil && pattern(i) }

// gone says that packet i is lost before the capture point, missing that the capture lacks it.
func (s RTPStream) gone(i int) bool { return yes(s.LossFar, i) || yes(s.Loss, i) }

func (s RTPStream) missing(i int) bool { return s.gone(i) || yes(s.Unseen, i) }

// swapped says that packet i and the next change places: both arrive, and i does not already with its predecessor.
func (s RTPStream) swapped(i int) bool {
	return i+1 < s.Packets && yes(s.Reorder, i) && !s.gone(i) && !s.gone(i+1) && (i == 0 || !s.swapped(i-1))
}

// passes is when packet i passes the capture point.
func (s RTPStream) passes(i int) time.Time {
	switch {
	case s.swapped(i):
		return s.time(i + 1)
	case i > 0 && s.swapped(i-1):
		return s.time(i - 1)
	}
	return s.time(i)
}

// Events returns the stream's packets.
func (s RTPStream) Events() []Event {
	if s.ClockRate == 0 {
		s.ClockRate = 48000
	}
	if s.Interval == 0 {
		s.Interval = 20 * time.Millisecond
	}
	r := NewRand(uint64(s.SSRC)<<8 | uint64(s.PT))
	var out []Event
	for i := range s.Packets {
		e := s.event(i, r)
		if s.missing(i) {
			continue
		}
		e.At = s.passes(i)
		if yes(s.Duplicate, i) {
			e.Faults = []Fault{Duplicate(0)}
		}
		out = append(out, e)
	}
	return out
}

func (s RTPStream) event(i int, r *Rand) Event {
	burst := max(s.Burst, 1)
	frame := i / burst
	p := RTP{
		PT: s.PT, Marker: s.Burst > 0 && i%burst == burst-1, Seq: s.FirstSeq + uint16(i), SSRC: s.SSRC,
		Timestamp: s.FirstTS + uint32(int64(frame)*int64(s.Interval)*int64(s.ClockRate)/int64(time.Second)),
		CSRC:      s.CSRC, Profile: s.Profile, Extension: s.Extension,
	}
	size := 80
	if s.PayloadSize != nil {
		size = s.PayloadSize(i)
	}
	if s.Slots != nil {
		x := s.Slots[i]
		p.Marker, p.Timestamp, p.Extension, size = x.Marker, s.FirstTS+x.Timestamp, x.Extension, x.Size
	}
	p.Payload = r.Bytes(size)
	e := Event{At: s.time(i), From: s.From, Data: p.Bytes()}
	if s.Mark != nil {
		e.Mark, e.Marked = s.Mark(i), true
	}
	return e
}

// time is when packet i passes: the packets of a frame follow each other by 200 µs.
func (s RTPStream) time(i int) time.Time {
	burst := max(s.Burst, 1)
	t := s.Start.Add(time.Duration(i/burst)*s.Interval + time.Duration(i%burst)*200*time.Microsecond)
	if s.Slots != nil {
		t = s.Start.Add(s.Slots[i].At)
	}
	if s.Jitter != nil {
		t = t.Add(s.Jitter(i))
	}
	return t
}

// ProfileOneByte is the profile of a header extension whose elements have heads of one byte (RFC 8285 section 4.2).
const ProfileOneByte = 0xbede

// Element is one element of a header extension: an ID of 1 to 14 and 1 to 16 bytes.
type Element struct {
	ID    uint8
	Value []byte
}

// Elements is the data of a header extension of profile [ProfileOneByte], padded to words.
func Elements(list ...Element) []byte {
	var b []byte
	for _, e := range list {
		b = append(b, e.ID<<4|uint8(len(e.Value)-1))
		b = append(b, e.Value...)
	}
	return append(b, make([]byte, -len(b)&3)...)
}
