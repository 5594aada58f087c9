package analyzer_test

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// clearCall is a native call whose RTCP is in clear, and goes on until it has told of the last packet.
func clearCall() pcaptest.NativeCall {
	c := pcaptest.WebexNativeCall(pcaptest.Native2023, pcaptest.ClientA, netip.AddrPortFrom(pcaptest.NodeA, 5004))
	c.Lasting, c.Outlast = 30*time.Second, 2500*time.Millisecond
	return c
}

// kept analyses a call, as change makes it, beside what is true of it.
func kept(t *testing.T, seed uint64, c pcaptest.NativeCall, change func(*pcaptest.Capture) *pcaptest.Capture) (
	*record.Set, *pcaptest.CallTruth) {
	t.Helper()
	s := pcaptest.New(seed, pcaptest.Start)
	truth := s.NativeCall(c)
	capture := s.Capture()
	if change != nil {
		capture = change(capture)
	}
	set, err := run(t, analyzer.Config{Files: []string{"-"}, Stdin: bytes.NewReader(capture.Pcap())})
	if err != nil {
		t.Fatal(err)
	}
	return set, truth
}

// ledgers are the streams of a run that have a ledger, with their truth.
func ledgers(t testing.TB, set *record.Set, truth *pcaptest.CallTruth) map[*record.MediaStream]*pcaptest.StreamTruth {
	t.Helper()
	out := map[*record.MediaStream]*pcaptest.StreamTruth{}
	for _, m := range set.Streams {
		of := truth.Of(m.SSRC)
		if m.Ledger == nil || of == nil {
			t.Fatalf("%s: ledger %v, truth %v", streamName(m), m.Ledger, of != nil)
		}
		out[m] = of
	}
	if len(out) != len(truth.Streams) {
		t.Fatalf("%d streams of %d", len(out), len(truth.Streams))
	}
	return out
}

// covered are the sums of the packets that a ledger is of: the last before the highest that arrived.
func covered(t testing.TB, m *record.MediaStream, of *pcaptest.StreamTruth) pcaptest.Sums {
	t.Helper()
	high := 0
	for i, f := range of.Fates {
		if !f.At.IsZero() {
			high = i + 1
		}
	}
	low := high - int(m.Ledger.Numbers)
	if low < 0 || low > of.Packets/10+40 {
		t.Fatalf("%s: ledger of %d numbers, %d packets arrived", streamName(m), m.Ledger.Numbers, high)
	}
	return of.Sum(low, high)
}

func count(p *int64) int64 {
	if p == nil {
		return -1
	}
	return *p
}

// owned is a ledger's account; -1: not told.
func owned(l *record.StreamLedger) string {
	return fmt.Sprintf("%d numbers, unsent %d, lost before %d, by the capture %d, behind %d, received %d",
		l.Numbers, count(l.Unsent), l.LostBefore, l.CaptureLost, count(l.LostBehind), count(l.Received))
}

// due is the same by the truth.
func due(n pcaptest.Sums) string {
	return fmt.Sprintf("%d numbers, unsent %d, lost before %d, by the capture %d, behind %d, received %d",
		n.Sent, n.Far, n.Before, n.Unseen, n.Behind, n.Received)
}

// lossPlaces are the ways for a packet to be missing; hit is the pattern of the stream's losses there.
var lossPlaces = map[string]func(r *pcaptest.RTPStream, hit func(int) bool){
	"far":     func(r *pcaptest.RTPStream, hit func(int) bool) { r.LossFar = hit },
	"before":  func(r *pcaptest.RTPStream, hit func(int) bool) { r.Loss = hit },
	"behind":  func(r *pcaptest.RTPStream, hit func(int) bool) { r.LossBehind = hit },
	"capture": func(r *pcaptest.RTPStream, hit func(int) bool) { r.Unseen = hit },
}

// lossPatterns are the shares that are lost, and bursts of 7 in 250 packets.
var lossPatterns = map[string]func(seed uint64) func(int) bool{
	"0":      func(uint64) func(int) bool { return func(int) bool { return false } },
	"0.5 %":  func(seed uint64) func(int) bool { return pcaptest.Chance(seed, .005) },
	"3 %":    func(seed uint64) func(int) bool { return pcaptest.Chance(seed, .03) },
	"8 %":    func(seed uint64) func(int) bool { return pcaptest.Chance(seed, .08) },
	"bursts": func(uint64) func(int) bool { return pcaptest.Runs(250, 7) },
}

