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

// TestInitialAllocates: a client's Initial is opened with a dozen allocations: two ciphers, the Assembler, and what it
// keeps. Keys are derived without any.
func TestInitialAllocates(t *testing.T) {
	packet := vector(t, "rfc9001-client")
	n := testing.AllocsPerRun(100, func() {
		var a Assembler
		if !a.Add(packet) {
			t.Error("not opened")
		}
	})
	if n > 12 {
		t.Errorf("%v allocations", n)
	}
}
