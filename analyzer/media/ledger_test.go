package media

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// tap is a stream that passes the capture point, and what its receiver says of it: packets every 20 ms, a report every
// 50 packets.
type tap struct {
	Stream
	echoes  Echoes
	ext     uint32 // sequence number, with cycles
	counter uint32
	last    Report
	numbers int64 // since the last report
	lost    int64
	cut     bool // the stream is to be cut here
}

const firstNumber = 65000 // the numbering wraps soon

func (x *tap) time() int64 { return int64(x.ext)*20*ms + 5*second }

// send sends a packet: unsent, one number is left out instead; before and sensor, it does not reach the capture; before
// and behind, it does not reach the receiver.
func (x *tap) send(unsent, before, sensor, behind bool) {
	if x.ext == 0 {
		x.ext = firstNumber
	}
	x.ext++
	if x.numbers++; unsent || before || behind {
		x.lost++
	}
	if unsent {
		return
	}
	x.counter++
	if before || sensor {
		return
	}
	p := &Packet{
		Time: x.time(), Sequence: uint16(x.ext), Timestamp: x.ext * 960, Type: 101, Bytes: 200, Counted: true,
		Counter: x.counter & 0xFFFFFF, Clock: uint32(x.time() / tickLength), Header: 24, Payload: 148,
	}
	x.Add(p)
	x.echoes.Add(&x.Stream, p, 172)
}

// report is the receiver's next report.
func (x *tap) report() *Report {
	r := x.last
	r.Reporter, r.Highest, r.Time = 7, x.ext, x.time()+40*ms
	r.Lost += int32(x.lost)
	r.Fraction = uint8(min(x.lost*256/max(x.numbers, 1), 255))
	x.last, x.numbers, x.lost = r, 0, 0
	return &r
}

func TestLedgerOwnsLosses(t *testing.T) {
	tests := []struct {
		name                           string
		unsent, before, sensor, behind int // every so manyth packet; 0: none
	}{
		{"clean", 0, 0, 0, 0},
		{"before", 0, 10, 0, 0},
		{"behind", 0, 0, 0, 10},
		{"sensor", 0, 0, 10, 0},
		{"never sent", 10, 0, 0, 0},
		{"before and behind", 0, 10, 0, 25},
		{"never sent, before and behind", 7, 10, 0, 25},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := &tap{}
			want := x.lose(tt.unsent, tt.before, tt.sensor, tt.behind)
			got, _ := x.Ledger()
			if !got.Counted || got.Reports != 19 || got.Numbers != 950 || got.Refused != 0 {
				t.Fatalf("%+v", got)
			}
			if got.Missing != want.Missing || got.UnsentReported != want.UnsentReported || got.Behind != want.Behind ||
				got.Proven != want.Proven {
				t.Errorf("missing %d, unsent %d, behind %d, proven %d\nwant %+v", got.Missing, got.UnsentReported, got.Behind,
					got.Proven, want)
			}
			checkRows(t, &got)
		})
	}
}

// lose sends 1000 packets, of which every so manyth is lost, and tells what that is of those that reports cover.
func (x *tap) lose(unsentBy, beforeBy, sensorBy, behindBy int) (want Ledger) {
	nth := func(i, n int) int64 {
		if n > 0 && i%50 < 49 && i%n == 5 {
			return 1
		}
		return 0
	}
	for i := range 1000 {
		unsent := nth(i, unsentBy)
		before := nth(i, beforeBy) &^ unsent
		sensor, behind := nth(i, sensorBy), nth(i-1, behindBy)&^unsent&^before
		x.send(unsent > 0, before > 0, sensor > 0, behind > 0)
		if i%50 == 49 {
			x.Heard(x.report())
		}
		if i >= 50 {
			want.Missing, want.UnsentReported = want.Missing+unsent+before+sensor, want.UnsentReported+unsent
			want.Behind, want.Proven = want.Behind+behind, want.Proven+sensor
		}
	}
	return want
}

// checkRows: what is known by time adds up to what is known of the stream.
func checkRows(t *testing.T, l *Ledger) {
	t.Helper()
	var reported, behind, proven int64
	for _, r := range l.Rows {
		reported, behind, proven = reported+r.Reported, behind+r.Behind, proven+r.Proven
	}
	if reported != l.Numbers || behind != l.Behind || proven != l.Proven {
		t.Errorf("rows: %d reported, %d behind, %d proven of %+v", reported, behind, proven, l)
	}
}

