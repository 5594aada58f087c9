package rfc4571

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Packets for frames.
var (
	binding = packet("0001 0000 2112a442 000102030405060708090a0b")
	dtls    = packet("16 fefd 0000 000000000000 0003 010000")
	audio   = packet("80 62 0001 000003c0 0000000a 01020304")
	audio2  = packet("80 62 0002 00000780 0000000a 05060708")
	video   = packet("90 6c 0001 00000000 0000000b bede 0000 01")
	rr      = packet("80 c9 0001 0000000a")
)

func packet(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// frames puts each packet behind its length.
func frames(packets ...[]byte) []byte {
	var b []byte
	for _, p := range packets {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(p))), p...)
	}
	return b
}

func TestNext(t *testing.T) {
	b := append(frames(audio, nil, rr), 0, 9, 1)
	var got []int
	frame, rest, ok := Next(b)
	for ; ok; frame, rest, ok = Next(rest) {
		got = append(got, len(frame))
	}
	if fmt.Sprint(got) != "[16 0 8]" || !bytes.Equal(rest, []byte{0, 9, 1}) || frame != nil {
		t.Errorf("frames of %v bytes, rest %x", got, rest)
	}
}

func TestPlausible(t *testing.T) {
	tests := []struct {
		name string
		b    []byte
		want bool
	}{
		{"one STUN message", frames(binding), true},
		{"STUN behind RTP", frames(audio, binding), true},
		{"two audio packets", frames(audio, audio2), true},
		{"RTP and RTCP of one source", frames(audio, rr), true},
		{"two sources, the second frame twice", frames(audio, video, video), true},
		{"two DTLS records", frames(dtls, dtls), true},
		{"two audio packets and the start of a third", append(frames(audio, audio2), 0, 16, 0x80, 0x62), true},
		{"two audio packets and half a length", append(frames(audio, audio2), 0), true},
		{"an empty frame between", frames(audio, nil, audio2), true},

		{"nothing", nil, false},
		{"one audio packet", frames(audio), false},
		{"one DTLS record", frames(dtls), false},
		{"two sources", frames(audio, video), false},
		{"half of a STUN message", frames(binding)[:15], false},
		{"STUN length does not fill the frame", frames(append(bytes.Clone(binding), 0, 0, 0, 0)), false},
		{"STUN without frames: TURN over TCP", append(bytes.Clone(binding), binding...), false},
		{"two audio packets, then text", append(frames(audio, audio2), "\x00\x04GET "...), false},
		{"two audio packets and the start of something else", append(frames(audio, audio2), 0, 16, 0x50, 0x51), false},
		{"zeros: empty frames only", make([]byte, 256), false},
		{"TLS client hello", packet("16 0301 0005 01 0000 01 00"), false},
		{"HTTP", []byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"), false},
		{"payload type 72", frames(packet("80 48 0001 00000000 0000000a"), packet("80 48 0002 00000000 0000000a")), false},
		{"CSRC list does not fit", frames(packet("8f 62 0001 00000000 0000000a"), packet("8f 62 0001 00000000 0000000a")), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Plausible(tt.b); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestPlausibleRandom guards the demand for evidence beyond version bits: random bytes must not pass.
func TestPlausibleRandom(t *testing.T) {
	r := rand.NewChaCha8([32]byte{1})
	b := make([]byte, 16<<10)
	for i := range 20_000 {
		_, _ = r.Read(b)
		b[0] = 0 // short first frames, the hardest case
		if Plausible(b) {
			t.Fatalf("random block %d passes: %x", i, b[:64])
		}
	}
}

func FuzzNext(f *testing.F) {
	for _, b := range [][]byte{frames(binding), frames(audio, audio2, rr), frames(dtls, dtls), frames(nil, nil),
		frames(video)[:9], []byte("GET / HTTP/1.1\r\n")} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		frame, rest, ok := Next(b)
		for ; ok; frame, rest, ok = Next(rest) {
			n += HeaderLen + len(frame)
			if int(binary.BigEndian.Uint16(b[n-HeaderLen-len(frame):])) != len(frame) {
				t.Fatalf("frame of %d bytes before %d", len(frame), n)
			}
		}
		if !bytes.Equal(rest, b[n:]) {
			t.Fatalf("%d bytes in frames, rest %x", n, rest)
		}
		if Plausible(b) && n == 0 {
			t.Fatal("plausible without a frame")
		}
	})
}

func ExampleNext() {
	stream := []byte("\x00\x05first\x00\x06second\x00\x09thi")
	frame, rest, ok := Next(stream)
	for ; ok; frame, rest, ok = Next(rest) {
		fmt.Printf("%s\n", frame)
	}
	fmt.Printf("%d bytes wait for more\n", len(rest))
	// Output:
	// first
	// second
	// 5 bytes wait for more
}

func TestNoAllocs(t *testing.T) {
	b := frames(audio, video, rr, audio2)
	if n := testing.AllocsPerRun(100, func() { _ = Plausible(b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPlausible(b *testing.B) {
	p := frames(audio, video, rr, audio2)
	for b.Loop() {
		if !Plausible(p) {
			b.Fatal("not plausible")
		}
	}
}
