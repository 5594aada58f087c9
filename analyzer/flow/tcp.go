package flow

import "webexaudit/analyzer/decode"

// TCP is what the headers of a TCP flow show, by side.
type TCP struct {
	SYN        [2]int64 // SYNs without ACK
	SYNACK     [2]bool
	synTime    [2]int64 // of the latest SYN or SYN-ACK
	RTT        int64    // nanoseconds from SYN to SYN-ACK; 0: not seen
	Retrans    [2]int64 // segments whose bytes had been seen
	OutOfOrder [2]int64 // segments that filled a hole
	Unseen     [2]int64 // bytes of this side that the other acknowledged but the capture lacks
	ZeroWindow [2]int64
	MSS        [2]uint16
	FIN        [2]bool
	Reset      bool
	ResetBy    Side
	ResetTTL   uint8
	ResetNum   int64
	ResetTime  int64
	SYNNum     [2]int64 // packet numbers of the first SYN and SYN-ACK
	SYNTime    [2]int64

	seq [2]sequence
}

// sequence follows one direction's sequence numbers.
type sequence struct {
	isn      uint32
	next     uint32 // after the highest byte seen or known
	from, to uint32 // the latest hole, from == to: none
	known    bool
	haveISN  bool
}

// closed reports whether the connection has ended.
func (t *TCP) closed() bool { return t.Reset || t.FIN[A] && t.FIN[B] }

// reopens reports whether the packet is a SYN that begins another connection on the same 5-tuple.
func (t *TCP) reopens(p *decode.Packet, s Side) bool {
	if p.Flags&(decode.SYN|decode.ACK|decode.RST) != decode.SYN {
		return false
	}
	q := &t.seq[s]
	return q.haveISN && q.isn != p.Seq && (t.closed() || t.SYNACK[s.Other()] && q.next != q.isn+1 || t.seq[s.Other()].known) ||
		!q.haveISN && t.closed()
}

func (t *TCP) add(p *decode.Packet, s Side) {
	q := &t.seq[s]
	if p.Flags&decode.SYN != 0 {
		t.addSYN(p, s, q)
	}
	if p.Flags&decode.RST != 0 && !t.Reset {
		t.Reset, t.ResetBy, t.ResetTTL, t.ResetNum, t.ResetTime = true, s, p.TTL, p.Number, p.Time
	}
	if p.PayloadLen > 0 && p.Flags&decode.SYN == 0 {
		t.segment(p, s, q)
	}
	if p.Flags&decode.FIN != 0 {
		t.FIN[s] = true
		if end := p.Seq + p.PayloadLen + 1; q.known && int32(end-q.next) > 0 {
			q.next = end
		}
	}
	if p.Flags&decode.ACK != 0 && p.Flags&decode.RST == 0 {
		t.ack(p, s.Other())
	}
	if p.Window == 0 && p.Flags&(decode.RST|decode.SYN) == 0 {
		t.ZeroWindow[s]++
	}
}

func (t *TCP) addSYN(p *decode.Packet, s Side, q *sequence) {
	ack := p.Flags&decode.ACK != 0
	if ack {
		t.SYNACK[s] = true
		if from := t.synTime[s.Other()]; from != 0 && t.RTT == 0 && p.Time >= from {
			t.RTT = max(p.Time-from, 1)
		}
	} else {
		t.SYN[s]++
		t.synTime[s] = p.Time
	}
	if t.SYNNum[s] == 0 {
		t.SYNNum[s], t.SYNTime[s] = p.Number, p.Time
	}
	if p.MSS != 0 {
		t.MSS[s] = p.MSS
	}
	q.isn, q.haveISN = p.Seq, true
	if !q.known {
		q.next, q.known = p.Seq+1+p.PayloadLen, true
	}
}

// segment sorts a data segment into new, retransmitted, or filling a hole.
func (t *TCP) segment(p *decode.Packet, s Side, q *sequence) {
	end := p.Seq + p.PayloadLen
	if !q.known {
		q.next, q.known = end, true
		return
	}
	ahead := int32(p.Seq - q.next)
	switch {
	case ahead > 1<<24 || ahead < -(1<<24): // not this connection's numbers
		q.next, q.from, q.to = end, 0, 0
	case ahead > 0:
		q.from, q.to, q.next = q.next, p.Seq, end
	case int32(end-q.next) > 0: // new bytes, perhaps with some old ones
		q.next = end
	case q.from != q.to && int32(p.Seq-q.from) >= 0 && int32(end-q.to) <= 0:
		t.OutOfOrder[s]++
		q.fill(p.Seq, end)
	case p.PayloadLen == 1 && end == q.next: // keep-alive probe (RFC 9293 section 3.8.4)
	default:
		t.Retrans[s]++
	}
}

func (q *sequence) fill(from, to uint32) {
	switch {
	case from == q.from:
		q.from = to
	case to == q.to:
		q.to = from
	}
}

// ack notes that what side s sent was received up to the number acknowledged; bytes the capture never showed are counted.
func (t *TCP) ack(p *decode.Packet, s Side) {
	q := &t.seq[s]
	if !q.known {
		q.next, q.known = p.Ack, true
		return
	}
	if q.from != q.to && int32(p.Ack-q.to) >= 0 {
		t.Unseen[s] += int64(q.to - q.from)
		q.from = q.to
	}
	ahead := int32(p.Ack - q.next)
	if ahead <= 0 || ahead > 1<<24 {
		return
	}
	if t.FIN[s] && ahead == 1 {
		q.next = p.Ack
		return
	}
	t.Unseen[s] += int64(ahead)
	q.next = p.Ack
}
