package flow

import (
	"time"

	"webexaudit/analyzer/decode"
)

// Transfer is how the data of one side went, and how long it stood still; Resent, Holes and Missing say more. Times are
// nanoseconds.
type Transfer struct {
	KeepAlives int64 // keep-alive and window probes
	// longest time without new data while data was not acknowledged; only where acknowledgements are seen
	Gap       int64
	RTTMedian int64 // of the time from data to its acknowledgement, the way to the other side; 0: never measured

	// payload of the largest segment that was surely acknowledged, bytes; of long transfers one segment in a round trip
	// is looked at
	Largest int64
	Stuck   int64 // payload of the largest segment that was sent again and never acknowledged
	Repeats int64 // segments sent again, and FINs, since the latest acknowledgement of anything new

	loss *loss // once bytes were missing, or came again
}

// Resent is what was sent again, and why. Times are nanoseconds.
type Resent struct {
	RTO int64 // segments sent again after a time-out (RFC 6298): see retransmitted
	// segments sent again after duplicate acknowledgements (RFC 5681), or in the recovery that these began
	Fast int64
	// segments sent again though their acknowledgement had been seen: no loss on the way to the receiver
	Spurious int64
	// longest time from a segment's first sight, or the sight of its hole, to its retransmission by time-out
	Stall int64
}

// Resent is that of the side's data.
func (x *Transfer) Resent() Resent {
	if x.loss == nil {
		return Resent{}
	}
	return x.loss.Resent
}

// Missing is how many bytes were neither captured nor acknowledged though later ones came.
func (x *Transfer) Missing() (n int64) {
	if x.loss == nil {
		return 0
	}
	for _, h := range x.loss.open {
		n += int64(h.to - h.from)
	}
	return n
}

// Holes are those of the side's data.
func (x *Transfer) Holes() Holes {
	if x.loss == nil {
		return Holes{}
	}
	return x.loss.Holes
}

// loss is what most directions never have: holes, and segments sent again.
type loss struct {
	Holes
	Resent
	open    []hole
	late    []missed // holes that were counted, the latest
	dupAt   int64    // time of the third acknowledgement of the same number
	again   uint32   // latest retransmission, its time, and when its bytes were first seen
	againAt int64
	firstAt int64
	recover uint32 // end of the data sent when recovery by duplicate acknowledgements began
	fast    bool   // such a recovery goes on
}

// lost is the side's loss, which begins here if need be.
func (x *Transfer) lost() *loss {
	if x.loss == nil {
		x.loss = new(loss)
	}
	return x.loss
}

// live is what is known of one side's data while the flow lasts.
type live struct {
	Transfer
	bytes    int64 // of new data, and segments that carried them
	segments int64
	sightings
	samples
	timed   uint32 // the segment by whose acknowledgement the round trip is measured ends here
	timedAt int64  // 0: none
	timedOf uint32 // its payload
	flight  uint32 // the largest payload since all was acknowledged
	stuck   uint32 // where the segment ends that Stuck speaks of
	newAt   int64  // time of the latest new data while some is not acknowledged, 0: none is
	dups    uint8  // acknowledgements of the same number in a row, beyond the first
}

// far is how far sequence numbers may lie apart; beyond it they are not this connection's.
const far = 1 << 24

func (t *TCP) follow(s Side) *live {
	if t.live[s] == nil {
		t.live[s] = new(live)
	}
	return t.live[s]
}

// segment sorts a data segment into new, retransmitted, or filling a hole.
func (t *TCP) segment(p *decode.Packet, s Side, q *sequence) {
	end := p.Seq + p.PayloadLen
	if !q.known {
		q.next, q.known = end, true
		return
	}
	k := t.follow(s)
	ahead := int32(p.Seq - q.next)
	late := k.loss.any() && t.came(p, s, k.loss, p.Seq, end)
	switch {
	case late && int32(end-q.next) <= 0:
		k.bytes += int64(p.PayloadLen)
		k.segments++
		k.Largest = max(k.Largest, int64(p.PayloadLen)) // its acknowledgement came before it
		t.troubled().OutOfOrder[s]++
	case ahead > far || ahead < -far:
		q.next, q.haveAck = end, false
		k.restart()
	case ahead > 0:
		k.openHole(q.next, p.Seq, p.Time)
		k.fresh(p, q, end)
	case int32(end-q.next) > 0: // new bytes, perhaps with some old ones
		k.fresh(p, q, end)
	default:
		t.old(p, s, q, end)
	}
}

