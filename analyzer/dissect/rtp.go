package dissect

import (
	"time"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/rtp"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/media"
)

// RTP has no magic number, so a stream is believed only after confirmAfter packets of one SSRC and payload type whose
// sequence numbers and timestamps go on as a stream's do.
const (
	confirmAfter = 6
	// lost packets bridged while a stream is unconfirmed, or places that a packet may come late
	maxSeqStep    = 64
	maxSeqBack    = 8          // of these, places back at which a packet still goes the stream on
	maxTSStep     = 90000 * 10 // ten seconds of video
	maxStreams    = 4096       // per flow and side
	linear        = 8          // streams searched one by one before an index is made
	maxCandidates = 16         // unconfirmed streams followed at once, per side
	maxAlone      = 255        // packets in a row that went no stream on
)

// A candidate keeps its place for this long after its last packet; then another SSRC may have it.
const candidateTime = int64(time.Second)

// candidate is a stream under observation; its packets are measured from the first one on.
type candidate struct {
	stream *media.Stream
	seq    uint16
	ts     uint32
	time   int64 // of the last packet
	pt     uint8
	run    uint8 // packets in a row; 0: the place is free
}

// begin starts over with another stream, in the memory of the one that was given up.
func (c *candidate) begin(ssrc uint32) {
	if c.stream == nil {
		c.stream = new(media.Stream)
	}
	*c.stream = media.Stream{SSRC: ssrc}
	c.run = 0
}

// rtpPacket counts a packet that has the form of RTP. It reports whether it goes a stream on, confirmed or not yet.
func (d *Dissector) rtpPacket(st *State, p *decode.Packet, s flow.Side, b []byte) bool {
	h := &d.rtp
	if rtp.Parse(b, h) != nil {
		return false
	}
	in := media.Packet{
		Time: p.Time, Number: p.Number, Sequence: h.SequenceNumber, Timestamp: h.Timestamp, Type: h.PayloadType,
		Marker: h.Marker, DSCP: p.TOS >> 2, Bytes: p.IPLen, Payload: uint32(h.PayloadLen),
	}
	if x, ok := h.Sent(); ok {
		in.Counter, in.Clock, in.Header, in.Counted = x.Counter, x.Clock, uint32(h.HeaderLen), true
	}
	return d.rtpFrame(st, s, in, h.SSRC)
}

// rtpFrame counts one RTP packet, however it came.
func (d *Dissector) rtpFrame(st *State, s flow.Side, in media.Packet, ssrc uint32) bool {
	if st.Media == nil {
		st.Media = new(Media)
	} else if m := st.Media.find(s, ssrc); m != nil {
		m.Add(&in)
		st.Media.clock(s, m, &in)
		if st.STUN != nil {
			st.STUN.AfterMedia[s] = 0
		}
		return true
	}
	return st.Media.observe(st, s, ssrc, &in)
}

func (m *Media) find(s flow.Side, ssrc uint32) *media.Stream {
	if l := m.last[s]; l != nil && l.SSRC == ssrc {
		return l
	}
	if ix := m.index[s]; ix != nil {
		l := ix[ssrc]
		if l != nil {
			m.last[s] = l
		}
		return l
	}
	for _, l := range m.Streams[s] {
		if l.SSRC == ssrc {
			m.last[s] = l
			return l
		}
	}
	return nil
}

// observe follows an unknown SSRC until it is confirmed or its place is needed.
func (m *Media) observe(st *State, s flow.Side, ssrc uint32, in *media.Packet) bool {
	if len(m.Streams[s]) >= maxStreams {
		m.Dropped++
		return true
	}
	c := m.candidateFor(s, ssrc, in.Time)
	switch {
	case c == nil:
		return false
	case c.repeats(in), c.late(in):
		c.stream.Add(in)
		return false
	case c.run == 0 || !c.follows(in):
		c.begin(ssrc)
	}
	c.run++
	c.seq, c.ts, c.pt, c.time = in.Sequence, in.Timestamp, in.Type, in.Time
	c.stream.Add(in)
	m.clock(s, c.stream, in)
	if c.run < confirmAfter {
		return c.run > 1
	}
	stream := c.stream
	*c = candidate{}
	m.confirm(st, s, stream)
	return true
}

func (m *Media) confirm(st *State, s flow.Side, stream *media.Stream) {
	if st.App != Framed {
		st.App = RTP
	}
	m.add(s, stream)
}

// add takes a confirmed stream.
func (m *Media) add(s flow.Side, stream *media.Stream) {
	m.Streams[s] = append(m.Streams[s], stream)
	m.last[s] = stream
	switch {
	case m.index[s] != nil:
		m.index[s][stream.SSRC] = stream
	case len(m.Streams[s]) > linear:
		m.index[s] = make(map[uint32]*media.Stream, 2*linear)
		for _, l := range m.Streams[s] {
			m.index[s][l.SSRC] = l
		}
	}
}

// candidateFor finds the SSRC's place, or a free one, or one whose stream has stopped; nil where all are taken: many
// streams that begin at once are confirmed one lot after the other instead of driving each other out.
func (m *Media) candidateFor(s flow.Side, ssrc uint32, now int64) *candidate {
	list := m.candidate[s]
	var free, stale *candidate
	for i := range list {
		c := &list[i]
		switch {
		case c.run > 0 && c.stream.SSRC == ssrc:
			return c
		case c.run == 0:
			free = c
		case now-c.time > candidateTime || c.time-now > candidateTime:
			stale = c
		}
	}
	switch {
	case free != nil:
		return free
	case len(list) < maxCandidates:
		m.candidate[s] = append(list, candidate{})
		return &m.candidate[s][len(list)]
	case stale != nil:
		stale.run = 0
	}
	return stale
}

// hopeful notes whether a packet with the form of RTP went a stream on. It reports whether the flow deserves a further
// look: where many streams begin at once a while passes before the first of them goes on.
func (st *State) hopeful(goesOn bool) bool {
	if goesOn {
		st.alone = 0
		return true
	}
	if st.alone == maxAlone {
		return false
	}
	st.alone++
	return true
}

// repeats reports whether the packet is the candidate's last one again, as mirror ports deliver: it neither goes the
// stream on nor ends it.
func (c *candidate) repeats(in *media.Packet) bool {
	return c.run > 0 && in.Sequence == c.seq && in.Timestamp == c.ts && in.Type == c.pt
}

// late reports whether the packet should have come long before the candidate's last one: it counts, or it would be
// called lost, but says as little as a repetition.
func (c *candidate) late(in *media.Packet) bool {
	step := int16(in.Sequence - c.seq)
	ts := int32(in.Timestamp - c.ts)
	return c.run > 0 && step <= -maxSeqBack && step > -maxSeqStep && ts <= 0 && ts > -maxTSStep && in.Type == c.pt
}

// follows reports whether the packet goes on the candidate's stream: the same payload type (or another one of the same
// SSRC with a small step), a small step of the sequence number either way, and a timestamp near the last.
func (c *candidate) follows(in *media.Packet) bool {
	step := int16(in.Sequence - c.seq)
	ts := int32(in.Timestamp - c.ts)
	return step != 0 && step > -maxSeqBack && step < maxSeqStep && ts > -maxTSStep && ts < maxTSStep &&
		(in.Type == c.pt || step == 1)
}
