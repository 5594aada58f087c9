package analyzer_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// talk is a minute of a call of one client with signalling, whose streams are changed.
func talk(change func(*pcaptest.RTPStream)) *pcaptest.Capture {
	s := pcaptest.New(61, pcaptest.Start)
	s.Webex(pcaptest.ClientA, 50*time.Second)
	c := pcaptest.WebexCall(pcaptest.ClientA, netip.AddrPortFrom(pcaptest.NodeA, 5004))
	c.Lasting, c.Change = time.Minute, change
	s.Call(c)
	return s.Capture()
}

// audioDown changes the audio from the cloud only.
func audioDown(change func(*pcaptest.RTPStream)) func(*pcaptest.RTPStream) {
	return func(r *pcaptest.RTPStream) {
		if r.PT == pcaptest.PTAudioDown {
			change(r)
		}
	}
}

func lose(pattern func(int) bool) *pcaptest.Capture {
	return talk(audioDown(func(r *pcaptest.RTPStream) { r.Loss = pattern }))
}

// jerky is video of 176 kb/s in so many frames a second.
func jerky(fps int) *pcaptest.Capture {
	return talk(func(r *pcaptest.RTPStream) {
		if r.PT == pcaptest.PTVideoUp {
			r.Interval, r.Burst, r.PayloadSize = time.Second/time.Duration(fps), 20/fps, pcaptest.Always(1100)
			r.Packets = 58 * 20
		}
	})
}

// inGroups lets five packets arrive at once, every tenth of a second.
func inGroups(r *pcaptest.RTPStream) {
	r.Jitter = func(i int) time.Duration { return time.Duration(4-i%5) * 20 * time.Millisecond }
}

// passedOver is a call over a node with that round trip, of a client that another node answers within 12 ms.
func passedOver(rtt time.Duration) *pcaptest.Capture {
	s := pcaptest.New(71, pcaptest.Start)
	near := s.UDP(at(pcaptest.ClientA, 52001), at(pcaptest.NodeB, 5004), pcaptest.Path{RTT: 12 * time.Millisecond})
	s.STUN(near, s.WebexBinding())
	u := s.UDP(at(pcaptest.ClientA, 52000), at(pcaptest.NodeA, 5004), pcaptest.Path{RTT: rtt})
	b := s.WebexBinding()
	s.STUN(u, b)
	r := pcaptest.RTPStream{Start: u.Now().Add(time.Second), SSRC: 1, PT: pcaptest.PTAudioUp, Packets: 1500}
	back := pcaptest.RTPStream{From: pcaptest.Server, Start: u.Now().Add(time.Second), SSRC: 2,
		PT: pcaptest.PTAudioDown, Packets: 1500}
	pcaptest.Play(u, r.Events(), back.Events(), s.Consents(u, b, u.Now().Add(5*time.Second), 5*time.Second, 5))
	return s.Capture()
}

// sameGaps is a call of two clients who miss the same packets of the audio, or the second one others.
func sameGaps(shift int) *pcaptest.Capture {
	var both []*pcaptest.Capture
	for i, client := range []netip.Addr{pcaptest.ClientA, netip.MustParseAddr("10.20.1.16")} {
		s := pcaptest.New(72, pcaptest.Start)
		s.Webex(client, 50*time.Second)
		c := pcaptest.WebexCall(client, netip.AddrPortFrom(pcaptest.NodeA, 5004))
		c.Lasting = time.Minute
		c.Change = audioDown(func(r *pcaptest.RTPStream) {
			r.Loss = func(n int) bool { n += i * shift * 50; return n > 500 && n%400 < 4 && n < 2500 }
		})
		s.Call(c)
		both = append(both, s.Capture())
	}
	return pcaptest.Merge(both...)
}

