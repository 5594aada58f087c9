package flow

import "webexaudit/analyzer/decode"

// TCP is what the headers of a TCP flow show, by side.
type TCP struct {
	SYN     [2]int64 // SYNs without ACK
	SYNACK  [2]bool
	synacks [2]uint8 // up to 2
	synTime [2]int64 // of the latest SYN or SYN-ACK
	RTT     int64    // nanoseconds from SYN to SYN-ACK, the way to the side that answers; 0: not seen
	// nanoseconds from SYN-ACK to its ACK, the way to the side that asks; 0: not seen, or SYN-ACK repeated
	NearRTT   int64
	trouble   *Trouble // nil where there was none
	Options   [2]decode.SYNOptions
	FIN       [2]bool
	Closed    bool // a FIN or RST was seen
	ClosedBy  Side // who sent the first
	SYNACKTTL uint8
	Reset     bool     // see Trouble for the packet
	Told      bool     // an earlier part has told of the handshake; the round trips are those of then
	SYNNum    [2]int64 // packet numbers of the first SYN and SYN-ACK
	SYNTime   [2]int64

	live [2]*live // of each side once there is something to follow
	seq  [2]sequence
}

// Trouble is what most connections never have.
type Trouble struct {
	Retrans    [2]int64 // segments whose bytes had been seen
	OutOfOrder [2]int64 // segments that filled a hole at once; see Resent for those that came as retransmissions
	Unseen     [2]int64 // bytes of this side that the other acknowledged but the capture lacks
	ResetNum   int64    // number of the first RST, its time, sender and TTL
	ResetTime  int64
	ResetBy    Side
	ResetTTL   uint8
	zero       *ZeroWindows // nil where no window was closed
}

// Trouble is that of the connection.
func (t *TCP) Trouble() Trouble {
	if t.trouble == nil {
		return Trouble{}
	}
	return *t.trouble
}

// troubled is the connection's trouble, which begins here if need be.
func (t *TCP) troubled() *Trouble {
	if t.trouble == nil {
		t.trouble = new(Trouble)
	}
	return t.trouble
}

// ZeroWindows is how the sides closed their windows.
type ZeroWindows struct {
	Packets  [2]int64 // that closed their side's window
	Episodes [2]int32 // times without window, however many packets said so
	Time     [2]int64 // their length together, nanoseconds
	at       [2]int64 // begin of the one that lasts
}

// Zero is how the sides closed their windows.
func (t *TCP) Zero() ZeroWindows {
	if x := t.trouble; x != nil && x.zero != nil {
		return *x.zero
	}
	return ZeroWindows{}
}

// Sent is, of an ended flow, how the side's data went; nil where it sent no more than one segment with data.
func (t *TCP) Sent(s Side) *Transfer {
	if k := t.live[s]; k != nil {
		return &k.Transfer
	}
	return nil
}

// sequence follows one direction's sequence numbers.
type sequence struct {
	isn     uint32
	next    uint32 // after the highest byte seen or known
	acked   uint32 // the highest number that the other side acknowledged
	window  uint16 // of this side's latest packet
	known   bool
	haveISN bool
	haveAck bool
}

// closed reports whether the connection has ended.
func (t *TCP) closed() bool { return t.Reset || t.FIN[A] && t.FIN[B] }

// reopens reports whether the packet is a SYN that begins another connection on the same 5-tuple.
func (t *TCP) reopens(p *decode.Packet, s Side) bool {
	if p.Flags&(decode.SYN|decode.ACK|decode.RST) != decode.SYN {
		return false
	}
	q := &t.seq[s]
	if !q.haveISN {
		return t.closed()
	}
	return q.isn != p.Seq && (t.closed() || t.seq[s.Other()].known)
}

