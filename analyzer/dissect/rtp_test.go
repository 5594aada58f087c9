package dissect

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/media"
	"webexaudit/analyzer/pcaptest"
)

// stream is an RTP stream of n packets from the client.
func stream(ssrc uint32, n int, change ...func(*pcaptest.RTPStream)) pcaptest.RTPStream {
	r := pcaptest.RTPStream{From: pcaptest.Client, Start: pcaptest.Start, Packets: n, SSRC: ssrc, PT: 98,
		FirstSeq: uint16(ssrc) * 1000, FirstTS: ssrc << 20}
	for _, c := range change {
		c(&r)
	}
	return r
}

// play sends streams over one UDP flow.
func play(list ...pcaptest.RTPStream) *pcaptest.Capture {
	return story(func(s *pcaptest.Scenario) {
		u := s.UDP(client, node, pcaptest.Path{DSCP: pcaptest.EF})
		var events [][]pcaptest.Event
		for _, r := range list {
			events = append(events, r.Events())
		}
		pcaptest.Play(u, events...)
	})
}

// send sends datagrams of the client, 20 ms apart.
func send(list ...[]byte) *pcaptest.Capture {
	return story(func(s *pcaptest.Scenario) {
		u := s.UDP(client, node, pcaptest.Path{})
		for _, b := range list {
			u.Send(b).Wait(20 * time.Millisecond)
		}
	})
}

// streams returns the confirmed streams that one address sent.
func (e *ended) streams(s flow.Side) []*media.Stream {
	if e.Media == nil {
		return nil
	}
	return e.Media.Streams[s]
}

// TestRTPConfirmation: five packets are never a stream, six are, and then all six count.
func TestRTPConfirmation(t *testing.T) {
	for n := range 10 {
		if n == 0 {
			continue
		}
		e := only(t, play(stream(7, n)))
		got := e.streams(e.side(client.Addr()))
		if n < 6 && (len(got) != 0 || e.App == RTP) {
			t.Errorf("%d packets are %d streams, application %v", n, len(got), e.App)
		}
		if n >= 6 && (len(got) != 1 || got[0].Packets != int64(n) || got[0].FirstNumber != 1 || got[0].SSRC != 7 ||
			e.App != RTP) {
			t.Errorf("%d packets: %d streams, application %v", n, len(got), e.App)
		}
		if len(e.streams(e.side(node.Addr()))) != 0 {
			t.Error("the other side sent nothing")
		}
	}
}

// TestRTPChaos: a stream that begins far out of order loses nothing, however its first packets stand.
func TestRTPChaos(t *testing.T) {
	random := pcaptest.NewRand(3)
	for _, spread := range []time.Duration{20 * time.Millisecond, 200 * time.Millisecond, 600 * time.Millisecond} {
		for range 20 {
			s := stream(7, 100, func(r *pcaptest.RTPStream) {
				late := make([]time.Duration, r.Packets)
				for i := range late {
					late[i] = random.Duration(0, spread)
				}
				r.Jitter = func(i int) time.Duration { return late[i] }
			})
			e := only(t, play(s))
			got := e.streams(e.side(client.Addr()))
			if len(got) != 1 {
				t.Fatalf("spread %v: %d streams", spread, len(got))
			}
			equal(t, fmt.Sprintf("spread %v: packets", spread), got[0].Packets, 100)
			equal(t, fmt.Sprintf("spread %v: lost", spread), got[0].Lost(), 0)
		}
	}
}

// rtpPackets makes packets of one SSRC from sequence numbers; ts and pt follow them unless changed.
func rtpPackets(ssrc uint32, seqs ...uint16) (out [][]byte) {
	for _, n := range seqs {
		out = append(out, pcaptest.RTP{PT: 98, Seq: n, Timestamp: uint32(int32(int16(n)) * 960), SSRC: ssrc,
			Payload: make([]byte, 40)}.Bytes())
	}
	return out
}