// reported is a call whose node reports in clear how many packets of the client's audio it misses.
func reported(lost int32) *pcaptest.Capture {
	s := pcaptest.New(73, pcaptest.Start)
	s.Webex(pcaptest.ClientA, 50*time.Second)
	u := s.UDP(at(pcaptest.ClientA, 52000), at(pcaptest.NodeA, 5004), pcaptest.Path{})
	b := s.WebexBinding()
	s.STUN(u, b)
	start := u.Now().Add(time.Second)
	up := pcaptest.RTPStream{Start: start, SSRC: 1, PT: pcaptest.PTAudioUp, Packets: 3000}
	down := pcaptest.RTPStream{From: pcaptest.Server, Start: start, SSRC: 2, PT: pcaptest.PTAudioDown, Packets: 3000}
	var reports []pcaptest.Event
	for i := range int32(10) {
		r := pcaptest.SenderReport{SSRC: 2, CNAME: "node",
			Reports: []pcaptest.RTCPReport{{SSRC: 1, Fraction: uint8(lost / 10 * 256 / 300), Lost: lost * (i + 1) / 10,
				HighestSeq: uint32(300 * (i + 1))}}}
		reports = append(reports, pcaptest.Event{At: start.Add(time.Duration(i+1) * 6 * time.Second),
			From: pcaptest.Server, Data: r.Bytes()})
	}
	pcaptest.Play(u, up.Events(), down.Events(), reports, s.Consents(u, b, u.Now().Add(5*time.Second), 5*time.Second,
		10))
	return s.Capture()
}

// speech is a call of G.711 over a distant node.
func speech(loss float64) *pcaptest.Capture {
	s := pcaptest.New(62, pcaptest.Start)
	s.Webex(pcaptest.ClientA, 50*time.Second)
	c := pcaptest.WebexCall(pcaptest.ClientA, netip.AddrPortFrom(pcaptest.NodeA, 5004))
	c.Lasting, c.NoVideo = time.Minute, true
	c.Change = func(r *pcaptest.RTPStream) {
		if r.PT == pcaptest.PTAudioUp || r.PT == pcaptest.PTAudioDown {
			r.PT, r.ClockRate, r.PayloadSize, r.Loss = 0, 8000, pcaptest.Always(160), inside(pcaptest.Chance(5, loss))
		}
	}
	s.Call(c)
	return s.Capture()
}

// stalling is media in TLS that every ten seconds waits 400 ms for a segment to be sent again.
func stalling(stalls bool) *pcaptest.Capture {
	const every, pause = 10 * time.Second, 450 * time.Millisecond
	l := &ladder{Scenario: pcaptest.New(63, pcaptest.Start), client: pcaptest.ClientA}
	l.signsIn()
	c := l.TCP(l.next(), at(nodeA, 443), nodePath).Open()
	x := l.TLS(c, node12)
	start := x.Now().Add(50 * time.Millisecond)
	var list []pcaptest.Event
	for _, e := range pcaptest.MediaCadence(start, 70*time.Second, 20*time.Millisecond) {
		in := e.At.Sub(start) % every
		if stalls && in > 7*time.Millisecond && in < pause {
			continue
		}
		if stalls && in == 7*time.Millisecond {
			e.Faults = []pcaptest.Fault{pcaptest.Retransmit(0, 400*time.Millisecond)}
		}
		list = append(list, e)
	}
	pcaptest.Play(x, list)
	x.Close()
	return l.Capture().Filter(func(_ int, f pcaptest.Frame) bool {
		// the receiver acknowledges what it got, which is the second copy
		in := f.Time.Sub(start)
		quiet := in > 0 && in < 70*time.Second && in%every > 7*time.Millisecond && in%every < 407*time.Millisecond
		return !stalls || !quiet || f.Data[14+9] != pcaptest.ProtoTCP ||
			netip.AddrFrom4([4]byte(f.Data[26:30])) != pcaptest.ClientA
	})
}

// together is four clients, of whom three lose a fifth of what comes from the cloud for ten seconds.
func together(at func(client byte) time.Duration) *pcaptest.Capture {
	c := crowd(64, 4, true)
	for _, n := range []byte{15, 16, 17} {
		down, from := path(n, false), pcaptest.Start.Add(at(n))
		c = thin(c, uint64(n), 0.2, func(f pcaptest.Frame) bool {
			return down(f) && f.Time.After(from) && f.Time.Before(from.Add(10*time.Second))
		})
	}
	return c
}

// changing is a call that goes over these transports in turn.
func changing(over ...record.Transport) *pcaptest.Capture {
	l := &ladder{Scenario: pcaptest.New(65, pcaptest.Start), client: pcaptest.ClientA}
	l.signsIn()
	for i, t := range over {
		if t == record.UDP {
			l.callsUDP(nodeA, uint16(5004), 20*time.Second)
		} else {
			l.mediaTLS([]netip.Addr{nodeA, nodeB, nodeC}[i%3], 35*time.Second)
		}
		l.Advance(2 * time.Second)
	}
	return l.Capture()
}

