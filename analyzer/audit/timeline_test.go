package audit

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"webexaudit/analyzer/record"
)

// TestTimelinesBounds: however events are dealt over timelines that are merged, those of the first clients by address
// are kept, all or the earliest of each, up to the bounds.
func TestTimelinesBounds(t *testing.T) {
	const clients = 40
	random := rand.New(rand.NewPCG(4, 2))
	for name, each := range map[string]func(client int) int{
		"few":            func(int) int { return 10 },
		"too many":       func(client int) int { return 2000 + 10*client },
		"one with most":  func(client int) int { return 3 + client/7*1000 + client/39*30_000 },
		"all beyond one": func(int) int { return maxEvents + 5 },
	} {
		whole, parts := NewTimelines[int](), make([]Timelines[int], 3)
		for i := range parts {
			parts[i] = NewTimelines[int]()
		}
		var events [][2]int // client, number
		for c := range clients {
			for n := range each(c) {
				events = append(events, [2]int{c, n})
			}
		}
		random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		for _, e := range events {
			client := netip.AddrFrom4([4]byte{10, 0, 0, byte(e[0])})
			for _, x := range []*Timelines[int]{&whole, &parts[random.IntN(len(parts))]} {
				x.Add(client, record.Time(e[1]), fmt.Sprint(e[1]), e[1])
			}
		}
		slices.Reverse(parts)
		for i := range parts[1:] {
			parts[0].Merge(&parts[i+1])
		}
		want, total := map[int]int{}, 0
		for c := range clients {
			if total += min(each(c), maxEvents); total > maxAllEvents {
				break
			}
			want[c] = min(each(c), maxEvents)
		}
		for which, x := range map[string]*Timelines[int]{"whole": &whole, "parts": &parts[0]} {
			got := lengths(t, name+", "+which, x)
			if fmt.Sprint(got) != fmt.Sprint(want) || x.Over != (name != "few") {
				t.Errorf("%s, %s, over %v: %v, want %v", name, which, x.Over, got, want)
			}
		}
	}
}

// lengths are how many events each client has; they are numbered from 0.
func lengths(t *testing.T, what string, x *Timelines[int]) map[int]int {
	t.Helper()
	got := map[int]int{}
	for a, list := range x.All {
		c := int(a.As4()[3])
		for i, e := range list {
			if e.What != i {
				t.Fatalf("%s: event %d of client %d is %d", what, i, c, e.What)
			}
		}
		got[c] = len(list)
	}
	return got
}

// TestTimelinesRoom: where clients with too many events each leave room, it is for those that come later.
func TestTimelinesRoom(t *testing.T) {
	x := NewTimelines[int]()
	client := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}) }
	for c := range 8 {
		for n := range 2*maxEvents - 1 {
			x.Add(client(c), record.Time(n), fmt.Sprint(n), n)
		}
	}
	x.Add(client(9), 1, "late", 1)
	got := map[netip.Addr]int{}
	for a, list := range x.All {
		got[a] = len(list)
	}
	if len(got) != 9 || got[client(0)] != maxEvents || got[client(9)] != 1 {
		t.Errorf("%v", got)
	}
}
