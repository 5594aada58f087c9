package classify

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// TestFurtherMedia: a second connection of a call to the node of its media is media too, though it has not the pattern
// of it; at another node, or long after, it is not.
func TestFurtherMedia(t *testing.T) {
	const proxied = "proxied"
	for _, tt := range []struct {
		name  string
		node  netip.Addr
		later time.Duration
		other string // how the second one goes
		want  string
	}{
		{"at once", pcaptest.NodeA, time.Second, "", "media-mixed probable"},
		{"within the minute", pcaptest.NodeA, 50 * time.Second, "", "media-mixed probable"},
		{"after the minute", pcaptest.NodeA, 70 * time.Second, "", "other confirmed"},
		{"another node", pcaptest.NodeB, time.Second, "", "other confirmed"},
		{"through a proxy", pcaptest.NodeA, time.Second, proxied, "media-mixed probable"},
		{"through a proxy to another", pcaptest.NodeB, time.Second, proxied, "other confirmed"},
	} {
		list := judged(&Classifier{Packs: packs(t)}, flows(story(func(s *pcaptest.Scenario) {
			o := pcaptest.TLS{Chain: pcaptest.MediaNodeChain(pcaptest.NodeName)}
			first := netip.AddrPortFrom(pcaptest.NodeA, 443)
			h := s.TLS(s.TCP(netip.AddrPortFrom(client, s.Port()), first, pcaptest.Path{}).Open(), o)
			pcaptest.Play(h, pcaptest.MediaCadence(h.Now(), 34*time.Second, 20*time.Millisecond))
			s.AdvanceTo(h.Now())
			s.Advance(tt.later)
			to := netip.AddrPortFrom(tt.node, 443)
			c := s.TCP(netip.AddrPortFrom(client, s.Port()), to, pcaptest.Path{})
			if tt.other == proxied {
				c = s.TCP(netip.AddrPortFrom(client, s.Port()), pcaptest.Proxy, pcaptest.Path{})
			}
			if c.Open(); tt.other == proxied {
				c.Connect(pcaptest.Connect{Target: to.String()})
			}
			h = s.TLS(c, o)
			pcaptest.Play(h, pcaptest.FileCadence(h.Now(), 885_000, 600_000))
		})))
		last := list[len(list)-1]
		got := fmt.Sprint(last.Rec.Function, " ", last.Rec.Confidence)
		told := strings.HasSuffix(last.Rec.Reason, "; media all the same: the same client had media with the same node at that time")
		if got != tt.want || told != strings.HasPrefix(tt.want, "media") {
			t.Errorf("%s: %s, want %s: %s", tt.name, got, tt.want, last.Rec.Reason)
		}
	}
}