// amid spares the ends of a stream, where nothing shows a loss.
func amid(r *pcaptest.RTPStream, hit func(int) bool) func(int) bool {
	return func(i int) bool { return i > 5 && i < r.Packets-5 && hit(i) }
}

// TestLedgerOnePlace: what is lost in one place, in whatever way, is owned by it to the packet, on both sides.
func TestLedgerOnePlace(t *testing.T) {
	for place, lose := range lossPlaces {
		for pattern, hits := range lossPatterns {
			c := clearCall()
			c.Change = func(r *pcaptest.RTPStream) { lose(r, amid(r, hits(uint64(r.SSRC)))) }
			set, truth := kept(t, 5, c, nil)
			for m, of := range ledgers(t, set, truth) {
				want := covered(t, m, of)
				if lost := want.Sent - want.Received + want.Unseen; pattern != "0" && want.Sent > 600 && lost == 0 {
					t.Fatalf("%s %s: nothing lost", place, pattern)
				}
				if got := owned(m.Ledger); got != due(want) {
					t.Errorf("%s %s: %s: %s\nwant %s", place, pattern, streamName(m), got, due(want))
				}
				checkRows(t, set, m, of)
			}
		}
	}
}

// TestLedgerPlacesTogether: losses at the far sender, before and behind the capture point do not get in each other's
// way.
func TestLedgerPlacesTogether(t *testing.T) {
	c := clearCall()
	c.Change = func(r *pcaptest.RTPStream) {
		seed := uint64(r.SSRC)
		r.LossFar = amid(r, pcaptest.Chance(seed, .01))
		r.Loss = amid(r, pcaptest.Chance(seed+1, .03))
		r.LossBehind = amid(r, pcaptest.Runs(90, 3))
	}
	set, truth := kept(t, 6, c, nil)
	for m, of := range ledgers(t, set, truth) {
		if want := covered(t, m, of); owned(m.Ledger) != due(want) {
			t.Errorf("%s: %s\nwant %s", streamName(m), owned(m.Ledger), due(want))
		}
		checkRows(t, set, m, of)
	}
}

// TestLedgerLate: packets that come late to the receiver while others are lost on their way here are lost nowhere, and
// the capture had them.
func TestLedgerLate(t *testing.T) {
	c := clearCall()
	c.Change = func(r *pcaptest.RTPStream) {
		r.Loss = amid(r, pcaptest.EveryNth(15))
		r.LateBehind = func(i int) time.Duration {
			if i < r.Packets/3 || i > r.Packets/2 || i%5 > 0 {
				return 0
			}
			return 180 * time.Millisecond
		}
	}
	set, truth := kept(t, 12, c, nil)
	for m, of := range ledgers(t, set, truth) {
		if want := covered(t, m, of); owned(m.Ledger) != due(want) {
			t.Errorf("%s: %s\nwant %s", streamName(m), owned(m.Ledger), due(want))
		}
	}
}

// checkRows holds the rows of a second each: together they are the stream's account, and each owns what was lost behind
// the capture point of the numbers that its reports cover.
func checkRows(t *testing.T, set *record.Set, m *record.MediaStream, of *pcaptest.StreamTruth) {
	t.Helper()
	var reported, behind, unsent int64
	at := len(of.Fates) - int(m.Ledger.Numbers)
	for i := len(of.Fates) - 1; i >= 0 && of.Fates[i].At.IsZero(); i-- {
		at--
	}
	for _, r := range set.Intervals {
		if r.StreamID != m.StreamID || r.IntervalS != 1 {
			continue
		}
		if r.Unsent != nil {
			unsent += *r.Unsent
		}
		if r.Reported == nil {
			continue
		}
		want := of.Sum(at, at+int(*r.Reported))
		if at += int(*r.Reported); count(r.LostBehind) != int64(want.Behind) {
			t.Errorf("%s, %s: %d lost behind, want %d", streamName(m), r.StartTime, count(r.LostBehind), want.Behind)
		}
		reported, behind = reported+*r.Reported, behind+*r.LostBehind
	}
	if reported != m.Ledger.Numbers || behind != *m.Ledger.LostBehind || unsent < *m.Ledger.Unsent {
		t.Errorf("%s: rows of %d numbers, %d lost behind, %d unsent; stream %s", streamName(m), reported, behind,
			unsent, owned(m.Ledger))
	}
}

// within says that a time is within 2 ms or 5 % of another.
func within(got *float64, want time.Duration) bool {
	ms := float64(want) / 1e6
	return got != nil && max(*got-ms, ms-*got) <= max(2, ms/20)
}

