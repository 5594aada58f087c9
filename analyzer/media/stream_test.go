package media

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// stats is what a stream says of a list of packets.
type stats struct {
	Packets, Expected, Lost, Duplicated, Reordered, Restarts int64
	Bursts                                                   [burstClasses]int64
}

func (s *Stream) stats() stats {
	return stats{s.Packets, s.Expected(), s.Lost(), s.Duplicated, s.Reordered, s.Restarts, s.Bursts()}
}

const ms = int64(1e6)

// play feeds numbers to a stream, 20 ms apart; a number is an extended one, so that the reader need not wrap.
func play(numbers ...int64) *Stream {
	s := new(Stream)
	for i, n := range numbers {
		s.Add(&Packet{Time: int64(i+1) * 20 * ms, Number: int64(i + 1), Sequence: uint16(n), Timestamp: uint32(n * 960),
			Type: 98, Bytes: 100, Payload: 60})
	}
	return s
}

// count is the oracle: it looks at the whole list at once.
func count(numbers []int64) stats {
	seen := map[int64]bool{}
	var w stats
	high := int64(-1 << 40)
	for _, n := range numbers {
		switch {
		case seen[n]:
			w.Duplicated++
		case n < high:
			w.Reordered++
		}
		seen[n] = true
		high = max(high, n)
	}
	low := slices.Min(numbers)
	w.Packets, w.Expected = int64(len(seen)), high-low+1
	w.Lost = w.Expected - w.Packets
	for run, n := int64(0), low; n <= high; n++ {
		if !seen[n] {
			run++
		} else if run > 0 {
			w.Bursts[min(run, 10)-1]++
			run = 0
		}
	}
	return w
}

// sequence lists the numbers of [from, from+n) that keep says yes to.
func sequence(from, n int64, keep func(i int64) bool) (out []int64) {
	for i := range n {
		if keep == nil || keep(i) {
			out = append(out, from+i)
		}
	}
	return out
}

// swap exchanges two neighbours of every so many numbers.
func swap(list []int64, every int) []int64 {
	for i := 1; i < len(list); i += every {
		list[i-1], list[i] = list[i], list[i-1]
	}
	return list
}

// twice has each number again, back places later.
func twice(list []int64, back int) (out []int64) {
	for i, n := range list {
		out = append(out, n)
		if i >= back {
			out = append(out, list[i-back])
		}
	}
	return out
}

func TestCounts(t *testing.T) {
	for _, tt := range []struct {
		name    string
		numbers []int64
		want    stats // zero: only the oracle's word
	}{
		{"one packet", []int64{7}, stats{Packets: 1, Expected: 1}},
		{"no fault", sequence(100, 3000, nil), stats{Packets: 3000, Expected: 3000}},
		{"one in ten", sequence(100, 3000, func(i int64) bool { return i%10 != 5 }), stats{Packets: 2700, Expected: 3000, Lost: 300, Bursts: [10]int64{300}}},
		{"bursts of three", sequence(100, 1000, func(i int64) bool { return i%50 < 20 || i%50 > 22 }), stats{Packets: 940, Expected: 1000, Lost: 60, Bursts: [10]int64{2: 20}}},
		{"bursts of 9, 10 and 11", sequence(0, 200, func(i int64) bool { return i < 20 || i > 28 && i < 50 || i > 59 && i < 90 || i > 100 }),
			stats{Packets: 170, Expected: 200, Lost: 30, Bursts: [10]int64{8: 1, 9: 2}}},
		{"the longest burst that needs no second packet", sequence(0, 5000, func(i int64) bool { return i < 1000 || i > 2021 }), stats{Packets: 3978, Expected: 5000, Lost: 1022, Bursts: [10]int64{9: 1}}},
		{"wrap without loss", sequence(65000, 2000, nil), stats{Packets: 2000, Expected: 2000}},
		{"wrap with loss at the seam", sequence(65000, 2000, func(i int64) bool { return i < 530 || i > 540 }), stats{Packets: 1989, Expected: 2000, Lost: 11, Bursts: [10]int64{9: 1}}},
		{"three wraps", sequence(60000, 200_000, func(i int64) bool { return i%100 != 7 }), stats{}},
		{"all swapped", swap(sequence(0, 2000, nil), 2), stats{Packets: 2000, Expected: 2000, Reordered: 1000}},
		{"the first comes second", []int64{11, 10, 12, 13}, stats{Packets: 4, Expected: 4, Reordered: 1}},
		{"early ones come late", []int64{20, 21, 10, 12, 22}, stats{Packets: 5, Expected: 13, Lost: 8, Reordered: 2, Bursts: [10]int64{1, 6: 1}}},
		{"reordered over a wrap", []int64{65534, 65536, 65535, 65538, 65537, 65533}, stats{Packets: 6, Expected: 6, Reordered: 3}},
		{"late by almost the window", append(sequence(0, 2000, func(i int64) bool { return i != 976 }), 976), stats{Packets: 2000, Expected: 2000, Reordered: 1}},
		{"too late: out of the window", append(sequence(0, 2001, func(i int64) bool { return i != 976 }), 976), stats{Packets: 2000, Expected: 2001, Lost: 1, Bursts: [10]int64{1}}},
		{"each twice at once", twice(sequence(0, 2000, nil), 0), stats{Packets: 2000, Expected: 2000, Duplicated: 2000}},
		{"each twice, much later", twice(sequence(64000, 4000, nil), 900), stats{Packets: 4000, Expected: 4000, Duplicated: 3100}},
		{"twice, swapped and lost", twice(swap(sequence(65000, 5000, func(i int64) bool { return i%17 != 3 }), 5), 30), stats{}},
		{"lost at the end is unknown", sequence(0, 100, func(i int64) bool { return i < 90 }), stats{Packets: 90, Expected: 90}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, oracle := play(tt.numbers...).stats(), count(tt.numbers)
			if tt.name == "too late: out of the window" {
				oracle = tt.want // the oracle has no window
			}
			if got != oracle {
				t.Errorf("got  %+v\nwant %+v", got, oracle)
			}
			if tt.want != (stats{}) && got != tt.want {
				t.Errorf("got  %+v\nbut the table says %+v", got, tt.want)
			}
		})
	}
}

