package flow

import "encoding/binary"

// maxRanges bounds how many runs of packet numbers a flow remembers; beyond it the numbers are given up.
const maxRanges = 1000

// PacketNumbers is the set of packet numbers of a flow as runs, stored as varints of (gap before the run, its length).
type PacketNumbers struct {
	enc    []byte
	prev   int64  // last number of the last closed run
	first  int64  // of the open run; 0: none
	behind uint32 // numbers of the open run behind its first
	ranges uint16
	lost   bool
}

// Add appends a number; numbers come in ascending order.
func (n *PacketNumbers) Add(num int64) {
	if n.first != 0 && num == n.last()+1 && n.behind < 1<<32-1 {
		n.behind++
		return
	}
	if n.lost {
		return
	}
	n.flush()
	n.first, n.behind = num, 0
	if n.ranges++; n.ranges > maxRanges {
		*n = PacketNumbers{lost: true}
	}
}

func (n *PacketNumbers) last() int64 { return n.first + int64(n.behind) }

func (n *PacketNumbers) flush() {
	if n.first == 0 {
		return
	}
	n.enc = binary.AppendUvarint(n.enc, uint64(n.first-n.prev))
	n.enc = binary.AppendUvarint(n.enc, uint64(n.behind))
	n.prev = n.last()
}

// Ranges yields the runs; nothing when they were given up.
func (n *PacketNumbers) Ranges(yield func(first, last int64) bool) {
	if n.lost {
		return
	}
	var prev int64
	for b := n.enc; len(b) > 0; {
		gap, i := binary.Uvarint(b)
		length, j := binary.Uvarint(b[i:])
		first := prev + int64(gap)
		prev = first + int64(length)
		if !yield(first, prev) {
			return
		}
		b = b[i+j:]
	}
	if n.first != 0 {
		yield(n.first, n.last())
	}
}
