package media

import "slices"

// Reports sums up what receivers said of a stream in RTCP (RFC 3550 section 6.4.1).
type Reports struct {
	N         int64
	Lost      int32  // cumulative, of the latest report
	Before    int32  // of Lost, what earlier parts of the stream have told
	Fraction  uint8  // highest fraction lost, in 1/256
	MaxJitter uint32 // in units of the RTP timestamp

	sent [4]sentReport // the latest sender reports
	next uint8
	rtt  [16]int64
	rtts int64
}

// sentReport is a sender report on its way: the middle 32 bits of its NTP time, and when it passed.
type sentReport struct {
	ntp  uint32
	time int64
}

// Sent notes that a sender report of the stream passed; ntp is the middle of its NTP time, packets what it counts.
func (s *Stream) Sent(ntp, packets uint32, time int64) {
	r := s.reports()
	r.sent[r.next%uint8(len(r.sent))] = sentReport{ntp, time}
	r.next++
	s.began(packets)
}

// Heard notes a report block about the stream.
func (s *Stream) Heard(x *Report) {
	r := s.reports()
	r.N++
	r.Lost, r.Fraction, r.MaxJitter = x.Lost, max(r.Fraction, x.Fraction), max(r.MaxJitter, x.Jitter)
	trip, ok := r.trip(x)
	if ok {
		r.rtt[r.rtts%int64(len(r.rtt))] = trip
		r.rtts++
	}
	s.hear(x, trip)
}

// trip is the round trip from the capture point to the receiver and back: the time since the sender report passed, less
// the time the receiver held it.
func (r *Reports) trip(x *Report) (ns int64, ok bool) {
	held := int64(x.Delay) * 1e9 / 65536
	for _, s := range r.sent {
		if s.ntp == x.LastSR && x.LastSR != 0 && x.Time-s.time >= held && s.time != 0 {
			return x.Time - s.time - held, true
		}
	}
	return 0, false
}

func (s *Stream) reports() *Reports {
	if s.Reports == nil {
		s.Reports = new(Reports)
	}
	return s.Reports
}

// RTT is the median of the latest round trips, ns.
func (r *Reports) RTT() (ns int64, ok bool) {
	n := min(r.rtts, int64(len(r.rtt)))
	if n == 0 {
		return 0, false
	}
	list := slices.Clone(r.rtt[:n])
	slices.Sort(list)
	return list[(n-1)/2], true
}
