package pcaptest

import (
	"net/netip"
	"time"
)

// Generation is a shape of a client's media.
type Generation uint8

const (
	// Native2020 sends an audio packet and its FEC every 20 ms, also in silence, and encrypts RTCP.
	Native2020 Generation = iota
	// Native2023 sends no FEC and in silence a packet every 340 to 420 ms, and RTCP in clear with a tag behind it.
	Native2023
	// Browser is a web app's shape: no FEC, encrypted RTCP without MARI and MSTR, extension 4 is the media's name.
	Browser
)

// Payload types of the call of 2023 and of browsers; the others are those of 2020.
const (
	PTAudio2023    = 101 // both ways
	PTVideoUp2023  = 97
	PTAudioBrowser = 111 // both ways, as the next
	PTVideoBrowser = 102
)

// NativeCall is the media of one client as real calls show them: audio, video, and two flows for what is shared,
// on which nothing but RTCP passes. Call is the small form of it. WebexNativeCall fills it.
type NativeCall struct {
	Generation
	Client       netip.Addr
	Node         netip.AddrPort
	Ports        [4]uint16 // of audio, video, shared audio, shared video
	Audio, Video uint8     // marks of the client's packets
	AudioBack    uint8     // and of the node's
	VideoBack    uint8
	TTL, TTLBack uint8
	RTT          time.Duration
	Lasting      time.Duration
	Midway       bool             // it began before the capture: no ICE checks
	Talkers      int              // audio streams from the cloud
	Content      bool             // the client's video is a screen: few, large frames (2023)
	VideoFEC     float64          // FEC packets for each of video, both ways (2020)
	Change       func(*RTPStream) // called for each stream: add loss, jitter …; tell them apart by From and PT
	Muted        [2]bool          // nobody speaks on this side; in 2023 silence throughout
	Sealed       bool             // RTCP is encrypted in 2023 too
	Outlast      time.Duration    // how long reports go on behind the last packets
	// what a packet takes longer, either way, between the capture point and a side, by time since the call's start
	Delay func(side Side, at time.Duration) time.Duration
}

// WebexNativeCall is a call of two people without fault, from a Windows PC, for 22 s.
func WebexNativeCall(g Generation, client netip.Addr, node netip.AddrPort) NativeCall {
	return NativeCall{
		Generation: g, Client: client, Node: node, Ports: [4]uint16{52000, 52100, 52002, 52102},
		Audio: EF, Video: AF41, AudioBack: EF, VideoBack: AF41, TTL: 128, TTLBack: 115,
		RTT: 42 * time.Millisecond, Lasting: 22 * time.Second, Talkers: 1,
	}
}

// NativeMeeting is a meeting without fault in one of the two shapes: log-in, notification channel, then the call.
func NativeMeeting(g Generation) *Capture {
	s := New(20+uint64(g), Start)
	s.Webex(ClientA, 20*time.Second)
	s.Advance(3 * time.Second)
	s.NativeCall(WebexNativeCall(g, ClientA, mediaPort(NodeA)))
	return s.Capture()
}

// native is a call that is being played: what its two ends know.
type native struct {
	NativeCall
	s     *Scenario
	start time.Time
	hop   [2]time.Duration // from the capture point to each end
	clock [2]uint32        // of 10 kHz, at the start
	boot  [2]time.Duration // the NTP clock counts from when the machine started
	cname [2]string
	truth *CallTruth
}

// nativeLeg is one flow of it.
type nativeLeg struct {
	streams  [2][]RTPStream // by sender; the first two are media, what follows is their FEC
	media    [2]int         // how many of them are media
	reporter [2]uint32      // SSRC of each side as a receiver
	marks    [2]uint8
}

// NativeCall plays a call, moves the scenario's clock to its end, and says what became of the packets.
func (s *Scenario) NativeCall(c NativeCall) *CallTruth {
	n := &native{NativeCall: c, s: s, start: s.now, hop: [2]time.Duration{250 * time.Microsecond, c.RTT / 2},
		truth: new(CallTruth)}
	for side := range n.clock {
		n.clock[side] = s.Uint32()
		n.boot[side] = s.Duration(24*time.Hour, 40*24*time.Hour).Round(time.Second)
		n.cname[side] = "wrtp." + digits(s, 10)
	}
	n.leg(c.Ports[0], nativeLeg{streams: n.audio(), media: [2]int{1, c.Talkers}, marks: [2]uint8{c.Audio, c.AudioBack}})
	n.leg(c.Ports[1], nativeLeg{streams: n.video(), media: [2]int{1, 1}, marks: [2]uint8{c.Video, c.VideoBack}})
	n.leg(c.Ports[2], nativeLeg{marks: [2]uint8{c.Audio, c.AudioBack}})
	n.leg(c.Ports[3], nativeLeg{marks: [2]uint8{c.Video, c.VideoBack}})
	s.now = n.start.Add(c.Lasting)
	return n.truth
}

// mediaLasting is how long a stream lasts.
func (n *native) mediaLasting() time.Duration { return n.Lasting - headStart - n.Outlast }

func digits(s *Scenario, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.Range('0', '9'))
	}
	return string(b)
}

// leg plays a flow. ICE checks open it; in the call of 2023 none followed within 51 s.
func (n *native) leg(port uint16, l nativeLeg) {
	u := n.s.UDP(netip.AddrPortFrom(n.Client, port), n.Node, Path{
		DSCP: l.marks[Client], DSCPBack: l.marks[Server], TTL: n.TTL, TTLBack: n.TTLBack, RTT: n.RTT,
	})
	var events [][]Event
	if !n.Midway {
		binding := n.s.WebexBinding()
		n.s.STUN(u, binding)
		if n.Generation != Native2023 {
			every := 5 * time.Second
			events = append(events, n.s.Consents(u, binding, n.start.Add(every), every, int(n.Lasting/every)-1))
		}
	}
	l.reporter = [2]uint32{n.s.Uint32(), n.s.Uint32()}
	for side := range l.streams {
		for i := range l.streams[side] {
			r := &l.streams[side][i]
			if n.Change != nil {
				n.Change(r)
			}
			n.onWay(r)
			n.truth.Streams = append(n.truth.Streams, n.fates(r))
			events = append(events, r.Events())
		}
	}
	Play(u, append(events, n.control(l)...)...)
}