// dying is audio over UDP that gets nothing back after some seconds, and then a call over TLS.
func dying() *pcaptest.Capture {
	l := &ladder{Scenario: pcaptest.New(66, pcaptest.Start), client: pcaptest.ClientA}
	l.signsIn()
	l.dyingUDP(52000, nodeA, 10*time.Second)
	l.mediaTLS(nodeA, 40*time.Second)
	return l.Capture()
}

// relayed is media of one client through a TURN relay, to which another client sends; of the same site or not.
func relayed(other netip.Addr) *pcaptest.Capture {
	s := pcaptest.New(69, pcaptest.Start)
	s.Webex(pcaptest.ClientA, 5*time.Second)
	relay := at(nodeA, 24208)
	u := s.UDP(at(pcaptest.ClientA, 52000), at(nodeA, 5004), pcaptest.Path{})
	s.TURN(u, "user", relay)
	for _, side := range []pcaptest.Side{pcaptest.Client, pcaptest.Server} {
		r := pcaptest.RTPStream{From: side, Start: u.Now().Add(time.Second), Packets: 1000, PT: pcaptest.PTAudioUp,
			SSRC: uint32(7 + side)}
		pcaptest.Play(s.UDP(at(other, 52004), relay, pcaptest.Path{}), r.Events())
		events := r.Events()
		for i := range events {
			events[i].Data = pcaptest.ChannelData(0x4001, events[i].Data)
		}
		pcaptest.Play(s.UDP(at(pcaptest.ClientA, 52000), at(nodeA, 5004), pcaptest.Path{}), events)
	}
	return s.Capture()
}

// veiled puts every nth frame behind an ethertype that is not opened: a provider backbone bridge.
func veiled(c *pcaptest.Capture, n int) *pcaptest.Capture {
	for i := range c.Frames {
		if i%n == 0 {
			binary.BigEndian.PutUint16(c.Frames[i].Data[12:], 0x88e7)
		}
	}
	return c
}

// nested puts a call into more tunnels than anybody builds.
func nested() *pcaptest.Capture {
	return talk(nil).Wrap(slices.Repeat([]pcaptest.Wrap{pcaptest.GREv0(mirrorOuter, pcaptest.GRE{})}, 12)...)
}

// stepping sets the sensor's clock back by 5 ms at two frames.
func stepping(c *pcaptest.Capture) *pcaptest.Capture {
	for _, i := range []int{500, 900} {
		c.Frames[i].Time = c.Frames[i-1].Time.Add(-5 * time.Millisecond)
	}
	return c
}

const vpnSite = "vpn_pools: [10.20.1.0/24]\n"

// qualityCase is a capture and what one rule must say of it.
type qualityCase struct {
	name, rule    string
	capture       *pcaptest.Capture
	site          string
	state         record.State
	subject, says string
}

