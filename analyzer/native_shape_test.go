package analyzer_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/rtcp"
	rtpwire "webexaudit/analyzer/dissect/rtp"
)

// mediaShape is what a native call looks like on the wire.
type mediaShape struct {
	streams   map[string]*streamShape // by direction and payload type: the first source that it shows
	compounds map[string]int          // of RTCP, by direction, port's order and composition
	elements  map[string]bool         // of RTP header extensions, by direction and payload type
	counter   int                     // packets whose extension 4 does not count on from the last
	feedback  map[string][]time.Duration
	echoes    [2]int // of MARI: known clocks, and all
}

// streamShape is one RTP stream.
type streamShape struct {
	ssrc            uint32
	lastTS, counter uint32
	sizes           []int
	gaps            []time.Duration // by time stamps, between frames
	frames          []int           // packets of each
	markers         int             // at the end of a frame
	csrcs           int
}

// shapeOf reads a capture of one client behind an address of 192.168.0.0/16.
func shapeOf(t *testing.T, path string) *mediaShape {
	t.Helper()
	s := &mediaShape{streams: map[string]*streamShape{}, compounds: map[string]int{}, elements: map[string]bool{},
		feedback: map[string][]time.Duration{}}
	src, err := capture.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	clocks := map[string]bool{} // port, direction and clock of extension 4
	ports := map[uint16]int{}
	last := map[string]int64{}
	dec := decode.New(decode.Config{})
	var b capture.Block
	for err == nil {
		err = src.Next(&b)
		for i := range b.Frames {
			var p decode.Packet
			if dec.Decode(&b.Frames[i], b.Bytes(i), &p) != decode.OK || p.Proto != 17 {
				continue
			}
			way, port := "up", p.SrcPort
			if port == 9000 {
				way, port = "down", p.DstPort
			}
			switch {
			case rtcp.Is(p.Payload):
				if _, ok := ports[port]; !ok {
					ports[port] = len(ports)
				}
				s.control(t, &p, way, port, clocks, last)
			case rtpwire.Is(p.Payload):
				s.media(&p, way, port, clocks)
			}
		}
	}
	return s
}

// media adds an RTP packet.
func (s *mediaShape) media(p *decode.Packet, way string, port uint16, clocks map[string]bool) {
	var h rtpwire.Header
	if rtpwire.Parse(p.Payload, &h) != nil {
		return
	}
	key := fmt.Sprintf("%s %d", way, h.PayloadType)
	var ids []string
	var clock []byte
	for e := h.Elements(); e.Next(); {
		if ids = append(ids, fmt.Sprintf("%d:%d", e.ID, len(e.Value))); e.ID == 4 {
			clock = e.Value
			clocks[fmt.Sprintf("%s %d %x", way, port, clock[3:])] = true
		}
	}
	s.elements[key+" "+strings.Join(ids, " ")] = true
	x := s.streams[key]
	if x == nil {
		x = &streamShape{ssrc: h.SSRC}
		s.streams[key] = x
	}
	if x.ssrc != h.SSRC || clock == nil {
		return
	}
	counter := binary.BigEndian.Uint32(append([]byte{0}, clock[:3]...))
	if len(x.sizes) > 0 && counter != x.counter+1 {
		s.counter++
	}
	x.add(&h, counter)
}

// add adds a packet with its number of extension 4.
func (x *streamShape) add(h *rtpwire.Header, counter uint32) {
	rate := time.Duration(48000)
	if h.PayloadType != 101 {
		rate = 90000
	}
	if step := h.Timestamp - x.lastTS; len(x.sizes) == 0 || step != 0 {
		if len(x.sizes) > 0 {
			x.gaps = append(x.gaps, time.Duration(step)*time.Second/rate)
		}
		x.frames = append(x.frames, 0)
	}
	x.frames[len(x.frames)-1]++
	x.lastTS, x.counter = h.Timestamp, counter
	x.sizes = append(x.sizes, h.PayloadLen)
	x.csrcs += h.CSRCCount
	if h.Marker {
		x.markers++
	}
}

// control adds an RTCP datagram.
func (s *mediaShape) control(t *testing.T, p *decode.Packet, way string, port uint16, clocks map[string]bool,
	last map[string]int64) {
	t.Helper()
	var c rtcp.Compound
	if err := rtcp.Parse(p.Payload, &c); err != nil {
		t.Errorf("packet %d: %v", p.Number, err)
	}
	if !c.Clear { // a picture loss of twelve bytes has nothing that tells it from ciphertext
		return
	}
	var parts []string
	for x, rest, ok := rtcp.Next(p.Payload[:len(p.Payload)-c.Trailer]); ok; x, rest, ok = rtcp.Next(rest) {
		name, _ := x.ApplicationName()
		if string(name) == "MARI" {
			f, _ := x.Feedback()
			other := map[string]string{"up": "down", "down": "up"}[way]
			if s.echoes[1]++; clocks[fmt.Sprintf("%s %d %x", other, port, f.FCI[8:12])] {
				s.echoes[0]++
			}
			key := fmt.Sprintf("%s %d", way, port)
			if last[key] != 0 {
				s.feedback[way] = append(s.feedback[way], time.Duration(p.Time-last[key]))
			}
			last[key] = p.Time
		}
		parts = append(parts, fmt.Sprintf("%v/%d%s", x.Type, x.Length, name))
	}
	s.compounds[fmt.Sprintf("%s %s +%d", way, strings.Join(parts, " "), c.Trailer)]++
}

