package dissect

import (
	"testing"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/pcaptest"
)

// steady is a flow that has been going on for a while and the function that shows its next packet to the dissector.
type steady struct {
	name string
	st   State
	step func()
}

// known are the flows that carry most packets of a capture.
func known() []*steady {
	return []*steady{steadyRTP(1), steadyRTP(40), steadySTUN(), steadyTLS(true), steadyTLS(false), steadyACK(),
		steadyFramed(), steadyChannel(), steadyTURN(), steadyQUIC(), steadyRTCP()}
}

func steadyUDP(name string, payload []byte, next func(b []byte)) *steady {
	k := &steady{name: name}
	d, f := New(), &flow.Flow{Key: flow.Key{PortA: 52000, PortB: 5004, Proto: decode.ProtoUDP}}
	p := decode.Packet{Proto: decode.ProtoUDP, Payload: payload, PayloadLen: uint32(len(payload)),
		IPLen: uint32(len(payload) + 28)}
	k.step = func() {
		p.Number++
		p.Time += 20e6
		next(payload)
		d.Packet(f, &k.st, &p, flow.A)
	}
	return k
}

func steadyRTP(ssrcs int) *steady {
	n := 0
	b := rtpPackets(1, 1)[0]
	k := steadyUDP("rtp", b, func(b []byte) {
		seq := n / ssrcs
		b[2], b[3], b[11] = byte(seq>>8), byte(seq), byte(n%ssrcs)
		n++
	})
	if ssrcs > 1 {
		k.name = "rtp of 40 SSRCs"
	}
	return k
}

func steadySTUN() *steady {
	s := pcaptest.New(1, pcaptest.Start)
	u := s.UDP(client, node, pcaptest.Path{})
	s.STUN(u, s.WebexBinding())
	ask := s.Capture().Frames[0].Data[42:]
	answer := s.Capture().Frames[1].Data[42:]
	k := &steady{name: "stun"}
	d, f := New(), &flow.Flow{Key: flow.Key{PortA: 52000, PortB: 5004, Proto: decode.ProtoUDP}}
	p := decode.Packet{Proto: decode.ProtoUDP}
	k.step = func() {
		p.Number++
		p.Time += 1e9
		side, b := flow.A, ask
		if p.Number%2 == 0 {
			side, b = flow.B, answer
		} else {
			ask[19]++
			answer[19]++
		}
		p.Payload, p.PayloadLen = b, uint32(len(b))
		d.Packet(f, &k.st, &p, side)
	}
	return k
}

// steadyTCP shows segments of a server's direction after the packets of a capture.
func steadyTCP(name string, c *pcaptest.Capture, payload []byte) *steady {
	k := &steady{name: name}
	d, dec := New(), decode.New(decode.Config{})
	f := &flow.Flow{}
	var p decode.Packet
	var next uint32
	var server flow.Side
	for _, fr := range c.Frames {
		if r, _ := decodeFrame(dec, fr, &p); r != decode.OK {
			continue
		}
		key, s := flow.KeyOf(&p)
		f.Key = key
		d.Packet(f, &k.st, &p, s)
		if p.SrcPort == 443 || p.SrcPort == 5004 {
			server, next = s, p.Seq+p.PayloadLen
		}
	}
	p = decode.Packet{Proto: decode.ProtoTCP, Flags: decode.ACK, Payload: payload, PayloadLen: uint32(len(payload)),
		Time: p.Time, Number: p.Number}
	k.step = func() {
		p.Number++
		p.Time += 20e6
		p.Seq = next
		next += p.PayloadLen
		d.Packet(f, &k.st, &p, server)
	}
	return k
}

func steadyTLS(whole bool) *steady {
	c := session(pcaptest.Path{}, pcaptest.TLS{SNI: "a.wbx2.com", Chain: pcaptest.MediaNodeChain("a.wbx2.com"), NoAnswer: false}, nil)
	if whole {
		return steadyTCP("tls, a record a segment", c, pcaptest.Record(23, pcaptest.TLS12, make([]byte, 90)))
	}
	return steadyTCP("tls, large records", c, make([]byte, 1460))
}

func steadyACK() *steady {
	return steadyTCP("bare ack", session(pcaptest.Path{}, pcaptest.TLS{SNI: "a.wbx2.com"}, nil), nil)
}

func steadyFramed() *steady {
	b := rtpPackets(8, 700)[0]
	return steadyTCP("framed rtp", fallback(pcaptest.Path{}, nil), append([]byte{0, byte(len(b))}, b...))
}

// steadyChannel is RTP in ChannelData over UDP, steadyTURN over TCP.
func steadyChannel() *steady {
	n := 0
	return steadyUDP("channel data", pcaptest.ChannelData(0x4001, rtpPackets(1, 1)[0]), func(b []byte) {
		b[6], b[7] = byte(n>>8), byte(n)
		n++
	})
}

func steadyTURN() *steady {
	c := story(func(s *pcaptest.Scenario) {
		t := s.TCP(client, node, pcaptest.Path{}).Open()
		s.TURN(t, "u", node)
		for i := range uint16(10) {
			t.Recv(pcaptest.ChannelData(0x4001, rtpPackets(8, 690+i)[0]))
		}
	})
	return steadyTCP("channel data over tcp", c, pcaptest.ChannelData(0x4001, rtpPackets(8, 700)[0]))
}

// TestNoAllocs: the packets that most of a capture consists of cost no memory.
func TestNoAllocs(t *testing.T) {
	for _, k := range known() {
		for range 1000 {
			k.step()
		}
		if n := testing.AllocsPerRun(1000, k.step); n != 0 {
			t.Errorf("%s: %v allocations per packet, want 0", k.name, n)
		}
		if len(k.st.Keys) == 0 && k.st.Media == nil {
			t.Errorf("%s: nothing was found", k.name)
		}
	}
}

func BenchmarkPacket(b *testing.B) {
	for _, k := range known() {
		for range 1000 {
			k.step()
		}
		b.Run(k.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				k.step()
			}
		})
	}
}
