package rtp

import "testing"

// nativePacket begins like one of the native app's audio: four elements, the fourth with counter and clock.
const nativePacket = "91 65 782c e0e91ff0 cdce7cb6 3b9c3900 bede0003 1000 209e 46 00359064309ab0 00 01020304"

func TestSent(t *testing.T) {
	tests := []struct {
		name, hex string
		want      Sent
		ok        bool
	}{
		{"native app", nativePacket, Sent{0x3590, 0x64309ab0}, true},
		{"browser", audioPacket, Sent{}, false},
		{"no extension", "80 65 782c e0e91ff0 cdce7cb6", Sent{}, false},
		{"six bytes", "90 65 782c e0e91ff0 cdce7cb6 bede0002 45 00359064309a 00", Sent{}, false},
		{"two-byte form", "90 65 782c e0e91ff0 cdce7cb6 10000003 0407 00359064309ab0 000000", Sent{0x3590, 0x64309ab0}, true},
		{"another profile", "90 65 782c e0e91ff0 cdce7cb6 abac0002 46 00359064309ab0", Sent{}, false},
		{"cut off", "90 65 782c e0e91ff0 cdce7cb6 bede0002 46 00359064309a", Sent{}, false},
	}
	for _, tt := range tests {
		var h Header
		if err := Parse(unhex(t, tt.hex), &h); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if x, ok := h.Sent(); x != tt.want || ok != tt.ok {
			t.Errorf("%s: %x, %v", tt.name, x, ok)
		}
	}
}

func BenchmarkSent(b *testing.B) {
	var h Header
	if err := Parse(unhex(b, nativePacket), &h); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, ok := h.Sent(); !ok {
			b.Fatal("nothing found")
		}
	}
}
