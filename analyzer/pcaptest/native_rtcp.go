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
		for t := n.firstReport(side); t.Before(n.start.Add(n.Lasting)); t = t.Add(time.Second) {
			out = append(out, Event{At: t, From: side, Data: n.compound(l, side, t)})
		}
		out = append(out, n.mari(l, side)...)
	}
	if len(l.streams[Client]) > 0 && l.streams[Client][0].ClockRate == 90000 {
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
	if n.Generation == Native2020 {
		return srtcp(b, index)
	}
	return append(b, n.s.Bytes(16)...)
}

func (n *native) firstReport(side Side) time.Time {
	return n.start.Add([]time.Duration{520, 740}[side] * time.Millisecond)
}

// lastReport is when the side's latest report before t passed the capture point.
func (n *native) lastReport(side Side, t time.Time) (time.Time, bool) {
	since := t.Sub(n.firstReport(side))
	return n.firstReport(side).Add(since.Truncate(time.Second)), since >= 0
}

// compound is the report of a side that passes the capture point at t: SR or RR with a block for each stream of the
// other side, XR, and SDES. Who only receives asks for the round trip by XR, and so does the client always.
func (n *native) compound(l nativeLeg, side Side, t time.Time) []byte {
	peer := side.other()
	sent := t.Add(-n.hop[side])
	r := SenderReport{SSRC: l.reporter[side]}
	names := []uint32{l.reporter[side]}
	if n.sends(l, side) {
		own := l.streams[side][0]
		r.SSRC, r.Sent, names = own.SSRC, n.ntpTime(side, sent), append(names, own.SSRC)
		r.RTPTime = own.FirstTS + uint32(t.Sub(own.Start).Seconds()*float64(own.ClockRate))
		r.Packets, r.Octets = own.sent(t)
	}
	last, held := n.heldReport(side, t)
	for _, about := range l.streams[peer][:l.media[peer]] {
		b := about.receiverBlock(t.Add(-2*n.hop[side]), time.Second)
		if !last.IsZero() && n.sends(l, peer) && about.SSRC == l.streams[peer][0].SSRC {
			b.LSR, b.DLSR = middle(n.ntpTime(peer, last.Add(-n.hop[peer]))), held
		}
		r.Reports = append(r.Reports, b)
	}
	x := XR{SSRC: l.reporter[side]}
	if n.asks(l, side) {
		x.Reference = n.ntpTime(side, sent)
	}
	if n.asks(l, peer) && !last.IsZero() {
		x.Peer, x.LRR, x.DLRR = l.reporter[peer], middle(n.ntpTime(peer, last.Add(-n.hop[peer]))), held
	}
	return slices.Concat(r.report(), x.Bytes(), sdes(n.cname[side], names...))
}

func (n *native) sends(l nativeLeg, side Side) bool { return len(l.streams[side]) > 0 }

func (n *native) asks(l nativeLeg, side Side) bool {
	return side == Client || !n.sends(l, side) && n.sends(l, side.other())
}

// heldReport is the other side's latest report that the side had when it wrote the one that passes at t, by when it
// passed, and how long the side had held it, in 1/65536 s.
func (n *native) heldReport(side Side, t time.Time) (passed time.Time, held uint32) {
	had := t.Add(-2 * n.hop[side])
	passed, ok := n.lastReport(side.other(), had)
	if !ok {
		return time.Time{}, 0
	}
	return passed, uint32(had.Sub(passed).Seconds() * 65536)
}

// middle is the middle of an NTP time, as LSR has it.
func middle(t time.Time) uint32 { return uint32(ntp(t) >> 16) }

// sent counts packets and bytes of payload until t.
func (s RTPStream) sent(t time.Time) (packets, octets uint32) {
	for i := range s.Packets {
		if !s.time(i).After(t) {
			packets++
			octets += uint32(s.Slots[i].Size)
		}
	}
	return packets, octets
}

// receiverBlock is what the receiver knows of a stream whose packets passed until t, and of the time before that.
func (s RTPStream) receiverBlock(t time.Time, every time.Duration) RTCPReport {
	highest, lost, jitter := s.received(t)
	b := RTCPReport{SSRC: s.SSRC, Lost: int32(lost), Jitter: jitter, HighestSeq: uint32(s.FirstSeq) + uint32(highest)}
	before, lostBefore, _ := s.received(t.Add(-every))
	if expected := highest - before; expected > 0 {
		b.Fraction = uint8(min(255, (lost-lostBefore)*256/expected))
	}
	return b
}

// received is the highest packet that arrived, how many before it did not, and the interarrival jitter in units of the
// time stamp (RFC 3550 section 6.4.1).
func (s RTPStream) received(t time.Time) (highest, lost int, jitter uint32) {
	missing, estimate := 0, 0.0
	for i := range s.Packets {
		switch {
		case s.time(i).After(t):
			return highest, lost, uint32(estimate)
		case yes(s.Loss, i) || yes(s.LossBehind, i):
			missing++
			continue
		}
		ticks := func(d time.Duration) float64 { return d.Seconds() * float64(s.ClockRate) }
		d := ticks(s.time(i).Sub(s.time(highest))) - float64(s.Slots[i].Timestamp-s.Slots[highest].Timestamp)
		estimate += (max(d, -d) - estimate) / 16
		highest, lost = i, missing
	}
	return highest, lost, uint32(estimate)
}

// mari is the feedback of a side on what it receives: when a packet has come and the last feedback is old enough, the
// clock of that packet and the rate of the last second.
func (n *native) mari(l nativeLeg, side Side) (out []Event) {
	type arrival struct {
		at    time.Time
		bytes int
		clock []byte
	}
	var list []arrival
	for _, r := range l.streams[side.other()] {
		for i := range r.Packets {
			if !yes(r.Loss, i) && !yes(r.LossBehind, i) {
				x := &r.Slots[i]
				list = append(list, arrival{r.time(i), 20 + len(x.Extension) + x.Size, x.clock()})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b arrival) int { return a.at.Compare(b.at) })
	media := uint32(0)
	if side == Client && len(list) > 0 {
		media = l.streams[Server][0].SSRC
	}
	due, rate, from := n.start, 0, 0
	for _, x := range list {
		rate += x.bytes
		for ; list[from].at.Before(x.at.Add(-time.Second)); from++ {
			rate -= list[from].bytes
		}
		if x.at.Before(due) {
			continue
		}
		data := binary.BigEndian.AppendUint16([]byte{1, 0}, uint16(n.s.Intn(894)))
		data = binary.BigEndian.AppendUint32(append(data, x.clock...), uint32(8*rate))
		out = append(out, Event{At: x.at.Add(2*n.hop[side] + n.s.Duration(0, 300*time.Microsecond)), From: side,
			Data: ApplicationFeedback(l.reporter[side], media, "MARI", data)})
		due = x.at.Add(n.s.Duration(60*time.Millisecond, 340*time.Millisecond))
	}
	return out
}

// clock is the sender's clock in the slot's extension.
func (x Slot) clock() []byte {
	for b := x.Extension; len(b) > 0; b = b[int(b[0]&15)+2:] {
		if b[0]>>4 == 4 {
			return b[4:8]
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
