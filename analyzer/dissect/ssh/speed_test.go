package ssh

import "testing"

// TestIsAllocates: other traffic that is asked whether it is SSH costs no memory.
func TestIsAllocates(t *testing.T) {
	yes, no := []byte("SSH-2.0-OpenSSH_9.6p1\r\n"), []byte("HTTP/1.1 200 OK\r\n")
	if n := testing.AllocsPerRun(100, func() { _ = Is(yes) && Is(no) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkParseID(b *testing.B) {
	in := []byte("SSH-2.0-OpenSSH_9.6p1 Ubuntu-3\r\n")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ParseID(in); err != nil {
			b.Fatal(err)
		}
	}
}
