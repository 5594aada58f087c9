package media

import (
	"fmt"
	"math"
	"testing"

	"webexaudit/analyzer/pcaptest"
)

// rfc3550 computes the jitter as section 6.4.1 writes it: D(i-1,i) = (R(i) - R(i-1)) - (S(i) - S(i-1)), J += (|D| - J)
// / 16, in units of the RTP clock, from extended timestamps that never wrap. The result is in milliseconds.
func rfc3550(arrivals []float64, stamps []int64, rate int) (mean, maximum float64) {
	var j, sum float64
	for i := 1; i < len(arrivals); i++ {
		d := (arrivals[i]-arrivals[i-1])*float64(rate) - float64(stamps[i]-stamps[i-1])
		j += (math.Abs(d) - j) / 16
		sum += j
		maximum = math.Max(maximum, j)
	}
	unit := 1000 / float64(rate)
	return sum / float64(len(arrivals)-1) * unit, maximum * unit
}

// TestJitter compares with the plain computation for every clock: jitter, lost packets, frames of several packets,
// reordering and a time stamp that wraps.
func TestJitter(t *testing.T) {
	r := pcaptest.NewRand(3)
	for _, rate := range Clocks {
		for _, burst := range []int64{1, 4} {
			s := new(Stream)
			var arrivals []float64
			var stamps []int64
			base := int64(1<<32 - 50*20*rate/1000) // wraps after a second
			for i := range int64(4000) {
				if r.Intn(10) == 0 {
					continue
				}
				n := i
				if i%50 == 10 {
					n = i - 3 // an old frame's time stamp
				}
				stamp := base + n/burst*20*int64(rate)/1000
				now := i/burst*20*ms + int64(r.Intn(30_000_000))
				s.Add(&Packet{Time: 1e18 + now, Sequence: uint16(65000 + i), Timestamp: uint32(stamp)})
				arrivals, stamps = append(arrivals, float64(now)/1e9), append(stamps, stamp)
			}
			wantMean, wantMax := rfc3550(arrivals, stamps, rate)
			mean, maximum, ok := s.Jitter(rate)
			if !ok || math.Abs(mean-wantMean) > 1e-9 || math.Abs(maximum-wantMax) > 1e-9 {
				t.Errorf("%d Hz, %d packets a frame: %v and %v, want %v and %v", rate, burst, mean, maximum, wantMean, wantMax)
			}
			if wantMean < 5 || wantMean > 20 {
				t.Errorf("%d Hz: a mean of %v ms tests nothing", rate, wantMean)
			}
			if got := s.GuessClock(); burst == 1 && got != rate {
				t.Errorf("guessed %d, want %d", got, rate)
			}
		}
	}
}

// TestJitterOfSteadyStream: none, whatever the origin of the time stamps; one late packet is felt as the RFC says.
func TestJitterOfSteadyStream(t *testing.T) {
	s := new(Stream)
	for i := range int64(200) {
		now := i * 20 * ms
		if i == 100 {
			now += 16 * ms
		}
		s.Add(&Packet{Time: now + 1, Sequence: uint16(i), Timestamp: uint32(4_294_960_000 + i*960)})
		_, maximum, _ := s.Jitter(48000)
		want := 0.0
		switch {
		case i == 100:
			want = 1 // |16 ms| / 16
		case i > 100:
			want = 1 + 15.0/16 // and back
		}
		if math.Abs(maximum-want) > 1e-9 {
			t.Fatalf("packet %d: maximum %v ms, want %v", i, maximum, want)
		}
	}
	if _, _, ok := s.Jitter(44100); ok {
		t.Error("a rate that is not computed has a jitter")
	}
	if _, _, ok := play(1).Jitter(48000); ok {
		t.Error("one packet has a jitter")
	}
}

// TestJitterRestart: another numbering has another origin; the step between is no jitter.
func TestJitterRestart(t *testing.T) {
	s := new(Stream)
	for i := range int64(200) {
		p := Packet{Time: (i + 1) * 20 * ms, Sequence: uint16(i), Timestamp: uint32(i * 960)}
		if i >= 100 {
			p.Sequence, p.Timestamp = p.Sequence+40_000, p.Timestamp+3_000_000_000
		}
		s.Add(&p)
	}
	mean, maximum, ok := s.Jitter(48000)
	if !ok || mean > 1e-9 || maximum > 1e-9 || s.Restarts != 1 {
		t.Errorf("mean %v, maximum %v, %v, %d restarts", mean, maximum, ok, s.Restarts)
	}
}