// TestRTPLookalikes: what has RTP's first byte, and what RTP really does before it is confirmed.
func TestRTPLookalikes(t *testing.T) {
	r := pcaptest.NewRand(5)
	many := func(n int, make func(i int) []byte) (out [][]byte) {
		for i := range n {
			out = append(out, make(i))
		}
		return out
	}
	header := func(seq uint16, ts, ssrc uint32) []byte {
		return pcaptest.RTP{PT: 98, Seq: seq, Timestamp: ts, SSRC: ssrc, Payload: r.Bytes(40)}.Bytes()
	}
	for _, tt := range []struct {
		name string
		in   [][]byte
		want int64 // packets of the stream; 0: none
	}{
		{"random behind 0x80", many(300, func(int) []byte { return append([]byte{0x80, 98}, r.Bytes(60)...) }), 0},
		{"a constant header", many(300, func(int) []byte { return append([]byte{0x80, 98, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, r.Bytes(40)...) }), 0},
		{"a counter where the time stamp stands", many(300, func(i int) []byte { return header(77, uint32(i), 9) }), 0},
		{"a little-endian counter", many(300, func(i int) []byte { return header(uint16(i)<<8|uint16(i)>>8, 0, 9) }), 0},
		{"random numbers under one SSRC", many(300, func(int) []byte { return header(uint16(r.Uint32()), r.Uint32(), 9) }), 0},
		{"good numbers, wild time stamps", many(300, func(i int) []byte { return header(uint16(i), r.Uint32(), 9) }), 0},
		{"a counter, another SSRC each time", many(300, func(i int) []byte { return header(uint16(i), uint32(i)*960, r.Uint32()) }), 0},
		{"the same packet again and again", many(300, func(int) []byte { return header(5, 960, 9) }), 0},
		{"shorter than a header", many(300, func(i int) []byte { return header(uint16(i), 0, 9)[:11] }), 0},
		{"version 1", many(300, func(i int) []byte { b := header(uint16(i), uint32(i)*960, 9); b[0] = 0x40; return b }), 0},
		{"five, then far away, then five", rtpPackets(9, 1, 2, 3, 4, 5, 900, 901, 902, 903, 904), 0},
		{"six", rtpPackets(9, 1, 2, 3, 4, 5, 6), 6},
		{"six with loss between", rtpPackets(9, 1, 3, 10, 11, 40, 41), 6},
		{"six, two of them swapped", rtpPackets(9, 1, 2, 4, 3, 5, 6), 6},
		{"six, each shown twice", rtpPackets(9, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6), 6},
		{"six over the wrap", rtpPackets(9, 65533, 65534, 65535, 0, 1, 2), 6},
		{"after a false start", slices.Concat(rtpPackets(9, 1, 2, 3), rtpPackets(9, 5000, 5001, 5002, 5003, 5004, 5005)), 6},
		{"audio that grows: another payload type in between", slices.Concat(rtpPackets(9, 1, 2), [][]byte{pcaptest.RTP{PT: 101, Seq: 3, Timestamp: 2880, SSRC: 9}.Bytes()}, rtpPackets(9, 4, 5, 6)), 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := only(t, send(tt.in...))
			got := e.streams(e.side(client.Addr()))
			switch {
			case tt.want == 0 && len(tt.in) == 300 && tt.in[0][0] == 0x80 && e.Media != nil:
				t.Error("a flow that was given up keeps candidates")
			case tt.want == 0 && len(got) != 0:
				t.Errorf("%d streams, the first of %d packets", len(got), got[0].Packets)
			case tt.want != 0 && (len(got) != 1 || got[0].Packets != tt.want):
				t.Errorf("%d streams, want one of %d packets", len(got), tt.want)
			}
		})
	}
}

