package main

import "encoding/binary"

// source is one regular sequence of packets in a flow: an RTP stream, RTCP reports, STUN consents.
type source struct {
	at       int64 // of its next packet
	from     int
	interval int64 // between frames
	burst    int   // packets of a frame
	in       int   // position in the frame
	size     int   // of the payload, about
	rtp      [12]byte
	step     uint32 // of the RTP time stamp
	what     sort
}

type sort uint8

const (
	rtpSource sort = iota
	rtcpSource
	stunSource
)

// media is a flow of sources until an end.
type media struct {
	end     int64
	sources []source
	answer  []byte // of a STUN request, due next
}

func (m *media) next(g *generator, f *flow) bool {
	if m.answer != nil {
		g.packet(f, &beat{from: server, data: m.answer})
		m.answer = nil
	} else {
		m.sources[m.due()].send(g, f, m)
	}
	at := m.sources[m.due()].at
	if m.answer != nil && f.at+f.rtt < at {
		f.at += f.rtt
	} else {
		f.at = max(at, f.at)
	}
	return f.at < m.end
}

func (m *media) due() int {
	least := 0
	for i := range m.sources {
		if m.sources[i].at < m.sources[least].at {
			least = i
		}
	}
	return least
}

func (s *source) send(g *generator, f *flow, m *media) {
	at := s.at
	switch s.what {
	case stunSource:
		var request []byte
		request, m.answer = g.stun(f)
		g.packet(f, &beat{from: client, data: request})
		s.at += s.interval
	case rtcpSource:
		head := [8]byte{0x81, 200, 0, 12, s.rtp[8], s.rtp[9], s.rtp[10], s.rtp[11]}
		g.packet(f, &beat{from: s.from, data: head[:], noise: 44 + 14})
		s.at += s.interval
	default:
		s.in++
		s.rtp[1] &= 0x7f
		if s.in == s.burst && s.burst > 1 {
			s.rtp[1] |= 0x80
		}
		noise := s.size*7/8 + f.rnd.Intn(s.size/4+1)
		g.packet(f, &beat{from: s.from, data: s.rtp[:], noise: noise})
		binary.BigEndian.PutUint16(s.rtp[2:], binary.BigEndian.Uint16(s.rtp[2:])+1)
		s.at = at + 300_000
		if s.in == s.burst {
			s.in = 0
			binary.BigEndian.PutUint32(s.rtp[4:], binary.BigEndian.Uint32(s.rtp[4:])+s.step)
			s.at = at + s.interval - int64(s.burst-1)*300_000
		}
	}
}

// bytes is what a source adds to the file in a second.
func (s *source) bytes() int64 {
	const overhead = 16 + 42
	size := s.size + 12
	switch s.what {
	case stunSource:
		size = 2*85 + overhead
	case rtcpSource:
		size = 66
	}
	return int64(s.burst*(size+overhead)) * 1e9 / s.interval
}

// bulk is a download: after its hello a TLS session or a QUIC connection sends at a steady rate.
type bulk struct {
	script []beat // what comes before, played first
	step   int
	left   int // bytes to come
	sent   int // packets since the last acknowledgement
	gap    int64
}

func (b *bulk) next(g *generator, f *flow) bool {
	switch {
	case b.step < len(b.script):
		s := &b.script[b.step]
		b.step++
		g.packet(f, s)
		f.at += 60_000
		if b.step < len(b.script) && b.script[b.step].turn {
			f.at += f.rtt
		}
	case f.proto == tcp && b.sent == 2, b.sent == 8:
		b.sent = 0
		p := beat{from: client, flags: ackFlag}
		if f.proto == udp {
			p.data, p.noise = shortHeader, 33
		}
		g.packet(f, &p)
		f.at += b.gap
	case f.proto == tcp:
		b.sent++
		b.left -= 1460
		g.packet(f, &beat{from: server, flags: ackFlag, data: fullRecord, noise: 1460 - len(fullRecord)})
		f.at += b.gap
	default:
		b.sent++
		b.left -= 1250
		g.packet(f, &beat{from: server, data: shortHeader, noise: 1249})
		f.at += b.gap
	}
	return b.left > 0
}

// Each segment of a bulk flow holds one record.
var (
	fullRecord  = appData(1455)
	shortHeader = []byte{0x52}
)
