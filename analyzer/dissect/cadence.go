package dissect

import (
	"math/bits"
	"slices"
	"time"

	"webexaudit/analyzer/flow"
)

// Cadence measures in windows of ten seconds whether a TCP flow carries media: messages per second and direction, their
// sizes, and the gaps between them (audio every 20 ms, video frames every 33 ms). Messages are TLS application data
// records, or segments with payload where there is no TLS.
type Cadence struct {
	Windows   int // full windows
	MediaBoth int // with the pattern in both directions
	MediaOne  int // with the pattern in one direction

	rates  []Rate
	goesOn bool // in another part, which has the open window

	start int64 // of the open window
	begin int64 // first message
	end   int64 // last message
	side  [2]pace
}

// pace is one direction's messages, in the open window and over all.
type pace struct {
	last   int64
	window messageStats
	all    messageStats
}

type messageStats struct {
	n     int64
	bytes int64
	paced int64 // gaps of 10 to 60 ms
	sizes [sizeClasses]uint32
}

// Rate is what a window carried.
type Rate struct {
	Start, Length int64    // ns
	Bytes         [2]int64 // of messages, by side
}

// Windows whose rates are kept: of a flow that has not shown the pattern of media, and of any (eleven hours).
const (
	ratesBefore = 30
	maxRates    = 4000
)

// minRateLen is the shortest rest of a flow that has a rate.
const minRateLen = int64(time.Second)

// Sizes are counted in classes of a quarter octave.
const sizeClasses = 64

const windowLen = int64(10 * time.Second)

// The pattern of real-time media in one window and direction: rate and median size; the gaps decide for the window as a
// whole (webex-facts 4.4: at least 20 records per second, median 60 to 1250 bytes, a 20 ms mode within 10 to 60 ms).
const (
	minRate   = 20.0
	minSize   = 60
	maxSize   = 1250
	minPaced  = 0.25
	gapFrom   = int64(10 * time.Millisecond)
	gapTo     = int64(60 * time.Millisecond)
	maxWindow = 1000 // empty windows skipped at once after a silence
)

// Add counts one message of n bytes.
func (r *Cadence) Add(s flow.Side, t int64, n int) {
	if r.begin == 0 {
		r.begin, r.start = t, t
	}
	for skipped := 0; t-r.start >= windowLen; skipped++ {
		if skipped == maxWindow {
			r.start = t
			break
		}
		r.closeWindow()
	}
	r.end = max(r.end, t)
	p := &r.side[s]
	gap := t - p.last
	paced := p.last != 0 && gap >= gapFrom && gap <= gapTo
	p.last = t
	p.window.add(n, paced)
	p.all.add(n, paced)
}

func (t *messageStats) add(n int, paced bool) {
	t.n++
	t.bytes += int64(n)
	t.sizes[sizeClass(n)]++
	if paced {
		t.paced++
	}
}

func (r *Cadence) closeWindow() {
	r.Windows++
	whole := r.open(windowLen)
	r.start += windowLen
	a, b := &r.side[flow.A].window, &r.side[flow.B].window
	cadence := a.pacedShare() >= minPaced || b.pacedShare() >= minPaced
	switch inA, inB := a.media(), b.media(); {
	case !cadence:
	case inA && inB:
		r.MediaBoth++
	case inA && a.pacedShare() >= minPaced, inB && b.pacedShare() >= minPaced:
		r.MediaOne++
	}
	*a, *b = messageStats{}, messageStats{}
	if whole.Bytes != [2]int64{} && len(r.rates) < maxRates && (r.media() || len(r.rates) < ratesBefore) {
		r.rates = append(r.rates, whole)
	}
}

func (r *Cadence) media() bool { return r.MediaBoth+r.MediaOne > 0 }

// open is what the open window has carried.
func (r *Cadence) open(length int64) Rate {
	return Rate{r.start, length, [2]int64{r.side[flow.A].window.bytes, r.side[flow.B].window.bytes}}
}

// Rates are what the windows carried that had messages, the last one up to the last message. None of a flow without the
// pattern of media.
func (r *Cadence) Rates() []Rate {
	if !r.media() {
		return nil
	}
	list := slices.Clip(r.rates)
	if rest := r.end - r.start; rest >= minRateLen && !r.goesOn && len(list) < maxRates {
		list = append(list, r.open(rest))
	}
	return list
}

func (t *messageStats) media() bool {
	m := t.median()
	return float64(t.n) >= minRate*float64(windowLen)/1e9 && m >= minSize && m <= maxSize
}

func (t *messageStats) pacedShare() float64 {
	if t.n == 0 {
		return 0
	}
	return float64(t.paced) / float64(t.n)
}

// median is the middle of the size class that holds the median message.
func (t *messageStats) median() int {
	var n int64
	for c, k := range t.sizes {
		if n += int64(k); k > 0 && n*2 >= t.n {
			return classSize(c)
		}
	}
	return 0
}

func sizeClass(n int) int {
	if n < 4 {
		return max(n, 0)
	}
	e := bits.Len(uint(n)) - 1
	return min(e*4-4+n>>(e-2)&3, sizeClasses-1)
}

func classSize(c int) int {
	if c < 4 {
		return c
	}
	e := (c + 4) / 4
	low := 1<<e + c%4<<(e-2)
	return low + 1<<(e-2)/2
}

// Rate, Median and Paced describe one direction over the whole flow: messages per second, bytes, share of gaps of 10 to
// 60 ms.
func (r *Cadence) Rate(s flow.Side) float64 {
	if r.end <= r.begin {
		return 0
	}
	return float64(r.side[s].all.n) * 1e9 / float64(r.end-r.begin)
}

// Median is the median message size in bytes, to a quarter octave.
func (r *Cadence) Median(s flow.Side) int { return r.side[s].all.median() }

// Paced is the share of gaps between 10 and 60 ms.
func (r *Cadence) Paced(s flow.Side) float64 { return r.side[s].all.pacedShare() }
