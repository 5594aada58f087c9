package quicwire

import "testing"

// TestIsAllocates: packets that are asked whether they are Initials, long headers and short ones, cost no memory.
func TestIsAllocates(t *testing.T) {
	long, short := vector(t, "rfc9001-client"), append([]byte{0x41}, make([]byte, 1200)...)
	n := testing.AllocsPerRun(100, func() {
		if !Is(long) || Is(short) {
			t.Error("not what they are")
		}
		for range Packets(long) {
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
