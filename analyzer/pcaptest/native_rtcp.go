package pcaptest

import (
	"encoding/binary"
	"slices"
	"time"
)

// control is the RTCP of a flow: once a second reports of both sides, for what a side receives several times a second
// the feedback MARI, and on video the requests MSTR.
func (n *native) control(l nativeLeg) [][]Event {
	var out []Event
	for _, side := range []Side{Client, Server} {
		out = append(out, n.reports(l, side)...)
		if n.Generation != Browser {
			out = append(out, n.mari(l, side)...)
		}
	}
	if n.Generation != Browser && len(l.streams[Client]) > 0 && l.streams[Client][0].ClockRate == 90000 {
		out = append(out, n.mstr(l)...)
	}
	slices.SortStableFunc(out, func(a, b Event) int { return a.At.Compare(b.At) })
	for i := range out {
		out[i].Data = n.seal(out[i].Data, uint32(i+1))
	}
	return [][]Event{out}
}

// seal ends a packet as SRTCP does; in 2023 nothing is encrypted and 16 bytes of tag follow.
func (n *native) seal(b []byte, index uint32) []byte {
	if n.Generation != Native2023 || n.Sealed {
		return srtcp(b, index)
	}
	return append(b, n.s.Bytes(16)...)
}

// reportAt is when a side's report k passes the capture point; it is written a hop before.
func (n *native) reportAt(side Side, k int) time.Time {
	t := n.start.Add([]time.Duration{520, 740}[side]*time.Millisecond + time.Duration(k)*time.Second)
	if n.Delay != nil {
		t = t.Add(n.Delay(side, t.Sub(n.start)))
	}
	return t
}

// reports are the reports of a side, to the end of the call.
func (n *native) reports(l nativeLeg, side Side) (out []Event) {
	peer := side.other()
	var about []*receiver
	for i := range l.streams[peer][:l.media[peer]] {
		about = append(about, n.receiver(&l.streams[peer][i]))
	}
	for k := 0; ; k++ {
		t := n.reportAt(side, k)
		if !t.Before(n.start.Add(n.Lasting)) {
			return out
		}
		out = append(out, Event{At: t, From: side, Data: n.compound(l, side, t, about)})
	}
}

// compound is the report of a side that passes the capture point at t: SR or RR with a block for each stream of the
// other side, XR, and SDES. Who only receives asks for the round trip by XR, and so does the client always.
func (n *native) compound(l nativeLeg, side Side, t time.Time, about []*receiver) []byte {
	peer := side.other()
	sent := t.Add(-n.hopAt(side, t))
	r := SenderReport{SSRC: l.reporter[side]}
	names := []uint32{l.reporter[side]}
	if n.sends(l, side) {
		own := l.streams[side][0]
		r.SSRC, r.Sent, names = own.SSRC, n.ntpTime(side, sent), append(names, own.SSRC)
		r.RTPTime = own.FirstTS + uint32(t.Sub(own.Start).Seconds()*float64(own.ClockRate))
		r.Packets, r.Octets = own.sent(t)
	}
	last, held := n.heldReport(side, sent)
	for _, x := range about {
		b, heard := x.report(sent)
		if !heard {
			continue
		}
		if !last.IsZero() && x.of.SSRC == l.streams[peer][0].SSRC {
			b.LSR, b.DLSR = middle(n.ntpTime(peer, last)), held
		}
		r.Reports = append(r.Reports, b)
	}
	x := XR{SSRC: l.reporter[side]}
	if n.asks(l, side) {
		x.Reference = n.ntpTime(side, sent)
	}
	if n.asks(l, peer) && !last.IsZero() {
		x.Peer, x.LRR, x.DLRR = l.reporter[peer], middle(n.ntpTime(peer, last)), held
	}
	return slices.Concat(r.report(), x.Bytes(), sdes(n.cname[side], names...))
}

func (n *native) sends(l nativeLeg, side Side) bool { return len(l.streams[side]) > 0 }

func (n *native) asks(l nativeLeg, side Side) bool {
	return side == Client || !n.sends(l, side) && n.sends(l, side.other())
}

// heldReport is the other side's latest report that the side has when it writes its own: when that was written, and how
// long the side has held it, in 1/65536 s.
func (n *native) heldReport(side Side, now time.Time) (written time.Time, held uint32) {
	for k := 0; ; k++ {
		passed := n.reportAt(side.other(), k)
		came := passed.Add(n.hopAt(side, passed))
		if came.After(now) {
			return written, held
		}
		written, held = passed.Add(-n.hopAt(side.other(), passed)), uint32(now.Sub(came).Seconds()*65536)
	}
}

