package pcaptest

import (
	"net/netip"
	"time"
)

// Marks (RFC 4594).
const (
	EF   = 46
	AF41 = 34
	CS3  = 24
)

// Call is the media of one native Webex client: an audio and a video flow to one media node. WebexCall fills it.
type Call struct {
	Client               netip.Addr
	AudioPort, VideoPort uint16
	Node                 netip.AddrPort
	AudioMark, VideoMark uint8 // of the client's packets
	AudioBack, VideoBack uint8 // of the node's
	RTT                  time.Duration
	Lasting              time.Duration
	NoVideo              bool
	Change               func(*RTPStream) // called for each stream: add loss, jitter …; tell them apart by PT
}

// Payload types of the native client: audio and its FEC, video; up is from the client to the node.
const (
	PTAudioUp   = 98
	PTAudioDown = 101
	PTVideoUp   = 108
	PTVideoDown = 117
	PTFECUp     = 127
	PTFECDown   = 111
)

// WebexCall is a call without fault: source ports 52000 and 52100, marks EF and AF41, 22 s.
func WebexCall(client netip.Addr, node netip.AddrPort) Call {
	return Call{
		Client: client, Node: node, AudioPort: 52000, VideoPort: 52100, AudioMark: EF, VideoMark: AF41,
		AudioBack: EF, VideoBack: AF41, RTT: 24 * time.Millisecond, Lasting: 22 * time.Second,
	}
}

// Call plays a call and moves the scenario's clock to its end.
func (s *Scenario) Call(c Call) {
	start := s.now
	s.leg(c, c.AudioPort, c.AudioMark, c.AudioBack, c.audio(s, start))
	if !c.NoVideo {
		s.leg(c, c.VideoPort, c.VideoMark, c.VideoBack, c.video(s, start))
	}
	s.now = start.Add(c.Lasting)
}

// leg is one flow: ICE checks, consent every 5 s, RTP, and SRTCP every 5 s for each direction's first stream.
func (s *Scenario) leg(c Call, port uint16, mark, back uint8, streams []RTPStream) {
	u := s.UDP(netip.AddrPortFrom(c.Client, port), c.Node, Path{DSCP: mark, DSCPBack: back, RTT: c.RTT})
	binding := s.WebexBinding()
	s.STUN(u, binding)
	n := int(c.Lasting / (5 * time.Second))
	events := [][]Event{s.Consents(u, binding, s.now.Add(5*time.Second), 5*time.Second, n-1)}
	for i, stream := range streams {
		if c.Change != nil {
			c.Change(&stream)
		}
		events = append(events, stream.Events())
		if i < 2 {
			peer := streams[1-i].SSRC
			events = append(events, RTCPStream{Of: stream, About: peer, Every: 5 * time.Second, N: n - 1,
				Secure: true}.Events())
		}
	}
	Play(u, events...)
}

// audio is Opus at 50 packets a second with a FEC packet for every fourth.
func (c Call) audio(s *Scenario, start time.Time) []RTPStream {
	up := c.stream(s, Client, PTAudioUp, start)
	up.PayloadSize = Sizes(uint64(up.SSRC), 48, 72)
	down := c.stream(s, Server, PTAudioDown, start)
	down.PayloadSize = Sizes(uint64(down.SSRC), 48, 72)
	return []RTPStream{up, down, c.fec(s, up, PTFECUp), c.fec(s, down, PTFECDown)}
}

func (c Call) fec(s *Scenario, of RTPStream, pt uint8) RTPStream {
	f := c.stream(s, of.From, pt, of.Start.Add(2*time.Millisecond))
	f.Interval, f.Packets, f.CSRC = 4*of.Interval, of.Packets/4, []uint32{of.SSRC}
	f.PayloadSize = Always(84)
	return f
}

// video is small, so that captures stay small: 12 frames a second, one packet each, every one with the marker.
func (c Call) video(s *Scenario, start time.Time) []RTPStream {
	var out []RTPStream
	for _, side := range []Side{Client, Server} {
		pt := []uint8{PTVideoUp, PTVideoDown}[side]
		v := c.stream(s, side, pt, start)
		v.ClockRate, v.Interval, v.Burst = 90000, time.Second/12, 1
		v.Packets = int(c.Lasting/v.Interval) - 2
		v.PayloadSize = Sizes(uint64(v.SSRC), 160, 280)
		out = append(out, v)
	}
	return out
}

// stream starts 100 ms after the call's first packet, the server's a moment later.
func (c Call) stream(s *Scenario, from Side, pt uint8, start time.Time) RTPStream {
	r := RTPStream{
		From: from, Start: start.Add(100*time.Millisecond + time.Duration(from)*3*time.Millisecond), PT: pt,
		SSRC: s.Uint32(), FirstSeq: uint16(s.Uint32()), FirstTS: s.Uint32(), Interval: 20 * time.Millisecond,
	}
	r.Packets = int((c.Lasting - 100*time.Millisecond) / r.Interval)
	return r
}
