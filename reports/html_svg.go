package reports

import (
	"fmt"
	"math"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// sparkline is the loss of a call over time, of the direction that lost more.
type sparkline struct {
	Bars, Gaps string // paths
	Limit      string // y of the limit, empty where the run has none
	Up         bool
	Label      string
}

// Size of a sparkline; its top is sparkTop percent.
const (
	sparkWide, sparkHigh = 120, 24
	sparkBars            = 60
	sparkTop             = 20.0
)

func spark(c *view.Call, l view.Limits) *sparkline {
	if c.Steps == nil || c.Steps.RateOnly {
		return nil
	}
	s := &sparkline{Up: sum(c.Steps.Up.Loss) > sum(c.Steps.Down.Loss)}
	steps, way := c.Steps.Down, "to the client"
	if s.Up {
		steps, way = c.Steps.Up, "from the client"
	}
	values := view.Spark(steps.Loss, sparkBars)
	top, wide := -1, float64(sparkWide)/float64(max(len(values), 1))
	var bars, gaps strings.Builder
	for i, v := range values {
		top = max(top, v)
		x := float64(i) * wide
		if v < 0 {
			fmt.Fprintf(&gaps, "M%.1f 23h%.1f", x, max(wide-0.5, 0.5))
			continue
		}
		high := min(float64(v)/10/sparkTop, 1) * sparkHigh
		if v > 0 {
			high = max(high, 1.5)
		}
		fmt.Fprintf(&bars, "M%.1f %dv-%.1fh%.1fv%.1fz", x, sparkHigh, high, max(wide-0.5, 0.5), high)
	}
	s.Bars, s.Gaps = bars.String(), gaps.String()
	if l.LossPoor != nil && l.LossPoor.Value < sparkTop {
		s.Limit = fmt.Sprintf("%.1f", sparkHigh*(1-l.LossPoor.Value/sparkTop))
	}
	s.Label = "loss " + way + " was not measured"
	if top >= 0 {
		s.Label = fmt.Sprintf("loss %s, at most %s in a step", way, wording.Percent(float64(top)/10))
	}
	return s
}

func sum(values []uint16) (n int64) {
	for _, v := range values {
		if v != view.Unknown {
			n += int64(v)
		}
	}
	return n
}

// chart is a distribution as it is drawn, in units of the view box.
type chart struct {
	Wide, High, Base int
	Bars             []bar
	Ticks            []tick
	Limits           []tick
}

type bar struct {
	X, Y, W, H float64
	Up         bool
	Count      string
	Title      string
}

// Mid is the middle of the bar, Above where its count stands.
func (b bar) Mid() float64   { return b.X + b.W/2 }
func (b bar) Above() float64 { return b.Y - 3 }

type tick struct {
	X     float64
	Label string
	Y     float64
	End   bool // the label stands left of the line
}

// Size of a distribution.
const (
	chartWide, chartHigh = 420, 190
	chartTop, chartFoot  = 40, 24
)

// bars lays a distribution out: bins of equal width, heights by the square root of the count.
func bars(q *view.Distribution) chart {
	c := chart{Wide: chartWide, High: chartHigh, Base: chartHigh - chartFoot}
	bins := len(q.Edges)
	wide := float64(chartWide) / float64(bins)
	most := 1
	for i := range bins {
		most = max(most, q.Up[i], q.Down[i])
	}
	both := q.Measure != "round trip"
	for i := range bins {
		x := float64(i) * wide
		label := wording.Decimal(q.Edges[i]).String()
		if q.Edges[i] > 0 && q.Edges[i] < 0.01 {
			label = "> 0"
		}
		if i == bins-1 {
			label += "+"
		}
		c.Ticks = append(c.Ticks, tick{X: x + 2, Label: label})
		each, counts := wide-4, []int{q.Up[i]}
		if both {
			each, counts = (wide-5)/2, []int{q.Up[i], q.Down[i]}
		}
		for k, n := range counts {
			if n == 0 {
				continue
			}
			high := max(math.Sqrt(float64(n)/float64(most))*float64(c.Base-chartTop), 2)
			c.Bars = append(c.Bars, bar{X: x + 2 + float64(k)*(each+1), Y: float64(c.Base) - high, W: each, H: high,
				Up: k == 0 && both, Count: short(n), Title: fmt.Sprintf("from %s %s: %s", label, q.Unit, count(n, q.Of))})
		}
	}
	for i, l := range []*record.Threshold{q.Watch, q.Poor} {
		if l != nil {
			x := place(q.Edges, l.Value) * wide
			name := [...]string{"watch", "poor"}[i] + " from " + wording.Decimal(l.Value).String() + " " + q.Unit
			c.Limits = append(c.Limits, tick{X: x, Label: name, Y: float64(10 + 13*i), End: x > chartWide/2})
		}
	}
	return c
}

// place is where a value stands among the edges, in bins.
func place(edges []float64, v float64) float64 {
	i := len(edges) - 1
	for i > 0 && v < edges[i] {
		i--
	}
	if i == len(edges)-1 {
		return float64(i)
	}
	return float64(i) + (v-edges[i])/(edges[i+1]-edges[i])
}

// short writes a count in at most four characters.
func short(n int) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%.0fM", float64(n)/1e6)
	case n >= 10_000:
		return fmt.Sprintf("%.0fk", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}