// senders change what a steady stream of Opus sends, 200 packets 20 ms apart; max is the jitter that the path makes of
// it, in ms.
var senders = []struct {
	name   string
	change func(i int64, p *Packet)
	max    float64
}{
	{"steady", func(int64, *Packet) {}, 0},
	{"a telephone event of 200 ms, its end three times", func(i int64, p *Packet) {
		if i >= 100 && i < 110 {
			p.Type, p.Timestamp = 101, 100*960
		}
		if i == 110 || i == 111 {
			p.Type, p.Timestamp, p.Time = 101, 100*960, 110*20*ms
		}
	}, 0},
	{"comfort noise between talk", func(i int64, p *Packet) {
		if i >= 100 && i < 120 {
			p.Type, p.Time, p.Timestamp = 13, p.Time+(i-100)*300*ms, p.Timestamp+7
		}
		if i >= 120 {
			p.Time += 6000 * ms
		}
	}, 0},
	{"the clock jumps ahead and back", func(i int64, p *Packet) {
		if i >= 100 && i < 150 {
			p.Timestamp += 5_000_000
		}
	}, 0},
	{"held up for a second", func(i int64, p *Packet) {
		if i >= 100 && i < 150 {
			p.Time = 150*20*ms + i
		}
	}, 62.5},
}

// TestJitterOfSender: what the sender's own time does is no jitter: a telephone event, comfort noise, a clock that
// jumps. A path that holds packets up is.
func TestJitterOfSender(t *testing.T) {
	for _, tt := range senders {
		s := new(Stream)
		for i := range int64(200) {
			p := Packet{Time: i * 20 * ms, Number: i, Sequence: uint16(i), Timestamp: uint32(i * 960), Type: 98}
			tt.change(i, &p)
			p.Time++
			s.Add(&p)
		}
		_, maximum, ok := s.Jitter(48000)
		if !ok || math.Abs(maximum-tt.max) > 1 || s.GuessClock() != 48000 && tt.name != "comfort noise between talk" {
			t.Errorf("%s: maximum %v, want %v; clock %d", tt.name, maximum, tt.max, s.GuessClock())
		}
	}
}

// TestGuessClock: what is too short or fits nothing is not guessed.
func TestGuessClock(t *testing.T) {
	for _, tt := range []struct {
		name    string
		packets int64
		step    int64 // RTP ticks per 20 ms
		want    int
	}{
		{"G.711", 100, 160, 8000},
		{"wideband", 100, 320, 16000},
		{"Opus", 100, 960, 48000},
		{"video", 100, 1800, 90000},
		{"9 % fast", 100, 174, 8000},
		{"12 % fast", 100, 180, 0},
		{"44.1 kHz is within 10 % of Opus", 100, 882, 48000},
		{"between", 100, 500, 0},
		{"standing still", 100, 0, 0},
		{"running back", 100, -960, 0},
		{"0.98 s", 50, 960, 0},
		{"1 s", 51, 960, 48000},
		{"nothing", 0, 0, 0},
	} {
		s := new(Stream)
		for i := range tt.packets {
			s.Add(&Packet{Time: (i + 1) * 20 * ms, Sequence: uint16(i), Timestamp: uint32(i * tt.step)})
		}
		if got := s.GuessClock(); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestStatic(t *testing.T) {
	for pt, want := range map[int]string{0: "audio 8000", 8: "audio 8000", 9: "audio 8000", 18: "audio 8000", 10: "audio 44100", 14: "audio 90000", 31: "video 90000", 34: "video 90000", 96: "unknown 0", 111: "unknown 0", 2: "unknown 0"} {
		if kind, clock := Static(pt); fmt.Sprint(kind, " ", clock) != want {
			t.Errorf("%d: %s %d, want %s", pt, kind, clock, want)
		}
	}
}
