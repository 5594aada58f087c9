package media

import (
	"testing"

	"pgregory.net/rapid"
)

// TestGoOn: however a stream without packets that overtake each other is cut, its parts add up to the stream in one
// piece: packets, numbers, lost, copies, bytes, bursts and rows.
func TestGoOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, part := new(Stream), new(Stream)
		var sum stats
		var bytes, rows, expected int64
		end := func() {
			got := part.stats()
			sum.Packets, sum.Expected, sum.Lost = sum.Packets+got.Packets, sum.Expected+got.Expected, sum.Lost+got.Lost
			sum.Duplicated, sum.Restarts = sum.Duplicated+got.Duplicated, sum.Restarts+got.Restarts
			sum.Bursts = added(sum.Bursts, got.Bursts)
			bytes += part.Bytes
			fine, _, _ := part.Intervals()
			for _, r := range fine {
				rows, expected = rows+r.Packets, expected+r.Expected
			}
		}
		first := rapid.IntRange(0, 65535).Draw(t, "first")
		for i := range rapid.IntRange(1, 400).Draw(t, "n") {
			if rapid.IntRange(0, 99).Draw(t, "lost") < 10 && i > 0 {
				continue
			}
			p := Packet{Time: int64(i+1) * 20 * ms, Number: int64(i + 1), Sequence: uint16(first + i),
				Timestamp: uint32(i * 960), Bytes: 100}
			for range 1 + rapid.IntRange(0, 9).Draw(t, "copies")/9 {
				a, b := p, p
				whole.Add(&a)
				part.Add(&b)
			}
			if rapid.IntRange(0, 19).Draw(t, "cut") == 0 {
				next := part.GoOn()
				end()
				part = next
			}
		}
		end()
		want := whole.stats()
		if sum != want || bytes != whole.Bytes || rows != want.Packets || expected != want.Expected {
			t.Fatalf("%+v, %d bytes, rows %d of %d; whole %+v, %d", sum, bytes, rows, expected, want, whole.Bytes)
		}
	})
}

func added(a, b [burstClasses]int64) [burstClasses]int64 {
	for i, n := range b {
		a[i] += n
	}
	return a
}

// TestGoOnLate: a packet that comes after the cut, of a number before it, is counted by neither part.
func TestGoOnLate(t *testing.T) {
	s := play(1, 2, 3, 5)
	next := s.GoOn()
	next.Add(&Packet{Time: 101 * ms, Number: 5, Sequence: 4})
	next.Add(&Packet{Time: 120 * ms, Number: 6, Sequence: 6})
	if a, b := s.stats(), next.stats(); a.Lost != 1 || b.Packets != 1 || b.Expected != 1 || b.Lost != 0 {
		t.Errorf("before %+v, behind %+v", a, b)
	}
}
