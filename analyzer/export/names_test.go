package export

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
)

// TestNamesRepeat: answers that repeat a name, and those that a window leaves behind, take no memory; what is found is
// what the whole list says.
func TestNamesRepeat(t *testing.T) {
	client, addr := netip.MustParseAddr("10.20.1.15"), netip.MustParseAddr("192.0.2.7")
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var all []answer
		var m Memory
		n, inOrder := 3+r.IntN(700), int64(0)
		for range n {
			a := answer{time: r.Int64N(1000) * 1e9, name: fmt.Sprintf("%d.example.com", r.IntN(9)/8)}
			if n > maxNames { // then they have to come in their order
				inOrder += r.Int64N(3) * 1e9
				a.time = inOrder
			}
			all = append(all, a)
			m.names().add(client, addr, a.time, a.name)
		}
		m.table.sort()
		for start := int64(0); start < 1000; start += 7 {
			if got, want := m.table.find(client, addr, start*1e9), latest(all, start*1e9); got != want {
				t.Fatalf("at %d s: %q, want %q", start, got, want)
			}
		}
		m.age(500e9)
		if got := m.table.byAddr[addr]; len(got) > 1 && got[1].time <= 500e9 || cap(got) != len(got) {
			t.Fatalf("%d answers in the room of %d, the second given at %d", len(got), cap(got), got[1].time)
		}
		for start := int64(500); start < 1000; start += 7 {
			if got, want := m.table.find(client, addr, start*1e9), latest(all, start*1e9); got != want {
				t.Fatalf("aged, at %d s: %q, want %q", start, got, want)
			}
		}
	}
}

// latest is the last name given until a time; of those given at once that which came last.
func latest(all []answer, start int64) (name string) {
	best := int64(-1)
	for _, a := range all {
		if a.time <= start+slack && a.time >= best {
			best, name = a.time, a.name
		}
	}
	return name
}

// TestNamesLast: a name lasts from when it was given last.
func TestNamesLast(t *testing.T) {
	client, addr := netip.MustParseAddr("10.20.1.15"), netip.MustParseAddr("192.0.2.7")
	var m Memory
	day := int64(namesLast)
	for _, at := range []int64{0, day / 2, day} {
		m.names().add(client, addr, at, "a.example.com")
	}
	m.table.sort()
	for _, w := range []struct {
		now  int64
		want string
	}{{day + day/2, "a.example.com"}, {2*day + 1, ""}} {
		if m.age(w.now); m.table.find(client, addr, w.now) != w.want {
			t.Errorf("after %d s: %q, want %q", w.now/1e9, m.table.find(client, addr, w.now), w.want)
		}
	}
}
