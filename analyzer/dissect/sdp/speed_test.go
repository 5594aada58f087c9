package sdp

import "testing"

func BenchmarkParse(b *testing.B) {
	in := []byte(rfc8866)
	var s Session
	b.ReportAllocs()
	for b.Loop() {
		if err := Parse(in, true, &s); err != nil {
			b.Fatal(err)
		}
	}
}
