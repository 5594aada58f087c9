package main

// A kind of small flow: a share of all of them and a function that fills a flow. To add one, write the function and add
// a line to a list of kinds.
type kind struct {
	share int // of 1000
	webex bool
	fill  func(g *generator, f *flow)
}

// A mix says what a capture consists of.
type mix struct {
	name  string
	kinds []kind
	large bool // calls and downloads beside the small flows
	still int  // of 8 calls: those without video
	first int  // frames that are written of each small flow; 0: all
}

// mixes are the values of -mix: the first is the default. "audio" has few calls with video and so smaller frames,
// "short" room for millions of flows, "odd" what nobody expects.
var mixes = []mix{
	{name: "uplink", kinds: kinds, large: true, still: 1},
	{name: "audio", kinds: kinds, large: true, still: 7},
	{name: "short", kinds: kinds, large: true, still: 1, first: 2},
	{name: "odd", kinds: []kind{{1000, false, (*generator).odd}}},
}

var kinds = []kind{
	{340, false, (*generator).dns},
	{190, false, (*generator).webTLS},
	{60, true, (*generator).signalling},
	{80, true, (*generator).probeUDP},
	{20, true, (*generator).probeTCP},
	{40, true, (*generator).probeTLS},
	{90, false, (*generator).quicShort},
	{60, false, (*generator).webHTTP},
	{30, false, (*generator).sip},
	{50, false, (*generator).silent},
	{40, false, (*generator).ntp},
}

func mixNamed(name string) *mix {
	for i := range mixes {
		if mixes[i].name == name {
			return &mixes[i]
		}
	}
	return nil
}

// fill makes a small flow of a kind, as far as the mix shows it.
func (g *generator) fill(k *kind, f *flow) {
	k.fill(g, f)
	if n := g.mix.first; n > 0 && len(f.beats) > n {
		f.beats = f.beats[:n]
	}
}