// middle is the middle of an NTP time, as LSR has it.
func middle(t time.Time) uint32 { return uint32(ntp(t) >> 16) }

// sent counts packets and bytes of payload until t.
func (s RTPStream) sent(t time.Time) (packets, octets uint32) {
	for i := range s.Packets {
		if !s.time(i).After(t) && !yes(s.LossFar, i) {
			packets++
			octets += uint32(s.Slots[i].Size)
		}
	}
	return packets, octets
}

// heard is a packet with what MARI tells of it.
type heard struct {
	arrival
	bytes int
	clock []byte
}

// hears are the packets of a leg that a side receives, in order.
func (n *native) hears(l nativeLeg, side Side) (list []heard) {
	for k := range l.streams[side.other()] {
		r := &l.streams[side.other()][k]
		for _, a := range n.arrivals(r) {
			x := &r.Slots[a.i]
			list = append(list, heard{a, 20 + len(x.Extension) + x.Size, x.clock()})
		}
	}
	slices.SortStableFunc(list, func(a, b heard) int { return a.at.Compare(b.at) })
	return list
}

// mari is the feedback of a side on what it receives: when a packet has come and the last feedback is old enough, the
// clock of the newest packet and the rate of the last second.
func (n *native) mari(l nativeLeg, side Side) (out []Event) {
	list := n.hears(l, side)
	media := uint32(0)
	if side == Client && len(list) > 0 {
		media = l.streams[Server][0].SSRC
	}
	due, rate, from := n.start, 0, 0
	var newest heard
	for _, x := range list {
		rate += x.bytes
		for ; list[from].at.Before(x.at.Add(-time.Second)); from++ {
			rate -= list[from].bytes
		}
		if !x.passed.Before(newest.passed) {
			newest = x
		}
		if x.at.Before(due) {
			continue
		}
		data := binary.BigEndian.AppendUint16([]byte{1, 0}, uint16(n.s.Intn(894)))
		data = binary.BigEndian.AppendUint32(append(data, newest.clock...), uint32(8*rate))
		sent := x.at.Add(n.s.Duration(0, 300*time.Microsecond))
		passes := sent.Add(n.hopAt(side, sent))
		out = append(out, Event{At: passes, From: side,
			Data: ApplicationFeedback(l.reporter[side], media, "MARI", data)})
		n.truth.trip(side, passes, n.hopAt(side, newest.passed)+n.hopAt(side, sent))
		due = x.at.Add(n.s.Duration(60*time.Millisecond, 340*time.Millisecond))
	}
	return out
}

// clock is the sender's clock in the slot's extension.
func (x Slot) clock() []byte { return x.element(4)[3:] }

// element is the value of an element of the slot's extension that is there.
func (x Slot) element(id uint8) []byte {
	for b := x.Extension; len(b) > 0; b = b[int(b[0]&15)+2:] {
		if b[0]>>4 == id {
			return b[1 : int(b[0]&15)+2]
		}
	}
	return nil
}

// mstr is how streams are agreed: the client says it is there, the node asks for a picture (most bits per second,
// payload type, macroblocks per second and per frame, hundredths of frames per second), and the client says yes.
func (n *native) mstr(l nativeLeg) []Event {
	pt := l.streams[Client][0].PT
	ask := []byte{0, 0x11, 0, 2, 4, 0, 0, 0x1c, 0, 0x30, 0xd4, 0, 0, 0, 0, 0, pt, 0, 0, 0x0c, 0, 1, 0xde, 0x20,
		0x1f, 0xe0, 0x0b, 0xb8, 0, 0, 0, 0}
	var out []Event
	for i, m := range []struct {
		from Side
		data []byte
	}{
		{Client, []byte{0, 0x11, 0, 4}}, {Server, []byte{0, 0x21, 0, 4, 0, 4, 0, 0}},
		{Server, ask}, {Client, []byte{0, 0x21, 0, 5, 0, 2, 1, 0}},
	} {
		sender := l.reporter[Client]
		if m.from == Server {
			sender = 0
		}
		out = append(out, Event{At: n.start.Add(200*time.Millisecond + time.Duration(i)*n.RTT), From: m.from,
			Data: ApplicationFeedback(sender, 0, "MSTR", m.data)})
	}
	return out
}
