package analyzer_test

import (
	"fmt"
	"testing"

	"webexaudit/analyzer/pcaptest"
)

// TestPairs: the roles of the ends, and whether the ports are those that the pack has between them.
func TestPairs(t *testing.T) {
	site := declarations + "vpn_pools: [10.88.0.0/16]\n"
	for _, x := range []struct {
		flow string
		play traffic
		want string
	}{
		{"udp 10.9.0.5:40010 192.0.2.10:2776", rtp("quiet sip"), "expressway-c expressway-e in"},
		{"udp 10.9.0.5:40010 192.0.2.10:36010", rtp("quiet sip"), "expressway-c expressway-e in"},
		{"udp 10.9.0.5:40010 192.0.2.10:50000", rtp("quiet sip"), "expressway-c expressway-e out"},
		{"tcp 10.9.0.5:25010 192.0.2.10:7001", tls(""), "expressway-c expressway-e in"},
		{"tcp 10.9.0.5:24010 192.0.2.10:7001", tls(""), "expressway-c expressway-e out"},
		{"tcp 10.9.0.5:25010 192.0.2.10:4443", tls(""), "expressway-c expressway-e "},
		{"tcp 192.0.2.10:30010 10.9.0.5:7001", tls(""), "expressway-e expressway-c "},
		{"udp 192.0.2.10:40010 64.68.105.103:55000", rtp("quiet sip"), "expressway-e cloud in"},
		{"udp 192.0.2.10:20010 64.68.105.103:55000", rtp("quiet sip"), "expressway-e cloud out"},
		{"tcp 10.40.0.21:5060 139.177.65.20:8934", tls(""), "phone cloud in"},
		{"tcp 10.40.0.21:50000 139.177.65.20:8934", tls(""), "phone cloud out"},
		{"udp 10.40.0.21:19570 139.177.65.20:20000", rtp("sip"), "phone cloud in"},
		{"udp 10.40.0.21:50010 139.177.65.20:20000", rtp("sip"), "phone cloud out"},
		{"udp 10.50.0.2:16400 139.177.65.20:20000", rtp("sip"), "local-gateway cloud in"},
		{"udp 10.50.0.2:60000 139.177.65.20:20000", rtp("sip"), "local-gateway cloud out"},
		{"udp 10.30.0.7:53000 64.68.105.103:5004", rtp("quiet opaque audio"), "mesh-node cloud in"},
		{"udp 10.20.1.15:52010 10.30.0.7:5004", rtp("audio"), " mesh-node "},
		{"udp 10.88.0.9:52010 170.72.1.2:5004", rtp("audio"), "vpn-pool cloud "},
		{"udp 10.20.1.15:52010 170.72.1.2:5004", rtp("audio"), "  "},
	} {
		proto, e := ofFlow(t, x.flow)
		s := pcaptest.New(3, pcaptest.Start)
		x.play(s, e)
		f := pick(watch(t, s.Capture(), site, ""), proto, e)
		if f == nil {
			t.Errorf("%s: the flow is missing", x.flow)
			continue
		}
		if got := fmt.Sprint(f.ClientRole, " ", f.ServerRole, " ", f.PairPlan); got != x.want || f.RolesLearnt {
			t.Errorf("%s: %q, want %q (learnt: %v)", x.flow, got, x.want, f.RolesLearnt)
		}
	}
}
