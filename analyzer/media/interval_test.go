package media

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// sum adds rows up; extremes are not compared.
func sum(list []Interval) (t Interval) {
	for _, x := range list {
		t.Packets += x.Packets
		t.Expected += x.Expected
		t.Duplicated += x.Duplicated
		t.Reordered += x.Reordered
		t.Bytes += x.Bytes
	}
	return t
}

// checkSums holds the rows against the stream.
func checkSums(t interface{ Fatalf(string, ...any) }, s *Stream) {
	fine, coarse, omitted := s.Intervals()
	want := Interval{Packets: s.Packets, Expected: s.Expected(), Duplicated: s.Duplicated, Reordered: s.Reordered,
		Bytes: s.Bytes}
	if got := sum(coarse); got != want {
		t.Fatalf("rows of 10 s add up to %+v, want %+v", got, want)
	}
	if got := sum(fine); omitted == 0 && got != want {
		t.Fatalf("rows of 1 s add up to %+v, want %+v", got, want)
	}
	for _, list := range [][]Interval{fine, coarse} {
		for i, x := range list {
			if x.Start%x.Length != 0 || x.Packets > x.Expected || i > 0 && x.Start <= list[i-1].Start {
				t.Fatalf("row %d: %+v", i, x)
			}
		}
	}
}

// TestIntervalsProperty: whatever is lost, repeated, reordered, restarted or dated back, the rows add up to the stream.
func TestIntervalsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := new(Stream)
		now, number := int64(1.7e18)+rapid.Int64Range(0, second).Draw(t, "start"), int64(60_000)
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			now += rapid.SampledFrom([]int64{0, ms, 20 * ms, 20 * ms, 700 * ms, -3 * ms, 15 * second,
				-30 * second}).Draw(t, "time")
			number += rapid.SampledFrom([]int64{1, 1, 1, 2, 9, 700, 1022, 5000}).Draw(t, "ahead")
			back := rapid.SampledFrom([]int64{0, 0, 0, 1, 2, 5, 60, 800}).Draw(t, "back")
			s.Add(&Packet{Time: now, Sequence: uint16(number - back), Timestamp: uint32(number * 960), Bytes: 100})
		}
		checkSums(t, s)
		list, left := s.Gaps()
		for _, g := range list {
			left += g.Lost
		}
		if left != s.Lost() {
			t.Fatalf("gaps of %d, lost %d", left, s.Lost())
		}
	})
}

// TestIntervals: a loss is booked where it was revealed, given back where it was booked, all else by arrival.
func TestIntervals(t *testing.T) {
	s := playAt(slices.Concat(
		[]at{{100, 900}, {101, 920}, {104, 980}},    // 102 and 103 missing in second 0
		[]at{{105, 1000}, {103, 1010}, {106, 1020}}, // 103 comes in second 1
		[]at{{106, 2000}, {99, 2010}},               // a copy, and one from before the first
		[]at{{110, 12_500}, {111, 12_510}},
	))
	fine, coarse, omitted := s.Intervals()
	type line struct{ start, packets, expected, duplicated, reordered, bytes, gap int64 }
	lines := func(list []Interval) (out []line) {
		for _, x := range list {
			out = append(out, line{x.Start / ms, x.Packets, x.Expected, x.Duplicated, x.Reordered, x.Bytes,
				(x.MaxGap + ms/2) / ms})
		}
		return out
	}
	if got, want := lines(fine), []line{{0, 5, 6, 0, 0, 300, 60}, {1000, 2, 2, 0, 1, 300, 20},
		{2000, 0, 0, 1, 1, 100, 990}, {12_000, 2, 5, 0, 0, 200, 10_490}}; !slices.Equal(got, want) {
		t.Errorf("1 s\ngot  %v\nwant %v", got, want)
	}
	if got, want := lines(coarse), []line{{0, 7, 8, 1, 2, 700, 990}, {10_000, 2, 5, 0, 0, 200, 10_490}}; !slices.Equal(
		got, want) {
		t.Errorf("10 s\ngot  %v\nwant %v", got, want)
	}
	if omitted != 0 {
		t.Errorf("%d omitted", omitted)
	}
	if fine, coarse, _ := new(Stream).Intervals(); len(fine)+len(coarse) > 0 {
		t.Error("an empty stream has rows")
	}
}

