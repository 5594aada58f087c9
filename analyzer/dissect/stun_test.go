package dissect

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/stun"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/pcaptest"
)

// binding is a request of the client or of the server with the number as its transaction.
func binding(id byte, typ uint16, attrs ...pcaptest.STUNAttr) []byte {
	return pcaptest.STUN{Type: typ, ID: [12]byte{1, id}, Attrs: attrs}.Bytes()
}

const (
	request = pcaptest.STUNRequest
	success = pcaptest.STUNSuccess
	failure = pcaptest.STUNFailure
)

// transactions sums up STUN's: requests/answered/retries by client, server; the median round trip; errors.
func (e *ended) transactions() string {
	x, a := e.STUN, e.side(client.Addr())
	out := fmt.Sprintf("%d/%d/%d by %d,%d", x.Requests, x.Answered, x.Retries, x.By[a], x.By[a.Other()])
	if rtt, ok := x.RTT(); ok {
		out += fmt.Sprint(" rtt ", time.Duration(rtt))
	}
	if x.Errors != nil {
		out += fmt.Sprint(" errors ", x.Errors)
	}
	return out
}

// count is how many messages of a type were counted.
func (x *STUNFacts) count(typ stun.Type) int64 {
	for _, t := range x.Types {
		if t.Type == typ {
			return t.N
		}
	}
	return 0
}

// TestSTUNTransactions matches answers to requests: requests, answered, retries, and round trips.
func TestSTUNTransactions(t *testing.T) {
	for _, tt := range []struct {
		name string
		tell func(u *pcaptest.UDPFlow)
		want string // as transactions says it
	}{
		{"answered", func(u *pcaptest.UDPFlow) { u.Send(binding(1, request)).Recv(binding(1, success)) }, "1/1/0 by 1,0 rtt 30ms"},
		{"silent, repeated", func(u *pcaptest.UDPFlow) {
			u.Send(binding(1, request)).Wait(500 * time.Millisecond)
			u.Send(binding(1, request)).Wait(time.Second)
			u.Send(binding(1, request))
		}, "1/0/2 by 1,0"},
		{"answered after a repetition: the first request counts", func(u *pcaptest.UDPFlow) {
			u.Send(binding(1, request)).Wait(500 * time.Millisecond)
			u.Send(binding(1, request)).Recv(binding(1, success))
		}, "1/1/1 by 1,0 rtt 530ms"},
		{"answered twice", func(u *pcaptest.UDPFlow) {
			u.Send(binding(1, request)).Recv(binding(1, success)).Wait(time.Second)
			u.Recv(binding(1, success))
		}, "1/1/0 by 1,0 rtt 30ms"},
		{"nobody answers himself", func(u *pcaptest.UDPFlow) { u.Send(binding(1, request)).Send(binding(1, success)) }, "1/0/0 by 1,0"},
		{"an answer to something else", func(u *pcaptest.UDPFlow) { u.Send(binding(1, request)).Recv(binding(2, success)) }, "1/0/0 by 1,0"},
		{"refused is answered", func(u *pcaptest.UDPFlow) {
			u.Send(binding(1, request)).Recv(
				binding(1, failure, pcaptest.STUNAttr{Type: pcaptest.AttrErrorCode, Value: pcaptest.STUNError(487, "Role Conflict")}))
		}, "1/1/0 by 1,0 rtt 30ms errors map[487:1]"},
		{"both sides ask, with the same transaction", func(u *pcaptest.UDPFlow) {
			u.Send(binding(1, request)).Recv(binding(1, request)).Recv(binding(1, success)).Send(binding(1, success))
		}, "2/2/0 by 1,1 rtt 200µs"},
		{"indications ask nothing", func(u *pcaptest.UDPFlow) { u.Send(binding(1, pcaptest.STUNIndication)) }, "0/0/0 by 0,0"},
		{"an answer alone", func(u *pcaptest.UDPFlow) { u.Recv(binding(1, success)) }, "0/0/0 by 0,0"},
		{"twenty open requests, the last sixteen are known", func(u *pcaptest.UDPFlow) {
			for i := range byte(20) {
				u.Send(binding(i, request))
			}
			for i := range byte(20) {
				u.Recv(binding(i, success))
			}
		}, "20/16/0 by 20,0 rtt 30ms"},
		{"median of three", func(u *pcaptest.UDPFlow) {
			for i, ms := range []int{10, 300, 40} {
				u.Wait(time.Second)
				u.Send(binding(byte(i), request)).Wait(time.Duration(ms) * time.Millisecond)
				u.Recv(binding(byte(i), success))
			}
		}, "3/3/0 by 3,0 rtt 40ms"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := only(t, story(func(s *pcaptest.Scenario) {
				tt.tell(s.UDP(client, node, pcaptest.Path{RTT: 30 * time.Millisecond}))
			}))
			if got := e.transactions(); got != tt.want || e.App != STUN {
				t.Errorf("%v: got %s, want %s", e.App, got, tt.want)
			}
		})
	}
}