// qualityCases makes the captures once for all tests.
var qualityCases = sync.OnceValue(func() []qualityCase {
	all := func(byte) time.Duration { return 20 * time.Second }
	eachOwn := func(n byte) time.Duration { return time.Duration(n-14) * 10 * time.Second }
	client, everything := "subnet 10.20.1.0/24", "run all"
	far := func() *pcaptest.Capture {
		s := pcaptest.New(9, pcaptest.Start)
		u := s.UDP(netip.AddrPortFrom(pcaptest.ClientA, 52000), netip.AddrPortFrom(pcaptest.NodeA, 5004),
			pcaptest.Path{RTT: 450 * time.Millisecond})
		b := s.WebexBinding()
		s.STUN(u, b)
		r := pcaptest.RTPStream{Start: u.Now().Add(time.Second), SSRC: 1, PT: 98, Packets: 1500}
		back := pcaptest.RTPStream{From: pcaptest.Server, Start: u.Now().Add(time.Second), SSRC: 2, PT: 101,
			Packets: 1500}
		pcaptest.Play(u, r.Events(), back.Events(), s.Consents(u, b, u.Now().Add(5*time.Second), 5*time.Second, 5))
		return s.Capture()
	}
	return []qualityCase{
		{"a lossy call", "WXA-QUA-001", pcaptest.LossyCall(), "", record.Fail, client, "lost"},
		{"a call with jitter", "WXA-QUA-002", pcaptest.JitteryCall(), "", record.Fail, client, "jitter"},
		{"half the world away", "WXA-QUA-003", far(), "", record.Fail, client, "450 ms"},
		{"2 % of audio lost", "WXA-QUA-004", lose(inside(pcaptest.EveryNth(50))), "", record.Warn, client, "loss up to 2 %; counted before repair: FEC and RTX beside it could mend 100 % at most"},
		{"4 % of audio lost", "WXA-QUA-004", lose(inside(pcaptest.EveryNth(25))), "", record.Fail, client, "loss up to"},
		{"half a per cent lost", "WXA-QUA-004", lose(inside(pcaptest.EveryNth(200))), "", record.Pass, everything, ""},
		{"bursts of six", "WXA-QUA-005", lose(inside(pcaptest.Runs(300, 6))), "", record.Fail, client, "5 or more packets in a row"},
		{"as many single losses", "WXA-QUA-005", lose(inside(pcaptest.EveryNth(50))), "", record.Pass, everything, ""},
		{"two seconds of audio lost", "WXA-QUA-006", lose(pcaptest.Between(1000, 1100)), "", record.Fail, client, "worst: 2 s, audio from the cloud"},
		{"two seconds of mute", "WXA-QUA-006", talk(audioDown(func(r *pcaptest.RTPStream) {
			r.Jitter = func(i int) time.Duration {
				if i < 1000 {
					return 0
				}
				return 2 * time.Second
			}
		})), "", record.Pass, everything, ""},
		{"video of 4 frames a second", "WXA-QUA-007", jerky(4), "", record.Warn, client, "worst: 4.0, video from the client"},
		{"video of 10 frames a second", "WXA-QUA-007", jerky(10), "", record.Pass, everything, ""},
		{"audio alone is lost", "WXA-QUA-014", lose(inside(pcaptest.EveryNth(50))), "", record.Fail, client, "worst: 2 %, audio from the cloud"},
		{"no loss", "WXA-QUA-014", talk(nil), "", record.Pass, everything, ""},
		{"far away, and a near node answers", "WXA-QUA-015", passedOver(290 * time.Millisecond), "", record.Fail, client, "290 ms"},
		{"a near node", "WXA-QUA-015", passedOver(14 * time.Millisecond), "", record.Pass, everything, ""},
		{"delay grows while a neighbour uploads", "WXA-QUA-017", loaded(300*time.Millisecond, true), "", record.Fail, client, "from 24 ms to 324 ms while 1"},
		{"a neighbour uploads, the delay stays", "WXA-QUA-017", loaded(10*time.Millisecond, true), "", record.Pass, everything, ""},
		{"delay grows, nobody uploads", "WXA-QUA-017", loaded(300*time.Millisecond, false), "", record.NotAssessable, everything, ""},
		{"a call fills a narrow uplink", "WXA-QUA-020", talk(nil), "sites: [{name: home, prefixes: [10.20.1.0/24]}]\nuplinks: {home: 0.1}\n",
			record.Warn, "site home", "of the declared uplink of site home"},
		{"a call on a wide uplink", "WXA-QUA-020", talk(nil), "sites: [{name: home, prefixes: [10.20.1.0/24]}]\nuplinks: {home: 100}\n",
			record.Pass, everything, "leaves room"},
		{"a call on an uplink of unknown rate", "WXA-QUA-020", talk(nil), "", record.NotObserved, everything, ""},
		{"video falls where packets are lost", "WXA-MED-018", steppingDown(20), "", record.Warn, client, "to 360 lines"},
		{"video falls, nothing is lost", "WXA-MED-018", steppingDown(0), "", record.Pass, everything, ""},
		{"two clients miss the same packets", "WXA-QUA-016", sameGaps(0), "", record.Warn, "media audio", "2 clients miss the same packets"},
		{"two clients miss packets of their own", "WXA-QUA-016", sameGaps(7), "", record.Pass, everything, ""},
		{"the cloud misses packets", "WXA-QUA-019", reported(90), "", record.Fail, client, "lost behind the capture point"},
		{"the cloud misses nothing", "WXA-QUA-019", reported(0), "", record.Pass, everything, ""},
		{"audio in groups", "WXA-QUA-018", talk(audioDown(inGroups)), "", record.Warn, client, "power save"},
		{"audio in time", "WXA-QUA-018", talk(nil), "", record.Pass, everything, ""},
		{"speech with 12 % lost", "WXA-QUA-010", speech(0.12), "", record.Warn, client, "below R 70"},
		{"speech without loss", "WXA-QUA-010", speech(0), "", record.Pass, everything, ""},
		{"Webex's own codec", "WXA-QUA-010", talk(nil), "", record.NotAssessable, everything, ""},
		{"TLS that stalls", "WXA-QUA-011", stalling(true), "", record.Fail, client, "7 time-outs"},
		{"TLS that runs", "WXA-QUA-011", stalling(false), "", record.Pass, everything, ""},
		{"packets overtake", "WXA-QUA-012", talk(audioDown(func(r *pcaptest.RTPStream) { r.Reorder = pcaptest.EveryNth(30) })), "", record.Warn, client, "3.3 %"},
		{"packets in order", "WXA-QUA-012", talk(nil), "", record.Pass, everything, ""},
		{"three of four at once", "WXA-QUA-013", together(all), "", record.Fail, "prefix 170.72.0.0/16", "3 clients"},
		{"three, each in its own time", "WXA-QUA-013", together(eachOwn), "", record.Pass, everything, ""},
		{"UDP dies", "WXA-MED-006", dying(), "", record.Fail, client, "5 s of silence"},
		{"UDP ends in order", "WXA-MED-006", changing(record.UDP, record.TLS), "", record.Pass, everything, ""},
		{"UDP, TLS, UDP", "WXA-MED-011", changing(record.UDP, record.TLS, record.UDP), "", record.Warn, client, "up to 2 times"},
		{"UDP, TLS", "WXA-MED-011", changing(record.UDP, record.TLS), "", record.Pass, everything, ""},
		{"a relay between neighbours", "WXA-MED-012", relayed(netip.MustParseAddr("10.20.1.16")), "", record.Warn, client, "170.72.1.2:24208"},
		{"a relay to another site", "WXA-MED-012", relayed(pcaptest.ClientB), "", record.Pass, everything, ""},
		{"no relay", "WXA-MED-012", talk(nil), "", record.NotObserved, everything, ""},
		{"media from the VPN pool", "WXA-MED-015", talk(nil), vpnSite, record.Warn, client, "2 media flows"},
		{"media from elsewhere", "WXA-MED-015", talk(nil), "vpn_pools: [10.99.0.0/16]\n", record.Pass, everything, ""},
		{"no pool declared", "WXA-MED-015", talk(nil), "", record.NotAssessable, everything, ""},
		{"clock steps", "WXA-CAP-007", stepping(talk(nil)), "", record.Fail, "capture capture", "2 times"},
		{"tunnels nested too deep", "WXA-CAP-008", nested(), "", record.Fail, "capture capture", "tunnels too deep 100 %"},
		{"a tenth of the frames veiled", "WXA-CAP-008", veiled(talk(nil), 10), "", record.Fail, "capture capture", "ethertype 0x88e7 (PBB)"},
		{"a minute", "WXA-CAP-010", talk(nil), "", record.NotAssessable, everything, ""},
	}
})

