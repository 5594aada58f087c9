package pcaptest

import "time"

// Owner is where a packet of a stream was lost.
type Owner uint8

const (
	Arrived    Owner = iota
	LostFar          // before its sender had it
	LostBefore       // between its sender and the capture point
	LostBehind       // between the capture point and its receiver
)

// Fate is what became of one packet that was sent.
type Fate struct {
	Passed time.Time // the capture point; when it would have where it did not
	At     time.Time // the receiver, for the first time; zero: never
	Bytes  int       // of RTP
	Owner  Owner
	Unseen bool // the sensor loses it, should it pass
	Twice  int  // copies that the receiver got beyond the first
}

// StreamTruth is what became of a stream; its packets have the sequence numbers from FirstSeq on.
type StreamTruth struct {
	RTPStream
	Fates []Fate
}

// Trip is the time of a packet from the capture point to a side, and of the side's MARI about it back to the point,
// which it passed at At. What the side held it for, up to 0.3 ms, comes on top.
type Trip struct {
	At    time.Time
	Taken time.Duration
}

// CallTruth is what a capture of a call cannot say of it.
type CallTruth struct {
	Streams []StreamTruth
	Trips   [2][]Trip // by side
}

func (c *CallTruth) trip(side Side, at time.Time, taken time.Duration) {
	c.Trips[side] = append(c.Trips[side], Trip{at, taken})
}

// Of is the truth of an SSRC; nil: there is none.
func (c *CallTruth) Of(ssrc uint32) *StreamTruth {
	for i := range c.Streams {
		if c.Streams[i].SSRC == ssrc {
			return &c.Streams[i]
		}
	}
	return nil
}

// Sums are packets, and bytes of RTP of those that were sent by the stream's sender, passed the capture point and
// came to the receiver.
type Sums struct {
	Sent, Far, Before, Behind, Received int
	Unseen                              int // that passed, but not to the sensor
	SentBytes, PassedBytes, CameBytes   int
}

// Sum adds up the packets with low <= i < high.
func (s *StreamTruth) Sum(low, high int) (n Sums) {
	for _, f := range s.Fates[low:high] {
		n.Sent++
		switch f.Owner {
		case LostFar:
			n.Far++
			continue
		case LostBefore:
			n.Before++
		case LostBehind:
			n.Behind++
		case Arrived:
			n.Received++
			n.CameBytes += f.Bytes
		}
		n.SentBytes += f.Bytes
		if f.Owner == LostBefore {
			continue
		}
		n.PassedBytes += f.Bytes
		if f.Unseen {
			n.Unseen++
		}
	}
	return n
}

// Came are the bytes of RTP that came to the receiver behind one time and up to another.
func (s *StreamTruth) Came(from, to time.Time) (n int) {
	for _, f := range s.Fates {
		if f.At.After(from) && !f.At.After(to) {
			n += f.Bytes
		}
	}
	return n
}

func (n *native) fates(r *RTPStream) StreamTruth { return r.fates(n.arrivals(r)) }

// fates is what becomes of a stream's packets, of which those given come to the receiver.
func (r *RTPStream) fates(arrivals []arrival) StreamTruth {
	s := StreamTruth{RTPStream: *r, Fates: make([]Fate, r.Packets)}
	for i := range s.Fates {
		f := &s.Fates[i]
		x := &r.Slots[i]
		*f = Fate{Passed: r.passes(i), Bytes: 12 + 4*len(r.CSRC) + x.Size, Unseen: yes(r.Unseen, i)}
		if len(x.Extension) > 0 {
			f.Bytes += 4 + len(x.Extension)
		}
		switch {
		case yes(r.LossFar, i):
			f.Owner = LostFar
		case yes(r.Loss, i):
			f.Owner = LostBefore
		case yes(r.LossBehind, i):
			f.Owner = LostBehind
		}
	}
	for _, a := range arrivals {
		if f := &s.Fates[a.i]; f.At.IsZero() {
			f.At = a.at
		} else {
			f.Twice++
		}
	}
	return s
}