// at is a packet for the tests below: a number and a time in milliseconds.
type at struct{ n, ms int64 }

func playAt(list []at) *Stream {
	s := new(Stream)
	for i, a := range list {
		s.Add(&Packet{Time: a.ms * ms, Number: int64(i + 1), Sequence: uint16(a.n), Timestamp: uint32(a.n * 960),
			Bytes: 100})
	}
	return s
}

// pace lists n numbers from first on, 20 ms apart.
func pace(first, start, n int64) (out []at) {
	for i := range n {
		out = append(out, at{first + i, start + 20*i})
	}
	return out
}

// TestJumps: numbers far away. A single one changes nothing; a second one confirms: an outage where time explains it,
// else another numbering, whose start is no loss.
func TestJumps(t *testing.T) {
	head := pace(10_000, 0, 500) // ten seconds
	for _, tt := range []struct {
		name string
		tail []at
		want stats
	}{
		{"a stray one ahead", slices.Concat([]at{{20_000, 10_000}}, pace(10_500, 10_020, 500)), stats{Packets: 1000, Expected: 1000}},
		{"a stray one behind", slices.Concat([]at{{5_000, 10_000}}, pace(10_500, 10_020, 500)), stats{Packets: 1000, Expected: 1000}},
		{"stray ones by turns", []at{{20_000, 10_000}, {10_500, 10_020}, {20_001, 10_030}, {10_501, 10_040}}, stats{Packets: 502, Expected: 502}},
		{"two stray ones that do not follow each other", slices.Concat([]at{{20_000, 10_000}, {30_000, 10_001}}, pace(10_500, 10_020, 10)), stats{Packets: 510, Expected: 510}},
		{"a stray one shown twice", slices.Concat([]at{{20_000, 10_000}, {20_000, 10_001}}, pace(10_500, 10_020, 10)), stats{Packets: 510, Expected: 510}},
		{"restart ahead", pace(30_000, 10_000, 100), stats{Packets: 600, Expected: 600, Restarts: 1}},
		{"restart behind", pace(100, 10_000, 100), stats{Packets: 600, Expected: 600, Restarts: 1}},
		{"restart behind, with loss", []at{{100, 10_000}, {103, 10_060}, {104, 10_080}}, stats{Packets: 503, Expected: 505, Lost: 2, Restarts: 1, Bursts: [10]int64{1: 1}}},
		{"restart after loss", slices.Concat([]at{{10_504, 10_000}}, pace(100, 10_020, 100)), stats{Packets: 601, Expected: 605, Lost: 4, Restarts: 1, Bursts: [10]int64{3: 1}}},
		{"restart, late by a minute", pace(100, 70_000, 100), stats{Packets: 600, Expected: 600, Restarts: 1}},
		{"outage of 40 s", pace(12_500, 50_000, 100), stats{Packets: 600, Expected: 2600, Lost: 2000, Bursts: [10]int64{9: 1}}},
		{"outage of 40 s, the pace twice as high since", pace(13_900, 50_000, 100), stats{Packets: 600, Expected: 4000, Lost: 3400, Bursts: [10]int64{9: 1}}},
		{"a jump that the time does not explain", pace(12_500, 15_000, 100), stats{Packets: 600, Expected: 600, Restarts: 1}},
		{"back and forth", slices.Concat(pace(100, 10_000, 50), pace(10_500, 11_000, 50)), stats{Packets: 600, Expected: 600, Restarts: 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := playAt(slices.Concat(head, tt.tail))
			if got := s.stats(); got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			if s.Bytes != 100*s.Packets {
				t.Errorf("%d bytes of %d packets of 100", s.Bytes, s.Packets)
			}
		})
	}
	if got := playAt([]at{{1, 0}, {5000, 10}, {5001, 20}}).stats(); got != (stats{Packets: 3, Expected: 3,
		Restarts: 1}) {
		t.Errorf("a jump before the pace is known: %+v", got)
	}
}