// quantile is a quantile of the values.
func quantile[T int | time.Duration](list []T, q float64) T {
	list = slices.Sorted(slices.Values(list))
	return list[int(q*float64(len(list)-1))]
}

// TestNativeShapeIsReal: what pcaptest makes of a call like the real one has its RTCP packets, its header extensions
// and, within bounds, its sizes and its pace.
func TestNativeShapeIsReal(t *testing.T) {
	realCall(t)
	want, got := shapeOf(t, filepath.FromSlash(nativeCall)), shapeOf(t, likeReal(t))
	for _, s := range []*mediaShape{want, got} {
		if s.echoes[0] < s.echoes[1]*95/100 || s.echoes[1] < 300 {
			t.Errorf("%d of %d echoes are clocks seen before", s.echoes[0], s.echoes[1])
		}
		if s.counter != 0 {
			t.Errorf("extension 4 did not count on %d times", s.counter)
		}
	}
	compareControl(t, want, got)
	for key, w := range want.streams {
		g := got.streams[key]
		if g == nil {
			t.Fatalf("no stream %q", key)
		}
		compareStream(t, key, w, g)
	}
	if len(got.streams) != len(want.streams) {
		t.Errorf("streams %v", slices.Sorted(maps.Keys(got.streams)))
	}
}

// rareRTCP are packets of which the real call has a few and the generator none: picture loss, other MSTR, and reports
// of a media that had not begun or had ended.
var rareRTCP = []string{"PSFB/12", "PSFB/20MSTR", "PSFB/24MSTR", "PSFB/48MSTR", "PSFB/76MSTR", "RR/32", "SR/28"}

// compareControl holds RTCP and extensions: everything generated is real, and what is real and frequent is generated.
func compareControl(t *testing.T, want, got *mediaShape) {
	t.Helper()
	for c := range got.compounds {
		if want.compounds[c] == 0 && !strings.Contains(c, "SR/52") { // video of both sides at once
			t.Errorf("RTCP that no real call has: %s", c)
		}
	}
	for c, n := range want.compounds {
		rare := slices.ContainsFunc(rareRTCP, func(r string) bool { return strings.Contains(c, r) })
		if n >= 20 && !rare && got.compounds[c] < n*6/10 {
			t.Errorf("RTCP %s: %d times, really %d", c, got.compounds[c], n)
		}
	}
	for e := range got.elements {
		if !want.elements[e] {
			t.Errorf("header extension that no real packet has: %s", e)
		}
	}
	for _, way := range []string{"up", "down"} {
		closeTo(t, way+" MARI interval", quantile(got.feedback[way], .5), quantile(want.feedback[way], .5), .35)
	}
}

// compareStream holds sizes, steps and frames.
func compareStream(t *testing.T, key string, want, got *streamShape) {
	t.Helper()
	share, long := .15, .95
	if strings.HasSuffix(key, " 101") {
		share, long = .55, .99 // by how much of the time somebody speaks
	}
	closeTo(t, key+" median size", quantile(got.sizes, .5), quantile(want.sizes, .5), share)
	closeTo(t, key+" largest size", quantile(got.sizes, .95), quantile(want.sizes, .95), .15)
	closeTo(t, key+" packets in a frame", quantile(got.frames, .5), quantile(want.frames, .5), .35)
	closeTo(t, key+" packets in a large frame", quantile(got.frames, .95), quantile(want.frames, .95), .35)
	closeTo(t, key+" step", quantile(got.gaps, .5), quantile(want.gaps, .5), .15)
	closeTo(t, key+" long step", quantile(got.gaps, long), quantile(want.gaps, long), .15)
	closeTo(t, key+" CSRCs", got.csrcs*100/len(got.sizes), want.csrcs*100/len(want.sizes), 0)
	if strings.HasSuffix(key, " 101") {
		if quantile(got.gaps, 0) != 20*time.Millisecond || quantile(want.gaps, 0) != 20*time.Millisecond {
			t.Errorf("%s: shortest step %v, really %v", key, quantile(got.gaps, 0), quantile(want.gaps, 0))
		}
		return
	}
	if got.markers != len(got.frames) || want.markers != len(want.frames) {
		t.Errorf("%s: %d markers of %d frames, really %d of %d", key, got.markers, len(got.frames), want.markers, len(want.frames))
	}
}

// closeTo fails where a generated figure is further from the real one than a share of it.
func closeTo[T int | time.Duration](t *testing.T, what string, got, want T, share float64) {
	t.Helper()
	if d := float64(got - want); max(d, -d) > share*float64(want) {
		t.Errorf("%s: %v, really %v", what, got, want)
	}
	if os.Getenv("SHAPES") != "" {
		t.Logf("%s: %v, really %v", what, got, want)
	}
}
