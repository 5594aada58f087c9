package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// generator merges flows by time. Small flows begin at a steady pace and are drawn when their time has come; the few
// large ones (calls and downloads) are planned before, so that the file gets its size.
type generator struct {
	config
	out     *output
	rnd     pcaptest.Rand
	lib     library
	noise   []byte
	live    flowHeap
	large   []large // planned, by time of beginning
	small   int     // number of small flows
	oddTail int     // longest tail of an odd flow
	drawn   int     // of them so far
	order   int64
	origin  int64 // nanoseconds
	span    int64
}

// large is a planned flow.
type large struct {
	at     int64 // since the origin
	call   bool
	video  bool
	quic   bool
	length int64 // nanoseconds of a call
	bytes  int   // of a download
}

func newGenerator(c config) (*generator, error) {
	g := &generator{config: c, rnd: *pcaptest.NewRand(c.seed), origin: pcaptest.Start.UnixNano()}
	g.lib = newLibrary(&g.rnd)
	g.noise = g.rnd.Bytes(1 << 20)
	if g.span = c.lasts.Nanoseconds(); g.span == 0 {
		g.span = max(int64(30e9*float64(c.size)/gib), 10e9)
	}
	if !g.mix.large {
		g.small, g.oddTail = g.flows, g.lib.tailFor(g.size/int64(g.flows))
		return g, nil
	}
	return g, g.plan()
}

// plan plans the large flows. Where they would be too many for the flows that were asked for, they are fewer and
// larger.
func (g *generator) plan() error {
	begin, most := g.rnd, g.flows/4
	if err := g.divide(1); err != nil {
		return err
	}
	if n := g.largeFlows(); n > most && most > 0 {
		g.rnd, g.large = begin, nil
		if err := g.divide(n/most + 1); err != nil {
			return err
		}
	}
	g.small = max(g.flows-g.largeFlows(), 0)
	return nil
}

// divide divides the bytes: what the small flows leave goes half to calls (less the small flows that are Webex's), half
// to downloads, all of them as many times larger as stretch says.
func (g *generator) divide(stretch int) error {
	web, webex := g.measure()
	g.order = 0
	g.small = g.flows * 98 / 100
	need := (web + webex) * int64(g.small) / 1e3
	calls := max(min(g.size/2-webex*int64(g.small)/1e3, g.size-need), g.size/20)
	downloads := max(g.size-calls-need, 0)
	if need+calls > g.size*11/10 {
		return fmt.Errorf("%d flows do not fit into %d bytes; about %d bytes would do", g.flows, g.size, need*5/4)
	}
	for calls > 0 {
		l := large{call: true, length: g.rnd.Duration(5*time.Second, 60*time.Second).Nanoseconds(),
			video: g.rnd.Intn(8) >= g.mix.still}
		l.length = min(l.length*int64(stretch), g.span)
		rate := g.callRate(l)
		l.length = min(l.length, max(calls*1e9/rate, 1e9))
		calls -= rate * (l.length / 1e6) / 1e3
		l.at = int64(g.rnd.Float64() * float64(g.span-l.length))
		g.large = append(g.large, l)
	}
	for downloads > 0 {
		l := large{quic: g.rnd.Intn(3) == 0, bytes: int(min(int64(g.rnd.Range(100_000, 3_000_000)*stretch), downloads))}
		l.at = int64(g.rnd.Float64() * float64(g.span) * 0.9)
		downloads -= int64(l.bytes) * 108 / 100 // headers and acknowledgements
		g.large = append(g.large, l)
	}
	return nil
}

// largeFlows counts the planned flows; a call with video has two.
func (g *generator) largeFlows() (n int) {
	for _, l := range g.large {
		n++
		if l.video {
			n++
		}
	}
	return n
}

// measure returns the mean bytes of a small flow, in thousandths, of the web and of Webex.
func (g *generator) measure() (web, webex int64) {
	for i := range g.mix.kinds {
		k, f := &g.mix.kinds[i], g.flow(0)
		g.fill(k, f)
		bytes := 0
		for _, b := range f.beats {
			bytes += 16 + 42 + len(b.data) + b.noise
			if f.proto == tcp {
				bytes += 12
			}
		}
		if k.webex {
			webex += int64(bytes * k.share)
		} else {
			web += int64(bytes * k.share)
		}
	}
	return web, webex
}

func (g *generator) callRate(l large) (rate int64) {
	for _, video := range []bool{false, true} {
		if video && !l.video {
			break
		}
		sources := g.sources(&g.rnd, 0, video)
		for i := range sources {
			rate += sources[i].bytes()
		}
	}
	return rate
}

// sources are the streams of a call's audio or video flow. The rates are those that were counted in real calls: FEC of
// audio for every third packet, up to three speakers' audio down, more video down than up.
func (g *generator) sources(r *pcaptest.Rand, at int64, video bool) []source {
	rtp := func(from int, pt byte, interval time.Duration, burst, size int, step uint32) source {
		s := source{at: at + int64(r.Duration(0, 20*time.Millisecond)), from: from, interval: int64(interval),
			burst: burst, size: size, step: step}
		s.rtp[0], s.rtp[1] = 0x80, pt
		r.Read(s.rtp[2:])
		return s
	}
	control := func(of source, every time.Duration) source {
		of.what, of.interval, of.burst = rtcpSource, int64(every), 1
		return of
	}
	var out []source
	if video {
		out = []source{
			rtp(client, pcaptest.PTVideoUp, time.Second/25, 2, 1040, 3600),
			rtp(server, pcaptest.PTVideoDown, time.Second/25, 3, 1100, 3600),
			rtp(server, pcaptest.PTVideoDown, time.Second/12, 1, 700, 7500),
		}
	} else {
		out = []source{
			rtp(client, pcaptest.PTAudioUp, 20*time.Millisecond, 1, 90, 960),
			rtp(client, pcaptest.PTFECUp, 60*time.Millisecond, 1, 100, 2880),
			rtp(server, pcaptest.PTAudioDown, 20*time.Millisecond, 1, 90, 960),
			rtp(server, pcaptest.PTFECDown, 60*time.Millisecond, 1, 100, 2880),
			rtp(server, pcaptest.PTAudioDown, 20*time.Millisecond, 1, 70, 960),
		}
	}
	out = append(out, control(out[0], 2*time.Second), control(out[len(out)-1], 2*time.Second))
	return append(out, source{at: at - 1, what: stunSource, interval: 5e9, burst: 1})
}

// run writes the capture.
func (g *generator) run(w io.Writer) (summary, error) {
	g.out = newOutput(w, g.config)
	slices.SortStableFunc(g.large, func(a, b large) int { return cmp.Compare(a.at, b.at) })
	for g.step() && g.out.err == nil {
	}
	g.out.flush()
	if f, ok := w.(interface{ Flush() error }); ok && g.out.err == nil {
		g.out.err = f.Flush()
	}
	g.out.sum.flows, g.out.sum.span = g.order, time.Duration(g.span)
	if g.out.hash != nil {
		g.out.sum.sha256 = g.out.hash.Sum(nil)
	}
	return g.out.sum, g.out.err
}