func TestQualityRules(t *testing.T) {
	for _, tt := range qualityCases() {
		t.Run(tt.rule+" "+tt.name, func(t *testing.T) {
			set := watch(t, tt.capture, tt.site, "")
			for _, f := range set.Findings {
				if f.Rule != tt.rule {
					continue
				}
				if subject := f.Subject.Kind + " " + f.Subject.Key; f.State != tt.state || subject != tt.subject ||
					!strings.Contains(f.Summary, tt.says) {
					t.Errorf("%s %s: %s; want %s %s: %s", f.State, subject, f.Summary, tt.state, tt.subject, tt.says)
				}
			}
		})
	}
}

// TestQualityRulesSilent: in sound captures none of the rules about media accuses anybody.
func TestQualityRulesSilent(t *testing.T) {
	for name, c := range map[string]*pcaptest.Capture{
		"one client": talk(nil), "four clients": crowd(67, 4, true), "meeting": pcaptest.HealthyMeeting(), "no Webex": pcaptest.NoWebex(), "probes": pcaptest.ProbesOnly(),
	} {
		for _, f := range watch(t, c, "", "").Findings {
			group := f.Rule[4:7]
			if (group == "MED" || group == "QUA") && (f.State == record.Fail || f.State == record.Warn) {
				t.Errorf("%s: %s: %s", name, f.Rule, f.Summary)
			}
		}
	}
}

// TestQualityRulesCaptureLoss: what the capture lost makes no rule about loss fire.
func TestQualityRulesCaptureLoss(t *testing.T) {
	set := watch(t, thin(crowd(68, 3, true), 1, 0.04, nil), "", "")
	for _, rule := range []string{"WXA-QUA-004", "WXA-QUA-005", "WXA-QUA-006", "WXA-QUA-013"} {
		if s := state(set, rule); s != record.NotAssessable {
			t.Errorf("%s: %s", rule, s)
		}
	}
}
