package analyzer_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// TestLedgerSilent: where a client encrypts its reports, nothing is said of what lies behind the capture point, and
// why; what lies before it is known all the same, and of the app also what the sender left out.
func TestLedgerSilent(t *testing.T) {
	for name, change := range map[string]func(*pcaptest.NativeCall){
		"native with SRTCP": func(c *pcaptest.NativeCall) { c.Sealed = true },
		"native of 2020":    func(c *pcaptest.NativeCall) { c.Generation = pcaptest.Native2020 },
		"browser":           func(c *pcaptest.NativeCall) { c.Generation = pcaptest.Browser },
	} {
		c := clearCall()
		c.Change = func(r *pcaptest.RTPStream) {
			r.Loss, r.LossBehind = amid(r, pcaptest.EveryNth(40)), amid(r, pcaptest.EveryNth(25))
		}
		change(&c)
		set, truth := kept(t, 9, c, nil)
		for m, of := range ledgers(t, set, truth) {
			l, n := m.Ledger, of.Sum(0, of.Packets)
			known := *l
			known.Unknown, known.Unsent = "", nil
			want := record.StreamLedger{Numbers: l.Numbers, LostBefore: int64(n.Before), LostBeforeLow: l.LostBeforeLow,
				LostBeforeHigh: l.LostBeforeHigh}
			if known != want || !strings.Contains(l.Unknown, "encrypt") {
				t.Errorf("%s: %s: %s, %+v", name, streamName(m), owned(l), *l)
			}
			unsent := int64(0)
			if c.Generation == pcaptest.Browser {
				unsent = -1
			}
			if count(l.Unsent) != unsent {
				t.Errorf("%s: %s: %d unsent, want %d", name, streamName(m), count(l.Unsent), unsent)
			}
		}
	}
}

// TestLedgerCounterOfNobody: an element of the counter's size whose numbers do not step with the packets, or a clock
// that does not go with time, is not believed.
func TestLedgerCounterOfNobody(t *testing.T) {
	c := clearCall()
	noise := pcaptest.NewRand(3)
	c.Change = func(r *pcaptest.RTPStream) {
		r.Loss = amid(r, pcaptest.EveryNth(30))
		for i := range r.Slots {
			r.Slots[i].Extension = pcaptest.Elements(pcaptest.Element{ID: 4, Value: noise.Bytes(7)})
		}
	}
	set, truth := kept(t, 10, c, nil)
	for m, of := range ledgers(t, set, truth) {
		want := covered(t, m, of)
		l := m.Ledger
		if l.Unsent != nil || l.LostBefore != int64(want.Before) || count(l.LostBehind) != 0 {
			t.Errorf("%s: %s; want %s", streamName(m), owned(l), due(want))
		}
	}
}

// drawn is a way to lose, hold up or repeat packets.
func drawn(r *rapid.T, name string, seed uint64) func(int) bool {
	switch rapid.IntRange(0, 4).Draw(r, name) {
	case 0, 1:
		return nil
	case 2:
		return pcaptest.Chance(seed, rapid.Float64Range(.002, .2).Draw(r, name+" share"))
	case 3:
		period := rapid.IntRange(30, 400).Draw(r, name+" period")
		return pcaptest.Runs(period, rapid.IntRange(1, period/3).Draw(r, name+" length"))
	}
	low := rapid.IntRange(0, 600).Draw(r, name+" from")
	return pcaptest.Between(low, low+rapid.IntRange(1, 200).Draw(r, name+" many"))
}