// TestGameIsNoRTP: datagrams to a port of Webex that are no media.
func TestGameIsNoRTP(t *testing.T) {
	for _, e := range dissect(pcaptest.GameOn9000()) {
		if e.Media != nil && len(e.Media.Streams[flow.A])+len(e.Media.Streams[flow.B]) > 0 || e.App == RTP {
			t.Errorf("a game's flow to port %d is %v", e.Key.PortA, e.App)
		}
	}
}

// TestManySSRCs: streams that begin together in a flow the capture joined amid the call, without STUN.
func TestManySSRCs(t *testing.T) {
	for _, n := range []int{2, 12, 16, 17, 40, 200} {
		var list []pcaptest.RTPStream
		for i := range n {
			list = append(list, stream(uint32(i+1), 600, func(r *pcaptest.RTPStream) {
				r.From, r.Start = pcaptest.Side(i%2), r.Start.Add(time.Duration(i)*7*time.Microsecond)
			}))
		}
		e := only(t, play(list...))
		for s := range flow.B + 1 {
			got := e.streams(s)
			if len(got) != n/2 && len(got) != n-n/2 {
				t.Errorf("%d SSRCs: %d streams of side %d", n, len(got), s)
			}
			for _, m := range got {
				if m.Lost() != 0 || n <= 32 && m.Packets != 600 {
					t.Errorf("%d SSRCs: %d packets, %d lost", n, m.Packets, m.Lost())
				}
			}
		}
	}
}

// TestSSRCNoise: a stream is found among packets whose SSRC is never seen again.
func TestSSRCNoise(t *testing.T) {
	r := pcaptest.NewRand(8)
	var in [][]byte
	for i := range uint16(2000) {
		if i >= 20 {
			in = append(in, rtpPackets(9, i)...)
		}
		for range 3 {
			in = append(in, rtpPackets(r.Uint32(), uint16(r.Uint32()))...)
		}
	}
	e := only(t, story(func(s *pcaptest.Scenario) {
		u := s.UDP(client, node, pcaptest.Path{})
		s.STUN(u, s.WebexBinding())
		for _, b := range in {
			u.Send(b).Wait(5 * time.Millisecond)
		}
	}))
	if got := e.streams(e.side(client.Addr())); len(got) != 1 || got[0].Packets < 1000 || got[0].Lost() != 0 {
		t.Errorf("%d streams of %v", len(got), got)
	}
}

// TestRTPBounds: more streams than are kept are counted, not kept.
func TestRTPBounds(t *testing.T) {
	st, d := new(State), New()
	const n = maxStreams + 100
	for i := range uint32(n) {
		for q := range uint16(8) {
			d.rtpFrame(st, flow.A, media.Packet{Time: 1, Sequence: q, Timestamp: uint32(q)}, i+1)
		}
	}
	if got := len(st.Media.Streams[flow.A]); got != maxStreams || st.Media.Dropped != 100*8 {
		t.Errorf("%d streams kept, %d packets dropped", got, st.Media.Dropped)
	}
	for _, m := range st.Media.Streams[flow.A] {
		if m.Packets != 8 {
			t.Fatalf("SSRC %d has %d packets, want 8", m.SSRC, m.Packets)
		}
	}
}

