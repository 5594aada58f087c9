package loss

import (
	"math"

	"webexaudit/analyzer/record"
)

// The segments that unseen bytes are counted in: a direction's mean payload, but within these bounds. The lower one
// keeps a direction of bare acknowledgements from turning one missing segment into many (RFC 9293 section 3.7.1: the
// default MSS), the upper one is Ethernet's MSS.
const (
	minSegment = 536
	maxSegment = 1460
)

// enoughSegments is how many segments make TCP's word better than none.
const enoughSegments = 100

// fewHoles is how many directions of flows must lack bytes where there is little TCP: one may have another reason.
const fewHoles = 2

// tcpLoss is what receivers acknowledged but the capture lacks, in segments, of what they received.
type tcpLoss struct {
	proportion
	bytes, unseen int64
	holes         int64 // directions of flows that lack bytes
}

// TCP gathers from flows what receivers acknowledged and what of it was captured. Its sums are the same in whatever
// order flows come, and however they are dealt out.
type TCP struct {
	sizes [maxSegment - minSegment + 1]struct{ bytes, unseen int64 } // by size of the segments
	holes int64
}

// Add takes the numbers of a flow, of which nothing is kept.
func (t *TCP) Add(f *record.Flow) {
	if f.TCP == nil || f.PacketsFwd == 0 || f.PacketsRev == 0 {
		return
	}
	t.direction(f.TCP.UnseenFwd, f.PayloadBytesFwd, f.PacketsFwd)
	t.direction(f.TCP.UnseenRev, f.PayloadBytesRev, f.PacketsRev)
}

func (t *TCP) direction(unseen, bytes, packets int64) {
	size := &t.sizes[min(max(bytes/max(packets, 1), minSegment), maxSegment)-minSegment]
	size.unseen += unseen
	size.bytes += bytes
	if unseen > 0 {
		t.holes++
	}
}

// Merge adds what another one gathered.
func (t *TCP) Merge(o *TCP) {
	for i := range t.sizes {
		t.sizes[i].bytes += o.sizes[i].bytes
		t.sizes[i].unseen += o.sizes[i].unseen
	}
	t.holes += o.holes
}

// loss is what was gathered; of nil nothing was.
func (t *TCP) loss() (l tcpLoss) {
	if t == nil {
		return l
	}
	var k, n float64
	for i := range t.sizes {
		size := &t.sizes[i]
		l.unseen += size.unseen
		l.bytes += size.bytes
		k += float64(size.unseen) / float64(minSegment+i)
		n += float64(size.unseen+size.bytes) / float64(minSegment+i)
	}
	l.k, l.n, l.holes = int64(math.Ceil(k)), int64(math.Ceil(n)), t.holes
	return l
}

// proves reports whether the capture lacks more than what is known of it already: by share where there is enough TCP,
// else by the lower bound of several flows.
func (t *tcpLoss) proves(l Limits, known proportion) bool {
	low, _ := t.bounds()
	_, explained := known.bounds()
	if known.n == 0 {
		explained = 0
	}
	if t.bytes >= l.TCPBytes && share(t.unseen, t.bytes+t.unseen) > l.Unseen {
		return known.n == 0 || low > max(explained, l.Unseen)
	}
	return t.holes >= fewHoles && low > max(explained, l.Unseen)
}

// denies reports whether TCP saw enough to rule a rate of loss out.
func (p proportion) denies(rate float64) bool {
	_, high := p.bounds()
	return p.n >= enoughSegments && high < rate
}
