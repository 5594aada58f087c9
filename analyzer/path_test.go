package analyzer_test

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// TestPathFacts plays what routers, resolvers and NATs do to a client's packets and reads it back from the records.
func TestPathFacts(t *testing.T) {
	client, node := netip.MustParseAddrPort("10.20.1.15:52010"), netip.MustParseAddrPort("170.72.1.2:5004")
	s := pcaptest.New(5, pcaptest.Start)
	u := s.UDP(client, node, pcaptest.Path{DSCP: 46, ECN: 2, ECNBack: 3, MTU: 600, VLAN: []uint16{5<<13 | 30}})
	first, second := netip.MustParseAddrPort("198.51.100.7:40000"), netip.MustParseAddrPort("198.51.100.7:40001")
	binding := s.WebexBinding()
	binding.Mapped = first
	s.STUN(u, binding) // packets 1, 2
	u.Wait(45 * time.Second)
	binding.Mapped = second
	s.STUN(u, binding) // packets 3, 4
	u.Mark(pcaptest.Client, 0)
	u.Send(make([]byte, 900)) // packets 5 and 6: two fragments
	s.AdvanceTo(u.Now().Add(time.Second))
	s.DNS(client.Addr(), pcaptest.Resolver, pcaptest.DNS{Name: "idbroker.webex.com", Addrs: []netip.Addr{node.Addr()},
		Delay: 700 * time.Millisecond}, pcaptest.Path{})
	s.DNS(client.Addr(), pcaptest.Resolver, pcaptest.DNS{Name: "idbroker.webex.com", Unanswered: true}, pcaptest.Path{})

	set := watch(t, s.Capture(), "", "")
	f := pick(set, "udp", ends{client: client, server: node})
	if f == nil || f.STUN == nil {
		t.Fatalf("the flow is missing: %v", f)
	}
	check := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	check("priorities", []record.DSCP{f.PCPFwd, f.PCPRev}, []record.DSCP{{5: 3}, {5: 2}})
	check("VLAN", f.VLAN, []int{30})
	check("ECN", [2]int64{f.ECNECT, f.ECNCE}, [2]int64{5, 2})
	check("fragmented", f.Fragments, int64(1))
	check("marks", f.DSCPFwd, record.DSCP{46: 2, 0: 1})
	start := record.Time(pcaptest.Start.UnixNano())
	check("changes", f.DSCPChanges, []record.DSCPChange{{Direction: "fwd", From: 46, To: 0, Packet: 6, Time: f.DSCPChanges[0].Time}})
	idle := 45*time.Second + 20*time.Millisecond
	check("rebound", f.STUN.Rebound, []record.Rebinding{
		{From: first.String(), To: second.String(), Packet: 4, Time: start + record.Time(idle+20*time.Millisecond), IdleMs: 45_020},
	})

	delays, tries := lookups(set)
	check("delays", delays, []float64{700})
	check("tries", tries, []int{1, 3})
}

// lookups are the times in ms that answers to DNS questions took, and how often each question was asked.
func lookups(set *record.Set) (delays []float64, tries []int) {
	for _, f := range set.Flows {
		for _, l := range f.Lookups {
			tries = append(tries, l.Tries)
			if l.DelayMs != nil {
				delays = append(delays, *l.DelayMs)
			}
		}
	}
	return delays, tries
}
