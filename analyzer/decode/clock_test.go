package decode

import (
	"slices"
	"testing"
	"time"

	"webexaudit/analyzer/capture"
)

// at is when a packet was captured, in milliseconds from any origin, of which source and on which of its interfaces.
type at struct {
	source, port int
	ms           int64
}

// clockOf decodes a packet at each of the times. It returns the clock after each, in milliseconds since the first, and
// how many steps back were counted.
func clockOf(times []at) (clock []int64, steps int64) {
	const origin = 1_788_000_000_000
	d := New(Config{})
	f := eth(media)
	source := 0
	for _, a := range times {
		if a.source != source {
			source, steps = a.source, steps+d.Stats.ClockSteps
			d.Switch(source, Stats{})
		}
		in := capture.Frame{Time: (origin + a.ms) * 1e6, Length: uint32(len(f.Data)),
			WireLen: uint32(f.WireLen), Interface: uint32(a.port), Link: capture.LinkEthernet}
		var p Packet
		d.Decode(&in, f.Data, &p)
		clock = append(clock, p.Clock/1e6-origin-times[0].ms)
	}
	return clock, steps + d.Stats.ClockSteps
}

// TestClock compares the clock after each packet, and how often it did not follow a capture's time back.
func TestClock(t *testing.T) {
	const (
		hour = 3600 * 1000
		year = 365 * 24 * hour
	)
	one := func(ms ...int64) (list []at) {
		for _, v := range ms {
			list = append(list, at{0, 0, v})
		}
		return list
	}
	for _, tt := range []struct {
		name  string
		times []at
		want  []int64
		steps int64
	}{
		{"forward", one(0, 20, 40), []int64{0, 20, 40}, 0},
		{"reordered by less than a millisecond is no step", one(0, 20, 20, 40), []int64{0, 20, 20, 40}, 0},
		{"small steps back stand still", one(0, 100, 50, 90, 110), []int64{0, 100, 100, 100, 110}, 1},
		{"ten seconds back stand still", one(20_000, 10_000, 20_001), []int64{0, 0, 1}, 1},
		{"more runs on", one(20_000, 9_999, 10_010), []int64{0, 0, 11}, 1},
		{"a glued file of an earlier year runs on", one(0, 1000, -5*year, -5*year+20, -5*year+40), []int64{0, 1000, 1000 + hour, 1020 + hour, 1040 + hour}, 1},
		{"a later year is a leap", one(0, year), []int64{0, year}, 0},
		{"files of other years, one after the other", []at{{0, 0, 0}, {0, 0, 500}, {1, 0, -9 * year}, {1, 0, -9*year + 30}, {2, 0, -4 * year}, {2, 0, -4*year + 7}},
			[]int64{0, 500, 500, 530, 530, 537}, 0},
		{"two interfaces a minute apart, by turns", []at{{0, 0, 0}, {0, 1, 60_000}, {0, 0, 10}, {0, 1, 60_010}, {0, 0, 20}, {0, 1, 60_020}},
			[]int64{0, 60_000, 60_000, 60_010, 60_010, 60_020}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, steps := clockOf(tt.times)
			if !slices.Equal(got, tt.want) || steps != tt.steps {
				t.Errorf("clock %v with %d steps, want %v with %d", got, steps, tt.want, tt.steps)
			}
		})
	}
}

// TestNoTime: frames without a time stamp leave the clock and the statistics alone.
func TestNoTime(t *testing.T) {
	d := New(Config{})
	f := eth(media)
	var p Packet
	for _, ns := range []int64{5e18, 0, 5e18 + 1} {
		d.Decode(&capture.Frame{Time: ns, Length: uint32(len(f.Data)), WireLen: uint32(f.WireLen),
			Link: capture.LinkEthernet}, f.Data, &p)
		if p.Clock < 5e18 || p.Time != ns {
			t.Errorf("time %d: clock %d, packet's time %d", ns, p.Clock, p.Time)
		}
	}
	if s := d.Stats; s.ClockSteps != 0 || s.FirstTime != 5e18 || s.LastTime != 5e18+1 {
		t.Errorf("%d steps, times %d to %d", s.ClockSteps, s.FirstTime, s.LastTime)
	}
}

// TestManyInterfaces: the number of time bases is bounded.
func TestManyInterfaces(t *testing.T) {
	d := New(Config{})
	f := eth(media)
	var p Packet
	for i := range 3 * maxPorts {
		now := time.Unix(1_788_000_000, int64(i)).UnixNano()
		d.Decode(&capture.Frame{Time: now, Length: uint32(len(f.Data)), WireLen: uint32(f.WireLen),
			Interface: uint32(i), Link: capture.LinkEthernet}, f.Data, &p)
		if p.Clock != now {
			t.Fatalf("interface %d: clock %d, want %d", i, p.Clock, now)
		}
	}
	if n := len(d.clock.ports); n != maxPorts {
		t.Errorf("%d time bases, want %d", n, maxPorts)
	}
}
