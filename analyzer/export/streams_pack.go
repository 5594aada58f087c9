package export

import (
	"math"
	"slices"

	"webexaudit/analyzer/loss"
	"webexaudit/analyzer/media"
	"webexaudit/analyzer/record"
)

// Bits before a packed stream, below its known jitters.
const (
	packUDP = 1 << iota
	packTrip
	streamBits = iota
)

// pack appends a stream to a part.
func (s *stream) pack(p *record.Packer) {
	bits := uint64(0)
	for i := range s.jitter {
		if s.jitter[i].known {
			bits |= 1 << (streamBits + i)
		}
	}
	if s.UDP {
		bits |= packUDP
	}
	if s.RTTMs != nil {
		bits |= packTrip
	}
	p.Uint(bits)
	p.Record(s.Rec)
	if s.RTTMs != nil {
		p.Float(*s.RTTMs)
	}
	for i := range s.jitter {
		if s.jitter[i].known {
			p.Float(s.jitter[i].mean)
			p.Float(s.jitter[i].max)
		}
	}
	p.Uint(uint64(s.maxJitter))
	p.Int(s.Unread)
	p.Int(s.Broken)
	packGaps(p, s.Gaps)
	packTrips(p, s.Trips)
	for i := range s.Series {
		s.packSeries(p, i)
	}
}

// unpack reads what pack wrote.
func (s *stream) unpack(u *record.Unpacker) {
	bits := u.Uint()
	*s = stream{Stream: loss.Stream{Rec: new(record.MediaStream), UDP: bits&packUDP != 0}}
	u.Record(s.Rec)
	if bits&packTrip != 0 {
		s.RTTMs = copied(u.Float())
	}
	for i := range s.jitter {
		if bits&(1<<(streamBits+i)) != 0 {
			s.jitter[i] = jitter{u.Float(), u.Float(), true}
		}
	}
	s.maxJitter = uint32(u.Uint() & math.MaxUint32)
	s.Unread, s.Broken = u.Int(), u.Int()
	s.Gaps, s.Trips = unpackGaps(u), unpackTrips(u)
	for i := range s.Series {
		s.unpackSeries(u, i)
	}
}

func packGaps(p *record.Packer, gaps []loss.Gap) {
	p.Uint(uint64(len(gaps)))
	for i := range gaps {
		p.Time(record.Time(gaps[i].Time))
		p.Packet(gaps[i].Number)
		p.Packet(gaps[i].After)
		p.Int(gaps[i].Lost)
	}
}

func unpackGaps(u *record.Unpacker) (gaps []loss.Gap) {
	if n := u.Len(); n > 0 {
		gaps = make([]loss.Gap, n)
	}
	for i := range gaps {
		gaps[i] = loss.Gap{Time: int64(u.Time()), Number: u.Packet(), After: u.Packet(), Lost: u.Int()}
	}
	return gaps
}

// packTrips appends round trips, which are in the order of their length.
func packTrips(p *record.Packer, trips []int64) {
	p.Uint(uint64(len(trips)))
	last := int64(0)
	for _, v := range trips {
		p.Int(v - last)
		last = v
	}
}

func unpackTrips(u *record.Unpacker) (trips []int64) {
	if n := u.Len(); n > 0 {
		trips = make([]int64, n)
	}
	last := int64(0)
	for i := range trips {
		last += u.Int()
		trips[i] = last
	}
	return trips
}

// packSeries appends intervals, each behind the place of its clock rate.
func (s *stream) packSeries(p *record.Packer, i int) {
	p.Uint(uint64(len(s.Series[i])))
	for k, r := range s.Series[i] {
		p.Uint(uint64(slices.Index(media.Clocks[:], s.clocks[i][k]) + 1))
		p.Record(r)
	}
}

func (s *stream) unpackSeries(u *record.Unpacker, i int) {
	n := u.Len()
	rows := make([]record.MediaInterval, n)
	s.Series[i], s.clocks[i] = make([]*record.MediaInterval, n), make([]int, n)
	for k := range rows {
		if c := u.Uint(); c > 0 && c <= uint64(len(media.Clocks)) {
			s.clocks[i][k] = media.Clocks[c-1]
		}
		u.Record(&rows[k])
		s.Series[i][k] = &rows[k]
	}
}
