package media

import (
	"math"
	"testing"
)

// TestManyGaps: a stream remembers 8,192 gaps; what was filled makes room, what has no room is counted.
func TestManyGaps(t *testing.T) {
	odd := sequence(0, 18_001, func(i int64) bool { return i%2 == 0 }) // 9,000 gaps of one packet
	list, left := play(odd...).Gaps()
	if len(list) != maxGaps || left != 9000-maxGaps || list[0].Lost != 1 || list[0].After != 1 || list[0].Number != 2 {
		t.Errorf("%d gaps, %d without a place, the first %+v", len(list), left, list[0])
	}
	var half []int64 // of each two gaps the first is filled
	for i := int64(0); i < 4*6000; i += 4 {
		half = append(half, i, i+2, i+4, i+1)
	}
	s := play(half...)
	list, left = s.Gaps()
	if len(list) != 6000 || left != 0 || s.Reordered != 6000 {
		t.Errorf("%d gaps, %d without a place, %d reordered", len(list), left, s.Reordered)
	}
}

// TestLateAfter: a packet is late for playout more than 60 ms after the one that revealed its absence.
func TestLateAfter(t *testing.T) {
	for after, late := range map[int64]int64{60 * ms: 0, 60*ms + 1: 1} {
		s := new(Stream)
		for i, n := range []uint16{1, 3} {
			s.Add(&Packet{Time: int64(i) * ms, Sequence: n})
		}
		s.Add(&Packet{Time: ms + after, Sequence: 2})
		if s.Late != late || s.Reordered != 1 || s.Lost() != 0 {
			t.Errorf("%d ns: %d late, %d reordered", after, s.Late, s.Reordered)
		}
	}
}

// TestWindow: what is less than 1,024 numbers ahead or back is placed at once; what is further away waits for another
// one, at most 16 behind it.
func TestWindow(t *testing.T) {
	all := sequence(0, 1101, nil)
	without := func(gone int64) []int64 { return sequence(0, 1101, func(i int64) bool { return i != gone }) }
	for _, tt := range []struct {
		name                                     string
		numbers                                  []int64
		packets, duplicated, reordered, restarts int64
	}{
		{"1,023 ahead", []int64{0, 1, 1024}, 3, 0, 0, 0},
		{"1,024 ahead", []int64{0, 1, 1025}, 2, 0, 0, 0},
		{"1,023 back", append(without(77), 77), 1101, 0, 1, 0},
		{"1,024 back", append(without(76), 76), 1100, 0, 0, 0},
		{"a copy 1,023 back", append(all[:1101:1101], 77), 1101, 1, 0, 0},
		{"a copy 1,024 back", append(all[:1101:1101], 76), 1101, 0, 0, 0},
		{"16 behind the one that waits", []int64{0, 1, 5000, 5016}, 4, 0, 0, 1},
		{"17 behind it", []int64{0, 1, 5000, 5017}, 2, 0, 0, 0},
		{"twice the same", []int64{0, 1, 5000, 5000}, 2, 0, 0, 0},
	} {
		s := play(tt.numbers...)
		if s.Packets != tt.packets || s.Duplicated != tt.duplicated || s.Reordered != tt.reordered ||
			s.Restarts != tt.restarts {
			t.Errorf("%s: %d packets, %d duplicated, %d reordered, %d restarts", tt.name, s.Packets, s.Duplicated, s.Reordered, s.Restarts)
		}
	}
}

// TestOutage: a jump that twice the stream's pace explains is loss, a longer one a new numbering; the pace is known
// after a second.
func TestOutage(t *testing.T) {
	for _, tt := range []struct {
		packets, gap, jump, restarts, lost int64
	}{
		{100, 11 * second, 1111, 0, 1110}, // 100 in 1.98 s: at most 1,111 in 11 s
		{100, 11 * second, 1112, 1, 0},
		{51, 11 * second, 1100, 0, 1099}, // within exactly one second
		{50, 11 * second, 1100, 1, 0},
		{100, 400 * second, 1<<15 - 1, 0, 1<<15 - 2},
		{100, 400 * second, 1 << 15, 1, 0},
	} {
		s := play(sequence(1, tt.packets, nil)...)
		for i := range int64(2) {
			s.Add(&Packet{Time: s.Last + tt.gap, Number: 1000 + i, Sequence: uint16(tt.packets + tt.jump + i)})
			tt.gap += 20 * ms // the first one only waits
		}
		if s.Restarts != tt.restarts || s.Lost() != tt.lost || s.Packets != tt.packets+2 {
			t.Errorf("%+v: %d restarts, %d lost of %d", tt, s.Restarts, s.Lost(), s.Expected())
		}
	}
}

