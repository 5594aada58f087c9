package ntp

import (
	"encoding/hex"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A version 4 client's request, the answer of a secondary server, a kiss-o'-death and the answer of a clock that is not
// synchronised.
const (
	request = "23000620 00000000 00000000 00000000 0000000000000000 0000000000000000 0000000000000000 e94b5d3a11223344"
	answer  = "24020620 00000a11 00000b22 c0000201 e94b5d0000000000 e94b5d3a11223344 e94b5d3a22000000 e94b5d3a22100000"
	kiss    = "e4000600 00000000 00000000 52415445 0000000000000000 e94b5d3a11223344 e94b5d3a22000000 e94b5d3a22100000"
	unsync  = "dc100600 00000000 00000000 494e4954 0000000000000000 e94b5d3a11223344 e94b5d3a22000000 e94b5d3a22100000"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     Message
		kiss     string
		time     bool
	}{
		{"request", request, Message{Version: 4, Mode: Client, Transmit: 0xe94b5d3a11223344}, "", false},
		{"answer", answer, Message{Version: 4, Mode: Server, Stratum: 2, RefID: [4]byte{192, 0, 2, 1}, Origin: 0xe94b5d3a11223344,
			Receive: 0xe94b5d3a22000000, Transmit: 0xe94b5d3a22100000}, "", true},
		{"kiss-o'-death", kiss, Message{Leap: 3, Version: 4, Mode: Server, RefID: [4]byte{'R', 'A', 'T', 'E'}, Origin: 0xe94b5d3a11223344,
			Receive: 0xe94b5d3a22000000, Transmit: 0xe94b5d3a22100000}, "RATE", false},
		{"not synchronised", unsync, Message{Leap: 3, Version: 3, Mode: Server, Stratum: 16, RefID: [4]byte{'I', 'N', 'I', 'T'},
			Origin: 0xe94b5d3a11223344, Receive: 0xe94b5d3a22000000, Transmit: 0xe94b5d3a22100000}, "", false},
		{"with a MAC behind it", answer + "00000001 00112233445566778899aabbccddeeff", Message{Version: 4, Mode: Server, Stratum: 2,
			RefID: [4]byte{192, 0, 2, 1}, Origin: 0xe94b5d3a11223344, Receive: 0xe94b5d3a22000000, Transmit: 0xe94b5d3a22100000}, "", true},
	} {
		m, err := Parse(unhex(t, tt.in))
		if err != nil || m != tt.want || m.Kiss() != tt.kiss || m.GivesTime() != tt.time {
			t.Errorf("%s: %+v, %q, %v, %v", tt.name, m, m.Kiss(), m.GivesTime(), err)
		}
	}
}

func TestRefused(t *testing.T) {
	change := func(at int, v byte) []byte {
		b := unhex(t, request)
		b[at] = v
		return b
	}
	for _, tt := range []struct {
		name string
		in   []byte
		want error
	}{
		{"nothing", nil, ErrShort}, {"47 bytes", unhex(t, request)[:47], ErrShort}, {"version 0", change(0, 0x03), ErrVersion},
		{"version 5", change(0, 0x2b), ErrVersion}, {"control message", change(0, 0x26), ErrMode}, {"mode 0", change(0, 0x20), ErrMode},
		{"stratum 17", change(1, 17), ErrStratum}, {"49 bytes", append(unhex(t, request), 0), ErrLength},
	} {
		if m, err := Parse(tt.in); err != tt.want || m != (Message{}) {
			t.Errorf("%s: %+v, %v, want %v", tt.name, m, err, tt.want)
		}
	}
}

// FuzzParse: what is read stands in the input, and what is accepted is in range.
func FuzzParse(f *testing.F) {
	for _, s := range []string{request, answer, kiss, unsync} {
		f.Add(unhex(f, s))
	}
	f.Add(unhex(f, request)[:47])
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err != nil {
			if m != (Message{}) {
				t.Fatalf("%v, yet %+v", err, m)
			}
			return
		}
		if b[0] != m.Leap<<6|m.Version<<3|byte(m.Mode) || m.Stratum > 16 || m.Version == 0 || m.Version > 4 ||
			m.Mode == 0 || m.Mode > 5 {
			t.Fatalf("%+v from % x", m, b[:2])
		}
		if k := m.Kiss(); k != "" && (len(k) != 4 || m.GivesTime()) {
			t.Fatalf("kiss %q of %+v", k, m)
		}
	})
}
