package demux

import (
	"fmt"
	"testing"
)

func TestClassify(t *testing.T) {
	ranges := []struct {
		first, last byte
		want        Kind
	}{
		{0, 3, STUN}, {4, 15, Unknown}, {16, 19, ZRTP}, {20, 63, DTLS}, {64, 79, TURNChannel},
		{80, 127, QUIC}, {128, 191, RTP}, {192, 255, QUIC},
	}
	n := 0
	for _, r := range ranges {
		for c := int(r.first); c <= int(r.last); c++ {
			if got := Classify([]byte{byte(c), 0}); got != r.want {
				t.Errorf("first byte %d: %v, want %v", c, got, r.want)
			}
			n++
		}
	}
	if n != 256 {
		t.Errorf("the table covers %d first bytes", n)
	}
}

func TestClassifySecondByte(t *testing.T) {
	tests := []struct {
		name string
		b    []byte
		want Kind
	}{
		{"empty", nil, Unknown},
		{"one byte", []byte{0x80}, RTP},
		{"RTP, payload type 98", []byte{0x90, 98}, RTP},
		{"RTP, payload type 98 with marker", []byte{0x90, 98 | 0x80}, RTP},
		{"RTP, payload type 63 with marker", []byte{0x80, 191}, RTP},
		{"sender report", []byte{0x81, 200}, RTCP},
		{"first of the range", []byte{0x80, 192}, RTCP},
		{"last of the range", []byte{0xbf, 223}, RTCP},
		{"RTP, payload type 96 with marker", []byte{0x80, 224}, RTP},
		{"QUIC long header", []byte{0xc3, 200}, QUIC},
	}
	for _, tt := range tests {
		if got := Classify(tt.b); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if got := Kind(200).String(); got != "unknown" {
		t.Errorf("String = %q", got)
	}
}

func FuzzClassify(f *testing.F) {
	for _, s := range []string{"", "\x00", "\x05", "\x16\xfe\xfd", "\x40\x00", "\x80\xc8", "\x80\x62", "\xc0"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		k := Classify(b)
		if k > RTCP || len(b) == 0 && k != Unknown {
			t.Fatalf("%x: %v", b, k)
		}
		if (k == RTP || k == RTCP) != (len(b) > 0 && b[0]>>6 == 2) {
			t.Fatalf("%x: %v contradicts version 2", b, k)
		}
	})
}

func ExampleClassify() {
	fmt.Println(Classify([]byte{0x90, 0x62}), Classify([]byte{0x81, 0xc8}), Classify([]byte{0x16, 0xfe, 0xfd}))
	// Output: RTP RTCP DTLS
}

func TestNoAllocs(t *testing.T) {
	b := []byte{0x80, 200}
	if n := testing.AllocsPerRun(100, func() { _ = Classify(b).String() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkClassify(b *testing.B) {
	d := []byte{0x80, 98}
	for b.Loop() {
		if Classify(d) != RTP {
			b.Fatal("no RTP")
		}
	}
}
