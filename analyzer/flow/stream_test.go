package flow

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestStream(t *testing.T) {
	type seg struct {
		seq  uint32
		data string
	}
	tests := []struct {
		name string
		syn  uint32 // 0: none seen
		in   []seg
		want string
		hole bool
	}{
		{"in order", 99, []seg{{100, "abc"}, {103, "def"}}, "abcdef", false},
		{"out of order", 99, []seg{{103, "def"}, {100, "abc"}, {106, "g"}}, "abcdefg", false},
		{"retransmitted", 99, []seg{{100, "abc"}, {100, "abc"}, {103, "d"}}, "abcd", false},
		{"overlap: what came first stays", 99, []seg{{100, "abc"}, {102, "XYZ"}}, "abcYZ", false},
		{"overlap beyond a hole", 99, []seg{{104, "efg"}, {103, "dE"}, {100, "abc"}}, "abcdEfg", false},
		{"lost", 99, []seg{{100, "abc"}, {106, "ghi"}}, "abc", true},
		{"sequence wrap", 0xfffffffd, []seg{{0xfffffffe, "ab"}, {0, "cd"}}, "abcd", false},
		{"no SYN", 0, []seg{{500, "abc"}, {503, "def"}}, "abcdef", false},
		{"no SYN, second segment first", 0, []seg{{503, "def"}, {500, "abc"}}, "abcdef", false},
		{"first byte lost", 99, []seg{{101, "bc"}}, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s Stream
			if tt.syn != 0 {
				s.SYN(tt.syn)
			}
			for _, g := range tt.in {
				s.Add(g.seq, []byte(g.data))
			}
			if string(s.Bytes()) != tt.want || s.Hole() != tt.hole {
				t.Errorf("got %q, hole %v; want %q, %v", s.Bytes(), s.Hole(), tt.want, tt.hole)
			}
		})
	}
}

func TestStreamLateSYN(t *testing.T) {
	var s Stream
	s.Add(103, []byte("def"))
	s.SYN(99)
	s.Add(100, []byte("abc"))
	if string(s.Bytes()) != "abcdef" {
		t.Errorf("got %q", s.Bytes())
	}
}

func TestStreamBounded(t *testing.T) {
	s := Stream{Max: 10}
	s.SYN(0)
	s.Add(1, []byte("0123456789abc"))
	if !s.Full() || string(s.Bytes()) != "0123456789" {
		t.Errorf("full %v, %q", s.Full(), s.Bytes())
	}
}

// TestPropertyStream: any order, any overlap and any repetition of segments that cover the text give the text.
func TestPropertyStream(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, 1500)
	for i := range text {
		text[i] = byte(r.Uint32())
	}
	for round := range 300 {
		base := r.Uint32()
		var cuts [][2]int
		for from := 0; from < len(text); {
			to := min(from+60+r.IntN(200), len(text))
			cuts = append(cuts, [2]int{max(from-r.IntN(30), 0), to})
			from = to
		}
		for range 3 {
			cuts = append(cuts, cuts[r.IntN(len(cuts))])
		}
		r.Shuffle(len(cuts), func(i, j int) { cuts[i], cuts[j] = cuts[j], cuts[i] })
		var s Stream
		s.SYN(base - 1)
		for _, c := range cuts {
			s.Add(base+uint32(c[0]), text[c[0]:c[1]])
		}
		if !bytes.Equal(s.Bytes(), text) {
			t.Fatalf("round %d: %d bytes in order, want %d", round, len(s.Bytes()), len(text))
		}
	}
}

func FuzzStream(f *testing.F) {
	f.Add(uint32(1), []byte{0, 3, 5, 2, 1, 9})
	f.Fuzz(func(t *testing.T, base uint32, ops []byte) {
		s := Stream{Max: 256}
		for i := 0; i+1 < len(ops); i += 2 {
			if ops[i] == 255 {
				s.SYN(base + uint32(ops[i+1]))
				continue
			}
			s.Add(base+uint32(ops[i]), make([]byte, ops[i+1]))
		}
		if len(s.Bytes()) > 256 || s.held > 256 {
			t.Fatalf("%d bytes kept, %d held", len(s.Bytes()), s.held)
		}
	})
}

// TestTake: a reader that has read all gets what a segment adds, up to the maximum of all that passed; beside a hole it
// gets nothing.
func TestTake(t *testing.T) {
	s := &Stream{Max: 10}
	s.SYN(99)
	for i, x := range []struct {
		seq        uint32
		data, want string
		full       bool
	}{
		{100, "abcd", "abcd", false}, {100, "abcd", "", false}, {102, "XYef", "ef", false}, {107, "h", "", false},
		{106, "ghijKL", "ghij", true},
	} {
		got := s.Take(x.seq, []byte(x.data))
		if string(got) != x.want || (got == nil) != (x.want == "") || s.Full() != x.full {
			t.Errorf("%d: %q, full %v, want %q", i, got, s.Full(), x.want)
		}
	}
	if s.Next() != 110 || s.Held() != 0 {
		t.Errorf("behind it is %d, %d bytes held", s.Next(), s.Held())
	}
}

// TestSkipHole: what lies beyond the first hole becomes the prefix; without a hole nothing changes.
func TestSkipHole(t *testing.T) {
	s := new(Stream)
	s.SYN(99)
	s.Add(100, []byte("abc"))
	if s.SkipHole() || string(s.Bytes()) != "abc" {
		t.Errorf("no hole, yet %q", s.Bytes())
	}
	s.Add(110, []byte("kl"))
	s.Add(112, []byte("mn"))
	s.Add(120, []byte("uv"))
	if !s.SkipHole() || string(s.Bytes()) != "klmn" || s.Next() != 114 || !s.Hole() {
		t.Errorf("beyond the hole %q up to %d", s.Bytes(), s.Next())
	}
	if s.Held() != 6 {
		t.Errorf("%d bytes held", s.Held())
	}
}

// TestPass: bytes that were read leave the prefix, which ends where it would have ended with them.
func TestPass(t *testing.T) {
	s := Stream{Max: 10}
	s.SYN(99)
	for _, step := range []struct {
		seq  uint32
		data string
		pass int
		want string // of the prefix, with what is passed
		full bool
	}{
		{100, "abcdef", 4, "abcdef", false}, {100, "abcdefg", 3, "efg", false}, {103, "d", 0, "", false},
		{107, "hijkl", 1, "hij", true}, {110, "kl", 0, "ij", true},
	} {
		s.Add(step.seq, []byte(step.data))
		if got := string(s.Bytes()); got != step.want || s.Full() != step.full {
			t.Errorf("with %d %s: %s, full %v, want %s, %v", step.seq, step.data, got, s.Full(), step.want, step.full)
		}
		s.Pass(step.pass)
		if want := len(step.want) - step.pass; s.Held() != want {
			t.Errorf("%d %s: %d bytes are held, want %d", step.seq, step.data, s.Held(), want)
		}
	}
	if s.Next() != 110 {
		t.Errorf("the prefix ends before %d, want 110", s.Next())
	}
}