// restart follows the side anew; what was counted stays.
func (k *live) restart() {
	*k = live{Transfer: k.Transfer, bytes: k.bytes, segments: k.segments, samples: k.samples}
	if k.loss != nil {
		*k.loss = loss{Holes: k.loss.Holes, Resent: k.loss.Resent}
	}
}

// fresh notes new data.
func (k *live) fresh(p *decode.Packet, q *sequence, end uint32) {
	q.next = end
	k.bytes += int64(p.PayloadLen)
	k.segments++
	if gap := p.Time - k.newAt; gap > k.Gap && k.newAt != 0 && q.haveAck {
		k.Gap = gap
	}
	k.newAt = p.Time
	k.flight = max(k.flight, p.PayloadLen)
	if k.timedAt == 0 {
		k.timed, k.timedAt, k.timedOf = end, p.Time, p.PayloadLen
	}
	k.see(p.Seq, p.Time)
}

// old sorts a segment without new bytes.
func (t *TCP) old(p *decode.Packet, s Side, q *sequence, end uint32) {
	k := t.live[s]
	acked := q.haveAck && int32(end-q.acked) <= 0
	if at, ok := k.fill(p.Seq, end); ok {
		k.flight = max(k.flight, p.PayloadLen)
		if !t.retransmitted(p, s, at) {
			t.troubled().OutOfOrder[s]++
		}
		return
	}
	if p.PayloadLen == 1 && end == q.next && (acked || !q.haveAck) { // RFC 9293 section 3.8.4
		k.KeepAlives++
		return
	}
	t.troubled().Retrans[s]++
	k.timedAt = 0 // its acknowledgement could be one of either (RFC 6298 section 3)
	if acked {
		k.lost().Spurious++
		return
	}
	if k.Repeats++; int64(p.PayloadLen) >= k.Stuck {
		k.Stuck, k.stuck = int64(p.PayloadLen), end
	}
	t.retransmitted(p, s, k.seen(p.Seq))
}

// minRTO is the shortest time-out of the stacks in use (RFC 6298 section 2.4 has 1 s; Linux has 200 ms, Windows 300
// ms).
const minRTO = int64(200 * time.Millisecond)

// rto is the time after which a retransmission is taken for one by time-out. On long paths a recovery without time-out
// takes two round trips.
func (t *TCP) rto() int64 {
	way := t.RTT + t.NearRTT
	if a, b := t.live[A], t.live[B]; a != nil && b != nil {
		way = max(way, a.samples.median()+b.samples.median())
	}
	return max(minRTO, 2*way)
}

// retransmitted says whether a segment whose bytes were first seen, or missed, at that time was sent again because of a
// loss, and counts it by what made the sender do it. One time-out counts once: what is sent again soon after belongs to
// its recovery.
func (t *TCP) retransmitted(p *decode.Packet, s Side, first int64) bool {
	x := t.live[s]
	k := x.lost()
	same := k.againAt != 0 && k.again == p.Seq
	if same {
		first = k.firstAt
	}
	since := max(first, k.againAt)
	duplicates := x.dups >= 3 && !same
	if duplicates {
		since = max(since, k.dupAt)
	}
	in := k.fast && int32(p.Seq-k.recover) < 0
	switch {
	case p.Time-since >= t.rto():
		k.RTO++
		k.Stall = max(k.Stall, p.Time-first)
		k.fast = false
	case duplicates || in:
		k.Fast++
		if !in {
			k.fast, k.recover = true, t.seq[s].next
		}
	case k.againAt == 0 || p.Time-k.againAt >= t.rto():
		return false
	}
	k.again, k.againAt, k.firstAt = p.Seq, p.Time, first
	return true
}

