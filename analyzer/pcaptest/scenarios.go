package pcaptest

import (
	"net/netip"
	"time"
)

// Named is a ready scenario.
type Named struct {
	Name  string
	Doc   string
	Build func() *Capture
}

// Scenarios lists the ready scenarios. To add one: write a function that returns its capture and add a line.
func Scenarios() []Named {
	return []Named{
		{"healthy-meeting", "audio and video on UDP 5004, marked, with signalling", HealthyMeeting},
		{"tcp-fallback", "UDP unanswered, media in TCP 5004", TCPFallback},
		{"tls-fallback", "UDP and TCP unanswered, media in TLS 443 without SNI", TLSFallback},
		{"tls-via-proxy", "media in TLS through CONNECT", TLSViaProxy},
		{"probes-only", "reachability tests of two dozen nodes, no call", ProbesOnly},
		{"unmarked-audio", "audio leaves the client with DSCP 0", UnmarkedAudio},
		{"wrong-marks", "audio as AF41, video as EF", WrongMarks},
		{"inspected-tls", "an inspecting proxy's issuer on Webex and other names", InspectedTLS},
		{"one-way-audio", "audio from the cloud stops after five seconds", OneWayAudio},
		{"lossy-call", "5 % loss of audio, 8 % of video, from the cloud", LossyCall},
		{"jittery-call", "audio from the cloud with 200 ms of jitter", JitteryCall},
		{"calling-blocked", "Webex Calling: signalling works, media ports are silent", CallingBlocked},
		{"no-webex", "other meetings, web and DNS", NoWebex},
		{"sip-calls", "SIP in clear over UDP and TCP, media by SDP", SIPCalls},
		{"sip-mangled", "SIP that a gateway rewrote in part", SIPMangled},
		{"game-on-9000", "a game's UDP traffic on ports 9000 and 5004", GameOn9000},
	}
}

func mediaPort(node netip.Addr) netip.AddrPort { return netip.AddrPortFrom(node, 5004) }

// HealthyMeeting is a native client's meeting without fault: DNS, log-in and notification channel by TLS, two probes,
// then 22 s of audio and video with FEC, STUN consent and SRTCP.
func HealthyMeeting() *Capture { return meeting(1, nil) }

// meeting is the healthy meeting with a changed call.
func meeting(seed uint64, change func(*Call)) *Capture {
	s := New(seed, Start)
	s.Webex(ClientA, 20*time.Second)
	s.Probe(ClientA, NodeB)
	s.Probe(ClientA, NodeC)
	s.Advance(3 * time.Second)
	call := WebexCall(ClientA, mediaPort(NodeA))
	if change != nil {
		change(&call)
	}
	s.Call(call)
	return s.Capture()
}

// UnmarkedAudio is a meeting whose audio has no mark; video has the right one.
func UnmarkedAudio() *Capture {
	return meeting(6, func(c *Call) { c.AudioMark, c.AudioBack = 0, 0 })
}

// WrongMarks is a meeting whose audio is marked as video and video as audio.
func WrongMarks() *Capture {
	return meeting(7, func(c *Call) { c.AudioMark, c.VideoMark = AF41, EF })
}

// OneWayAudio is a meeting in which no audio comes from the cloud after 250 packets (5 s); STUN is answered throughout.
func OneWayAudio() *Capture {
	return meeting(9, func(c *Call) {
		c.Change = func(r *RTPStream) {
			switch r.PT {
			case PTAudioDown:
				r.Loss = Between(250, r.Packets)
			case PTFECDown:
				r.Loss = Between(62, r.Packets)
			}
		}
	})
}

// LossyCall loses exactly one audio packet in 20 and two video packets in 25 on the way from the cloud, spread evenly
// and never the first or the last of a stream.
func LossyCall() *Capture {
	return meeting(10, func(c *Call) {
		c.Lasting = 22100 * time.Millisecond // 1100 audio packets
		c.Change = func(r *RTPStream) {
			switch r.PT {
			case PTAudioDown:
				r.Loss = func(i int) bool { return i%20 == 10 }
			case PTVideoDown:
				r.Packets = 250
				r.Loss = func(i int) bool { return i%25 == 7 || i%25 == 19 }
			}
		}
	})
}