// TestIntervalJitter: the jitter of a row is that of its packets, by the stream's clock.
func TestIntervalJitter(t *testing.T) {
	s := new(Stream)
	for i := range int64(200) {
		now := i * 20 * ms
		if i >= 50 && i < 100 {
			now += i % 2 * 8 * ms
		}
		s.Add(&Packet{Time: 1e18 + now, Sequence: uint16(i), Timestamp: uint32(i * 960)})
	}
	fine, coarse, _ := s.Intervals()
	if len(fine) != 4 || len(coarse) != 1 || fine[0].JitterMax != 0 || fine[0].JitterClock != 48000 {
		t.Fatalf("%+v", fine)
	}
	if x := fine[1]; x.JitterMean < 5*ms || x.JitterMean > 7*ms || x.JitterMax < 7*ms || x.JitterMax > 8*ms {
		t.Errorf("%+v", x)
	}
	mean, maximum, _ := s.Jitter(48000)
	if x := coarse[0]; math.Abs(float64(x.JitterMean)/1e6-mean) > 0.01 ||
		math.Abs(float64(x.JitterMax)/1e6-maximum) > 0.01 {
		t.Errorf("%+v, want %v and %v ms", x, mean, maximum)
	}
}

// TestIntervalBounds: two hours of seconds, a day of ten, then nothing; what is left out is counted.
func TestIntervalBounds(t *testing.T) {
	s := new(Stream)
	const seconds = 7200 + 86_400 + 50
	for i := range int64(seconds) {
		s.Add(&Packet{Time: 1e18 + i*second, Sequence: uint16(i), Timestamp: uint32(i * 48000), Bytes: 100})
		if i == 7200+1000 {
			checkSums(t, s)
		}
	}
	fine, coarse, omitted := s.Intervals()
	if len(fine) != 7200 || len(coarse) != 720+8640 || omitted != 86_400+50 || cap(s.series.rows) > 2*maxRows {
		t.Errorf("%d of 1 s, %d of 10 s, %d omitted", len(fine), len(coarse), omitted)
	}
}

// TestGaps: what is missing lies between two packets; late ones are those that come 60 ms after a later one.
func TestGaps(t *testing.T) {
	s := playAt([]at{{1, 0}, {2, 20}, {5, 40}, {3, 99}, {7, 100}, {6, 161}, {9, 200}, {8, 260}, {12, 300}})
	list, left := s.Gaps()
	want := []Gap{{Time: 40 * ms, Number: 3, After: 2, Lost: 1}, {Time: 300 * ms, Number: 9, After: 7, Lost: 2}}
	if !slices.Equal(list, want) || left != 0 || s.Late != 1 || s.Reordered != 3 {
		t.Errorf("%+v, %d left, %d late of %d", list, left, s.Late, s.Reordered)
	}
	s = playAt(pace(0, 0, 2))
	for i := range int64(maxGaps + 100) {
		s.Add(&Packet{Time: i * ms, Sequence: uint16(2 * i)})
	}
	if list, left := s.Gaps(); len(list) != maxGaps || left != s.Lost()-maxGaps || left < 90 {
		t.Errorf("%d gaps, %d left of %d", len(list), left, s.Lost())
	}
}

func TestSmall(t *testing.T) {
	for _, ns := range []int64{0, 1000, 4095_000, 5e6, 20_123_000, 3e9, 120e9} {
		if got := shrink(ns).value(); math.Abs(float64(got-ns)) > 0.0003*float64(ns) {
			t.Errorf("%d became %d", ns, got)
		}
	}
	if got := shrink(1e15).value(); got < 134e9 || shrink(-5) != 0 {
		t.Errorf("%d", got)
	}
}

// TestSeriesNoAllocs: rows cost memory only where the list grows, less than one growth in a thousand packets.
func TestSeriesNoAllocs(t *testing.T) {
	s := new(Stream)
	p := Packet{Time: 1, Bytes: 100}
	if n := testing.AllocsPerRun(20_000, func() {
		p.Time, p.Sequence, p.Timestamp = p.Time+20*ms, p.Sequence+1, p.Timestamp+960
		s.Add(&p)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestIntervalDSCP: a row names the codepoint of all its packets, and none where they bore several.
func TestIntervalDSCP(t *testing.T) {
	var s Stream
	for i, dscp := range []uint8{46, 46, 46, 0, 0, 0, 34, 34} { // 2 a second
		s.Add(&Packet{Time: int64(i) * second / 2, Sequence: uint16(i), Timestamp: uint32(i) * 24000, DSCP: dscp,
			Bytes: 100})
	}
	fine, coarse, _ := s.Intervals()
	var got []uint8
	for _, x := range append(fine, coarse...) {
		got = append(got, x.DSCP)
	}
	if want := []uint8{46, SeveralDSCP, 0, 34, SeveralDSCP}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestIntervalManyDSCP: codepoints after the fourth are not told apart, and never taken for one.
func TestIntervalManyDSCP(t *testing.T) {
	var s Stream
	for i := range 12 {
		s.Add(&Packet{Time: int64(i) * second / 2, Sequence: uint16(i), Timestamp: uint32(i) * 24000,
			DSCP: uint8(i / 2), Bytes: 100})
	}
	fine, _, _ := s.Intervals()
	var got []uint8
	for _, x := range fine {
		got = append(got, x.DSCP)
	}
	if want := []uint8{0, 1, 2, 3, SeveralDSCP, SeveralDSCP}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
