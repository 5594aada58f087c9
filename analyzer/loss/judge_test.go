package loss

import (
	"fmt"
	"slices"
	"testing"

	"webexaudit/analyzer/record"
)

func of(n int64) *int64 { return &n }

// TestCounters: drops of the kernel and of the interface are added; one input beyond a limit is enough, and at the
// limit is not beyond it.
func TestCounters(t *testing.T) {
	both := &record.CaptureHealth{Packets: 900, KernelDrops: of(60), InterfaceDrops: of(40)}
	mirror := &record.CaptureHealth{Packets: 1900, MirrorLost: of(100)}
	sound := &record.CaptureHealth{Packets: 1000, KernelDrops: of(0), MirrorLost: of(0)}
	for _, tt := range []struct {
		name   string
		health []*record.CaptureHealth
		limits Limits
		want   counters
	}{
		{"none", []*record.CaptureHealth{{Packets: 7}}, Limits{}, counters{packets: 7}},
		{"drops at the limit", []*record.CaptureHealth{both}, Limits{Drops: 0.1}, counters{packets: 900, drops: 100, haveDrops: true}},
		{"drops beyond it", []*record.CaptureHealth{both, sound}, Limits{Drops: 0.099, Mirror: 1},
			counters{packets: 1900, drops: 100, haveDrops: true, haveMirror: true, dropped: true}},
		{"mirror at the limit", []*record.CaptureHealth{mirror}, Limits{Mirror: 0.05}, counters{packets: 1900, mirrorLost: 100, haveMirror: true}},
		{"mirror beyond it", []*record.CaptureHealth{mirror, mirror, sound}, Limits{Mirror: 0.049, Drops: 1},
			counters{packets: 4800, mirrorLost: 200, haveDrops: true, haveMirror: true, holed: true}},
	} {
		if got := (&Input{Health: tt.health, Limits: tt.limits}).counters(); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// tcpOf is TCP of which so many of 10,000 segments are missing.
func tcpOf(k int64) tcpLoss {
	return tcpLoss{proportion: proportion{k, 10_000}, bytes: 10_000_000, unseen: k * 1000, holes: 3}
}

// TestUnplaced: the rate common to all streams comes first, then what the sensor dropped, or TCP where it misses more
// than that and than the mirror.
func TestUnplaced(t *testing.T) {
	limits := Limits{Unseen: 0.005, TCPBytes: 100_000}
	mirror := counters{packets: 9900, mirrorLost: 100, haveMirror: true}
	dropping := func(k, n int64) counters { return counters{packets: n - k, drops: k, haveDrops: true, dropped: true} }
	both := dropping(250, 10_000)
	both.haveMirror, both.mirrorLost = true, 98 // of 9,848
	for _, tt := range []struct {
		name   string
		e      estimate
		placed bool
		want   proportion
	}{
		{"nothing", estimate{counters: counters{packets: 900, drops: 100, haveDrops: true}}, false, proportion{}},
		{"drops", estimate{counters: dropping(100, 1000)}, false, proportion{100, 1000}},
		{"the common rate", estimate{counters: dropping(100, 1000), rates: proportion{5, 100}}, false, proportion{5, 100}},
		{"TCP", estimate{tcp: tcpOf(200)}, false, proportion{200, 10_000}},
		{"TCP beyond the mirror", estimate{tcp: tcpOf(300), counters: mirror}, true, proportion{200, 10_000}},
		{"TCP, a mirror without places", estimate{tcp: tcpOf(300), counters: mirror}, false, proportion{300, 10_000}},
		{"TCP, no mirror", estimate{tcp: tcpOf(300), counters: counters{packets: 9900, mirrorLost: 100}}, true, proportion{300, 10_000}},
		{"the mirror explains it", estimate{tcp: tcpOf(110), counters: mirror}, true, proportion{}},
		{"drops beyond TCP", estimate{tcp: tcpOf(300), counters: dropping(100, 1000)}, false, proportion{100, 1000}},
		{"drops as many as TCP", estimate{tcp: tcpOf(200), counters: dropping(20, 1000)}, false, proportion{20, 1000}},
		{"TCP beyond drops", estimate{tcp: tcpOf(300), counters: dropping(20, 1000)}, false, proportion{300, 10_000}},
		{"drops beyond what the mirror leaves of TCP", estimate{tcp: tcpOf(300), counters: both}, true, proportion{250, 10_000}},
	} {
		if got := tt.e.unplaced(&Input{Placed: tt.placed, Limits: limits}); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestTotal: of what sees all of the capture's loss and what sees a part, the greatest counts; little TCP only where
// there is nothing else.
func TestTotal(t *testing.T) {
	counted := counters{packets: 900, drops: 60, mirrorLost: 40, haveDrops: true, haveMirror: true}
	drops, mirror := counters{packets: 940, drops: 60, haveDrops: true}, counters{packets: 960, mirrorLost: 40,
		haveMirror: true}
	segments := func(k, n int64) tcpLoss { return tcpLoss{proportion: proportion{k, n}} }
	for _, tt := range []struct {
		name string
		e    estimate
		rest proportion
		want proportion
		none bool
	}{
		{"nothing", estimate{}, proportion{}, proportion{}, true},
		{"the common rate", estimate{rates: proportion{5, 100}, counters: drops}, proportion{5, 100}, proportion{5, 100}, false},
		{"the common rate beside a mirror", estimate{rates: proportion{1, 100}, counters: mirror}, proportion{1, 100},
			proportion{40, 1000}, false},
		{"counters", estimate{counters: counted}, proportion{}, proportion{100, 1000}, false},
		{"drops", estimate{counters: drops}, proportion{}, proportion{60, 1000}, false},
		{"mirror", estimate{counters: mirror}, proportion{}, proportion{40, 1000}, false},
		{"no loss is known", estimate{counters: counters{packets: 10, haveDrops: true}}, proportion{}, proportion{0, 10}, false},
		{"instants", estimate{counters: drops, instants: sameInstants{proportion: proportion{7, 100}}}, proportion{}, proportion{7, 100}, false},
		{"the rest", estimate{counters: drops}, proportion{7, 100}, proportion{7, 100}, false},
		{"equal rates: the first", estimate{counters: drops}, proportion{6, 100}, proportion{6, 100}, false},
		{"little TCP alone", estimate{tcp: segments(1, 2)}, proportion{}, proportion{1, 2}, false},
		{"little TCP beside drops", estimate{tcp: segments(50, 99), counters: drops}, proportion{}, proportion{60, 1000}, false},
		{"little TCP beside a mirror", estimate{tcp: segments(50, 99), counters: mirror}, proportion{}, proportion{40, 1000}, false},
		{"little TCP beside the rest", estimate{tcp: segments(50, 99)}, proportion{1, 100}, proportion{1, 100}, false},
		{"enough TCP", estimate{tcp: segments(50, 100), counters: drops}, proportion{1, 100}, proportion{50, 100}, false},
	} {
		if got, known := tt.e.total(tt.rest); got != tt.want || known == tt.none {
			t.Errorf("%s: %v %v, want %v", tt.name, got, known, tt.want)
		}
	}
}

// TestReport: the rate and its bounds stand on each input that has packets; loss of unknown place makes quality not
// assessable.
func TestReport(t *testing.T) {
	for _, tt := range []struct {
		name           string
		e              estimate
		rest           proportion
		placed, assess bool
		rate           string
	}{
		{"nothing known", estimate{}, proportion{}, false, true, "-"},
		{"loss without a place", estimate{}, proportion{2, 100}, true, false, "0.02 (0.005502 to 0.070012)"},
		{"mirror without places", estimate{counters: counters{packets: 98, mirrorLost: 2, haveMirror: true, holed: true}}, proportion{}, false, false,
			"0.02 (0.005502 to 0.070012)"},
		{"mirror with places", estimate{counters: counters{packets: 98, mirrorLost: 2, haveMirror: true, holed: true}}, proportion{}, true, true,
			"0.02 (0.005502 to 0.070012)"},
		{"mirror within its limit", estimate{counters: counters{packets: 98, mirrorLost: 2, haveMirror: true}}, proportion{}, false, true,
			"0.02 (0.005502 to 0.070012)"},
	} {
		full, empty := &record.CaptureHealth{Packets: 1}, &record.CaptureHealth{}
		tt.e.report(&Input{Health: []*record.CaptureHealth{empty, full}, Placed: tt.placed}, tt.rest)
		got := "-"
		if full.LossRate != nil {
			got = fmt.Sprintf("%g (%g to %g)", *full.LossRate, *full.LossLow, *full.LossHigh)
		}
		if got != tt.rate || full.LossAssessable != tt.assess || empty.LossAssessable != tt.assess ||
			empty.LossRate != nil {
			t.Errorf("%s: %s, assessable %v; without packets %v", tt.name, got, full.LossAssessable, empty.LossRate)
		}
	}
}

// TestEvidence: each kind of evidence has its sentence, and none where it tells nothing.
func TestEvidence(t *testing.T) {
	if got := (&estimate{}).evidence(); got != nil {
		t.Errorf("%q", got)
	}
	e := estimate{
		counters: counters{packets: 1000, drops: 1, mirrorLost: 2, haveDrops: true, haveMirror: true},
		tcp:      tcpLoss{proportion: proportion{1, 1}, holes: 1}, rates: proportion{1, 1},
		instants: sameInstants{proportion: proportion{1, 1}, windows: 9, chance: 1.25},
	}
	want := []string{
		"sensor counters: 1 packet dropped, 1,000 kept", "mirror sequence numbers: 2 packets missing",
		"TCP: about 1 of 1 segment acknowledged but not captured, in 1 direction of a flow",
		"the same rate of loss on all paths in both directions: 1 gap in 1 packet", "gaps of both directions in the same instants: 9, by chance 1.2",
	}
	if got := e.evidence(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestDigits(t *testing.T) {
	for v, want := range map[float64]float64{0.1234564: 0.123456, 0.1234566: 0.123457, 0: 0} {
		if got := *digits(v); got != want {
			t.Errorf("%v: %v", v, got)
		}
	}
}