// TestPropertyLedger: wherever packets are lost, in whatever order and however often they come, the owners' sum is what
// was sent less what was received, and none owns less than nothing; where the capture lacks none and every report was
// believed (where more come late at once than were lost, one is not), bounds hold the truth.
func TestPropertyLedger(t *testing.T) {
	check(t, func(r *rapid.T) {
		c := clearCall()
		c.Lasting = 9 * time.Second
		way := rapid.SampledFrom([]pcaptest.Side{pcaptest.Client, pcaptest.Server}).Draw(r, "way")
		seed := rapid.Uint64Range(0, 1<<40).Draw(r, "seed")
		far, before := drawn(r, "far", seed+1), drawn(r, "before", seed+2)
		behind, capture := drawn(r, "behind", seed+3), drawn(r, "capture", seed+4)
		again, reorder := drawn(r, "again", seed+5), drawn(r, "reorder", seed+6)
		again2, late := drawn(r, "again behind", seed+7), drawn(r, "late", seed+8)
		c.Change = func(s *pcaptest.RTPStream) {
			if s.From != way {
				return
			}
			s.LossFar, s.Loss, s.LossBehind, s.Unseen = far, before, behind, capture
			s.Duplicate, s.Reorder, s.TwiceBehind = again, reorder, again2
			s.LateBehind = func(i int) time.Duration {
				if late == nil || !late(i) {
					return 0
				}
				return time.Duration(i%7) * 30 * time.Millisecond
			}
		}
		set, truth := kept(t, seed, c, nil)
		for _, m := range set.Streams {
			if m.Ledger == nil {
				r.Fatalf("%s: no ledger", streamName(m))
			}
			if problem := account(m.Ledger); problem != "" {
				r.Errorf("%s: %s: %s", streamName(m), problem, owned(m.Ledger))
			}
			if of := truth.Of(m.SSRC); capture == nil && again2 == nil && m.Ledger.Refused == 0 {
				if problem := bounds(m.Ledger, of); problem != "" {
					r.Errorf("%s: %s: %s", streamName(m), problem, owned(m.Ledger))
				}
			}
		}
	})
}

// TestLedgerUnsentLate: packets of before the first report that come after it leave what was never sent as it is.
func TestLedgerUnsentLate(t *testing.T) {
	for seed := range uint64(4) {
		c := clearCall()
		c.Lasting = 9 * time.Second
		c.Change = func(s *pcaptest.RTPStream) {
			if s.From == pcaptest.Server {
				s.LossFar, s.Duplicate = pcaptest.Runs(30, 1), pcaptest.Between(0, 1)
				s.Reorder = pcaptest.Between(1, 6)
			}
		}
		set, truth := kept(t, seed, c, nil)
		for m, of := range ledgers(t, set, truth) {
			for _, problem := range []string{bounds(m.Ledger, of), account(m.Ledger)} {
				if problem != "" {
					t.Errorf("seed %d: %s: %s: %s", seed, streamName(m), problem, owned(m.Ledger))
				}
			}
		}
	}
}

// account says what of a ledger does not add up; empty: nothing.
func account(l *record.StreamLedger) string {
	unsent := max(count(l.Unsent), 0)
	switch {
	case min(l.Numbers, l.LostBefore, l.LostBeforeLow, l.CaptureLost) < 0:
		return "less than nothing"
	case l.LostBeforeLow > l.LostBefore || l.LostBefore > l.LostBeforeHigh:
		return "lost before is not within its bounds"
	case unsent+l.LostBefore+l.CaptureLost > l.Numbers:
		return "more is missing than there was"
	case l.LostBehind == nil && l.Unknown == "":
		return "unknown, but not why"
	case l.LostBehind == nil:
		return ""
	case min(*l.LostBehind, *l.Received, *l.LostBehindLow) < 0:
		return "less than nothing behind"
	case *l.LostBehindLow > *l.LostBehind || *l.LostBehind > *l.LostBehindHigh:
		return "lost behind is not within its bounds"
	case unsent+l.LostBefore+*l.LostBehind != l.Numbers-*l.Received:
		return "owners' sum is not what was sent less what was received"
	}
	return ""
}

