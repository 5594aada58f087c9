package analyzer_test

import (
	"net/netip"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// TestBoxOnTheWay: TCP connections that a box opens while the media nodes are where they should be.
func TestBoxOnTheWay(t *testing.T) {
	for _, tt := range []struct {
		name  string
		path  pcaptest.Path
		think time.Duration
		signs string
		rule  string
	}{
		{"box", pcaptest.Path{RTT: time.Millisecond, TTLBack: 63}, 60 * time.Millisecond, "possible: handshake near, answer far +1, fewer hops than other peers +1", "warn"},
		{"none", pcaptest.Path{RTT: 60 * time.Millisecond}, 0, "none: ", "pass"},
		{"look-alike: a front end near by", pcaptest.Path{RTT: 4 * time.Millisecond, TTLBack: 59}, 0, "none: ", "pass"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := pcaptest.New(7, pcaptest.Start)
			for i, node := range []netip.Addr{pcaptest.NodeA, pcaptest.NodeB, pcaptest.NodeC} {
				u := s.UDP(netip.AddrPortFrom(pcaptest.ClientA, uint16(52000+i)), netip.AddrPortFrom(node, 5004),
					pcaptest.Path{RTT: 70 * time.Millisecond})
				for range 4 {
					s.STUN(u, s.WebexBinding())
				}
			}
			for _, name := range []string{discouragedName, unsupportedName, "u2c.wbx2.com"} {
				visit{client: pcaptest.ClientA, name: name, version: pcaptest.TLS13, path: tt.path,
					think: tt.think}.play(s)
			}
			set := watch(t, s.Capture(), "", "latest")
			if got := inspectedAs(set, discouragedName); got != tt.signs {
				t.Errorf("got %s, want %s", got, tt.signs)
			}
			checkStates(t, set, "WXA-PRX-006", tt.rule)
		})
	}
}
