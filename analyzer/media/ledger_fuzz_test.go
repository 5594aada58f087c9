package media

import (
	"encoding/binary"
	"testing"
)

// script is a fuzz input: steps of a first byte, which says what happens, and what it needs.
type script []byte

func (b *script) uint8() uint8 { return uint8(b.take(1)) }

// take is the next n bytes as a number; zeros follow the last one.
func (b *script) take(n int) uint64 {
	var x [8]byte
	*b = (*b)[copy(x[8-n:], (*b)[:min(n, len(*b))]):]
	return binary.BigEndian.Uint64(x[:])
}

// FuzzLedger: whatever passes and whatever is said of it, no figure of a ledger is negative, none exceeds what the
// reports cover, and nothing is owned twice.
func FuzzLedger(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"))
	plain := make([]byte, 0, 400)
	for i := range 200 {
		plain = append(plain, 0, uint8(i%7))
		if i%20 == 19 {
			plain = append(plain, 1)
		}
	}
	f.Add(plain)
	f.Add([]byte{0, 0, 0, 0, 0, 0, 1, 5, 0, 3, 6, 0, 16, 7, 0, 1, 2, 3, 4, 5, 0, 8, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		x, in := &tap{}, script(b)
		for len(in) > 0 {
			x.step(&in)
			if x.cut {
				checkLedger(t, &x.Stream)
				x.goOn()
			}
		}
		checkLedger(t, &x.Stream)
	})
}

// step does what the script says next.
func (x *tap) step(in *script) {
	now := x.time()
	switch c := in.uint8(); c & 15 {
	default:
		n := in.uint8() & 31
		x.send(n == 1, n == 2, n == 3, n == 4)
	case 1:
		x.Heard(x.report())
	case 2: // near the true one
		r, off := *x.report(), in.uint8()
		r.Highest, r.Lost = r.Highest+uint32(off&7)-3, r.Lost+int32(off>>3&7)-3
		x.Heard(&r)
	case 3:
		x.Heard(&Report{
			Reporter: 7, Fraction: in.uint8(), Lost: int32(int16(in.take(2))), Highest: x.ext + uint32(int8(in.uint8())),
			LastSR: uint32(in.uint8()), Delay: uint32(in.take(2)), Time: now,
		})
	case 4:
		x.Sent(uint32(in.uint8()), x.counter+uint32(int8(in.uint8())), now)
	case 5:
		clock := uint32(now/tickLength) - uint32(in.uint8()&3)*200
		x.echoes.Returned(clock, uint32(in.take(2))<<8, now+int64(in.uint8())*ms)
	case 6, 7: // any packet, of before too
		p := &Packet{
			Time: now + int64(int16(in.take(2)))*ms, Sequence: uint16(x.ext) + uint16(in.take(2)), Timestamp: x.ext * 960,
			Type: 101, Bytes: 200, Payload: 148, Header: 24, Counted: c&16 != 0, Counter: x.counter + uint32(in.uint8()),
		}
		p.Clock = uint32(p.Time / tickLength)
		x.Add(p)
		if p.Counted {
			x.echoes.Add(&x.Stream, p, 172)
		}
	case 8: // a pause
		x.ext += uint32(in.take(2))
	case 9:
		x.cut = true
	}
}

// goOn cuts the stream.
func (x *tap) goOn() {
	old := x.Stream
	next := old.GoOn()
	x.echoes = *x.echoes.GoOn(map[*Stream]*Stream{&x.Stream: next})
	x.cut, x.Stream = false, *next
	for i := range x.echoes.ring {
		if x.echoes.ring[i].stream == next {
			x.echoes.ring[i].stream = &x.Stream
		}
	}
}

func checkLedger(t *testing.T, s *Stream) {
	t.Helper()
	l, ok := s.Ledger()
	if !ok {
		return
	}
	switch low := min(l.Numbers, l.Missing, l.UnsentReported, l.Unsent, l.Behind, l.Proven, l.Least, l.Reports,
		l.Refused, l.Duplicated); {
	case low < 0:
		t.Fatalf("less than nothing: %+v", l)
	case l.UnsentReported > l.Missing || l.Missing > l.Numbers || l.Proven > l.Missing-l.UnsentReported:
		t.Fatalf("more is missing than there was: %+v", l)
	case l.Least > l.Behind:
		t.Fatalf("at least more than there is: %+v", l)
	case l.Missing-l.Proven+l.Behind > l.Numbers:
		t.Fatalf("more is lost than there was: %+v", l)
	}
	checkSamples(t, &l)
	checkSeconds(t, &l)
}

func checkSamples(t *testing.T, l *Ledger) {
	t.Helper()
	for _, list := range [][]int64{l.EchoTrips, l.ReportTrips, l.Rates, l.Passed} {
		for i, v := range list {
			if v < 0 || i > 0 && v < list[i-1] || i >= maxSamples {
				t.Fatalf("%v", list)
			}
		}
	}
}

// checkSeconds: rows are in order, and no more than what is known of the stream.
func checkSeconds(t *testing.T, l *Ledger) {
	t.Helper()
	var reported, behind int64
	for i, r := range l.Rows {
		if min(r.Unsent, r.Reported, r.Behind, r.Proven, r.Echoes, r.Trips) < 0 || min(r.Rate, r.Passed) < 0 ||
			i > 0 && r.Start <= l.Rows[i-1].Start {
			t.Fatalf("row %d: %+v", i, r)
		}
		reported, behind = reported+r.Reported, behind+r.Behind
	}
	if reported > l.Numbers || behind > l.Behind {
		t.Fatalf("rows: %d reported, %d behind of %+v", reported, behind, l)
	}
}
