package analyzer_test

import (
	"net/netip"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// The words in which the scenarios of ladder_test.go are told. Every word moves the clock to the end of what it tells.

type ladder struct {
	*pcaptest.Scenario
	client netip.Addr
	rtt    time.Duration
}

var (
	nodeA, nodeB, nodeC = pcaptest.NodeA, pcaptest.NodeB, pcaptest.NodeC // of three published ranges
	foreign             = netip.MustParseAddr("203.0.113.50")            // of none
	sharedCloud         = netip.MustParseAddr("52.29.8.14")              // a cloud provider's, where Webex signals too
	firewall            = netip.MustParseAddr("10.20.0.1")
	nodePath            = pcaptest.Path{RTT: 30 * time.Millisecond}
)

func (l *ladder) from(port uint16) netip.AddrPort { return netip.AddrPortFrom(l.client, port) }

func (l *ladder) next() netip.AddrPort { return l.from(l.Port()) }

func at(a netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(a, port) }

// signs in: log-in and the notification channel.
func (l *ladder) signsIn() { l.Webex(l.client, 5*time.Second) }

// asksUDP sends n STUN requests to a port of each node; they are answered or not.
func (l *ladder) asksUDP(answered bool, port uint16, n int, nodes ...netip.Addr) {
	b := l.WebexBinding()
	b.Unanswered = !answered
	for _, node := range nodes {
		u := l.UDP(l.next(), at(node, port), nodePath)
		for range n {
			l.STUN(u, b)
			u.Wait(400 * time.Millisecond)
		}
	}
	l.Advance(2 * time.Second)
}

// rejectsUDP is asksUDP where a firewall answers by ICMP "administratively prohibited" (RFC 1812 section 5.2.7.1).
func (l *ladder) rejectsUDP(n int, nodes ...netip.Addr) {
	b := l.WebexBinding()
	b.Unanswered = true
	for _, node := range nodes {
		u := l.UDP(l.next(), at(node, 5004), nodePath)
		for range n {
			l.STUN(u, b)
			u.ICMP(pcaptest.Client, firewall, 3, 13)
			u.Wait(400 * time.Millisecond)
		}
	}
	l.Advance(2 * time.Second)
}

// silentTCP knocks three times in vain.
func (l *ladder) silentTCP(node netip.Addr, port uint16) {
	l.TCP(l.next(), at(node, port), nodePath).Unanswered(3)
	l.Advance(3 * time.Second)
}

// resetTCP gets a reset from a box with this TTL.
func (l *ladder) resetTCP(node netip.Addr, port uint16, ttl uint8) {
	l.TCP(l.next(), at(node, port), pcaptest.Path{TTLBack: ttl, RTT: time.Millisecond}).Refused()
	l.Advance(time.Second)
}

// laterReset lets the connection begin and resets it at the client's first data.
func (l *ladder) laterReset(node netip.Addr, port uint16, ttl uint8) {
	c := l.TCP(l.next(), at(node, port), pcaptest.Path{TTLBack: ttl, RTT: time.Millisecond}).Open()
	c.Send(make([]byte, 90)).Reset(pcaptest.Server)
	l.Advance(time.Second)
}

// tests does what the app does at its start: UDP, TCP and TLS of many nodes within two seconds, all answered.
func (l *ladder) tests(n int) {
	for i := range n {
		a := []netip.Addr{nodeA, nodeB, nodeC}[i%3].As4()
		a[3] += byte(i)
		l.Probe(l.client, netip.AddrFrom4(a))
		l.Advance(80 * time.Millisecond)
	}
	l.Advance(3 * time.Second)
}

// callsUDP is a call with audio and video.
func (l *ladder) callsUDP(node netip.Addr, port uint16, lasting time.Duration) {
	c := pcaptest.WebexCall(l.client, at(node, port))
	c.Lasting = lasting
	l.Call(c)
}

// dyingUDP is audio of which nothing comes back after some seconds, STUN neither; the client gives up five seconds
// later.
func (l *ladder) dyingUDP(src uint16, node netip.Addr, good time.Duration) {
	u := l.UDP(l.from(src), at(node, 5004), nodePath)
	b := l.WebexBinding()
	l.STUN(u, b)
	start := l.Now().Add(100 * time.Millisecond)
	dead := b
	dead.Unanswered = true
	pcaptest.Play(u, l.voice(pcaptest.Client, start, good+5*time.Second), l.voice(pcaptest.Server, start, good),
		l.Consents(u, b, start.Add(5*time.Second), 5*time.Second, int(good/(5*time.Second))-1),
		l.Consents(u, dead, start.Add(good), time.Second, 5))
	l.AdvanceTo(u.Now())
}

// talks is audio over UDP. The clock stays.
func (l *ladder) talks(src uint16, node netip.Addr, lasting time.Duration) {
	u := l.UDP(l.from(src), at(node, 5004), nodePath)
	l.STUN(u, l.WebexBinding())
	pcaptest.Play(u, l.voice(pcaptest.Client, u.Now(), lasting), l.voice(pcaptest.Server, u.Now(), lasting))
}

// voice is the native app's audio of one side.
func (l *ladder) voice(side pcaptest.Side, start time.Time, lasting time.Duration) []pcaptest.Event {
	return pcaptest.RTPStream{From: side, Start: start, Packets: int(lasting / (20 * time.Millisecond)),
		SSRC: l.Uint32(),
		PT:   []uint8{pcaptest.PTAudioUp, pcaptest.PTAudioDown}[side], PayloadSize: pcaptest.Always(70)}.Events()
}

// mediaTCP is audio in frames on TCP 5004.
func (l *ladder) mediaTCP(node netip.Addr, lasting time.Duration) {
	pipe := pcaptest.Framed(l.TCP(l.from(52032), at(node, 5004), nodePath).Open())
	l.STUN(pipe, l.WebexBinding())
	pcaptest.Play(pipe, l.voice(pcaptest.Client, pipe.Now(), lasting), l.voice(pcaptest.Server, pipe.Now(), lasting))
	l.AdvanceTo(pipe.Now())
}

// inTLS plays messages inside TLS on a connection and ends it.
func (l *ladder) inTLS(c *pcaptest.TCPFlow, o pcaptest.TLS, cadence func(start time.Time) []pcaptest.Event) {
	x := l.TLS(c, o)
	pcaptest.Play(x, cadence(x.Now().Add(50*time.Millisecond)))
	x.Close()
	l.AdvanceTo(x.Now())
}

// call is the cadence of audio.
func call(lasting time.Duration) func(time.Time) []pcaptest.Event {
	return func(start time.Time) []pcaptest.Event {
		return pcaptest.MediaCadence(start, lasting, 20*time.Millisecond)
	}
}

var node12 = pcaptest.TLS{Chain: pcaptest.MediaNodeChain(pcaptest.NodeName)}

func (l *ladder) mediaTLS(node netip.Addr, lasting time.Duration) {
	l.inTLS(l.TCP(l.next(), at(node, 443), nodePath).Open(), node12, call(lasting))
}

// refused is a CONNECT that the proxy turns down.
func (l *ladder) refused(target string, status int) {
	l.TCP(l.next(), pcaptest.Proxy, nodePath).Open().
		Connect(pcaptest.Connect{Target: target, Status: status, Challenge: "NTLM"}).Close(pcaptest.Server)
	l.Advance(200 * time.Millisecond)
}

// tunnel is a CONNECT that the proxy grants, perhaps after a 407 on the same connection.
func (l *ladder) tunnel(target string, asked bool) *pcaptest.TCPFlow {
	c := l.TCP(l.next(), pcaptest.Proxy, nodePath).Open()
	if asked {
		c.Connect(pcaptest.Connect{Target: target, Status: 407, Challenge: "NTLM"})
	}
	return c.Connect(pcaptest.Connect{Target: target})
}

// named plays messages inside TLS with a name.
func (l *ladder) named(name string, server netip.Addr, cadence func(time.Time) []pcaptest.Event) {
	l.inTLS(l.TCP(l.next(), at(server, 443), nodePath).Open(), pcaptest.TLS{Version: pcaptest.TLS13, SNI: name,
		Chain: pcaptest.SignallingChain(name)}, cadence)
}

// upload, download and streaming are bulk; chatter is a busy notification channel; office is a tunnel's mix.
func upload(start time.Time) (out []pcaptest.Event) {
	for _, e := range pcaptest.FileCadence(start, 8_000_000, 2_000_000) {
		e.From = 1 - e.From
		out = append(out, e)
	}
	return out
}

func download(start time.Time) []pcaptest.Event {
	return pcaptest.FileCadence(start, 8_000_000, 2_000_000)
}

// streaming is a player's: two seconds' worth of film at once, every two seconds.
func streaming(start time.Time) (out []pcaptest.Event) {
	for i := range 20 {
		out = append(out, pcaptest.FileCadence(start.Add(time.Duration(i)*2*time.Second), 600_000, 20_000_000)...)
	}
	return out
}

// chatter has ten messages a second from the server, as captions and presence have, and an answer to each fifth.
func chatter(start time.Time) (out []pcaptest.Event) {
	for i := range 600 {
		t := start.Add(time.Duration(i)*100*time.Millisecond + time.Duration(i*i%37)*time.Millisecond)
		out = append(out, pcaptest.Event{At: t, From: pcaptest.Server, Data: make([]byte, 150+i*i%900)})
		if i%5 == 0 {
			out = append(out, pcaptest.Event{At: t.Add(30 * time.Millisecond), From: pcaptest.Client,
				Data: make([]byte, 60)})
		}
	}
	return out
}

// office is what a VPN carries: bursts of full packets with acknowledgements, and quiet.
func office(start time.Time) (out []pcaptest.Event) {
	for i := range 40 {
		t := start.Add(time.Duration(i) * time.Second)
		for k := range 30 {
			out = append(out, pcaptest.Event{At: t.Add(time.Duration(k) * time.Millisecond), From: pcaptest.Server,
				Data: make([]byte, 1380)})
			if k%2 == 0 {
				out = append(out, pcaptest.Event{At: t.Add(time.Duration(k)*time.Millisecond + 300*time.Microsecond),
					From: pcaptest.Client, Data: make([]byte, 64)})
			}
		}
	}
	return out
}

// gameUDP is a game's or another meeting's real-time UDP: no STUN, the form of RTP only where pt is given.
func (l *ladder) gameUDP(server netip.AddrPort, pt uint8, lasting time.Duration) {
	u := l.UDP(l.next(), server, nodePath)
	var events [][]pcaptest.Event
	for side := range pcaptest.Side(2) {
		r := pcaptest.RTPStream{From: side, Start: l.Now(), Packets: int(lasting / (20 * time.Millisecond)),
			SSRC: l.Uint32(), PT: pt}
		list := r.Events()
		for i := range list {
			if pt == 0 {
				list[i].Data = append([]byte{0x07, byte(i)}, list[i].Data...)
			}
		}
		events = append(events, list)
	}
	pcaptest.Play(u, events...)
	l.AdvanceTo(u.Now())
}
