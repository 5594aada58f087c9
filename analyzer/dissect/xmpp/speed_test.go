package xmpp

import "testing"

// walk reads all tags of a stream's beginning.
func walk(b []byte) (tags int) {
	for {
		_, n, err := Next(b)
		if err != nil {
			return tags
		}
		tags++
		b = b[n:]
	}
}

func TestNoAllocs(t *testing.T) {
	b := []byte(header + features + proceed)
	if n := testing.AllocsPerRun(100, func() { walk(b) }); n != 0 || !Is(b) {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkNext(b *testing.B) {
	in := []byte(header + features + proceed)
	b.ReportAllocs()
	for b.Loop() {
		if walk(in) < 5 {
			b.Fatal("too few tags")
		}
	}
}
