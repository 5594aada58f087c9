package audit

import (
	"maps"
	"math"
	"slices"
)

// exactSamples is up to how many measures are kept as they are; beyond it they stand in buckets of 1 %.
const exactSamples = 1000

// Samples are measures of which a rule wants the middle or a quantile. The same measures give the same answers in any
// order and however they were dealt over several values that were merged.
type Samples struct {
	exact   []float64
	buckets map[int]int64 // by the logarithm to base 1.01; math.MinInt holds zero and below
	n       int64
	max     float64
}

// Add takes a measure.
func (s *Samples) Add(v float64) {
	if s.n == 0 || v > s.max {
		s.max = v
	}
	s.n++
	if s.buckets != nil {
		s.buckets[bucket(v)]++
		return
	}
	s.exact = append(s.exact, v)
	s.spill()
}

func (s *Samples) spill() {
	if len(s.exact) <= exactSamples {
		return
	}
	s.buckets = map[int]int64{}
	for _, v := range s.exact {
		s.buckets[bucket(v)]++
	}
	s.exact = nil
}

func bucket(v float64) int {
	if v <= 0 {
		return math.MinInt
	}
	return int(math.Floor(math.Log(v) / math.Log(1.01)))
}

// Merge takes the measures of another.
func (s *Samples) Merge(o *Samples) {
	if o.n == 0 {
		return
	}
	if s.n == 0 || o.max > s.max {
		s.max = o.max
	}
	s.n += o.n
	s.exact = append(s.exact, o.exact...)
	if s.buckets == nil && o.buckets != nil {
		s.buckets = map[int]int64{}
	}
	if s.buckets != nil {
		for _, v := range s.exact {
			s.buckets[bucket(v)]++
		}
		s.exact = nil
		for b, n := range o.buckets {
			s.buckets[b] += n
		}
		return
	}
	s.spill()
}

// Len is how many there are.
func (s *Samples) Len() int64 { return s.n }

// Max is the largest, exactly; 0 without any.
func (s *Samples) Max() float64 { return s.max }

// At is the i-th smallest, from 0; of more than a thousand within 1 %. 0 without any.
func (s *Samples) At(i int64) float64 {
	i = min(max(i, 0), s.n-1)
	if s.n == 0 {
		return 0
	}
	if s.buckets == nil {
		slices.Sort(s.exact)
		return s.exact[i]
	}
	for _, b := range slices.Sorted(maps.Keys(s.buckets)) {
		if i -= s.buckets[b]; i < 0 {
			if b == math.MinInt {
				return 0
			}
			return math.Min(math.Pow(1.01, float64(b)+0.5), s.max)
		}
	}
	return s.max
}

// Median is the middle measure, the lower of two.
func (s *Samples) Median() float64 { return s.At((s.n - 1) / 2) }
