package loss

import "math"

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

func (in *Input) tcp() (t tcpLoss) {
	var k, n float64
	for _, f := range in.Flows {
		if f.TCP == nil || f.PacketsFwd == 0 || f.PacketsRev == 0 {
			continue
		}
		for _, d := range [][3]int64{{f.TCP.UnseenFwd, f.PayloadBytesFwd, f.PacketsFwd},
			{f.TCP.UnseenRev, f.PayloadBytesRev, f.PacketsRev}} {
			unseen, bytes, segment := d[0], d[1], min(max(d[1]/max(d[2], 1), minSegment), maxSegment)
			t.unseen += unseen
			t.bytes += bytes
			k += float64(unseen) / float64(segment)
			n += float64(unseen+bytes) / float64(segment)
			if unseen > 0 {
				t.holes++
			}
		}
	}
	t.k, t.n = int64(math.Ceil(k)), int64(math.Ceil(n))
	return t
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
