package classify

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
)

var (
	callingEdge = netip.MustParseAddr("139.177.65.10") // in a range of Webex Calling
	elsewhere   = netip.MustParseAddr("198.51.100.40") // in no range
)

// cloudCall is a call in clear whose server is in a Webex range; its media goes elsewhere.
func cloudCall() pcaptest.SIPCall {
	c := pcaptest.NewSIPCall(pcaptest.ClientA, callingEdge)
	c.TCP, c.Server = true, netip.AddrPortFrom(callingEdge, 8934)
	c.Peer = netip.AddrPortFrom(elsewhere, 20000)
	return c
}

// TestAnnouncedMedia: media that a SIP flow announced is Webex where that flow is, and nowhere else.
func TestAnnouncedMedia(t *testing.T) {
	pbx := netip.MustParseAddr("10.20.0.60")
	for _, tt := range []struct {
		name string
		play func(s *pcaptest.Scenario)
		want []string
	}{
		{"by a Webex flow", func(s *pcaptest.Scenario) { s.SIPCall(cloudCall()) }, []string{"udp 198.51.100.40:20000 calling media-audio udp probable"}},
		{"by another flow", func(s *pcaptest.Scenario) {
			c := cloudCall()
			c.Server = netip.AddrPortFrom(pbx, 5060)
			s.SIPCall(c)
		}, []string{"udp 198.51.100.40:20000 -"}},
		{"not announced", func(s *pcaptest.Scenario) {
			c := cloudCall()
			c.NoRTP = true
			s.SIPCall(c)
			rtpOnce(s, netip.AddrPortFrom(pcaptest.ClientA, 16502), netip.AddrPortFrom(elsewhere, 20002))
		}, []string{"udp 198.51.100.40:20002 -"}},
		{"long after", func(s *pcaptest.Scenario) {
			c := cloudCall()
			c.NoRTP = true
			s.SIPCall(c)
			s.Advance(time.Duration(window) + time.Minute)
			rtpOnce(s, c.Media, c.Peer)
		}, []string{"udp 198.51.100.40:20000 -"}},
		{"only the far end's address is as announced", func(s *pcaptest.Scenario) {
			c := cloudCall()
			c.NoRTP = true
			s.SIPCall(c)
			rtpOnce(s, netip.MustParseAddrPort("10.20.0.1:40000"), c.Peer)
		}, []string{"udp 198.51.100.40:20000 calling media-audio udp probable"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := pcaptest.New(1, pcaptest.Start)
			tt.play(s)
			if got := mediaOf(t, s.Capture()); fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// mediaOf judges a capture of calls: a line for each UDP flow without SIP. A SIP flow over TCP that is Webex has to be
// Calling's.
func mediaOf(t *testing.T, c *pcaptest.Capture) (lines []string) {
	t.Helper()
	const signalling = "tcp 139.177.65.10:8934 calling other tcp "
	for _, f := range judged(&Classifier{Packs: packs(t)}, flows(c)) {
		if f.Rec.Proto == "udp" && f.Rec.SIP == nil {
			lines = append(lines, f.line())
		} else if f.Rec.Proto == "tcp" && f.Rec.Webex && !strings.HasPrefix(f.line(), signalling) {
			t.Errorf("the SIP flow: %s", f.line())
		}
		checkReason(t, f)
	}
	return lines
}

func rtpOnce(s *pcaptest.Scenario, from, to netip.AddrPort) {
	r := pcaptest.RTPStream{From: pcaptest.Client, Start: s.Now(), Packets: 60, SSRC: 7, PT: 110, ClockRate: 16000}
	pcaptest.Play(s.UDP(from, to, pcaptest.Path{}), r.Events())
}

// TestAnnouncedReason: the verdict names the flow it rests on, and the client is the end that the SIP client announced,
// whoever sent first.
func TestAnnouncedReason(t *testing.T) {
	s := pcaptest.New(1, pcaptest.Start)
	c := cloudCall()
	c.NoRTP = true
	s.SIPCall(c)
	rtpOnce(s, c.Peer, c.Media)
	for _, f := range judged(&Classifier{Packs: packs(t)}, flows(s.Capture())) {
		if f.Rec.Proto == "udp" {
			r := f.Rec
			want := "SDP of the Webex SIP flow 10.20.1.15:5060 to 139.177.65.10:8934 announced audio to 198.51.100.40:20000"
			if r.Reason != want || r.Client != pcaptest.ClientA || r.SrcIP != elsewhere || r.MediaClass != "audio" {
				t.Errorf("%q, client %v of %v to %v, %s", r.Reason, r.Client, r.SrcIP, r.DstIP, r.MediaClass)
			}
			return
		}
	}
	t.Error("no media")
}

// TestStreamByAnnouncement: clock, kind and profile of streams whose payload type says nothing.
func TestStreamByAnnouncement(t *testing.T) {
	pbx := netip.MustParseAddr("10.20.0.60")
	call := func(change func(c *pcaptest.SIPCall)) pcaptest.SIPCall {
		c := pcaptest.NewSIPCall(pcaptest.ClientA, pbx)
		change(&c)
		return c
	}
	plain := func(*pcaptest.SIPCall) {}
	for _, tt := range []struct {
		name  string
		calls []pcaptest.SIPCall
		want  string // of both streams
	}{
		{"announced", []pcaptest.SIPCall{call(plain)}, "audio 16000 RTP/AVP"},
		{"another type", []pcaptest.SIPCall{call(func(c *pcaptest.SIPCall) { c.PT, c.Rtpmap = 111, "110 G7221/16000" })}, "audio 0 RTP/AVP"},
		{"a static type", []pcaptest.SIPCall{call(func(c *pcaptest.SIPCall) { c.PT, c.Rtpmap, c.Profile = 8, "8 PCMA/8000", "RTP/SAVP" })}, "audio 8000 RTP/SAVP"},
		{"retransmission", []pcaptest.SIPCall{call(func(c *pcaptest.SIPCall) { c.Rtpmap = "110 rtx/90000" })}, "rtx 90000 RTP/AVP"},
		{"two announcements that agree", []pcaptest.SIPCall{call(plain), call(plain)}, "audio 16000 RTP/AVP"},
		{"two that do not", []pcaptest.SIPCall{call(plain), call(func(c *pcaptest.SIPCall) { c.Rtpmap, c.Profile = "110 opus/48000/2", "RTP/SAVP" })}, "audio 0 "},
		{"to another address", []pcaptest.SIPCall{call(func(c *pcaptest.SIPCall) {
			c.Connection = elsewhere
			c.Peer = netip.MustParseAddrPort("10.20.0.61:9000")
		})}, "audio 16000 RTP/AVP"},
		{"no signalling", nil, "unknown 0 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := pcaptest.New(1, pcaptest.Start)
			for i, c := range tt.calls {
				c.Client = netip.AddrPortFrom(c.Client.Addr(), uint16(5060+i))
				s.SIPCall(c)
			}
			if tt.calls == nil {
				rtpOnce(s, netip.AddrPortFrom(pcaptest.ClientA, 16502), netip.AddrPortFrom(elsewhere, 20002))
			}
			c := &Classifier{Packs: packs(t)}
			for _, f := range judged(c, flows(s.Capture())) {
				for i := range f.Hints.Streams {
					kind, clock, profile := c.Stream(f, &f.Hints.Streams[i], false)
					if got := fmt.Sprintf("%s %d %s", kind, clock, profile); got != tt.want {
						t.Errorf("got %q, want %q", got, tt.want)
					}
				}
			}
		})
	}
}
