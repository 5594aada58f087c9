package loss

import (
	"net/netip"
	"slices"
)

// What it takes to call a rate of loss common to all paths.
const (
	leastPackets = 500 // of a stream that is compared, and of each direction of a client
	leastGaps    = 5   // of each direction of a client
	leastRate    = 0.001
	maxRatio     = 1.5 // between the two directions
)

// rates looks for one rate of loss on all paths: at least two clients, each with loss in both directions, and no stream
// whose rate differs from the common one beyond chance. What lies between client and capture and what lies between
// capture and cloud are different networks, so an equal loss of both, for all clients, is made at the point that they
// share: the capture. TCP that lacks nothing speaks against it. Gaps are counted, not packets: bursts are one event.
func (in *Input) rates(tcp proportion) proportion {
	var paths paths
	var all, lost proportion
	var streams []proportion
	for _, s := range in.Streams {
		if !s.judged() || s.Rec.Expected < leastPackets/4 {
			continue
		}
		p := proportion{s.gaps(), s.Rec.Expected}
		paths.add(s.direction(), p)
		all = proportion{all.k + p.k, all.n + p.n}
		lost = proportion{lost.k + missing(s.Rec) - s.placed(), all.n}
		if p.n >= leastPackets {
			streams = append(streams, p)
		}
	}
	if all.rate() < leastRate || !paths.even() || !homogeneous(streams) {
		return proportion{}
	}
	if low, _ := lost.bounds(); tcp.denies(low) {
		return proportion{}
	}
	return lost
}

// gaps counts those that nothing explains yet.
func (s *Stream) gaps() (n int64) {
	for i := range s.Gaps {
		if s.open(i) > 0 {
			n++
		}
	}
	return n
}

// paths are the two directions of each client, in the order in which they appear.
type paths struct {
	clients []netip.Addr
	cells   [][2]proportion // by client; from the cloud, from the client
}

func (l *paths) add(d direction, p proportion) {
	i := slices.Index(l.clients, d.client)
	if i < 0 {
		i = len(l.clients)
		l.clients, l.cells = append(l.clients, d.client), append(l.cells, [2]proportion{})
	}
	c := &l.cells[i][index(d.up)]
	c.k, c.n = c.k+p.k, c.n+p.n
}

// even reports whether at least two clients sent and received enough, all of these lost in both directions, and both
// directions lost at about the same rate.
func (l *paths) even() bool {
	var sum [2]proportion
	var list []proportion
	for _, c := range l.cells {
		if min(c[0].n, c[1].n) < leastPackets {
			continue
		}
		if min(c[0].k, c[1].k) < leastGaps {
			return false
		}
		list = append(list, c[0], c[1])
		for i := range sum {
			sum[i].k, sum[i].n = sum[i].k+c[i].k, sum[i].n+c[i].n
		}
	}
	r := sum[0].rate() / sum[1].rate()
	return len(list) >= 4 && r <= maxRatio && r >= 1/maxRatio && homogeneous(list)
}
