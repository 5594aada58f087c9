package dissect

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"webexaudit/analyzer/dissect/stun"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/media"
	"webexaudit/analyzer/pcaptest"
)

// fallback is media in TCP 5004: ICE, then audio both ways. change gets the events before they are sent.
func fallback(path pcaptest.Path, change func([]pcaptest.Event) []pcaptest.Event) *pcaptest.Capture {
	return story(func(s *pcaptest.Scenario) {
		p := pcaptest.Framed(s.TCP(client, node, path).Open())
		s.STUN(p, s.WebexBinding())
		up := stream(7, 600, func(r *pcaptest.RTPStream) { r.Start = p.Now() })
		down := stream(8, 600, func(r *pcaptest.RTPStream) { r.From, r.Start, r.PT = pcaptest.Server, p.Now(), 101 })
		events := slices.Concat(up.Events(), down.Events(), pcaptest.RTCPStream{Of: up, Every: time.Second, N: 5,
			Secure: true}.Events())
		slices.SortStableFunc(events, func(a, b pcaptest.Event) int { return a.At.Compare(b.At) })
		if change != nil {
			events = change(events)
		}
		pcaptest.Play(p, events)
	})
}

// sums is one line for each direction's streams.
func (e *ended) sums() (out []string) {
	a := e.side(client.Addr())
	for _, s := range []flow.Side{a, a.Other()} {
		for _, m := range e.streams(s) {
			out = append(out, fmt.Sprintf("%d %d: %d of %d, %d bytes", m.SSRC, m.PayloadType(), m.Packets, m.Expected(), m.PayloadBytes))
		}
	}
	return out
}

// TestFramed reads RFC 4571 frames on TCP 5004 however the segments lie.
func TestFramed(t *testing.T) {
	all := []string{"7 98: 600 of 600, 48000 bytes", "8 101: 600 of 600, 48000 bytes"}
	for _, tt := range []struct {
		name string
		path pcaptest.Path
		c    func(*pcaptest.Capture) *pcaptest.Capture
		want []string
	}{
		{"a frame a segment", pcaptest.Path{}, nil, all},
		{"frames cut into small segments", pcaptest.Path{MSS: 33}, nil, all},
		{"frames cut into tiny segments", pcaptest.Path{MSS: 5}, nil, all},
		{"two segments in the wrong order", pcaptest.Path{}, func(c *pcaptest.Capture) *pcaptest.Capture { return swapped(c, 60) }, all},
		{"a segment not captured", pcaptest.Path{}, func(c *pcaptest.Capture) *pcaptest.Capture {
			return c.Filter(func(i int, _ pcaptest.Frame) bool { return i != dataFrame(c, 60) })
		}, []string{"7 98: 599 of 600, 47920 bytes", "8 101: 600 of 600, 48000 bytes"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := fallback(tt.path, nil)
			if tt.c != nil {
				c = tt.c(c)
			}
			e := only(t, c)
			equalList(t, "streams", e.sums(), tt.want)
			if e.App != Framed || e.State.TCP.TURN || e.STUN == nil || e.State.TCP.TLS != nil {
				t.Fatalf("application %v, TURN %v, STUN %v", e.App, e.State.TCP.TURN, e.STUN)
			}
			if tt.path.MSS == 0 && (e.STUN.Requests != 1 || e.STUN.Answered != 1 ||
				e.STUN.Software[0] != "Cisco-Spark" || !e.STUN.FlowInfo) {
				t.Errorf("STUN %+v", e.STUN)
			}
			if r := e.State.TCP.Cadence; tt.path.MSS == 0 && (r == nil || r.MediaBoth != 1) {
				t.Errorf("cadence %+v", r)
			}
		})
	}
}

// dataFrame is the index of the client's nth frame with audio.
func dataFrame(c *pcaptest.Capture, n int) int {
	for i, f := range c.Frames {
		if len(f.Data) == 54+2+92 && netip.AddrFrom4([4]byte(f.Data[26:30])) == client.Addr() {
			if n--; n == 0 {
				return i
			}
		}
	}
	return -1
}

