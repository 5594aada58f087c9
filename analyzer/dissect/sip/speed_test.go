package sip

import "testing"

func BenchmarkParse(b *testing.B) {
	var m Message
	b.ReportAllocs()
	for b.Loop() {
		if err := Parse(registerBytes, &m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIs(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if !Is(registerBytes) {
			b.Fatal("no SIP")
		}
	}
}
