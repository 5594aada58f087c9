package media

import (
	"slices"
	"time"
)

// maxGaps is how many gaps a stream remembers one by one.
const maxGaps = 8192

// lateAfter is how long after a later packet one may come before it counts as late: it would have missed its playout.
// 60 ms is three packets of 20 ms audio, the middle of what adaptive jitter buffers hold on a good path (RFC 3611
// section 4.7.3 reports the buffer's nominal delay, G.107 and G.114 reckon with 40 to 80 ms).
const lateAfter = int64(60 * time.Millisecond)

// Gap is a run of sequence numbers that had not come when a later one did.
type Gap struct {
	Time   int64 // of the packet that revealed it
	Number int64 // of that packet
	After  int64 // number of the stream's packet before it: what is missing was lost between the two
	Lost   int64 // what has not come since
}

// gap is the packed form, 24 bytes.
type gap struct {
	time   int64
	number uint32 // since the stream's first packet
	back   uint32 // how many packets of the capture before it the stream's last one came
	next   uint16 // sequence number that revealed it
	span   uint16
	lost   uint16
}

// gaps remembers them; left counts the lost packets of those that had no place.
type gaps struct {
	list   []gap
	filled int // gaps of the list that were filled since
	left   int64
}

// reveal notes that n numbers before ext are missing.
func (s *Stream) reveal(p *Packet, ext, n int64) {
	g := &s.gaps
	if len(g.list) >= maxGaps && g.filled > maxGaps/8 {
		g.filled = 0
		g.list = slices.DeleteFunc(g.list, func(x gap) bool { return x.lost == 0 })
	}
	if len(g.list) >= maxGaps {
		g.left += n
		return
	}
	g.list = append(g.list, gap{
		time: p.Time, number: uint32(p.Number - s.FirstNumber), back: uint32(p.Number - s.headNumber),
		next: uint16(ext), span: uint16(n), lost: uint16(n),
	})
}

// fill gives a number back to its gap and counts packets that come too late for playout.
func (s *Stream) fill(p *Packet) {
	list := s.gaps.list
	for i := len(list) - 1; i >= 0; i-- {
		x := &list[i]
		if before := x.next - p.Sequence; before == 0 || before > x.span {
			if before > window {
				break
			}
			continue
		}
		x.lost--
		if p.Time-x.time > lateAfter {
			s.Late++
		}
		switch {
		case x.lost > 0:
		case i == len(list)-1:
			s.gaps.list = list[:i]
		default:
			s.gaps.filled++
		}
		return
	}
}

// Gaps returns the gaps that were never filled in the order in which they were revealed, and how many lost packets are
// in none of them.
func (s *Stream) Gaps() (list []Gap, left int64) {
	left = s.Lost()
	for _, x := range s.gaps.list {
		if x.lost > 0 {
			n := s.FirstNumber + int64(x.number)
			list = append(list, Gap{Time: x.time, Number: n, After: n - int64(x.back), Lost: int64(x.lost)})
			left -= int64(x.lost)
		}
	}
	return list, max(left, 0)
}