// swapped exchanges the nth audio frame of the client with the next one.
func swapped(c *pcaptest.Capture, n int) *pcaptest.Capture {
	out := &pcaptest.Capture{Link: c.Link, Frames: slices.Clone(c.Frames)}
	a, b := dataFrame(c, n), dataFrame(c, n+1)
	out.Frames[a].Data, out.Frames[b].Data = c.Frames[b].Data, c.Frames[a].Data
	return out
}

// TestFramedMidway: a capture that begins amid a framed connection may not know it, but it must not take it for
// anything else.
func TestFramedMidway(t *testing.T) {
	c := fallback(pcaptest.Path{}, nil)
	e := only(t, c.Filter(func(i int, _ pcaptest.Frame) bool { return i > 200 }))
	if e.App != Framed || len(e.streams(flow.A))+len(e.streams(flow.B)) != 2 {
		t.Errorf("at a frame: application %v, %v", e.App, e.sums())
	}
	cut := fallback(pcaptest.Path{MSS: 50}, nil)
	e = only(t, cut.Filter(func(i int, _ pcaptest.Frame) bool { return i > 501 }))
	if e.App != Framed && e.App != Unknown || e.State.TCP.Cadence == nil {
		t.Errorf("inside a frame: application %v", e.App)
	}
}

// relayedCall is media in ChannelData over TCP, behind an allocation: 600 packets each way, the client's of a size.
func relayedCall(mss, size int) *pcaptest.Capture {
	return story(func(s *pcaptest.Scenario) {
		c := s.TCP(client, node, pcaptest.Path{MSS: mss}).Open()
		s.TURN(c, "user", netip.MustParseAddrPort("170.72.1.9:50000"))
		up := stream(7, 600, func(r *pcaptest.RTPStream) { r.Start, r.PayloadSize = c.Now(), pcaptest.Always(size) })
		down := stream(8, 600, func(r *pcaptest.RTPStream) { r.From, r.Start, r.PT = pcaptest.Server, c.Now(), 101 })
		pcaptest.Play(pcaptest.Channel(c, 0x4001), up.Events(), down.Events())
	})
}

// TestTURNMidway: a capture that begins amid a relayed call finds its media, whether it begins with a message or inside
// of one, and takes nothing for lost. Small messages are all read, though it takes two to know them.
func TestTURNMidway(t *testing.T) {
	for mss, size := range map[int]int{0: 901, 500: 901, 1460: 80} {
		c := relayedCall(mss, size)
		equalList(t, "whole", only(t, c).sums(),
			[]string{fmt.Sprintf("7 98: 600 of 600, %d bytes", 600*size), "8 101: 600 of 600, 48000 bytes"})
		for i := range 8 {
			e := only(t, c.Filter(func(n int, _ pcaptest.Frame) bool { return n >= len(c.Frames)/2+i }))
			if e.App != Framed || !e.State.TCP.TURN {
				t.Fatalf("MSS %d, %d: application %v, TURN %v", mss, i, e.App, e.State.TCP.TURN)
			}
			for s := range flow.Side(2) {
				l := e.streams(s)
				if len(l) != 1 || l[0].Packets != l[0].Expected() || l[0].Packets < 270 || l[0].Packets > 310 ||
					size == 80 && l[0].Packets != e.Payload[s]/96 {
					t.Errorf("MSS %d, %d: %v, %v bytes", mss, i, e.sums(), e.Payload)
				}
			}
		}
	}
}

// TestFramesInside: where both directions begin inside of a message that is larger than what is kept of their
// beginning, frames are known by the second segment that is one.
func TestFramesInside(t *testing.T) {
	for _, turn := range []bool{false, true} {
		e := only(t, story(func(s *pcaptest.Scenario) {
			c := s.TCP(client, node, pcaptest.Path{})
			rest := make([]byte, 1200)
			c.Send(rest).Recv(rest).Send(rest).Recv(rest)
			p := pcaptest.Framed(c)
			if turn {
				p = pcaptest.Channel(c, 0x4001)
			}
			up := stream(7, 100, func(r *pcaptest.RTPStream) { r.Start = c.Now() })
			down := stream(8, 100, func(r *pcaptest.RTPStream) { r.From, r.Start = pcaptest.Server, c.Now() })
			pcaptest.Play(p, up.Events(), down.Events())
		}))
		if e.App != Framed || e.State.TCP.TURN != turn {
			t.Errorf("TURN %v: application %v, TURN %v", turn, e.App, e.State.TCP.TURN)
		}
		equalList(t, "streams", e.sums(), []string{"7 98: 99 of 99, 7920 bytes", "8 98: 99 of 99, 7920 bytes"})
	}
}

