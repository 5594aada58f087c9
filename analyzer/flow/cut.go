package flow

import "slices"

// Cut ends a part of a flow that goes on: the part is returned as an ended flow with what was counted since the flow
// began or was cut before, and f counts from nothing. What the flow is stays with both: key, initiator, first TTLs, and
// what TCP knows of sequence numbers. A TCP part after the first one tells nothing of the handshake, as one of a
// connection that began before the capture.
//
// The counters of all parts add up to those of the flow in one piece. What hangs on several packets belongs to the part
// of the last one: the retransmission of a segment that came before the cut, the acknowledgement of such a segment.
func (f *Flow) Cut() Flow {
	part := *f
	part.End = Window
	if f.TCP != nil {
		part.TCP, f.TCP = f.TCP, f.TCP.goOn(f.LastTime)
		part.TCP.finish(f.LastTime)
	}
	if f.over != nil {
		over := *f.over
		part.over = &over
	}
	f.Part++
	f.begun = false
	f.Packets, f.Bytes, f.Payload = [2]int64{}, [2]int64{}, [2]int64{}
	f.Duplicates, f.DSCP, f.marks = 0, [2]DSCPHistogram{}, nil
	f.Numbers, f.ICMP = PacketNumbers{}, nil
	return part
}

// Silent reports whether no packet came since the flow was cut.
func (f *Flow) Silent() bool { return f.Part > 0 && !f.begun }

// goOn is what the connection counts from now on. t is left to the part that ends, and shares nothing with it that
// changes.
func (t *TCP) goOn(now int64) *TCP {
	next := *t
	next.trouble = t.trouble.goOn(t.Reset, now)
	next.told()
	for s, k := range t.live {
		if k != nil {
			next.live[s] = k.goOn()
		}
	}
	return &next
}

// goOn is what is counted from now on; how the connection was reset stays.
func (x *Trouble) goOn(reset bool, now int64) *Trouble {
	if x == nil {
		return nil
	}
	zero := x.zero.goOn(now)
	if zero == nil && !reset {
		return nil
	}
	return &Trouble{ResetNum: x.ResetNum, ResetTime: x.ResetTime, ResetBy: x.ResetBy, ResetTTL: x.ResetTTL, zero: zero}
}

// goOn is what is counted from now on: a time without window that lasts begins anew.
func (z *ZeroWindows) goOn(now int64) *ZeroWindows {
	if z == nil || z.at == [2]int64{} {
		return nil
	}
	var next ZeroWindows
	for s := range z.at {
		if z.at[s] != 0 {
			next.at[s] = now
		}
	}
	return &next
}

// told takes away what an earlier part has told of the handshake. The round trips stay: time-outs are told by them.
func (t *TCP) told() {
	t.SYN, t.SYNACK, t.SYNNum, t.SYNTime = [2]int64{}, [2]bool{}, [2]int64{}, [2]int64{}
	t.Told = true
}

func (k *live) goOn() *live {
	next := *k
	next.Transfer = Transfer{Largest: k.Largest, Stuck: k.Stuck, Repeats: k.Repeats}
	next.samples.forget()
	next.sights = slices.Clone(k.sights)
	if k.loss != nil {
		next.loss = k.loss.goOn()
	}
	return &next
}

func (l *loss) goOn() *loss {
	next := *l
	next.Holes, next.Resent, next.open = Holes{}, Resent{}, slices.Clone(l.open)
	next.late = nil // what comes of them now is counted as a retransmission: their hole stands in the part before
	return &next
}
