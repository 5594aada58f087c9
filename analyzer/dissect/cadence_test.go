package dissect

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/pcaptest"
)

// inTLS plays events over a TLS 1.2 session without SNI to port 443.
func inTLS(events func(start time.Time) []pcaptest.Event) *pcaptest.Capture {
	return story(func(s *pcaptest.Scenario) {
		h := s.TLS(s.TCP(office, web, pcaptest.Path{}).Open(),
			pcaptest.TLS{Chain: pcaptest.MediaNodeChain(pcaptest.NodeName)})
		pcaptest.Play(h, events(h.Now()))
		h.Close()
	})
}

// every makes n messages of a size, from one side.
func every(from pcaptest.Side, start time.Time, gap time.Duration, n, size int) (out []pcaptest.Event) {
	for i := range n {
		out = append(out, pcaptest.Event{At: start.Add(time.Duration(i) * gap), From: from, Data: make([]byte, size)})
	}
	return out
}

// TestCadence: what carries media and what does not. Windows are of ten seconds.
func TestCadence(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		name   string
		events func(start time.Time) []pcaptest.Event
		want   string // windows, with media in both directions, in one
	}{
		{"a call", func(s time.Time) []pcaptest.Event { return pcaptest.MediaCadence(s, 34*time.Second, 20*ms) }, "3 3 0"},
		{"a call of nine seconds fills no window", func(s time.Time) []pcaptest.Event { return pcaptest.MediaCadence(s, 9*time.Second, 20*ms) }, "0 0 0"},
		{"a call at 30 packets a second", func(s time.Time) []pcaptest.Event { return pcaptest.MediaCadence(s, 34*time.Second, 33*ms) }, "3 3 0"},
		{"one direction only", func(s time.Time) []pcaptest.Event {
			return slices.Concat(every(0, s, 20*ms, 1700, 70), every(1, s, time.Second, 34, 20))
		}, "3 0 3"},
		{"too slow", func(s time.Time) []pcaptest.Event { return pcaptest.MediaCadence(s, 34*time.Second, 80*ms) }, "3 0 0"},
		{"too small", func(s time.Time) []pcaptest.Event {
			return slices.Concat(every(0, s, 20*ms, 1700, 10), every(1, s, 20*ms, 1700, 10))
		}, "3 0 0"},
		{"too large", func(s time.Time) []pcaptest.Event {
			return slices.Concat(every(0, s, 20*ms, 1700, 1400), every(1, s, 20*ms, 1700, 1400))
		}, "3 0 0"},
		{"no gaps between", func(s time.Time) []pcaptest.Event {
			var out []pcaptest.Event
			for i := range 300 { // bursts of 20, each 100 ms
				out = append(out, every(0, s.Add(time.Duration(i)*100*ms), ms, 20, 300)...)
			}
			return out
		}, "2 0 0"},
		{"notification channel: measured from the 24th message on", func(s time.Time) []pcaptest.Event { return pcaptest.WebSocketCadence(s, 3*time.Minute, 20*ms) }, "7 0 0"},
		{"download", func(s time.Time) []pcaptest.Event { return pcaptest.FileCadence(s, 3_000_000, 1_000_000) }, "2 0 0"},
		{"a call with a pause of a minute", func(s time.Time) []pcaptest.Event {
			return slices.Concat(pcaptest.MediaCadence(s, 21*time.Second, 20*ms),
				pcaptest.MediaCadence(s.Add(80*time.Second), 21*time.Second, 20*ms))
		}, "10 4 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := only(t, inTLS(tt.events))
			got := "none"
			if r := e.State.TCP.Cadence; r != nil {
				got = fmt.Sprint(r.Windows, r.MediaBoth, r.MediaOne)
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	e := only(t, session(pcaptest.Path{}, pcaptest.TLS{SNI: "idbroker.webex.com"}, nil))
	if e.State.TCP.Cadence != nil {
		t.Error("a few records have a cadence")
	}
}

// TestCadenceFigures are those of the whole flow.
func TestCadenceFigures(t *testing.T) {
	e := only(t, inTLS(func(s time.Time) []pcaptest.Event {
		return slices.Concat(every(0, s, 20*time.Millisecond, 2000, 76),
			every(1, s.Add(time.Millisecond), 100*time.Millisecond, 400, 976))
	}))
	r, up := e.State.TCP.Cadence, e.side(office.Addr())
	got := fmt.Sprintf("%.0f %.0f  %d %d  %.2f %.2f", r.Rate(up), r.Rate(up.Other()), r.Median(up),
		r.Median(up.Other()), r.Paced(up), r.Paced(up.Other()))
	if want := "50 10  104 960  1.00 0.00"; got != want { // 100 and 1000 bytes with what TLS adds, to a quarter octave
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestCadenceRates: what each window carried, the last one up to the last message; of a flow that is cut all of it
// once. A flow without the pattern has none.
func TestCadenceRates(t *testing.T) {
	call := func(r *Cadence, from, to int64) {
		for i := from * 50; i < to*50; i++ {
			r.Add(flow.A, 1e9+i*20e6, 100)
			if i%5 == 0 {
				r.Add(flow.B, 1e9+i*20e6, 900)
			}
		}
	}
	text := func(list []Rate) (lines []string) {
		for _, r := range list {
			lines = append(lines, fmt.Sprintf("%.0f %.2f %d %d", float64(r.Start)/1e9, float64(r.Length)/1e9,
				r.Bytes[0], r.Bytes[1]))
		}
		return lines
	}
	var whole, cut Cadence
	call(&whole, 0, 24)
	call(&whole, 50, 74) // silence between, of which there is nothing to tell
	want := []string{"1 10.00 50000 90000", "11 10.00 50000 90000", "21 10.00 20000 36000", "51 10.00 50000 90000",
		"61 10.00 50000 90000", "71 3.98 20000 36000"}
	if got := text(whole.Rates()); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	call(&cut, 0, 24)
	next := cut.goOn()
	call(next, 24, 34)
	want = []string{"1 10.00 50000 90000", "11 10.00 50000 90000", "21 10.00 50000 90000", "31 3.98 20000 36000"}
	if got := text(append(cut.Rates(), next.Rates()...)); !slices.Equal(got, want) || len(cut.Rates()) != 2 {
		t.Errorf("cut: %q", got)
	}
	var slow Cadence
	for i := range int64(5000) {
		slow.Add(flow.A, 1+i*5e9, 100)
	}
	if slow.Rates() != nil || len(slow.rates) != ratesBefore {
		t.Errorf("without media: %d shown, %d kept", len(slow.Rates()), len(slow.rates))
	}
}

// TestCadenceInProxyAndPlain: the cadence is found inside of a CONNECT tunnel and where there is no TLS at all.
func TestCadenceInProxyAndPlain(t *testing.T) {
	for _, f := range dissect(pcaptest.TLSViaProxy()) {
		if x := f.State.TCP; x != nil && x.Connect != nil && x.Connect.Open &&
			(x.Cadence == nil || x.Cadence.MediaBoth != 3) {
			t.Errorf("through a proxy: %+v", x.Cadence)
		}
	}
	e := only(t, story(func(s *pcaptest.Scenario) {
		c := s.TCP(office, web, pcaptest.Path{}).Open()
		pcaptest.Play(c, pcaptest.MediaCadence(c.Now(), 34*time.Second, 20*time.Millisecond))
	}))
	if r := e.State.TCP.Cadence; r == nil || r.MediaBoth != 3 || e.App != Unknown {
		t.Errorf("without TLS: %v, %+v", e.App, r)
	}
}

// TestCadenceTimes: time that stands still, runs back or leaps neither panics nor makes media.
func TestCadenceTimes(t *testing.T) {
	var r Cadence
	for i := range int64(5000) {
		r.Add(flow.A, []int64{1, 5e18, 3, 1e9, -7}[i%5]*1, 100)
	}
	if r.MediaBoth+r.MediaOne != 0 || r.Windows > 5000*maxWindow {
		t.Errorf("%d windows, %d and %d with media", r.Windows, r.MediaBoth, r.MediaOne)
	}
	var leap Cadence
	for i := range int64(1000) {
		leap.Add(flow.A, 1+i*20e6, 100)
	}
	before := leap.Windows
	leap.Add(flow.A, 5e18, 100)
	if leap.Windows > before+maxWindow {
		t.Errorf("%d windows after a leap of centuries", leap.Windows)
	}
}

// TestSizeClasses: classes go up with size, and a class's middle lies within an eighth of an octave or two bytes of its
// members.
func TestSizeClasses(t *testing.T) {
	last := -1
	for n := range 100_000 {
		c := sizeClass(n)
		if c < last || c > last+1 || c >= sizeClasses {
			t.Fatalf("size %d: class %d after %d", n, c, last)
		}
		last = c
		if m := classSize(c); m > n+n/8+1 || m < n-n/8-1 {
			t.Fatalf("size %d: the middle of class %d is %d", n, c, m)
		}
	}
	if sizeClass(-5) != 0 || sizeClass(1<<30) != sizeClasses-1 {
		t.Error("sizes out of range")
	}
}
