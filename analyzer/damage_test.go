package analyzer_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// joined is a recording of one after the other.
func joined(parts ...*pcaptest.Capture) *pcaptest.Capture {
	c := &pcaptest.Capture{Link: pcaptest.LinkEthernet}
	for _, p := range parts {
		c.Frames = append(c.Frames, p.Frames...)
	}
	return c
}

func oneFrame(data []byte) *pcaptest.Capture {
	c := &pcaptest.Capture{Link: pcaptest.LinkEthernet}
	c.Add(pcaptest.Start, data)
	return c
}

// clockSet sets the clock of the capture forward in its middle.
func clockSet(c *pcaptest.Capture, d time.Duration) *pcaptest.Capture {
	middle := c.Frames[len(c.Frames)/2].Time
	return c.Wrap(func(f pcaptest.Frame) pcaptest.Frame {
		if !f.Time.Before(middle) {
			f.Time = f.Time.Add(d)
		}
		return f
	})
}

// overlapping are fragments of which the second begins inside the first.
func overlapping(ip pcaptest.IP) *pcaptest.Capture {
	c := &pcaptest.Capture{Link: pcaptest.LinkEthernet}
	datagram := ip.Datagram(5000, 5001, make([]byte, 1200))
	wide, narrow := ip.Fragments(pcaptest.ProtoUDP, datagram, 600), ip.Fragments(pcaptest.ProtoUDP, datagram, 500)
	for _, f := range append(wide[:1:1], narrow[1:]...) {
		c.Add(pcaptest.Start, pcaptest.Ethernet(f))
	}
	return c
}

// remains says what is known of a damaged capture.
func remains(set *record.Set) string {
	h := set.Health[0]
	var lost int64
	for _, s := range set.Streams {
		lost += s.Lost
	}
	text := fmt.Sprintf("%d flows, %d streams", len(set.Flows), len(set.Streams))
	if len(h.Undecodable) > 0 {
		text += fmt.Sprintf(", %v", h.Undecodable)
	}
	if h.FragmentOverlaps > 0 {
		text += fmt.Sprintf(", %d overlaps", h.FragmentOverlaps)
	}
	return say(h.Packets, lost, h.ClockSteps, text)
}

// TestDamaged: what captures suffer from, and what is still known. The meeting has 6 media streams, 3431 packets and no
// loss.
func TestDamaged(t *testing.T) {
	plain := pcaptest.UnmarkedAudio()
	n := int64(len(plain.Frames))
	ip := pcaptest.IP{Src: pcaptest.ClientA, Dst: pcaptest.NodeA, ID: 7}
	ip6 := pcaptest.IP{Src: netip.MustParseAddr("2001:db8::15"), Dst: netip.MustParseAddr("2001:db8:1::2"), ID: 7}
	lying := pcaptest.Ethernet(ip.UDP(1, 2, make([]byte, 40)))
	lying[14+2], lying[14+3] = 0xff, 0xff // a total length beyond the frame
	liar := pcaptest.Ethernet(ip.UDP(1, 2, make([]byte, 40)))
	liar[14+20+5] = 3 // a UDP length shorter than its header
	for _, tt := range []struct {
		name string
		c    *pcaptest.Capture
		want string
	}{
		{"nothing", plain, say(n, 0, 0, "12 flows, 6 streams")},
		{"cut to 96 bytes", plain.Wrap(pcaptest.Snap(96)), say(n, 0, 0, "12 flows, 6 streams")},
		{"two recordings, the earlier one last", joined(plain, plain.Shift(-3*365*24*time.Hour)), say(2*n, 0, 1, "24 flows, 12 streams")},
		{"two recordings, years apart", joined(plain, plain.Shift(3*365*24*time.Hour)), say(2*n, 0, 0, "24 flows, 12 streams")},
		{"a clock set back by an hour in the call", clockSet(plain, -time.Hour), say(n, 0, 1, "12 flows, 6 streams")},
		{"a clock set forward by a year in the call", clockSet(plain, 365*24*time.Hour), say(n, 0, 0, "15 flows, 12 streams")},
		{"a frame without bytes", joined(plain, oneFrame(nil)), say(n+1, 0, 1, "12 flows, 6 streams, map[link header cut:1]")},
		{"a total length that lies", oneFrame(lying), say(1, 0, 0, "1 flows, 0 streams")},
		{"a UDP length that lies", oneFrame(liar), say(1, 0, 0, "0 flows, 0 streams, map[UDP length:1]")},
		{"a frame of 18 kB", oneFrame(pcaptest.Ethernet(ip.UDP(1, 2, make([]byte, 18000)))), say(1, 0, 0, "1 flows, 0 streams")},
		{"fragments that overlap, IPv4", overlapping(ip), say(3, 0, 0, "1 flows, 0 streams, 1 overlaps")},
		{"fragments that overlap, IPv6", overlapping(ip6), say(3, 0, 0, "0 flows, 0 streams, 1 overlaps")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := remains(analyze(t, tt.c, analyzer.Config{})); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func say(packets, lost, steps int64, rest string) string {
	return fmt.Sprintf("%d packets, %d lost, %d steps back: %s", packets, lost, steps, rest)
}