// JitteryCall delays audio from the cloud by up to 600 ms at random, which makes an interarrival jitter (RFC 3550) of
// about 200 ms, and video by up to 120 ms, which makes 40 ms.
func JitteryCall() *Capture {
	return meeting(11, func(c *Call) {
		c.Change = func(r *RTPStream) {
			switch r.PT {
			case PTAudioDown:
				r.Jitter = Jitter(11, 600*time.Millisecond)
			case PTVideoDown:
				r.Jitter = Jitter(12, 120*time.Millisecond)
			}
		}
	})
}

// TCPFallback is a client whose UDP is silent: 9 requests to three nodes, then 32 s of audio in TCP 5004 with RFC 4571
// framing from the audio source port.
func TCPFallback() *Capture {
	s := New(2, Start)
	s.Webex(ClientA, 30*time.Second)
	s.SilentProbes(ClientA, 52000, 5004, 3, NodeA, NodeB, NodeC)
	c := s.TCP(netip.AddrPortFrom(ClientA, 52032), mediaPort(NodeA),
		Path{DSCP: EF, DSCPBack: EF, RTT: 30 * time.Millisecond})
	pipe := Framed(c.Open())
	s.STUN(pipe, s.WebexBinding())
	call := WebexCall(ClientA, mediaPort(NodeA))
	call.Lasting = 32 * time.Second
	streams := call.audio(s, c.Now())
	Play(pipe, streams[0].Events(), streams[1].Events(),
		RTCPStream{Of: streams[0], About: streams[1].SSRC, Every: 5 * time.Second, N: 6, Secure: true}.Events())
	c.Close()
	return s.Capture()
}

// TLSFallback is a client whose UDP and TCP 5004 are silent: 34 s of media in TLS 443, without SNI, to a media node.
func TLSFallback() *Capture {
	s := New(3, Start)
	s.Webex(ClientA, 30*time.Second)
	s.SilentProbes(ClientA, 52000, 5004, 3, NodeA, NodeB, NodeC)
	s.TCP(netip.AddrPortFrom(ClientA, 52032), mediaPort(NodeA), Path{}).Unanswered(3)
	s.Advance(3 * time.Second)
	c := s.TCP(netip.AddrPortFrom(ClientA, s.Port()), netip.AddrPortFrom(NodeA, 443), Path{RTT: 30 * time.Millisecond})
	s.mediaInTLS(c.Open())
	return s.Capture()
}

// TLSViaProxy is a client whose UDP is silent: a refused attempt (407), then 34 s of media in TLS through the proxy.
func TLSViaProxy() *Capture {
	s := New(4, Start)
	s.Webex(ClientA, 30*time.Second)
	s.SilentProbes(ClientA, 52000, 5004, 3, NodeA, NodeB, NodeC)
	ask := Connect{Target: netip.AddrPortFrom(NodeA, 443).String(), UserAgent: "WebexTeams"}
	path := Path{RTT: 31 * time.Millisecond}
	refused := ask
	refused.Status, refused.Challenge = 407, "NTLM"
	s.TCP(netip.AddrPortFrom(ClientA, s.Port()), Proxy, path).Open().Connect(refused).Close(Server)
	s.Advance(200 * time.Millisecond)
	c := s.TCP(netip.AddrPortFrom(ClientA, s.Port()), Proxy, path).Open().Connect(ask)
	s.mediaInTLS(c)
	return s.Capture()
}

func (s *Scenario) mediaInTLS(c *TCPFlow) {
	session := s.TLS(c, TLS{Chain: MediaNodeChain(NodeName)})
	Play(session, MediaCadence(session.Now().Add(50*time.Millisecond), 34*time.Second, 20*time.Millisecond))
	session.Close()
}

// ProbesOnly is the app's start: 24 nodes tested by UDP, TCP and TLS within two seconds, and no call.
func ProbesOnly() *Capture {
	s := New(5, Start)
	s.Webex(ClientA, 15*time.Second)
	for i := range 24 {
		base := []netip.Addr{NodeA, NodeB, NodeC}[i%3].As4()
		base[3] += byte(i)
		s.Probe(ClientA, netip.AddrFrom4(base))
		s.Advance(80 * time.Millisecond)
	}
	return s.Capture()
}
