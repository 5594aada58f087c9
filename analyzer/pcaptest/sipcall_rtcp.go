package pcaptest

import (
	"net/netip"
	"time"
)

// control sends the reports of both ends, to one behind the last packet, and tells the truth.
func (c SIPCall) control(s *Scenario, streams [2]*RTPStream) {
	var heard [2]*receiver // by the side that hears
	for _, side := range []Side{Client, Server} {
		r := streams[side.other()]
		r.slots()
		coming := r.arrivals(func(time.Time) time.Duration { return c.Hops[side] })
		if c.Truth != nil {
			c.Truth.Streams = append(c.Truth.Streams, r.fates(coming))
		}
		heard[side] = &receiver{of: r, coming: coming}
	}
	if c.Reports == 0 {
		return
	}
	u := s.UDP(above(c.Media), above(c.Peer), Path{DSCP: EF, DSCPBack: EF})
	var events [2][]Event
	for _, side := range []Side{Client, Server} {
		for k := range int(c.Lasting/c.Reports) + 1 {
			t := c.reportAt(streams[side], k)
			b := c.report(streams, heard[side], t)
			if c.Sealed {
				b = srtcp(b, uint32(k+1))
			}
			events[side] = append(events[side], Event{At: t, From: side, Data: b})
		}
	}
	Play(u, events[:]...)
}

// above is the port of the RTCP beside RTP.
func above(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), a.Port()+1) }

// slots writes down what a steady stream sends.
func (r *RTPStream) slots() {
	for i := range r.Packets {
		r.Slots = append(r.Slots, Slot{At: time.Duration(i) * r.Interval, Size: r.PayloadSize(i),
			Timestamp: uint32(int64(i) * int64(r.Interval) * int64(r.ClockRate) / int64(time.Second))})
	}
}

// reportAt is when the kth report of a stream's sender passes the capture point.
func (c SIPCall) reportAt(own *RTPStream, k int) time.Time {
	return own.Start.Add(time.Duration(k+1)*c.Reports + []time.Duration{520, 740}[own.From]*time.Millisecond)
}

// report is that of the side which hears x; it passes at t.
func (c SIPCall) report(streams [2]*RTPStream, x *receiver, t time.Time) []byte {
	peer := x.of.From
	own := streams[peer.other()]
	hop := c.Hops[own.From]
	written := t.Add(-hop)
	r := SenderReport{SSRC: own.SSRC, Sent: written, CNAME: "pcaptest"}
	r.RTPTime = own.FirstTS + uint32(t.Sub(own.Start).Seconds()*float64(own.ClockRate))
	r.Packets, r.Octets = own.sent(t)
	if b, ok := x.report(written); ok {
		for k := 0; ; k++ {
			passed := c.reportAt(x.of, k)
			came := passed.Add(hop)
			if came.After(written) {
				break
			}
			b.LSR = middle(passed.Add(-c.Hops[peer]))
			b.DLSR = uint32(written.Sub(came).Seconds() * 65536)
		}
		r.Reports = append(r.Reports, b)
	}
	return r.Bytes()
}