// TestAddIntervals: rows of the same clock weigh their jitter by packets; of different clocks that of more packets
// counts.
func TestAddIntervals(t *testing.T) {
	row := func(clock int, packets, mean, maximum int64) Interval {
		return Interval{JitterClock: clock, Packets: packets, JitterMean: mean, JitterMax: maximum}
	}
	for _, tt := range []struct {
		name       string
		a, b, want Interval
	}{
		{"one clock", row(8000, 10, 5, 9), row(8000, 30, 9, 7), row(8000, 40, 8, 9)},
		{"fewer packets of another", row(8000, 10, 5, 9), row(48_000, 10, 1, 1), row(8000, 20, 5, 9)},
		{"more packets of another", row(8000, 10, 5, 9), row(48_000, 11, 1, 2), row(48_000, 21, 1, 2)},
		{"nothing", row(8000, 0, 5, 9), row(8000, 0, 1, 1), row(8000, 0, 5, 9)},
	} {
		got := tt.a
		got.add(&tt.b)
		if got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestShortVideo: a rate is told from three frames and two seconds on.
func TestShortVideo(t *testing.T) {
	at := func(times ...float64) *Stream { // 100 ms of them after their RTP time, every other one
		s := new(Stream)
		for i, x := range times {
			stamp := uint32((x - float64(i%2)*0.1) * videoClock)
			s.Add(&Packet{Time: 1e18 + int64(x*1e9), Sequence: uint16(i), Timestamp: stamp})
		}
		return s
	}
	if v, ok := at(0, 1.6, 3).Video(); !ok || math.Abs(v.Rate-2.0/3) > 1e-9 || math.Abs(v.JitterMs-100) > 0.01 {
		t.Errorf("three frames: %+v %v", v, ok)
	}
	if v, ok := at(0, 3).Video(); ok {
		t.Errorf("two frames: %+v", v)
	}
	for n, want := range map[int64]bool{60: false, 61: true} {
		if v, ok := film(n, nil).Video(); ok != want || ok && math.Abs(v.Rate-30) > 1e-6 {
			t.Errorf("%d frames at 30 a second: %+v %v", n, v, ok)
		}
	}
}

// TestReportHeldTooLong: a receiver cannot hold a report for longer than it takes until its own passes.
func TestReportHeldTooLong(t *testing.T) {
	for delay, want := range map[uint32]bool{65536: true, 65536 + 1: false, 0: true} {
		s := new(Stream)
		s.Sent(7, 0, 10*second)
		s.Heard(&Report{Fraction: 0, Lost: 0, Jitter: 0, LastSR: 7, Delay: delay, Time: 11 * second})
		if rtt, ok := s.Reports.RTT(); ok != want || ok && rtt != second-int64(delay)*1e9/65536 {
			t.Errorf("held for %d/65536 s: %d %v", delay, rtt, ok)
		}
	}
	s := new(Stream)
	s.Sent(0, 0, 10*second)
	s.Heard(&Report{Fraction: 0, Lost: 0, Jitter: 0, LastSR: 0, Delay: 0, Time: 11 * second})
	if _, ok := s.Reports.RTT(); ok {
		t.Error("a receiver that has seen no report has a round trip")
	}
}

// TestPayloadTypeTie: of as many packets, the type that came first.
func TestPayloadTypeTie(t *testing.T) {
	s := new(Stream)
	for i, typ := range []uint8{98, 99, 99, 98} {
		s.Add(&Packet{Time: int64(i), Sequence: uint16(i), Type: typ})
	}
	if s.PayloadType() != 98 {
		t.Error(s.PayloadType())
	}
}
