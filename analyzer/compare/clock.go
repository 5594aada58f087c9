package compare

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Bounds of the windows in which the clocks are held against each other.
const (
	minWindow  = int64(10 * time.Second)
	maxWindows = 512
	minShown   = 10 // packets of each direction that a window needs to tell which point comes first
	minDrift   = 6  // windows from which the drift is told
)

// clock is what the clock of B shows minus that of A: offset + drift*(t-mid), t by A.
type clock struct {
	known  bool
	both   bool    // packets of both directions were matched
	blind  bool    // it is not known of any which point they passed first
	mid    int64   // of the time by A in which packets were matched
	offset float64 // nanoseconds, at mid
	drift  float64 // nanoseconds per nanosecond
	driven bool    // whether the drift is known
	within float64 // half the least round trip between the points: how exact the offset is
	uneven float64 // by how much the clocks went astray from the line, nanoseconds; 0: not noticeably
}

// at is the offset at a time of A's clock.
func (c *clock) at(t int64) float64 { return c.offset + c.drift*float64(t-c.mid) }

// span is a window: the extremes of the deltas of each direction in it.
type span struct {
	min, max [2]int64
	n        [2]int
}

func (s *span) add(dir int, d int64) {
	if s.n[dir] == 0 {
		s.min[dir], s.max[dir] = d, d
	}
	s.min[dir], s.max[dir] = min(s.min[dir], d), max(s.max[dir], d)
	s.n[dir]++
}

// earlier tells from two opposite directions of one flow which point the packets of the first (0) pass first. By the
// clocks alone these look later at B by the offset and their delay, those of the other direction by the offset less
// their delay: that holds for every packet, whatever the offset is. 0: it cannot be told.
func earlier(directions [2][]*pair) int {
	windows := map[int64]*span{}
	for dir, pairs := range directions {
		for _, p := range pairs {
			for _, t := range p.times {
				w := windows[t.at/minWindow]
				if w == nil {
					w = new(span)
					windows[t.at/minWindow] = w
				}
				w.add(dir, t.d)
			}
		}
	}
	var told, a, b int
	for _, w := range windows {
		if min(w.n[0], w.n[1]) < minShown {
			continue
		}
		told++
		switch {
		case w.min[0] > w.max[1]:
			a++
		case w.min[1] > w.max[0]:
			b++
		}
	}
	switch {
	case 2*a > told && a >= 9*b:
		return pointA
	case 2*b > told && b >= 9*a:
		return pointB
	}
	return 0
}

// align finds the clock from the pairs whose first point is known. Of each window counts the packet that was delayed
// least: all others were longer on their way (as in NTP, RFC 5905 section 10).
func align(pairs []*pair) (c clock) {
	from, to := int64(math.MaxInt64), int64(0)
	for _, p := range pairs {
		if p.first != 0 && len(p.times) > 0 {
			from, to = min(from, p.times[0].at), max(to, p.times[len(p.times)-1].at)
		}
	}
	if to == 0 {
		return c
	}
	width := max(minWindow, (to-from)/maxWindows+1)
	windows := make([]span, (to-from)/width+1)
	for _, p := range pairs {
		if p.first == 0 {
			continue
		}
		for _, t := range p.times {
			windows[(t.at-from)/width].add(p.first-pointA, t.d)
		}
	}
	c.known, c.mid = true, from+(to-from)/2
	c.fit(c.points(windows, from, width))
	return c
}

// undirected is the clock where no pair tells which point comes first: the delay cannot be told from the offset.
func undirected(pairs []*pair) clock {
	var list []*pair
	for _, p := range pairs {
		list = append(list, &pair{times: p.times, first: pointA})
	}
	c := align(list)
	c.blind = true
	return c
}

// point of the line: time, offset, and how exact it is.
type point struct{ t, offset, within float64 }

// points are the offsets of the windows: those with both directions, if there are such.
func (c *clock) points(windows []span, from, width int64) (list []point) {
	var single []point
	for i, w := range windows {
		t := float64(from + int64(i)*width + width/2 - c.mid)
		least, most := float64(w.min[0]), float64(w.max[1]) // A first: offset + delay; B first: offset - delay
		switch {
		case w.n[0] > 0 && w.n[1] > 0:
			list = append(list, point{t, (least + most) / 2, (least - most) / 2})
		case w.n[0] > 0:
			single = append(single, point{t: t, offset: least})
		case w.n[1] > 0:
			single = append(single, point{t: t, offset: most})
		}
	}
	if c.both = len(list) > 0; !c.both {
		return single
	}
	return list
}

// fit lays a line through the points: the median of the slopes between any two (Theil, Sen), which a few windows with a
// full queue do not move. A slope that the scatter can explain is none.
func (c *clock) fit(points []point) {
	half := values(points, func(p point) float64 { return p.within })
	c.within = max(median(half), 0)
	if len(points) >= minDrift {
		var slopes []float64
		for i, p := range points {
			for _, q := range points[:i] {
				slopes = append(slopes, (p.offset-q.offset)/(p.t-q.t))
			}
		}
		c.drift, c.driven = median(slopes), true
	}
	line := func(p point) float64 { return p.offset - c.drift*p.t }
	c.offset = median(values(points, line))
	off := values(points, func(p point) float64 { return math.Abs(line(p) - c.offset) })
	slices.Sort(off)
	spread := off[len(off)*9/10]
	length := points[len(points)-1].t - points[0].t
	if math.Abs(c.drift)*length < 2*median(off)+0.2e6 {
		c.drift = 0
		c.offset = median(values(points, func(p point) float64 { return p.offset }))
	}
	if spread > max(5e6, 2*c.within) {
		c.uneven = spread
	}
}

func values(points []point, of func(point) float64) []float64 {
	list := make([]float64, len(points))
	for i, p := range points {
		list[i] = of(p)
	}
	return list
}

// median of a list, which it sorts; 0 of none.
func median[T int64 | float64](list []T) T {
	return quantile(list, 50)
}

// quantile is the smallest value that so many percent of the list do not exceed; it sorts the list. 0 of none.
func quantile[T int64 | float64](list []T, percent int) T {
	if len(list) == 0 {
		return 0
	}
	slices.SortFunc(list, cmp.Compare[T])
	return list[max((len(list)*percent+99)/100-1, 0)]
}
