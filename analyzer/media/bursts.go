package media

// Burst lengths are told apart up to nine packets; the last class holds all longer ones.
const burstClasses = 10

// bursts counts runs of sequence numbers that never came, as they leave the window.
type bursts struct {
	n    [burstClasses]int64
	next int64 // the first number whose fate is open
	run  int64 // numbers lost just before it
}

func (b *bursts) flush() {
	if b.run > 0 {
		b.n[min(b.run, burstClasses)-1]++
		b.run = 0
	}
}

// leave decides about the numbers up to last, before the window moves: whatever has not come by now is lost.
func (s *Stream) leave(last int64) {
	b := &s.bursts
	for ; b.next <= last && b.next <= s.max; b.next++ {
		if s.marked(b.next) {
			b.flush()
		} else {
			b.run++
		}
	}
	if b.next <= last { // beyond the head nothing has come
		b.run += last - b.next + 1
		b.next = last + 1
	}
}

// Bursts counts runs of finally lost packets by length: 1, 2 … 9, and 10 or more. Packets still missing at the end
// count as lost.
func (s *Stream) Bursts() [burstClasses]int64 {
	if s.Packets == 0 {
		return [burstClasses]int64{}
	}
	end := *s
	end.leave(end.max)
	end.bursts.flush()
	return end.bursts.n
}
