package loss

import (
	"math"
	"net/netip"
	"testing"

	"webexaudit/analyzer/record"
)

const ms = int64(1e6)

// of one client: n packets, and gaps of so many packets each, a second apart.
func lossy(client string, up bool, n int64, gaps int, each int64) *Stream {
	var list []Gap
	for i := range gaps {
		list = append(list, Gap{Time: int64(i) * 1000 * ms, Lost: each})
	}
	s := stream(n, up, list...)
	s.Client = netip.MustParseAddr(client)
	s.found, s.could = make([]int64, gaps), make([]int64, gaps)
	return s
}

const one, two, three = "10.0.0.1", "10.0.0.2", "10.0.0.3"

// TestRates: one rate on all paths needs two clients with loss in both directions, enough packets and gaps, and no TCP
// that says otherwise.
func TestRates(t *testing.T) {
	// calls are two clients with 1,000 packets in each direction and so many gaps down and up.
	calls := func(down, up int, more ...*Stream) []*Stream {
		return append([]*Stream{
			lossy(one, false, 1000, down, 1), lossy(one, true, 1000, up, 1),
			lossy(two, false, 1000, down, 1), lossy(two, true, 1000, up, 1),
		}, more...)
	}
	size := func(n int64, gaps int, each int64) []*Stream {
		return []*Stream{
			lossy(one, false, n, gaps, each), lossy(one, true, n, gaps, each),
			lossy(two, false, n, gaps, each), lossy(two, true, n, gaps, each),
		}
	}
	other := lossy(three, true, 1000, 90, 1)
	other.Rec.Webex = false
	explained := calls(10, 10)
	for i := range 4 {
		explained[0].found[i] = 1
	}
	for _, tt := range []struct {
		name    string
		streams []*Stream
		tcp     proportion
		want    proportion
	}{
		{"the same", calls(10, 10), proportion{}, proportion{40, 4000}},
		{"bursts count once for the test and whole for the rate", size(1000, 10, 2), proportion{}, proportion{80, 4000}},
		{"what has a place is no more to be explained", explained, proportion{}, proportion{36, 4000}},
		{"one client", calls(10, 10)[:2], proportion{}, proportion{}},
		{"one direction", calls(10, 0), proportion{}, proportion{}},
		{"half as much again down", calls(15, 10), proportion{}, proportion{50, 4000}},
		{"half as much again up", calls(10, 15), proportion{}, proportion{50, 4000}},
		{"more than that down", calls(16, 10), proportion{}, proportion{}},
		{"more than that up", calls(10, 16), proportion{}, proportion{}},
		{"five gaps", calls(5, 5), proportion{}, proportion{20, 4000}},
		{"four gaps", calls(4, 4), proportion{}, proportion{}},
		{"500 packets", size(500, 5, 1), proportion{}, proportion{20, 2000}},
		{"499 packets", size(499, 5, 1), proportion{}, proportion{}},
		{"one in a thousand", size(5000, 5, 1), proportion{}, proportion{20, 20_000}},
		{"less", size(5001, 5, 1), proportion{}, proportion{}},
		{"an odd stream of 500", calls(10, 10, lossy(three, true, 500, 40, 1)), proportion{}, proportion{}},
		{"an odd stream of 499", calls(10, 10, lossy(three, true, 499, 40, 1)), proportion{}, proportion{80, 4499}},
		{"a stream of 125", calls(10, 10, lossy(three, true, 125, 0, 1)), proportion{}, proportion{40, 4125}},
		{"a stream of 124", calls(10, 10, lossy(three, true, 124, 0, 1)), proportion{}, proportion{40, 4000}},
		{"a third client without loss", calls(6, 6, lossy(three, true, 500, 0, 1), lossy(three, false, 500, 0, 1)), proportion{}, proportion{}},
		{"a third client with little", calls(6, 6, lossy(three, true, 499, 0, 1), lossy(three, false, 499, 0, 1)), proportion{}, proportion{24, 4998}},
		{"other traffic", calls(10, 10, other), proportion{}, proportion{40, 4000}},
		{"TCP without loss", calls(10, 10), proportion{0, 100_000}, proportion{}},
		{"little TCP without loss", calls(10, 10), proportion{0, 100}, proportion{40, 4000}},
	} {
		if got := (&Input{Streams: tt.streams}).rates(tt.tcp); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestDenies(t *testing.T) { // of none in 100 the upper bound is 3.70 %
	for _, tt := range []struct {
		p    proportion
		rate float64
		want bool
	}{
		{proportion{0, 100}, 0.0371, true}, {proportion{0, 100}, 0.0369, false},
		{proportion{0, 99}, 0.5, false}, {proportion{}, 1, false},
	} {
		if got := tt.p.denies(tt.rate); got != tt.want {
			t.Errorf("%v denies %v: %v", tt.p, tt.rate, got)
		}
	}
}

// at are gaps of three packets at these windows of 50 ms, of a stream that lasts as many windows as said.
func at(up bool, lasting int64, windows ...int64) *Stream {
	var list []Gap
	for _, w := range windows {
		list = append(list, Gap{Time: w*50*ms + ms, Lost: 3})
	}
	s := stream(1000, up, list...)
	s.Rec.EndTime = record.Time((lasting-1)*50*ms + ms)
	s.found, s.could = make([]int64, len(list)), make([]int64, len(list))
	return s
}

// TestInstants: by chance of 6 windows of 20,000 in each direction 3*6*6/20,000 meet; this, five deviations and four
// are exceeded by the capture's.
func TestInstants(t *testing.T) {
	six := []int64{100, 200, 300, 400, 500, 600}
	foreign, inTCP, known := at(true, 20_000, six...), at(true, 20_000, six...), at(true, 20_000, six...)
	foreign.Rec.Webex, inTCP.UDP = false, false
	for i := range known.found {
		known.found[i] = 3
	}
	for _, tt := range []struct {
		name    string
		streams []*Stream
		windows int
		chance  float64
		found   int64 // packets of the first stream
	}{
		{"six at once", []*Stream{at(true, 20_000, six...), at(false, 20_000, six...)}, 6, 0.0054, 18},
		{"five at once", []*Stream{at(true, 20_000, six[:5]...), at(false, 20_000, six[:5]...)}, 5, 0.00375, 15},
		{"four at once", []*Stream{at(true, 20_000, six[:4]...), at(false, 20_000, six[:4]...)}, 4, 0, 0},
		{"a window later or sooner", []*Stream{at(true, 20_000, six...), at(false, 20_000, 101, 199, 301, 399, 501, 599)}, 6, 0.0054, 18},
		{"two windows later or sooner", []*Stream{at(true, 20_000, six...), at(false, 20_000, 102, 198, 302, 398, 502, 598)}, 0, 0, 0},
		{"within two seconds chance does as much", []*Stream{at(true, 40, 1, 5, 9, 13, 17, 21), at(false, 40, 1, 5, 9, 13, 17, 21)}, 6, 0, 0},
		{"windows from the cloud count", []*Stream{at(true, 20_000, 99, 100, 101, 200, 300, 400, 500), at(false, 20_000, six[:4]...)}, 4, 0, 0},
		{"some beside", []*Stream{at(true, 20_000, append([]int64{7000, 8000}, six...)...), at(false, 20_000, six...)}, 6, 0.0072, 18},
		{"other traffic", []*Stream{foreign, at(false, 20_000, six...)}, 0, 0, 0},
		{"media in TCP", []*Stream{inTCP, at(false, 20_000, six...)}, 0, 0, 0},
		{"explained already", []*Stream{known, at(false, 20_000, six...)}, 0, 0, 18},
	} {
		r := (&Input{Streams: tt.streams}).instants()
		if r.n == 0 {
			if tt.chance != 0 || r != (sameInstants{}) {
				t.Errorf("%s: %+v", tt.name, r)
			}
		} else if r.windows != tt.windows || math.Abs(r.chance-tt.chance) > 1e-9 || r.n != 2000 ||
			r.k != int64(6*tt.windows) {
			t.Errorf("%s: %+v, want %d windows and %v", tt.name, r, tt.windows, tt.chance)
		}
		if got := tt.streams[0].placed(); got != tt.found {
			t.Errorf("%s: %d packets, want %d", tt.name, got, tt.found)
		}
	}
}

// TestInstantsOfOthers: what is not judged is neither counted nor explained where others are.
func TestInstantsOfOthers(t *testing.T) {
	six := []int64{100, 200, 300, 400, 500, 600}
	foreign, a, b := at(true, 20_000, six...), at(true, 20_000, six...), at(false, 20_000, six...)
	foreign.Rec.Webex, a.found[0] = false, 1
	r := (&Input{Streams: []*Stream{foreign, a, b}}).instants()
	if r.n != 2000 || r.k != 35 || foreign.placed() != 0 || sum(a.could) != 18 || a.placed() != 18 {
		t.Errorf("%+v, %d of other traffic, %d and %d", r, foreign.placed(), sum(a.could), a.placed())
	}
}

// TestSplitBounds: of 1,000 packets a rate of 2,000 in 100,000 takes 39 at most and 1 at least, and 20 if it must; a
// mirror that lost 1,000 of 10,000 took at least 57.
func TestSplitBounds(t *testing.T) {
	rest, mirror := proportion{2000, 100_000}, proportion{1000, 10_000}
	for _, tt := range []struct {
		name                     string
		gone, found, could       int64
		rest, mirror             proportion
		capture, lost, low, high int64
	}{
		{"nothing", 0, 0, 0, proportion{}, proportion{}, 0, 0, 0, 0},
		{"the network's", 10, 0, 0, proportion{}, proportion{}, 0, 10, 10, 10},
		{"a rate of nothing", 1, 0, 0, proportion{0, 1000}, proportion{}, 0, 1, 1, 1},
		{"as much as the rate takes", 39, 0, 0, rest, proportion{}, 39, 0, 0, 38},
		{"one more", 40, 0, 0, rest, proportion{}, 20, 20, 0, 39},
		{"far more", 300, 0, 0, rest, proportion{}, 20, 280, 183, 299},
		{"placed", 100, 30, 60, proportion{}, mirror, 30, 70, 40, 70},
		{"placed, nearly all", 100, 70, 80, proportion{}, mirror, 70, 30, 20, 43},
		{"could be placed, a mirror", 100, 0, 80, proportion{}, mirror, 0, 100, 20, 100},
		{"placed by instants, no mirror", 100, 70, 80, proportion{}, proportion{0, 10_000}, 70, 30, 20, 30},
		{"placed, and a rate", 60, 10, 15, rest, mirror, 30, 30, 0, 49},
		{"placed, and a rate that takes all", 49, 10, 15, rest, mirror, 49, 0, 0, 38},
	} {
		s := stream(1000, true, Gap{Lost: tt.gone})
		s.found, s.could = []int64{tt.found}, []int64{tt.could}
		s.split(tt.rest, tt.mirror)
		m := s.Rec
		if m.CaptureLost != tt.capture || m.Lost != tt.lost || *m.LostLow != tt.low || *m.LostHigh != tt.high {
			t.Errorf("%s: capture %d, network %d (%d to %d); want %d, %d (%d to %d)", tt.name, m.CaptureLost, m.Lost, *m.LostLow, *m.LostHigh,
				tt.capture, tt.lost, tt.low, tt.high)
		}
	}
}

// TestSpread: what has a place goes to the row in which its gap was revealed, as far as the row lacks packets; the rest
// evenly.
func TestSpread(t *testing.T) {
	s := stream(150, true, Gap{Time: 500 * ms, Lost: 3}, Gap{Time: 1000 * ms, Lost: 4}, Gap{Time: 2500 * ms, Lost: 5})
	s.found, s.Rec.CaptureLost = []int64{1, 2, 0}, 6
	rows := func(missing ...int64) (list []*record.MediaInterval) {
		for i, n := range missing {
			list = append(list, &record.MediaInterval{
				IntervalS: 1, StartTime: record.Time(int64(i) * 1000 * ms), Expected: 50, Packets: 50 - n,
			})
		}
		return list
	}
	check := func(name string, list []*record.MediaInterval, want ...[2]int64) {
		t.Helper()
		s.spread(list)
		for i, r := range list {
			if got := [2]int64{r.CaptureLost, r.Lost}; got != want[i] {
				t.Errorf("%s, row %d: capture and network lost %v, want %v", name, i, got, want[i])
			}
		}
	}
	check("three rows", rows(3, 4, 5), [2]int64{1, 2}, [2]int64{3, 1}, [2]int64{2, 3})
	check("more packets than expected", rows(-2, 4, 5), [2]int64{0, 0}, [2]int64{2 + 1, 1}, [2]int64{3, 2})
	s.Rec.CaptureLost = 3
	check("all has a place", rows(3, 4, 5), [2]int64{1, 2}, [2]int64{2, 2}, [2]int64{0, 5})
	check("nothing is missing", rows(0, 0, 0), [2]int64{}, [2]int64{}, [2]int64{})
}

// TestSegments: bytes that were acknowledged but not captured count in segments of the direction's mean payload, 536 to
// 1,460 bytes.
func TestSegments(t *testing.T) {
	flow := func(fwd, rev [3]int64) *record.Flow { // unseen bytes, bytes, packets
		return &record.Flow{
			PayloadBytesFwd: fwd[1], PacketsFwd: fwd[2], PayloadBytesRev: rev[1], PacketsRev: rev[2], TCP: &record.TCPFacts{UnseenFwd: fwd[0], UnseenRev: rev[0]},
		}
	}
	none := [3]int64{0, 0, 5}
	for _, tt := range []struct {
		name  string
		flow  *record.Flow
		k, n  int64
		holes int64
	}{
		{"full segments", flow([3]int64{2920, 14_600, 10}, none), 2, 12, 1},
		{"bare acknowledgements", flow(none, [3]int64{536, 100, 10}), 1, 2, 1},
		{"large frames", flow([3]int64{1460, 90_000, 10}, none), 1, 63, 1},
		{"a part of a segment", flow([3]int64{1, 1459, 1}, [3]int64{1, 1000, 1}), 1, 3, 2},
		{"complete", flow([3]int64{0, 10_000, 10}, none), 0, 10, 0},
		{"one side only, forward", flow([3]int64{1460, 10_000, 10}, [3]int64{}), 0, 0, 0},
		{"one side only, reverse", flow([3]int64{}, [3]int64{1460, 10_000, 10}), 0, 0, 0},
		{"no TCP", &record.Flow{PacketsFwd: 1, PacketsRev: 1, PayloadBytesFwd: 1000}, 0, 0, 0},
	} {
		var all TCP
		all.Add(tt.flow)
		got := all.loss()
		if got.k != tt.k || got.n != tt.n || got.holes != tt.holes {
			t.Errorf("%s: %+v, want %d of %d in %d", tt.name, got, tt.k, tt.n, tt.holes)
		}
	}
}

// TestMerge: flows that two have gathered are those that one has, to the last bit of what is no whole number of
// segments, in whatever order they came.
func TestMerge(t *testing.T) {
	var all, there TCP
	var parts [3]TCP
	flows := make([]*record.Flow, 3000)
	for i := range flows {
		n := int64(i)
		flows[i] = &record.Flow{PacketsFwd: 7, PacketsRev: 3, PayloadBytesFwd: 4000 + 3*n, PayloadBytesRev: 2000 + n,
			TCP: &record.TCPFacts{UnseenFwd: n * n % 7, UnseenRev: n % 2 * 1000}}
		all.Add(flows[i])
	}
	for i := range flows {
		parts[i*7%3].Add(flows[len(flows)-1-i])
	}
	for i := range parts {
		there.Merge(&parts[i])
	}
	if all != there || all.loss() != there.loss() || all.loss().holes != 4071 {
		t.Errorf("%+v, want %+v", there.loss(), all.loss())
	}
	if nothing := (*TCP)(nil).loss(); nothing != (tcpLoss{}) {
		t.Errorf("of no flow %+v", nothing)
	}
}

// TestProves: at the limits.
func TestProves(t *testing.T) {
	l := Limits{Unseen: 0.005, TCPBytes: 199_000}
	for _, tt := range []struct {
		name  string
		t     tcpLoss
		known proportion
		want  bool
	}{
		{"much TCP, at the limit", tcpLoss{proportion{50, 10_000}, 199_000, 1000, 1}, proportion{}, false},
		{"much TCP, beyond it", tcpLoss{proportion{51, 10_000}, 199_000, 1001, 1}, proportion{}, true},
		{"beyond it, but little TCP", tcpLoss{proportion{51, 10_000}, 198_999, 1001, 1}, proportion{}, false},
		{"beyond it, and a mirror with as much", tcpLoss{proportion{300, 10_000}, 199_000, 6000, 1}, proportion{300, 10_000}, false},
		{"beyond it and the mirror", tcpLoss{proportion{300, 10_000}, 199_000, 6000, 1}, proportion{100, 10_000}, true},
		{"beyond the mirror, not the limit", tcpLoss{proportion{60, 10_000}, 199_000, 1200, 1}, proportion{0, 1_000_000}, false},
		{"little TCP, two directions", tcpLoss{proportion{3, 60}, 50_000, 2500, 2}, proportion{}, true},
		{"little TCP, one direction", tcpLoss{proportion{3, 60}, 50_000, 2500, 1}, proportion{}, false},
		{"little TCP, perhaps", tcpLoss{proportion{1, 60}, 50_000, 800, 2}, proportion{}, false},
	} {
		if got := tt.t.proves(l, tt.known); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestProportion(t *testing.T) {
	for _, tt := range []struct {
		p               proportion
		of, most, most0 int64
	}{
		{proportion{2000, 100_000}, 1000, 39, 1}, {proportion{1000, 10_000}, 1000, 145, 57}, {proportion{900, 1000}, 10, 10, 4},
		{proportion{500, 1000}, 1000, 595, 405}, {proportion{500, 1000}, 50, 41, 9}, {proportion{0, 1000}, 1000, 12, 0},
	} {
		if most, least := tt.p.most(tt.of), tt.p.least(tt.of); most != tt.most || least != tt.most0 {
			t.Errorf("%v of %d: %d to %d, want %d to %d", tt.p, tt.of, least, most, tt.most0, tt.most)
		}
	}
	if got := (proportion{300, 10_000}).less(proportion{100, 9000}); got != (proportion{189, 10_000}) {
		t.Errorf("3 %% less 1.1 %%: %v", got)
	}
	if got := (proportion{3, 100}).less(proportion{5, 100}); got != (proportion{0, 100}) {
		t.Errorf("3 %% less 5 %%: %v", got)
	}
	// The 99 % quantile with one degree of freedom is 6.63: 20 and 36 of 100 make 6.35, 20 and 37 make 7.09.
	for _, tt := range []struct {
		list []proportion
		want bool
	}{
		{[]proportion{{20, 100}, {36, 100}}, true}, {[]proportion{{20, 100}, {37, 100}}, false}, {[]proportion{{50, 100}, {74, 100}}, false},
		{[]proportion{{50, 100}}, true}, {[]proportion{{0, 100}, {0, 900}}, true}, {[]proportion{{100, 100}, {9, 9}}, true},
	} {
		if homogeneous(tt.list) != tt.want {
			t.Errorf("%v: want %v", tt.list, tt.want)
		}
	}
}

// TestSpreadOfMissingRows: where rows had no place, those that are there take no more than they lack.
func TestSpreadOfMissingRows(t *testing.T) {
	s := stream(1000, true, Gap{Time: 500, Lost: 2})
	s.found, s.Rec.CaptureLost = []int64{2}, 50
	rows := []*record.MediaInterval{{IntervalS: 1, Expected: 10, Packets: 5},
		{IntervalS: 1, StartTime: 1e9, Expected: 10, Packets: 7}}
	s.spread(rows)
	if a, b := rows[0], rows[1]; a.CaptureLost != 5 || a.Lost != 0 || b.CaptureLost != 3 || b.Lost != 0 {
		t.Errorf("%d and %d, %d and %d", a.CaptureLost, a.Lost, b.CaptureLost, b.Lost)
	}
}
