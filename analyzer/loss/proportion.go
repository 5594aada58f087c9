package loss

import "math"

// proportion is k of n.
type proportion struct{ k, n int64 }

func (p proportion) rate() float64 { return share(p.k, p.n) }

// z of 95 %, two-sided.
const z95 = 1.959964

// bounds is the Wilson score interval (Wilson, 1927), 95 %.
func (p proportion) bounds() (low, high float64) {
	if p.n <= 0 {
		return 0, 1
	}
	n, q := float64(p.n), p.rate()
	mid := q + z95*z95/(2*n)
	half := z95 * math.Sqrt(q*(1-q)/n+z95*z95/(4*n*n))
	low, high = (mid-half)/(1+z95*z95/n), (mid+half)/(1+z95*z95/n)
	if p.k == 0 {
		low = 0
	}
	return max(low, 0), min(high, 1)
}

// less takes a rate away that is explained otherwise.
func (p proportion) less(q proportion) proportion {
	return proportion{max(p.k-int64(math.Round(q.rate()*float64(p.n))), 0), p.n}
}

// most is how many of n packets a rate of loss takes at most, least at least: four standard deviations beyond the
// bounds, for there are many streams.
func (p proportion) most(n int64) int64 {
	_, q := p.bounds()
	e := q * float64(n)
	return min(int64(math.Ceil(e+4*math.Sqrt(e*(1-q)))), n)
}

func (p proportion) least(n int64) int64 {
	q, _ := p.bounds()
	e := q * float64(n)
	return max(int64(e-4*math.Sqrt(e*(1-q))), 0)
}

// homogeneous reports whether several proportions may be one: the chi-square test at 1 %, by the approximation of
// Wilson and Hilferty (1931).
func homogeneous(list []proportion) bool {
	var all proportion
	for _, p := range list {
		all.k, all.n = all.k+p.k, all.n+p.n
	}
	q := all.rate()
	if len(list) < 2 || q <= 0 || q >= 1 {
		return true
	}
	x := 0.0
	for _, p := range list {
		e := q * float64(p.n)
		x += (float64(p.k) - e) * (float64(p.k) - e) / (e * (1 - q))
	}
	const z99 = 2.326348
	df := float64(len(list) - 1)
	v := 2 / (9 * df)
	return math.Cbrt(x/df) <= 1-v+z99*math.Sqrt(v)
}