// taken are the times of the trips to a side, in order of length.
func taken(list []pcaptest.Trip) (out []time.Duration) {
	for _, x := range list {
		out = append(out, x.Taken)
	}
	slices.Sort(out)
	return out
}

// TestLedgerTime: round trips are those put in, of the call and of each second, whatever is lost beside.
func TestLedgerTime(t *testing.T) {
	for name, delay := range map[string]func(pcaptest.Side, time.Duration) time.Duration{
		"steady": nil,
		"cloud becomes far": func(s pcaptest.Side, at time.Duration) time.Duration {
			return time.Duration(s) * min(max(at-10*time.Second, 0)/50, 150*time.Millisecond)
		},
		"client on poor Wi-Fi": func(s pcaptest.Side, at time.Duration) time.Duration {
			return time.Duration(1-s) * (30*time.Millisecond + at/500)
		},
	} {
		c := clearCall()
		c.Delay = delay
		c.Change = func(r *pcaptest.RTPStream) {
			r.Loss, r.LossBehind = amid(r, pcaptest.Chance(1, .02)), amid(r, pcaptest.Chance(2, .03))
		}
		set, truth := kept(t, 7, c, nil)
		for m := range ledgers(t, set, truth) {
			side := pcaptest.Client
			if m.Upstream {
				side = pcaptest.Server
			}
			list, l := taken(truth.Trips[side]), m.Ledger
			n := len(list)
			if l.RTTSource != "echo" || l.Echoes < 50 || !within(l.RTTMinMs, list[0]) ||
				!within(l.RTTMedianMs, list[n/2]) || !within(l.RTTP90Ms, list[n*9/10]) {
				t.Errorf("%s: %s: %d echoes, %v %v %v; want %v %v %v", name, streamName(m), l.Echoes,
					milliseconds(l.RTTMinMs), milliseconds(l.RTTMedianMs), milliseconds(l.RTTP90Ms),
					list[0], list[n/2], list[n*9/10])
			}
			checkTrips(t, name, set, m, truth.Trips[side])
		}
	}
}

func value(p *float64) float64 {
	if p == nil {
		return -1
	}
	return *p
}

func milliseconds(p *float64) string {
	if p == nil {
		return "unknown"
	}
	return fmt.Sprintf("%.1f ms", *p)
}

// checkTrips holds the round trips of a second against those of the clocks that passed in it.
func checkTrips(t *testing.T, name string, set *record.Set, m *record.MediaStream, trips []pcaptest.Trip) {
	t.Helper()
	rows := 0
	for _, r := range set.Intervals {
		if r.StreamID != m.StreamID || r.IntervalS != 1 || r.RTTMs == nil {
			continue
		}
		rows++
		start := r.StartTime.Time()
		low, high := time.Hour, time.Duration(0)
		for _, x := range trips {
			since := x.At.Add(-x.Taken).Sub(start)
			if since >= -time.Second/2 && since < 3*time.Second/2 {
				low, high = min(low, x.Taken), max(high, x.Taken)
			}
		}
		if !within(r.RTTMs, min(max(time.Duration(*r.RTTMs*1e6), low), high)) {
			t.Errorf("%s: %s, %s: %.1f ms, want %v to %v", name, streamName(m), r.StartTime, *r.RTTMs, low, high)
		}
	}
	if rows < 15 {
		t.Errorf("%s: %s: round trips in %d seconds", name, streamName(m), rows)
	}
}

// TestLedgerRates: the rate received is what came to the receiver, where a third is lost behind the capture point.
func TestLedgerRates(t *testing.T) {
	c := clearCall()
	c.Change = func(r *pcaptest.RTPStream) { r.LossBehind = amid(r, pcaptest.EveryNth(3)) }
	set, truth := kept(t, 8, c, nil)
	for m, of := range ledgers(t, set, truth) {
		var list []float64
		for at := 2 * time.Second; at < 27*time.Second; at += 250 * time.Millisecond {
			list = append(list, 8*float64(of.Came(pcaptest.Start.Add(at-time.Second), pcaptest.Start.Add(at))))
		}
		slices.SortFunc(list, cmp.Compare)
		want := list[len(list)/2]
		if got := m.Ledger.ReceivedBps; got == nil || *got < .7*want || *got > 1.3*want || *got > .9*m.BitrateBps {
			t.Errorf("%s: received %v b/s, want %.0f; passed %.0f", streamName(m), value(got), want, m.BitrateBps)
		}
	}
}