// TestSTUNSigns looks at what tells the Webex app from others.
func TestSTUNSigns(t *testing.T) {
	e := only(t, story(func(s *pcaptest.Scenario) {
		u := s.UDP(client, node, pcaptest.Path{})
		b := s.WebexBinding()
		b.Username, b.Mapped = "ABCDEFGH:wxyz", netip.MustParseAddrPort("192.168.80.173:52028")
		for range 3 {
			s.STUN(u, b)
			u.Wait(time.Second)
		}
		b.Software, b.FlowInfo, b.Mapped = "Cisco-Spark\x00\x00", nil, netip.AddrPort{}
		s.STUN(u, b)
		b.Software = strings.Repeat("x", 400)
		s.STUN(u, b)
	}))
	x := e.STUN
	equalList(t, "software", x.Software, []string{"Cisco-Spark", strings.Repeat("x", maxText)})
	equalList(t, "mapped", x.Mapped, []netip.AddrPort{netip.MustParseAddrPort("192.168.80.173:52028"), client})
	equal(t, "user name", x.Username, "ABCDEFGH:wxyz")
	equal(t, "flow info", x.FlowInfo, true)
	equal(t, "requests seen", x.count(stun.NewType(stun.Binding, stun.Request)), 5)
	equal(t, "answers seen", x.count(stun.NewType(stun.Binding, stun.SuccessResponse)), 5)
	equal(t, "source", e.source(), client)
	equalList(t, "key packets", e.kinds()[:4], []string{"stun-request 1", "stun-answer 2", "stun-request 3", "stun-answer 4"})
	if x.Last != e.LastTime {
		t.Errorf("last answer at %d, last packet at %d", x.Last, e.LastTime)
	}
}

// TestSTUNTellsTheSource: the node's port is higher than the client's and it speaks first; the request decides.
func TestSTUNTellsTheSource(t *testing.T) {
	a, b := netip.MustParseAddrPort("10.20.1.15:3000"), netip.MustParseAddrPort("170.72.1.2:60000")
	e := only(t, story(func(s *pcaptest.Scenario) {
		u := s.UDP(a, b, pcaptest.Path{})
		u.Recv(binding(9, success)).Send(binding(1, request)).Recv(binding(1, success))
	}))
	if e.source() != a || e.Initiator() != "seen" {
		t.Errorf("source %v, %s", e.source(), e.Initiator())
	}
}

// TestSTUNBounds: an unfriendly peer fills nothing beyond its bound.
func TestSTUNBounds(t *testing.T) {
	x := new(STUNFacts)
	st := &State{STUN: x}
	d, f := New(), new(flow.Flow)
	for i := range 3000 {
		m := pcaptest.STUN{Type: uint16(i<<5) & 0x3eef, ID: [12]byte{byte(i), byte(i >> 8)}, Attrs: []pcaptest.STUNAttr{
			{Type: pcaptest.AttrSoftware, Value: []byte(fmt.Sprint("agent ", i))},
			{Type: pcaptest.AttrErrorCode, Value: pcaptest.STUNError(300+i%400, "")},
			{Type: pcaptest.AttrXORMapped, Value: pcaptest.XORAddress(netip.AddrPortFrom(client.Addr(), uint16(i)), [12]byte{byte(i), byte(i >> 8)})},
		}}
		if i%2 == 0 {
			m.Type = []uint16{request, success}[i/2%2]
		}
		d.stunMessage(f, st, &decode.Packet{Number: int64(i), Time: int64(i)}, flow.A, m.Bytes())
	}
	if len(x.Types) > maxTypes || len(x.Errors) > maxTypes || len(x.Software) > maxSoftware ||
		len(x.Mapped) > maxMapped || len(st.Keys) > maxKeys {
		t.Errorf("%d types, %d errors, %d names, %d addresses, %d key packets", len(x.Types), len(x.Errors), len(x.Software), len(x.Mapped), len(st.Keys))
	}
	if len(x.Types) < 20 || len(x.Errors) < maxTypes || len(x.Mapped) < maxMapped {
		t.Errorf("the test fills nothing: %d types, %d errors, %d addresses", len(x.Types), len(x.Errors), len(x.Mapped))
	}
}

// TestSTUNPending: of requests that nobody answers the latest 16 are remembered, whether those between were answered
// or not; the round trip is the median of the latest 32.
func TestSTUNPending(t *testing.T) {
	var x STUNFacts
	id := func(n int) [12]byte { return [12]byte{byte(n), byte(n >> 8)} }
	answered := func(n int, time int64) bool { _, ok := x.answer(id(n), flow.B, time); return ok }
	for n := range 300 {
		x.ask(transaction{id: id(n), time: int64(n)})
		if n%2 == 1 && !answered(n, int64(2*n)) {
			t.Fatalf("the answer to request %d is unknown", n)
		}
	}
	for n, want := range map[int]bool{282: false, 284: true, 285: false, 298: true} {
		if got := answered(n, 1000); got != want {
			t.Errorf("request %d is open: %v, want %v", n, got, want)
		}
	}
	if rtt, _ := x.RTT(); rtt != 271 || x.Answered != 152 || len(x.pending) != 6 {
		t.Errorf("round trip %d, %d answered, %d open, want 271, 152, 6", rtt, x.Answered, len(x.pending))
	}
}
