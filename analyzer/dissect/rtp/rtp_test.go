package rtp

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// unhex reads hexadecimal digits; spaces are for the reader.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParse(t *testing.T) {
	tests := []struct {
		name, hex string
		want      Header // without ExtensionData and CSRCs
		ext       string
		csrcs     []uint32
		is        bool
	}{
		{"plain", "80 62 0001 000003c0 deadbeef 0102030405",
			Header{PayloadType: 98, SequenceNumber: 1, Timestamp: 960, SSRC: 0xdeadbeef, HeaderLen: 12, PayloadLen: 5}, "", nil, true},
		{"no payload", "80 62 0001 000003c0 deadbeef",
			Header{PayloadType: 98, SequenceNumber: 1, Timestamp: 960, SSRC: 0xdeadbeef, HeaderLen: 12}, "", nil, true},
		{"marker, two CSRCs", "82 f5 ffff ffffffff 00000001 0000000a 0000000b 00",
			Header{Marker: true, PayloadType: 117, SequenceNumber: 65535, Timestamp: 1<<32 - 1, SSRC: 1, CSRCCount: 2, HeaderLen: 20, PayloadLen: 1},
			"", []uint32{10, 11}, true},
		{"extension", "90 6f 0002 00000000 00000001 bede 0001 10aa0000 0102",
			Header{PayloadType: 111, SequenceNumber: 2, SSRC: 1, Extension: true, ExtensionProfile: ProfileOneByte, HeaderLen: 20, PayloadLen: 2},
			"10aa0000", nil, true},
		{"extension of length 0 and a CSRC", "91 6f 0002 00000000 00000001 00000007 0000 0000 0102",
			Header{PayloadType: 111, SequenceNumber: 2, SSRC: 1, Extension: true, CSRCCount: 1, HeaderLen: 20, PayloadLen: 2}, "", []uint32{7}, true},
		{"padding", "a0 62 0001 00000000 00000001 0102 000003",
			Header{PayloadType: 98, SequenceNumber: 1, SSRC: 1, Padding: true, HeaderLen: 12, PayloadLen: 5, PaddingLen: 3}, "", nil, true},
		{"padding only", "a0 62 0001 00000000 00000001 0002",
			Header{PayloadType: 98, SequenceNumber: 1, SSRC: 1, Padding: true, HeaderLen: 12, PayloadLen: 2, PaddingLen: 2}, "", nil, true},
		{"padding count of SRTP", "a0 62 0001 00000000 00000001 0102 fe",
			Header{PayloadType: 98, SequenceNumber: 1, SSRC: 1, Padding: true, HeaderLen: 12, PayloadLen: 3}, "", nil, true},
		{"cut in the CSRC list", "82 62 0001 00000000 00000001 0000000a 0000",
			Header{PayloadType: 98, SequenceNumber: 1, SSRC: 1, CSRCCount: 2, HeaderLen: 20, Truncated: true}, "", []uint32{10}, false},
		{"cut before the extension", "90 62 0001 00000000 00000001 bede",
			Header{PayloadType: 98, SequenceNumber: 1, SSRC: 1, Extension: true, HeaderLen: 16, Truncated: true}, "", nil, false},
		{"cut in the extension", "90 62 0001 00000000 00000001 bede 0002 10aa20bb",
			Header{PayloadType: 98, SequenceNumber: 1, SSRC: 1, Extension: true, ExtensionProfile: ProfileOneByte, HeaderLen: 24, Truncated: true},
			"10aa20bb", nil, false},
		{"payload type forbidden beside RTCP", "80 48 0001 00000000 00000001",
			Header{PayloadType: 72, SequenceNumber: 1, SSRC: 1, HeaderLen: 12}, "", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := unhex(t, tt.hex)
			h := Header{Marker: true, Truncated: true, PaddingLen: 9, ExtensionProfile: 1, csrc: b}
			if err := Parse(b, &h); err != nil {
				t.Fatal(err)
			}
			for i, want := range tt.csrcs {
				if got, ok := h.CSRC(i); !ok || got != want {
					t.Errorf("CSRC(%d) = %d, %v, want %d", i, got, ok, want)
				}
			}
			if _, ok := h.CSRC(len(tt.csrcs)); ok {
				t.Error("one CSRC too many")
			}
			if got := hex.EncodeToString(h.ExtensionData); got != tt.ext {
				t.Errorf("extension %s, want %s", got, tt.ext)
			}
			h.ExtensionData, h.csrc = nil, nil
			if got, want := fmt.Sprintf("%+v", h), fmt.Sprintf("%+v", tt.want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if got := Is(b); got != tt.is {
				t.Errorf("Is = %v", got)
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	tests := []struct {
		name, hex string
		want      error
	}{
		{"empty", "", ErrShort},
		{"eleven bytes", "80 62 0001 00000000 000000", ErrShort},
		{"version 1", "40 62 0001 00000000 00000001", ErrVersion},
		{"version 0: STUN", "00 01 0000 2112a442 00000000 00000000 00000000", ErrVersion},
		{"version 3: QUIC", "c0 62 0001 00000000 00000001", ErrVersion},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := Header{SSRC: 5}
			if err := Parse(unhex(t, tt.hex), &h); !errors.Is(err, tt.want) || h.SSRC != 0 {
				t.Errorf("got %v and %+v, want %v", err, h, tt.want)
			}
			if Is(unhex(t, tt.hex)) {
				t.Error("Is = true")
			}
		})
	}
	for pt := range 128 {
		for _, marker := range []byte{0, 0x80} {
			b := unhex(t, "80 00 0006 00000001 00000000 00000000")
			b[1] = byte(pt) | marker
			if got, want := Is(b), pt < 64 || pt > 95; got != want {
				t.Errorf("payload type %d, marker %#x: %v", pt, marker, got)
			}
		}
	}
}

func TestElements(t *testing.T) {
	tests := []struct{ name, profile, data, want string }{
		// RFC 8285 section 4.2: one element of 1 byte, one of 2, padding, one of 4.
		{"one-byte form", "bede", "10aa 21bbcc 0000 33 01020304 00", "1:aa 2:bbcc 3:01020304"},
		{"one-byte form, longest", "bede", "ef 000102030405060708090a0b0c0d0e0f", "14:000102030405060708090a0b0c0d0e0f"},
		{"15 ends the one-byte form", "bede", "10aa f0 10bb 000000", "1:aa"},
		{"0 with a length ends it too", "bede", "10aa 03 10bb 000000", "1:aa"},
		{"element does not fit", "bede", "10aa 2f 00", "1:aa"},
		// RFC 8285 section 4.3: elements of 0, 1 and 4 bytes.
		{"two-byte form", "1000", "0100 0201aa 00 0304 01020304 00", "1: 2:aa 3:01020304"},
		{"two-byte form with appbits", "100f", "f002aabb", "240:aabb"},
		{"two-byte form, no length", "1000", "0000 0001", ""},
		{"other profile", "abac", "10aa2000", ""},
		{"encrypted", "c0de", "10aa2000", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := unhex(t, tt.data)
			data = append(data, make([]byte, (4-len(data)%4)%4)...)
			b := unhex(t, "90 62 0001 00000000 00000001"+tt.profile+fmt.Sprintf("%04x", len(data)/4))
			var h Header
			if err := Parse(append(b, data...), &h); err != nil || h.Truncated {
				t.Fatal(err, h.Truncated)
			}
			var got []string
			e := h.Elements()
			for e.Next() {
				got = append(got, fmt.Sprintf("%d:%x", e.ID, e.Value))
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %q, want %q", s, tt.want)
			}
			if e.Next() {
				t.Error("an element behind the last one")
			}
		})
	}
}

// The header of a browser's audio packet: one CSRC, audio level and transport-wide sequence number.
const audioPacket = "91 6f 1234 000003c0 cafebabe 00000001 bede 0002 1085 41 0102 000000 01020304"

func TestNoAllocs(t *testing.T) {
	b := unhex(t, audioPacket)
	var h Header
	n := testing.AllocsPerRun(100, func() {
		_ = Parse(b, &h)
		for e := h.Elements(); e.Next(); {
			_ = e.ID
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkParse(b *testing.B) {
	p := unhex(b, audioPacket)
	var h Header
	b.ReportAllocs()
	for b.Loop() {
		if err := Parse(p, &h); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkElements(b *testing.B) {
	var h Header
	if err := Parse(unhex(b, audioPacket), &h); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n := 0
		for e := h.Elements(); e.Next(); n++ {
		}
		if n != 2 {
			b.Fatal(n)
		}
	}
}