// TestCall reads a whole call: streams by direction, marks, exact loss, SRTCP.
func TestCall(t *testing.T) {
	var want []string
	c := story(func(s *pcaptest.Scenario) {
		call := pcaptest.WebexCall(client.Addr(), node)
		call.NoVideo = true
		call.Change = func(r *pcaptest.RTPStream) {
			if r.PT == pcaptest.PTAudioDown {
				r.Loss, r.Reorder, r.Duplicate = pcaptest.EveryNth(10), pcaptest.EveryNth(33), nil
			}
			n := r.Count()
			want = append(want, fmt.Sprintf("%d %d: %d-%d, reordered %d", r.From, r.PT, n.Expected, n.Lost, n.Reordered))
		}
		s.Call(call)
	})
	e := only(t, c)
	var got []string
	a := e.side(client.Addr())
	for _, s := range []flow.Side{a, a.Other()} {
		for _, m := range e.streams(s) {
			got = append(got, fmt.Sprintf("%d %d: %d-%d, reordered %d", (s^a), m.PayloadType(), m.Expected(), m.Lost(), m.Reordered))
			equal(t, "marks", fmt.Sprint(m.DSCP.Histogram()), fmt.Sprintf("map[46:%d]", m.Packets))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	equalList(t, "streams", got, want)
	equal(t, "application", e.App, RTP)
	equal(t, "SRTCP packets", e.RTCP.Sealed, 6)
	equal(t, "RTCP packets in clear", e.RTCP.Clear, 0)
}

// TestRTCPInClear and DTLS are told apart from their encrypted kin.
func TestRTCPInClear(t *testing.T) {
	e := only(t, story(func(s *pcaptest.Scenario) {
		u := s.UDP(client, node, pcaptest.Path{})
		r := stream(7, 300)
		pcaptest.Play(u, r.Events(), pcaptest.RTCPStream{Of: r, Every: time.Second, N: 4}.Events())
	}))
	if e.RTCP.Clear != 4 || e.RTCP.Sealed != 0 {
		t.Errorf("%d in clear, %d not", e.RTCP.Clear, e.RTCP.Sealed)
	}
	e = only(t, story(func(s *pcaptest.Scenario) {
		u := s.UDP(client, node, pcaptest.Path{})
		s.STUN(u, pcaptest.Binding{Username: "a:b"})
		u.Send(pcaptest.DTLSClientHello(s.Rand, 0)).Recv(pcaptest.DTLSServerHello(s.Rand, 0))
	}))
	if !e.DTLS || e.App != DTLS {
		t.Errorf("DTLS %v, application %v", e.DTLS, e.App)
	}
}

// TestUDPApplications names what the demultiplexing table does not know, and leaves the rest alone.
func TestUDPApplications(t *testing.T) {
	r := pcaptest.NewRand(1)
	sip := pcaptest.SIP{Start: "REGISTER sip:example.org SIP/2.0", Headers: []string{"Via: SIP/2.0/UDP 10.20.1.15"}}.Bytes()
	for _, tt := range []struct {
		name string
		in   [][]byte
		want App
	}{
		{"SIP request", [][]byte{sip}, SIP},
		{"SIP response", [][]byte{pcaptest.SIP{Start: "SIP/2.0 200 OK"}.Bytes()}, SIP},
		{"HTTP over UDP is none", [][]byte{[]byte("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")}, Unknown},
		{"QUIC", [][]byte{pcaptest.QUICInitial(r, "meet.example.org", "h3")}, QUIC},
		{"QUIC, short headers only", [][]byte{pcaptest.QUICShort(r, [8]byte{1}, 60)}, Unknown},
		{"DTLS data", [][]byte{pcaptest.DTLSData(r, 1, 50)}, DTLS},
		{"STUN after 24 unknown packets comes too late", append(slices.Repeat([][]byte{{0x50, 1, 2, 3}}, 24), binding(1, request)), Unknown},
		{"STUN after 23", append(slices.Repeat([][]byte{{0x50, 1, 2, 3}}, 23), binding(1, request)), STUN},
	} {
		for i, b := range tt.in {
			if b[0] == 0x50 { // no mirror's copies
				tt.in[i] = binary.BigEndian.AppendUint32(slices.Clone(b), uint32(i))
			}
		}
		e := only(t, send(tt.in...))
		if e.App != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, e.App, tt.want)
		}
		if tt.want == QUIC && (e.QUIC.SNI != "meet.example.org" || e.QUIC.ALPN != "h3" || e.QUIC.JA4 == "" ||
			!slices.Equal(e.kinds(), []string{"client-hello 1"})) {
			t.Errorf("%s: %+v, %v", tt.name, e.QUIC, e.kinds())
		}
	}
}