func (t *TCP) add(p *decode.Packet, s Side) {
	q := &t.seq[s]
	if p.Flags&(decode.SYN|decode.RST|decode.FIN) != 0 {
		t.control(p, s, q)
	}
	if p.PayloadLen > 0 {
		if p.Flags&decode.SYN == 0 {
			t.segment(p, s, q)
		}
	} else if q.haveAck && p.Seq == q.acked-1 && p.Seq == q.next-1 && p.Flags&(decode.SYN|decode.RST|decode.FIN) == 0 {
		t.follow(s).KeepAlives++ // RFC 9293 section 3.8.4
	}
	if p.Flags&decode.FIN != 0 {
		t.fin(p, s, q)
	}
	if p.Flags&decode.ACK != 0 && p.Flags&decode.RST == 0 {
		t.ack(p, s.Other())
	}
	if p.Window == 0 || t.trouble != nil && t.trouble.zero != nil {
		t.window(p, s)
	}
	q.window = p.Window
}

// fin advances the side's numbers by the one that a FIN takes (RFC 9293 section 3.4), or counts it as sent again.
func (t *TCP) fin(p *decode.Packet, s Side, q *sequence) {
	end := p.Seq + p.PayloadLen + 1
	k := t.live[s]
	if k != nil && q.known && end == q.next && p.PayloadLen == 0 && q.haveAck && int32(end-q.acked) > 0 {
		k.Repeats++
	}
	if q.known && int32(end-q.next) > 0 {
		q.next = end
	} else if k != nil && k.loss.any() {
		t.came(p, s, k.loss, end-1, end)
	}
}

// control notes flags that begin or end a connection.
func (t *TCP) control(p *decode.Packet, s Side, q *sequence) {
	if p.Flags&decode.SYN != 0 {
		t.addSYN(p, s, q)
	}
	if p.Flags&(decode.RST|decode.FIN) != 0 && !t.Closed {
		t.Closed, t.ClosedBy = true, s
	}
	if p.Flags&decode.RST != 0 && !t.Reset {
		x := t.troubled()
		t.Reset, x.ResetBy, x.ResetTTL, x.ResetNum, x.ResetTime = true, s, p.TTL, p.Number, p.Time
	}
	if p.Flags&decode.FIN != 0 {
		t.FIN[s] = true
	}
}

func (t *TCP) addSYN(p *decode.Packet, s Side, q *sequence) {
	if p.Flags&decode.ACK != 0 {
		t.SYNACK[s], t.SYNACKTTL = true, p.TTL
		t.synacks[s] = min(t.synacks[s]+1, 2)
		if from := t.synTime[s.Other()]; from != 0 && t.RTT == 0 && p.Time >= from {
			t.RTT = max(p.Time-from, 1)
		}
	} else {
		t.SYN[s]++
	}
	t.synTime[s] = p.Time
	if t.SYNNum[s] == 0 {
		t.SYNNum[s], t.SYNTime[s] = p.Number, p.Time
	}
	if p.Options != (decode.SYNOptions{}) {
		t.Options[s] = p.Options
	}
	q.isn, q.haveISN = p.Seq, true
	if !q.known {
		q.next, q.known = p.Seq+1+p.PayloadLen, true
	}
}

// window follows the times in which a side takes no data.
func (t *TCP) window(p *decode.Packet, s Side) {
	if p.Flags&(decode.RST|decode.SYN) != 0 {
		return
	}
	x := t.troubled()
	if x.zero == nil {
		x.zero = new(ZeroWindows)
	}
	z := x.zero
	if p.Window != 0 {
		z.reopened(s, p.Time)
		return
	}
	z.Packets[s]++
	if z.at[s] == 0 {
		z.at[s] = p.Time
		z.Episodes[s]++
	}
}

// reopened ends the time without window of side s, if it has one.
func (z *ZeroWindows) reopened(s Side, now int64) {
	if at := z.at[s]; at != 0 {
		z.Time[s] += max(now-at, 0)
		z.at[s] = 0
	}
}

// Unacked is, of an ended flow, how many bytes of side s the other never acknowledged, a FIN counted as one.
func (t *TCP) Unacked(s Side) int64 {
	q := &t.seq[s]
	if !q.haveAck {
		return 0
	}
	return max(int64(int32(q.next-q.acked)), 0)
}

// finish sums up when the flow ends.
func (t *TCP) finish(last int64) {
	for s, k := range t.live {
		if x := t.trouble; x != nil && x.zero != nil {
			x.zero.reopened(Side(s), last)
		}
		if k != nil {
			k.RTTMedian = k.samples.median()
		}
	}
}