// TestRenumbered: numbers that are skipped without a pause were never sent, if RTP time goes on as if nothing was
// missing. Packets lost within a burst, or behind a pause, are lost.
func TestRenumbered(t *testing.T) {
	for _, tt := range []struct {
		name     string
		skip     int64 // numbers left out behind packet 100
		time, ts int64 // what the packet behind comes later, ms and packets of RTP time, beyond 20 ms and one
		frame    int64 // packets that share a time
		want     stats
	}{
		{"40 numbers skipped, 20 ms later", 40, 0, 0, 1, stats{Packets: 200, Expected: 200, Restarts: 1}},
		{"one number skipped", 1, 0, 0, 1, stats{Packets: 200, Expected: 200, Restarts: 1}},
		{"40 packets lost", 40, 800, 40, 1, stats{Packets: 200, Expected: 240, Lost: 40, Bursts: [10]int64{9: 1}}},
		{"lost while the rest was held up", 40, 0, 40, 1, stats{Packets: 200, Expected: 240, Lost: 40, Bursts: [10]int64{9: 1}}},
		{"behind a pause of the sender", 40, 900, 0, 1, stats{Packets: 200, Expected: 240, Lost: 40, Bursts: [10]int64{9: 1}}},
		{"lost within a frame", 40, 0, 0, 4, stats{Packets: 200, Expected: 240, Lost: 40, Bursts: [10]int64{9: 1}}},
		{"more than a frame has, no time for them", 400, 0, 0, 4, stats{Packets: 200, Expected: 200, Restarts: 1}},
	} {
		s := new(Stream)
		for i := range int64(200) {
			p := Packet{Time: (i + 1) * 20 * ms, Number: i + 1, Sequence: uint16(65_500 + i),
				Timestamp: uint32(i / tt.frame * tt.frame * 960), Bytes: 100}
			if i >= 100 {
				p.Time, p.Sequence, p.Timestamp = p.Time+tt.time*ms, p.Sequence+uint16(tt.skip), p.Timestamp+
					uint32(tt.ts*960)
			}
			s.Add(&p)
		}
		if got := s.stats(); got != tt.want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", tt.name, got, tt.want)
		}
		fine, _, _ := s.Intervals()
		var expected, packets int64
		for _, r := range fine {
			expected, packets = expected+r.Expected, packets+r.Packets
		}
		if expected != tt.want.Expected || packets != tt.want.Packets {
			t.Errorf("%s: rows %d of %d", tt.name, packets, expected)
		}
	}
}

// TestBurstsWhileRunning: the histogram can be asked for at any time and asking changes nothing.
func TestBurstsWhileRunning(t *testing.T) {
	numbers := sequence(65_000, 6000, func(i int64) bool { return i%40 != 3 && i%90 > 4 })
	s := new(Stream)
	for i, n := range numbers {
		s.Add(&Packet{Time: int64(i+1) * 20 * ms, Sequence: uint16(n)})
		if i%97 == 0 {
			if got, want := s.stats(), count(numbers[:i+1]); got != want {
				t.Fatalf("after %d packets: got %+v, want %+v", i+1, got, want)
			}
		}
	}
	if got := new(Stream).stats(); got != (stats{}) {
		t.Errorf("an empty stream: %+v", got)
	}
}