// TestSoleFrame: a segment is a frame only to the byte, and one that holds media.
func TestSoleFrame(t *testing.T) {
	rtp := rtpPackets(7, 1)[0]
	rfc4571 := append([]byte{0, byte(len(rtp))}, rtp...)
	report := pcaptest.SenderReport{SSRC: 9, CNAME: "a"}.Bytes()
	for _, tt := range []struct {
		name string
		b    []byte
		ssrc uint32
		turn bool
	}{
		{"RFC 4571", rfc4571, 7, false},
		{"ChannelData", pcaptest.ChannelData(0x4fff, rtp), 7, true},
		{"ChannelData with a report", pcaptest.ChannelData(0x4000, report), 9, true},
		{"a byte more", append(slices.Clone(rfc4571), 0), 0, false},
		{"a byte less", rfc4571[:len(rfc4571)-1], 0, false},
		{"ChannelData, a word more", append(pcaptest.ChannelData(0x4000, rtp), 0, 0, 0, 0), 0, false},
		{"something else inside", append([]byte{0, 20}, make([]byte, 20)...), 0, false},
		{"short", []byte{0x40, 0, 0, 4, 0x80, 0, 0, 0}, 0, false},
	} {
		ssrc, turn, ok := soleFrame(tt.b)
		if ok != (tt.ssrc != 0) || ok && (ssrc != tt.ssrc || turn != tt.turn) {
			t.Errorf("%s: %d, %v, %v", tt.name, ssrc, turn, ok)
		}
	}
}