// TestLedgerBelievesNothingForged: reports and clocks of somebody else change no figure and are counted.
func TestLedgerBelievesNothingForged(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	forge := map[string]func(Report) Report{
		"any loss": func(x Report) Report {
			x.Lost, x.Fraction = x.Lost+int32(1+r.IntN(1000)), uint8(r.IntN(256))
			return x
		},
		"any number":       func(x Report) Report { x.Highest = r.Uint32(); return x },
		"another reporter": func(x Report) Report { x.Reporter++; return x },
		"less loss":        func(x Report) Report { x.Lost -= 5; return x },
		"all random": func(x Report) Report {
			return Report{r.Uint32(), uint8(r.Uint32()), int32(r.Uint32()) >> 8, r.Uint32(), 0, 0, 0, x.Time}
		},
		"replayed": func(x Report) Report { return x },
	}
	for name, change := range forge {
		t.Run(name, func(t *testing.T) {
			honest, attacked := &tap{}, &tap{}
			for i := range 2000 {
				honest.talk(i)
				if q := attacked.talk(i); q != nil {
					f := change(*q)
					f.Time += 300 * ms
					attacked.Heard(&f)
					clock, now := uint32(attacked.time()/tickLength), attacked.time()+500*ms
					attacked.echoes.Returned(r.Uint32(), 68800, now) // any clock
					attacked.echoes.Returned(clock, 68800, now)      // replayed
					attacked.echoes.Returned(clock-200, 1<<31, now)  // older
				}
			}
			want, _ := honest.Ledger()
			got, _ := attacked.Ledger()
			if figures(&got) != figures(&want) || want.Behind != 39 || want.Echoes != 40 {
				t.Errorf("got %s\nwant %s", figures(&got), figures(&want))
			}
			if got.Refused < 35 || attacked.echoes.Refused != 3*40 || want.Refused != 0 {
				t.Errorf("%d reports refused, %d of honest ones, %d clocks", got.Refused, want.Refused, attacked.echoes.Refused)
			}
		})
	}
}

func figures(l *Ledger) string {
	return fmt.Sprintf("%d numbers, %d missing, %d behind, %d proven, %d clocks, %v, %v", l.Numbers, l.Missing, l.Behind,
		l.Proven, l.Echoes, l.EchoTrips, l.Rates)
}

// talk sends the ith packet, and at times the receiver's report and feedback.
func (x *tap) talk(i int) *Report {
	x.send(false, i%100 == 3, false, i%50 == 7)
	if i%50 != 49 {
		return nil
	}
	q := x.report()
	q.LastSR, q.Delay = uint32(i), 655
	x.Heard(q)
	x.echoes.Returned(uint32(x.time()/tickLength), 68800, x.time()+40*ms)
	return q
}

// TestLedgerOfPartOfReports: reports that are lost on their way leave no hole; a stream that began here is covered from
// its beginning, unless the receiver may have taken another packet for the first.
func TestLedgerOfPartOfReports(t *testing.T) {
	for from, want := range map[int][2]int64{50: {1000, 47}, 0: {950, 47}} {
		x := &tap{}
		for i := range 1000 {
			x.send(false, false, false, i%20 == 3 && i >= from)
			if i%50 == 49 {
				x.Sent(0, x.counter, x.time())
				if q := x.report(); i/50 != 7 && i/50 != 8 {
					x.Heard(q)
				}
			}
		}
		got, _ := x.Ledger()
		if got.Numbers != want[0] || got.Behind != want[1] || got.Refused != 0 {
			t.Errorf("lost from %d on: %+v", from, got)
		}
		checkRows(t, &got)
	}
}

// TestEchoesAreOfClocks: a value that does not go on as time does is no clock.
func TestEchoesAreOfClocks(t *testing.T) {
	tests := []struct {
		name  string
		clock func(i int64) uint32
		most  int64
	}{
		{"10 kHz", func(i int64) uint32 { return uint32(1<<32 - 1000 + 200*i) }, 500},
		{"constant", func(int64) uint32 { return 77 }, 1},
		{"nothing", func(int64) uint32 { return 0 }, 1},
		{"90 kHz", func(i int64) uint32 { return uint32(1800 * i) }, 2},
		{"random", func(int64) uint32 { return rand.Uint32() }, 1},
	}
	for _, tt := range tests {
		var x Echoes
		var s Stream
		for i := range int64(500) {
			p := &Packet{
				Time: 20 * ms * i, Sequence: uint16(i), Timestamp: uint32(960 * i), Clock: tt.clock(i), Counted: true,
			}
			s.Add(p)
			x.Add(&s, p, 172)
			x.Returned(p.Clock, 68800, p.Time+40*ms)
		}
		l, _ := s.Ledger()
		if l.Echoes > tt.most || tt.most == 500 && (l.Echoes != 500 || l.EchoTrips[250] != 40_000) {
			t.Errorf("%s: %d clocks believed, %d refused", tt.name, l.Echoes, x.Refused)
		}
		if len(x.ring) > 256 {
			t.Errorf("%s: %d places for three seconds of 50 packets", tt.name, len(x.ring))
		}
	}
}

// TestCounterIsOne: values that do not go on with the packets are no counter, and say nothing of what was not sent.
func TestCounterIsOne(t *testing.T) {
	for name, counter := range map[string]func(i int64) uint32{
		"random": func(int64) uint32 { return rand.Uint32() & 0xFFFFFF }, "constant": func(int64) uint32 { return 5 },
		"of frames": func(i int64) uint32 { return uint32(i / 3) },
	} {
		var s Stream
		for i := range int64(500) {
			s.Add(&Packet{
				Time: 20 * ms * i, Sequence: uint16(2 * i), Timestamp: uint32(960 * i), Counter: counter(i), Counted: true,
			})
		}
		if l, _ := s.Ledger(); l.Counted || l.Unsent != 0 {
			t.Errorf("%s: %+v", name, l)
		}
	}
}
