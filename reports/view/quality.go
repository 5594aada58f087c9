package view

import (
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Distribution is how often a measure took which values, by direction, and its limits.
type Distribution struct {
	Measure  string // loss, jitter or round trip
	Unit     string
	Of       wording.Noun // what is counted: seconds, steps of 10 seconds, media flows
	Edges    []float64    // bin i reaches from edge i to below edge i+1; the last has no end; bin 0 of loss is 0
	Up, Down []int        // counts by bin; a round trip has Up alone
	Watch    *record.Threshold
	Poor     *record.Threshold
	Few, Gap int // rows left out: fewer than fewPackets packets, or the capture itself lacks some
}

// fewPackets is how many packets a row needs to have a percentage.
const fewPackets = 10

// The bins begin at the limits that the field knows, so that a limit stands between two.
var (
	lossEdges   = []float64{0, 0.001, 1, 2, 3, 5, 10, 20}
	jitterEdges = []float64{0, 5, 10, 20, 30, 60, 100, 150, 300}
	rttEdges    = []float64{0, 25, 50, 100, 150, 200, 300, 400, 800}
)

func newDistribution(measure, unit string, edges []float64, watch, poor *record.Threshold) *Distribution {
	return &Distribution{Measure: measure, Unit: unit, Edges: edges, Watch: watch, Poor: poor,
		Up: make([]int, len(edges)), Down: make([]int, len(edges))}
}

// add counts a value.
func (q *Distribution) add(v float64, up bool) {
	i := len(q.Edges) - 1
	for i > 0 && v < q.Edges[i] {
		i--
	}
	if up {
		q.Up[i]++
	} else {
		q.Down[i]++
	}
}

// Total is how many values were counted.
func (q *Distribution) Total() (n int) {
	for i := range q.Edges {
		n += q.Up[i] + q.Down[i]
	}
	return n
}

// PoorCount is how many values reach the limit of poor.
func (q *Distribution) PoorCount() (n int) {
	if q.Poor == nil {
		return 0
	}
	for i, edge := range q.Edges {
		if edge >= q.Poor.Value {
			n += q.Up[i] + q.Down[i]
		}
	}
	return n
}

// newRoundTrips is to count the median round trips of media flows.
func (d *details) newRoundTrips() *Distribution {
	return newDistribution("round trip", "ms", rttEdges, d.Limits.RTTWatch, d.Limits.RTTPoor)
}

// addFlow counts the round trip of a media flow.
func (q *Distribution) addFlow(f *record.Flow) {
	if f.Webex && f.Function.IsMedia() && f.STUN != nil && f.STUN.RTTMs != nil {
		q.add(*f.STUN.RTTMs, true)
	}
}

// quality counts seconds of Webex streams over UDP, or steps of ten seconds where a stream has no seconds.
func (d *details) quality(rtt *Distribution) {
	l := d.Limits
	loss := newDistribution("loss", "%", lossEdges, l.LossWatch, l.LossPoor)
	jitter := newDistribution("jitter", "ms", jitterEdges, l.JitterWatch, l.JitterPoor)
	step := 1
	for _, m := range d.set.Streams {
		if d.plain(m) && d.finest(m.StreamID) == 10 {
			step = 10
		}
	}
	for _, m := range d.set.Streams {
		if d.plain(m) {
			d.countRows(m, step, loss, jitter)
		}
	}
	of := wording.Noun{One: "second of a stream", Many: "seconds of a stream"}
	if step == 10 {
		of = wording.Noun{One: "step of 10 seconds of a stream", Many: "steps of 10 seconds of a stream"}
	}
	loss.Of, jitter.Of, rtt.Of = of, of, wording.Noun{One: "media flow", Many: "media flows"}
	d.Quality = []*Distribution{loss, jitter, rtt}
}

// plain tells streams of sound or picture whose packets tell of the network.
func (d *details) plain(m *record.MediaStream) bool {
	return m.Webex && isPicture(m.Kind) && d.transportOf(m) == record.UDP
}

// finest is the length of the shortest rows of a stream, 0 without one. Rows of one second end after two hours of a
// stream; what goes on longer has rows of ten throughout.
func (d *details) finest(stream string) int {
	var one, ten record.Time
	for _, r := range d.rows[stream] {
		if r.IntervalS == 1 {
			one = max(one, r.StartTime)
		} else {
			ten = max(ten, r.StartTime)
		}
	}
	switch {
	case one == 0 && ten == 0:
		return 0
	case one == 0 || ten.Sub(one).Seconds() > 10:
		return 10
	}
	return 1
}

func (d *details) countRows(m *record.MediaStream, step int, loss, jitter *Distribution) {
	for _, r := range d.rows[m.StreamID] {
		switch {
		case r.IntervalS != step:
		case r.Expected < fewPackets:
			loss.Few++
			jitter.Few++
		case r.CaptureLost > 0 || !d.v.Totals.LossAssessable:
			loss.Gap++
			d.addJitter(jitter, r, m.Upstream)
		default:
			loss.add(100*float64(r.Lost)/float64(r.Expected), m.Upstream)
			d.addJitter(jitter, r, m.Upstream)
		}
	}
}

func (d *details) addJitter(jitter *Distribution, r *record.MediaInterval, up bool) {
	if r.JitterMeanMs != nil {
		jitter.add(*r.JitterMeanMs, up)
	}
}

// Spark is at most so many values of a series, each the highest of its part: what a line in a table has room for.
// -1: none was measured.
func Spark(values []uint16, most int) (list []int) {
	if len(values) == 0 {
		return nil
	}
	per := (len(values) + most - 1) / most
	for part := range slices.Chunk(values, per) {
		top := -1
		for _, v := range part {
			if v != Unknown {
				top = max(top, int(v))
			}
		}
		list = append(list, top)
	}
	return list
}