// TestChannelsAlone: what only looks like ChannelData is not taken for it.
func TestChannelsAlone(t *testing.T) {
	media := func(ssrc uint32, seq uint16) []byte { return pcaptest.ChannelData(0x4001, rtpPackets(ssrc, seq)[0]) }
	join := func(list ...[]byte) []byte { return slices.Concat(list...) }
	for _, tt := range []struct {
		name string
		b    []byte
		want bool
	}{
		{"two of one source", join(media(7, 1), media(7, 2)), true},
		{"another source between", join(media(7, 1), media(8, 1), media(7, 2)), true},
		{"a check between", join(media(7, 1), binding(1, request), media(7, 2)), true},
		{"one", media(7, 1), false},
		{"two sources", join(media(7, 1), media(8, 1)), false},
		{"the second is cut", join(media(7, 1), media(7, 2)[:20]), false},
		{"no media inside", join(pcaptest.ChannelData(0x4001, []byte("payload")), media(7, 1), media(7, 2)), false},
		{"text", []byte("GET / and GET / and GET / again"), false},
		{"nothing", nil, false},
	} {
		if got := isChannels(tt.b); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestFramedCut: where the snapshot length cuts the first messages the frames are not known, but the cadence is.
func TestFramedCut(t *testing.T) {
	e := only(t, fallback(pcaptest.Path{}, nil).Wrap(pcaptest.Snap(54+40)))
	if r := e.State.TCP.Cadence; e.App != Unknown || r == nil || r.MediaBoth != 1 {
		t.Errorf("application %v, cadence %+v", e.App, r)
	}
}

// TestTURN reads STUN messages and ChannelData that stand in a TCP stream without frames.
func TestTURN(t *testing.T) {
	relay := netip.MustParseAddrPort("170.72.1.9:50000")
	for _, mss := range []int{0, 40, 7} {
		e := only(t, story(func(s *pcaptest.Scenario) {
			c := s.TCP(client, node, pcaptest.Path{MSS: mss}).Open()
			s.TURN(c, "user", relay)
			c.Send(pcaptest.ChannelData(0x4001, []byte("payload"))).Recv(pcaptest.ChannelData(0x4001, make([]byte, 30)))
			c.Send(pcaptest.STUN{Type: 0x0008, ID: [12]byte{9}}.Bytes()) // CreatePermission
			s.STUN(c, pcaptest.Binding{})
			for i := range uint16(1000) { // far beyond the prefix that is kept of a stream
				c.Wait(20 * time.Millisecond)
				c.Send(pcaptest.ChannelData(0x4001, rtpPackets(7, i)[0]))
			}
			s.STUN(c, pcaptest.Binding{})
		}))
		x := e.STUN
		if e.App != Framed || !e.State.TCP.TURN || x == nil {
			t.Fatalf("MSS %d: application %v, TURN %v", mss, e.App, e.State.TCP.TURN)
		}
		equalList(t, "relay", x.Relayed, []netip.AddrPort{relay})
		equal(t, "requests", fmt.Sprint(x.Requests, x.Answered, x.Errors), "4 4 map[401:1]")
		equal(t, "lifetime, channels", fmt.Sprint(x.Lifetime, x.Channels), "600 1002")
		if r := e.streams(e.side(client.Addr())); len(r) != 1 || r[0].SSRC != 7 || r[0].Packets != 1000 {
			t.Errorf("MSS %d: streams %v", mss, e.sums())
		}
		equal(t, "permissions", x.count(stun.Type(0x0008)), 1)
		equal(t, "user name", x.Username, "user")
	}
}

// TestFramer feeds frames in pieces of every size.
func TestFramer(t *testing.T) {
	put := func(b []byte, frame []byte) []byte {
		return append(binary.BigEndian.AppendUint16(b, uint16(len(frame))), frame...)
	}
	long := pcaptest.STUN{Type: request,
		Attrs: []pcaptest.STUNAttr{{Type: pcaptest.AttrSoftware, Value: make([]byte, 1400)}}}.Bytes()
	var all []byte
	var want []string
	for _, f := range [][]byte{
		rtpPackets(5, 1)[0], binding(1, request), {}, {}, rtpPackets(5, 2)[0], {0x80}, {0x80, 1}, {1, 2}, long, rtpPackets(5, 3)[0], {},
		make([]byte, 65535), rtpPackets(5, 4)[0],
	} {
		all = put(all, f)
		if len(f) > 0 {
			keep := min(len(f), 12)
			if f[0] < 4 {
				keep = min(len(f), maxFrameHead-2)
			}
			want = append(want, fmt.Sprintf("%d %x", len(f), f[:keep]))
		}
	}
	for size := 1; size < len(all); size = size*3/2 + 1 {
		var r framer
		var got []string
		for b := range slices.Chunk(all, size) {
			r.next(b, func(head []byte, length int) { got = append(got, fmt.Sprintf("%d %x", length, head)) })
		}
		if !slices.Equal(got, want) {
			t.Errorf("pieces of %d: %d frames, want %d", size, len(got), len(want))
		}
	}
}

// TestFramerGaps: bytes that were not captured are passed over within a frame; elsewhere the framer waits for a frame
// to begin.
func TestFramerGaps(t *testing.T) {
	frame := func(seq uint16) []byte {
		b := rtpPackets(5, seq)[0]
		return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
	}
	var r framer
	var got []uint16
	emit := func(head []byte, _ int) { got = append(got, binary.BigEndian.Uint16(head[2:])) }
	one := frame(1)
	r.next(one[:30], emit)
	r.miss(len(one) - 30)
	r.next(frame(2), emit)
	r.miss(gap)
	r.next([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9}, emit)
	r.next(nil, emit)
	r.next([]byte{0}, emit)
	r.next(frame(3), emit)
	r.next(frame(4)[:1], emit)
	r.miss(1)
	r.next(frame(5), emit)
	equalList(t, "frames", got, []uint16{1, 2, 3, 5})
}

// TestFramedStreamTimes: packets of framed streams carry the segment's time and number.
func TestFramedStreamTimes(t *testing.T) {
	e := only(t, fallback(pcaptest.Path{}, nil))
	var m *media.Stream = e.streams(e.side(client.Addr()))[0]
	if m.First < pcaptest.Start.UnixNano() || m.Last > e.LastTime || m.FirstNumber < 4 ||
		m.MaxGap > int64(25*time.Millisecond) {
		t.Errorf("first %d, last %d, number %d, gap %d", m.First, m.Last, m.FirstNumber, m.MaxGap)
	}
}