// bounds says which bounds of a ledger do not hold the truth of its numbers.
func bounds(l *record.StreamLedger, of *pcaptest.StreamTruth) string {
	if l.LostBehind == nil {
		return ""
	}
	first, high := 0, 0 // the packet that came first, and behind the highest that came
	for i, f := range of.Fates {
		if !f.At.IsZero() {
			if high = i + 1; of.Fates[first].At.IsZero() || f.At.Before(of.Fates[first].At) {
				first = i
			}
		}
	}
	low := max(high-int(l.Numbers), 0)
	n := of.Sum(low, high)
	slack, lostLate := lateAt(of.Fates[:low])
	if low < first { // receivers count from the first packet that came
		edge := of.Sum(low, first)
		n.Behind -= edge.Behind
		slack += int64(edge.Received + edge.Before)
	}
	if l.Unsent == nil { // then what was never sent counts as lost before
		n.Before += n.Far
	}
	switch {
	case int64(n.Before) < l.LostBeforeLow || int64(n.Before)-slack > l.LostBeforeHigh:
		return "before: truth " + due(n)
	case int64(n.Behind)+lostLate < *l.LostBehindLow || int64(n.Behind)-slack > *l.LostBehindHigh:
		return "behind: truth " + due(n)
	case l.Unsent != nil && *l.Unsent != int64(n.Far):
		return "unsent: truth " + due(n)
	}
	return ""
}

// lateAt is how many of the packets came behind the last: those that were late when the first report was written may
// have come in the ledger's time, or passed in it and been lost then.
func lateAt(list []pcaptest.Fate) (came, lost int64) {
	for _, f := range list {
		switch last := list[len(list)-1]; {
		case f.At.After(last.At) && !last.At.IsZero():
			came++
		case f.Owner == pcaptest.LostBehind && f.Passed.After(last.Passed):
			lost++
		}
	}
	return came, lost
}

// TestLedgerForged: feedback that no receiver sent moves no figure, is counted, and leaves the genuine believed.
func TestLedgerForged(t *testing.T) {
	c := clearCall()
	c.Talkers = 2
	c.Change = func(r *pcaptest.RTPStream) {
		r.Loss, r.LossBehind = amid(r, pcaptest.EveryNth(60)), amid(r, pcaptest.EveryNth(35))
	}
	clean, _ := kept(t, 11, c, nil)
	want := figures(t, clean)
	for _, k := range append(pcaptest.Forgeries(), pcaptest.Forgery{Name: "all of them"}) {
		kinds := []pcaptest.Forgery{k}
		if k.Make == nil {
			kinds = pcaptest.Forgeries()
		}
		made := 0
		set, _ := kept(t, 11, c, func(x *pcaptest.Capture) *pcaptest.Capture {
			x, made = x.Forge(1, kinds...)
			return x
		})
		if got := figures(t, set); !reflect.DeepEqual(got, want) {
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Errorf("%s: %s\nclean %s", k.Name, got[i], want[i])
				}
			}
		}
		if n := refusals(set); n == 0 || n > int64(2*made) {
			t.Errorf("%s: %d forged, %d refused", k.Name, made, n)
		}
	}
	if refusals(clean) != 0 {
		t.Errorf("%d genuine refused", refusals(clean))
	}
}

func refusals(set *record.Set) (n int64) {
	for _, s := range set.Sessions {
		n += s.FeedbackRefused
	}
	return n
}

// figures are all that ledgers say but for what was refused: of calls, of streams and of their seconds.
func figures(t *testing.T, set *record.Set) (list []string) {
	t.Helper()
	add := func(name string, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, name+" "+string(b))
	}
	for _, s := range set.Sessions {
		add("client side", s.ClientSide)
		add("cloud side", s.CloudSide)
		add("unsent", s.Unsent)
	}
	for _, m := range set.Streams {
		l := *m.Ledger
		l.Refused, l.Reports = 0, 0 // a report that says nothing new can be a copy
		add(streamName(m), l)
	}
	for _, r := range set.Intervals {
		add("row of "+r.StreamID, []any{r.StartTime, r.IntervalS, r.Unsent, r.Reported, r.LostBehind, r.RTTMs, r.ReceivedBps})
	}
	slices.Sort(list)
	return list
}