// TestProperty: any loss, any duplicates and any permutation within the window, from any number on: everything is
// exact.
func TestProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Int64Range(0, 65535).Draw(t, "first")
		n := rapid.IntRange(1, 3000).Draw(t, "n")
		lossy := rapid.IntRange(0, 90).Draw(t, "percent lost")
		twice := rapid.IntRange(0, 50).Draw(t, "percent twice")
		reach := rapid.IntRange(0, 300).Draw(t, "reach")
		r := rapid.Int64Min(1).Draw(t, "seed")
		chance := func() int {
			r = int64(uint64(r)*6364136223846793005 + 1442695040888963407)
			return int(uint64(r)>>33) % 100
		}
		type item struct{ n, key int64 }
		var list []item
		gap := 0
		for i := range n {
			if gap++; gap < 400 && chance() < lossy && i > 0 {
				continue
			}
			gap = 0
			copies := 1
			if chance() < twice {
				copies++
			}
			for range copies {
				list = append(list, item{first + int64(i), int64(i) + int64(chance()*(reach+1)/100)})
			}
		}
		slices.SortStableFunc(list, func(a, b item) int { return int(a.key - b.key) })
		numbers := make([]int64, len(list))
		for i, x := range list {
			numbers[i] = x.n
		}
		if got, want := play(numbers...).stats(), count(numbers); got != want {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
	})
}

// TestSums looks at what is added up besides the numbers.
func TestSums(t *testing.T) {
	s := new(Stream)
	for i, p := range []Packet{
		{Time: 1000 * ms, Number: 10, Sequence: 1, Type: 98, DSCP: 46, Bytes: 200, Payload: 160},
		{Time: 1020 * ms, Number: 12, Sequence: 2, Type: 98, DSCP: 46, Bytes: 210, Payload: 170},
		{Time: 1021 * ms, Number: 13, Sequence: 2, Type: 98, DSCP: 46, Bytes: 210, Payload: 170},
		{Time: 1120 * ms, Number: 20, Sequence: 4, Type: 127, DSCP: 0, Bytes: 90, Payload: 50},
		{Time: 2000 * ms, Number: 30, Sequence: 5, Type: 98, DSCP: 46, Bytes: 100, Payload: 60},
	} {
		if s.Add(&p); i == 0 && s.Bitrate() != 0 {
			t.Errorf("bit rate of one instant: %v", s.Bitrate())
		}
	}
	got := fmt.Sprint(s.First/ms, s.Last/ms, s.FirstNumber, s.LastNumber, s.Packets, s.Bytes, s.PayloadBytes,
		s.MaxGap/ms, s.PayloadType(), s.Bitrate(), s.DSCP.Histogram(), s.Types[:2])
	if want := "1000 2000 10 30 4 600 440 880 98 4800 map[0:1 46:3] [{98 3} {127 1}]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestNoAllocs: neither a steady stream nor loss, reordering and duplicates cost memory.
func TestNoAllocs(t *testing.T) {
	s := new(Stream)
	p := Packet{Time: 1, Sequence: 1}
	n := testing.AllocsPerRun(10_000, func() {
		p.Time, p.Sequence, p.Timestamp = p.Time+20*ms, p.Sequence+3, p.Timestamp+960
		s.Add(&p)
		s.Add(&p)
		p.Sequence -= 2
		s.Add(&p)
		p.Sequence += 2
	})
	if n != 0 || s.Reordered == 0 || s.Duplicated == 0 {
		t.Errorf("%v allocations, %+v", n, s.stats())
	}
}

func BenchmarkAdd(b *testing.B) {
	for _, step := range []uint16{1, 3} {
		b.Run(fmt.Sprintf("step-%d", step), func(b *testing.B) {
			s := new(Stream)
			p := Packet{Time: 1, Sequence: 1, Bytes: 200}
			b.ReportAllocs()
			for b.Loop() {
				p.Time, p.Sequence, p.Timestamp = p.Time+20*ms, p.Sequence+step, p.Timestamp+960
				s.Add(&p)
			}
		})
	}
}
