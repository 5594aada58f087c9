package dissect

import "webexaudit/analyzer/flow"

// frameHole is a run of bytes of a framed stream that has not come while later ones have. Frames behind it are read as
// they come, from the first segment on that begins with one; what fills the hole is read from where the stream broke
// off.
type frameHole struct {
	from, to uint32
	reader   framer
	tail     []byte // what came behind the hole before a frame was seen to begin
}

// frameHoles are those of one direction.
type frameHoles struct {
	list []frameHole
	told int64 // frames broken that an earlier part of the flow has told of
}

const (
	maxFrameHoles = 16
	maxFrameTail  = 8 << 10
)

// open begins a hole where the reader stands.
func (h *half) open(r *framer, from, to uint32) {
	h.unread += int64(to - from)
	if h.holes == nil {
		h.holes = new(frameHoles)
	}
	x := h.holes
	if len(x.list) == maxFrameHoles {
		x.list = append(x.list[:0], x.list[1:]...)
	}
	x.list = append(x.list, frameHole{from: from, to: to, reader: *r})
	r.head = nil // the hole's
}

// nextFrames reads a segment behind all others.
func (d *Dissector) nextFrames(h *half, seg []byte) {
	r := d.framer(h)
	r.next(seg, d.onFrame)
	if !r.lost || len(seg) == 0 {
		return
	}
	h.unread += int64(len(seg)) // and where the reader lost its way only in the midst of it, a little too much
	if h.holes != nil {
		h.holes.behind(seg)
	}
}

// behind keeps what came behind the latest hole.
func (x *frameHoles) behind(seg []byte) {
	if n := len(x.list); n > 0 && len(x.list[n-1].tail)+len(seg) <= maxFrameTail {
		x.list[n-1].tail = append(x.list[n-1].tail, seg...)
	}
}

// fillHoles reads what a late segment, or one that was sent again, brings of the holes.
func (d *Dissector) fillHoles(h *half, seq uint32, seg []byte) {
	holes := h.holes
	if holes == nil {
		return
	}
	for i := 0; i < len(holes.list); i++ {
		x := &holes.list[i]
		lo, hi := max(int32(x.from-seq), 0), min(int32(x.to-seq), int32(len(seg)))
		if lo >= hi {
			continue
		}
		part, from, to := seg[lo:hi], seq+uint32(lo), seq+uint32(hi)
		h.unread -= int64(len(part))
		if from != x.from { // its beginning is still missing
			rest := frameHole{from: to, to: x.to, reader: framer{turn: x.reader.turn, lost: true}, tail: x.tail}
			x.to, x.tail = from, nil
			rest.reader.next(part, d.onFrame)
			if rest.from != rest.to && len(holes.list) < maxFrameHoles {
				holes.list = append(holes.list, rest)
			}
			continue
		}
		x.reader.next(part, d.onFrame)
		if x.from = to; x.from == x.to {
			h.unread -= int64(len(x.tail))
			x.reader.next(x.tail, d.onFrame)
			holes.list = append(holes.list[:i], holes.list[i+1:]...)
			i--
		}
	}
}

// broken counts the frames of which a part had come when a hole began.
func (x *frameHoles) broken() (n int64) {
	for i := range x.list {
		if r := &x.list[i].reader; len(r.head) > 0 || r.skip > 0 || r.lost {
			n++
		}
	}
	return n
}

// Unread says how many bytes of a side's framed stream are missing or could not be read, and how many frames they cut
// through: what they held of frames was not lost by the sender.
func (t *TCPState) Unread(s flow.Side) (bytes, broken int64) {
	if t.missing == nil {
		return 0, 0
	}
	return t.missing[s].unread, t.missing[s].broken
}

// missing is what Unread says of a side.
type missing struct{ unread, broken int64 }

// note keeps what is missing of a side.
func (t *TCPState) note(m missing, s flow.Side) {
	if m == (missing{}) {
		return
	}
	if t.missing == nil {
		t.missing = new([2]missing)
	}
	t.missing[s] = m
}