// ack notes that what side s sent was received up to the number acknowledged; bytes the capture never showed are
// counted.
func (t *TCP) ack(p *decode.Packet, s Side) {
	q := &t.seq[s]
	if !q.haveAck && t.firstAck(p, s, q) {
		return
	}
	ahead := int32(p.Ack - q.next)
	if ahead > far || ahead < -far {
		return
	}
	k := t.live[s]
	if k.gaping() {
		t.troubled().Unseen[s] += k.settle(p, t.typical(s))
	}
	if ahead > 0 {
		t.unseen(p, s, q, int64(ahead))
	}
	advance := int32(p.Ack - q.acked)
	if advance > 0 {
		q.acked = p.Ack
	}
	if k = t.live[s]; k == nil {
		return
	} else if advance > 0 {
		k.acknowledged(p, q)
	} else if advance == 0 && p.PayloadLen == 0 && p.Ack != q.next && t.seq[s.Other()].window == p.Window {
		k.duplicate(p)
	}
}

// firstAck takes the first acknowledgement of side s. It reports whether that is all that is known of the side.
func (t *TCP) firstAck(p *decode.Packet, s Side, q *sequence) bool {
	if at := t.synTime[s]; at != 0 && t.synacks[s] == 1 && p.Time >= at {
		t.NearRTT, t.synTime[s] = max(p.Time-at, 1), 0
	}
	q.haveAck = true
	if !q.known {
		q.next, q.known, q.acked = p.Ack, true, p.Ack
		return true
	}
	q.acked = p.Ack - 1 // so that it goes forward
	return false
}

// unseen notes n bytes that were acknowledged before they came.
func (t *TCP) unseen(p *decode.Packet, s Side, q *sequence, n int64) {
	if !t.FIN[s] || n != 1 {
		t.troubled().Unseen[s] += n
		t.follow(s).miss(q.next, p.Ack, t.typical(s), p.Time, p.Time)
	}
	q.next = p.Ack
}

// acknowledged takes the round trip and closes the gap, if any.
func (k *live) acknowledged(p *decode.Packet, q *sequence) {
	k.dups, k.Repeats = 0, 0
	if k.Stuck > 0 && int32(p.Ack-k.stuck) >= 0 {
		k.Largest, k.Stuck = max(k.Largest, k.Stuck), 0
	}
	if k.timedAt != 0 && int32(p.Ack-k.timed) >= 0 {
		if k.skip--; k.skip < 0 {
			k.samples.add(p.Time - k.timedAt)
		}
		k.timedAt, k.Largest = 0, max(k.Largest, int64(k.timedOf))
	}
	if p.Ack == q.next {
		if gap := p.Time - k.newAt; gap > k.Gap && k.newAt != 0 {
			k.Gap = gap
		}
		k.newAt, k.sights = 0, k.sights[:0]
		if k.loss != nil {
			k.loss.againAt, k.loss.fast = 0, false
		}
		k.Largest, k.flight = max(k.Largest, int64(k.flight)), 0
	}
}

// gaping reports whether a hole is open.
func (k *live) gaping() bool { return k != nil && k.loss != nil && len(k.loss.open) > 0 }

// duplicate counts an acknowledgement that says that something is missing (RFC 5681 section 2).
func (k *live) duplicate(p *decode.Packet) {
	if k.dups = min(k.dups, 254) + 1; k.dups == 3 {
		k.lost().dupAt = p.Time
	}
}

// typical is the size of a segment of the side, in bytes.
func (t *TCP) typical(s Side) int64 {
	if k := t.live[s]; k != nil && k.segments > 0 {
		return max(k.bytes/k.segments, 1)
	}
	if mss := t.Options[s.Other()].MSS; mss != 0 {
		return int64(mss)
	}
	return defaultMSS
}

// defaultMSS is what fits an Ethernet frame over IPv4 without options.
const defaultMSS = 1460
