package loss

import "math"

// codec is one of which ITU-T G.113 appendix I publishes how losses impair it: Ie and Bpl of the E-model.
type codec struct {
	Name    string
	Ie, Bpl float64
}

// codecOf returns the codec of a static payload type, where its impairment is published. There is no such number for
// Opus, nor one for the narrow-band scale of wide-band codecs such as G.722 (G.107.1 has a scale of its own).
func codecOf(pt int) (codec, bool) {
	switch pt {
	case 0, 8:
		return codec{"G.711 with PLC", 0, 25.1}, true
	case 18:
		return codec{"G.729A", 11, 19}, true
	}
	return codec{}, false
}

// eModel is R and MOS of ITU-T G.107 (2015) with its default values for all but the delay from mouth to ear (ms), the
// share of packets lost (0 to 1) and the burst ratio (1: losses are random); echo is taken to be cancelled.
func eModel(c codec, delayMs, lost, burstRatio float64) (r, mos float64) {
	delay := 0.0
	if delayMs > 100 {
		x := math.Log2(delayMs / 100)
		six := func(v float64) float64 { return math.Pow(1+math.Pow(v, 6), 1.0/6) }
		delay = 25 * (six(x) - 3*six(x/3) + 2)
	}
	percent := lost * 100
	r = 93.2 - delay - c.Ie - (95-c.Ie)*percent/(percent/max(burstRatio, 1)+c.Bpl)
	switch {
	case r <= 0:
		return 0, 1
	case r >= 100:
		return r, 4.5
	}
	return r, 1 + 0.035*r + r*(r-60)*(100-r)*7e-6
}
