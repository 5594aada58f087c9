package session

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
	"webexaudit/analyzer/site"

	"github.com/google/go-cmp/cmp"
)

var t0 = record.Time(time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC).UnixNano())

func at(s float64) record.Time { return t0 + record.Time(s*float64(time.Second)) }

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// flow makes a Webex flow from the client, from second a to second b.
func flow(id, client, server string, port int, a, b float64, change ...func(*record.Flow)) *record.Flow {
	f := &record.Flow{FlowID: id, Proto: "udp", SrcIP: addr(client), SrcPort: 52000, DstIP: addr(server), DstPort: port,
		StartTime: at(a), EndTime: at(b), Webex: true, Service: record.Meetings, Function: record.MediaAudio,
		Transport: record.UDP, Client: addr(client), Prefix: "170.72.0.0/16", PacketsFwd: 10, PacketsRev: 10}
	for _, c := range change {
		c(f)
	}
	return f
}

func media(f *record.Flow) {
	f.PayloadBytesFwd, f.PayloadBytesRev, f.BytesFwd = 100_000, 100_000, 120_000
}

func stun(asked, answered int64) func(*record.Flow) {
	return func(f *record.Flow) { f.STUN = &record.STUNFacts{Requests: asked, Answered: answered} }
}

func probe(f *record.Flow) { f.Function = record.ReachProbe }

func tls(f *record.Flow) {
	f.Proto, f.Transport = "tcp", record.TLS
	f.TCP = &record.TCPFacts{SYN: 1, SYNACK: true}
	f.MediaPattern = &record.MediaPattern{Windows: 10, MediaBoth: 10}
	f.BytesFwd, f.BytesRev = 500_000, 500_000
}

func tcp(f *record.Flow) {
	f.Proto, f.Transport = "tcp", record.TCP
	f.TCP = &record.TCPFacts{SYN: 3}
}

// connect makes a flow one through a proxy, which answers with the status; 0: not at all.
func connect(host string, status, tries int) func(*record.Flow) {
	return func(f *record.Flow) {
		delay := 35.0
		f.Connect = &record.ConnectFacts{Host: host, Port: 443, Status: status, Tries: tries, DelayMs: &delay}
		f.Transport = record.HTTPConnect
		if status == 200 {
			f.Transport = record.TLSProxied
		}
	}
}

func calling(f *record.Flow) { f.Service = record.Calling }

func silent(f *record.Flow) { f.PacketsRev = 0 }

func signalling(f *record.Flow) {
	f.Function, f.Transport, f.Proto = record.Signalling, record.TLS, "tcp"
}

func TestSessions(t *testing.T) {
	const c, n = "10.20.0.5", "170.72.1.2"
	for _, k := range []struct {
		name  string
		flows []*record.Flow
		want  []string // client, transport, rungs, flows, cause
	}{
		{"a call on UDP with its signalling", []*record.Flow{
			flow("a", c, n, 5004, 10, 100, media, stun(9, 9)), flow("v", c, n, 5004, 11, 100, media),
			flow("s", c, "170.72.9.9", 443, 5, 200, signalling), flow("old", c, "170.72.9.9", 443, -900, -800, signalling)},
			[]string{"10.20.0.5 udp [udp] [a s v] "}},
		{"two calls, a pause of 61 s between", []*record.Flow{
			flow("a", c, n, 5004, 0, 100, media), flow("b", c, n, 5004, 161, 200, media)},
			[]string{"10.20.0.5 udp [udp] [a] ", "10.20.0.5 udp [udp] [b] "}},
		{"one call, a pause of 60 s", []*record.Flow{
			flow("a", c, n, 5004, 0, 100, media), flow("b", c, n, 5004, 160, 200, media)},
			[]string{"10.20.0.5 udp [udp] [a b] "}},
		{"media on TLS because UDP is silent", []*record.Flow{
			flow("p1", c, n, 5004, 0, 5, probe, stun(6, 0)), flow("p2", c, "66.163.32.1", 9000, 0, 5, probe, stun(6, 0), func(f *record.Flow) { f.Prefix = "66.163.32.0/19" }),
			flow("p3", c, n, 5004, 5, 9, probe, tcp), flow("m", c, n, 443, 10, 300, tls)},
			[]string{"10.20.0.5 tls [tls] [m] UDP 5004: 6 STUN requests, no response; UDP 9000: 6 STUN requests, no response; TCP 5004: 1 connection attempt, no response; TLS carried 4 min 50 s, 1 MB"}},
		{"media on TLS although UDP is answered", []*record.Flow{
			flow("p1", c, n, 5004, 0, 5, probe, stun(6, 4)), flow("m", c, n, 443, 10, 300, tls)},
			[]string{"10.20.0.5 tls [tls] [m] UDP is answered, so the reason is not visible here; UDP 5004: 6 STUN requests, 4 responses; TLS carried 4 min 50 s, 1 MB"}},
		{"media on TLS, nothing else seen", []*record.Flow{flow("m", c, n, 443, 10, 300, tls)},
			[]string{"10.20.0.5 tls [tls] [m] no UDP test of this client is in the capture, so the reason is not visible; it shows in a capture that begins before the client starts; TLS carried 4 min 50 s, 1 MB"}},
		{"UDP dies", []*record.Flow{flow("a", c, n, 5004, 0, 42, media, stun(9, 5)), flow("m", c, n, 443, 50, 300, tls)},
			[]string{"10.20.0.5 tls [udp tls] [a m] media left UDP after 42 s; UDP 5004: 9 STUN requests, 5 responses; TLS carried 4 min 10 s, 1 MB"}},
		{"a call that never got an answer", []*record.Flow{flow("a", c, n, 5004, 0, 20, probe, calling, silent, stun(9, 0)), flow("s", c, n, 8934, 0, 30, signalling, calling, media)},
			[]string{"10.20.0.5 none [] [a s] no media was carried: UDP 5004: 9 STUN requests, no response"}},
		// Look-alikes of calls.
		{"checks of Calling without signalling", []*record.Flow{flow("a", c, n, 5004, 0, 20, probe, calling, silent, stun(9, 0))}, nil},
		{"checks of Calling that are answered", []*record.Flow{flow("a", c, n, 5004, 0, 20, probe, calling, stun(9, 9)), flow("s", c, n, 8934, 0, 30, signalling, calling, media)}, nil},
		{"probes alone", []*record.Flow{flow("p", c, n, 5004, 0, 5, probe, stun(5, 5)), flow("q", c, n, 443, 0, 5, probe, tls)}, nil},
		{"TLS to a media node without the cadence of media", []*record.Flow{flow("m", c, n, 443, 0, 300, tls, func(f *record.Flow) { f.MediaPattern = &record.MediaPattern{Windows: 30} })}, nil},
		{"not Webex", []*record.Flow{flow("a", c, n, 5004, 0, 90, media, func(f *record.Flow) { f.Webex = false })}, nil},
		{"behind a declared proxy", []*record.Flow{flow("m", "10.1.2.3", n, 443, 10, 300, tls)}, nil},
	} {
		t.Run(k.name, func(t *testing.T) {
			s, err := site.Load(strings.NewReader("proxies: [10.1.2.3]"), "site")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, one := range Sessions(t.Context(), recordtest.Lend(&record.Set{Flows: k.flows}), s) {
				var rungs []record.Transport
				for _, r := range one.Transports {
					rungs = append(rungs, r.Transport)
				}
				got = append(got, fmt.Sprintf("%s %s %v %v %s", one.Client, one.Transport, rungs, one.FlowIDs, one.FallbackReason))
			}
			if d := cmp.Diff(k.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSessionFields(t *testing.T) {
	flows := []*record.Flow{flow("a", "10.0.0.1", "170.72.1.2", 5004, 0, 42, media), flow("m", "10.0.0.1", "170.72.1.3", 443, 50, 300, tls)}
	got := Sessions(t.Context(), &record.Set{Flows: flows}, nil)[0]
	if got.Node != "170.72.1.3:443" || got.Service != record.Meetings || got.StartTime != at(0) || got.EndTime != at(300) ||
		got.Transports[0].Bytes != 120_000 || got.Transports[1].Bytes != 1_000_000 || len(got.SessionID) != 16 {
		t.Errorf("%+v", got)
	}
}

func TestReachability(t *testing.T) {
	rtt := func(ms float64) func(*record.Flow) { return func(f *record.Flow) { f.STUN.RTTMs = &ms } }
	icmp := func(typ, code int) func(*record.Flow) {
		return func(f *record.Flow) { f.ICMP = &record.ICMPError{Type: typ, Code: code} }
	}
	port443 := func(f *record.Flow) { f.DstPort = 443 }
	flows := []*record.Flow{
		flow("1", "10.20.0.5", "170.72.1.2", 5004, 0, 1, probe, stun(2, 2), rtt(30)),
		flow("2", "10.20.0.6", "170.72.1.3", 5004, 1, 2, probe, stun(1, 1), rtt(50)),
		flow("3", "10.20.0.5", "170.72.1.4", 5004, 2, 3, probe, stun(4, 0)),
		flow("4", "10.20.0.5", "170.72.1.5", 5004, 2, 3, probe, stun(1, 0), icmp(3, 13)),
		flow("5", "10.20.0.5", "170.72.1.5", 5004, 2, 3, probe, stun(1, 0), icmp(3, 4)), // too big: no refusal
		flow("6", "10.20.0.5", "170.72.1.2", 443, 3, 4, probe, tcp, port443),            // silent SYNs
		flow("7", "10.20.0.5", "170.72.1.3", 443, 3, 4, probe, tls, port443),
		flow("8", "10.20.0.5", "170.72.1.3", 443, 3, 4, probe, tcp, port443, func(f *record.Flow) { f.TCP.ResetBy = "rev" }),
		flow("9", "10.20.0.5", "18.1.1.1", 443, 3, 4, signalling, func(f *record.Flow) { f.Prefix = ""; f.TCP = &record.TCPFacts{SYN: 1} }),
		flow("A", "10.20.0.5", "10.1.2.3", 8080, 3, 4, tls, connect("170.72.1.2", 200, 2)),
		flow("C", "10.20.0.5", "10.1.2.3", 8080, 3, 4, tls, connect("170.72.1.2", 407, 1)),
		flow("D", "10.20.0.5", "10.1.2.3", 8080, 3, 4, tls, connect("170.72.1.2", 0, 1)),
		flow("E", "10.20.0.5", "10.1.2.3", 8080, 3, 4, tls, connect("linus.example", 403, 1), func(f *record.Flow) { f.Prefix = "" }),
		flow("F", "10.20.0.5", "10.1.2.3", 8080, 3, 4, tls, connect("h", 200, 1), signalling),
		flow("B", "2001:db8::5", "2001:db8:ffff::1", 5004, 0, 1, probe, stun(1, 0), func(f *record.Flow) { f.Prefix = "" }),
	}
	got := map[string]string{}
	for _, r := range Reachability(recordtest.Lend(&record.Set{Flows: flows}), nil) {
		if r.Asked != r.Answered+r.Reset+r.ICMPRejected+r.Refused+r.Silent {
			t.Errorf("%+v: the parts are not the whole", r)
		}
		k := fmt.Sprintf("%s %s %d %s", r.Client, r.Prefix, r.Port, r.Transport)
		v := fmt.Sprintf("asked %d answered %d reset %d icmp %d silent %d requests %d clients %d", r.Asked, r.Answered, r.Reset, r.ICMPRejected, r.Silent, r.Requests, len(r.Clients))
		if r.Refused > 0 {
			v += fmt.Sprintf(" refused %d", r.Refused)
		}
		if r.RTTMedianMs != nil {
			v += fmt.Sprintf(" rtt %g", *r.RTTMedianMs)
		}
		got[k] = v
	}
	want := map[string]string{
		"10.20.0.0/24 170.72.0.0/16 5004 udp":         "asked 5 answered 2 reset 0 icmp 1 silent 2 requests 9 clients 2 rtt 40",
		"10.20.0.0/24 170.72.0.0/16 443 tls":          "asked 3 answered 1 reset 1 icmp 0 silent 1 requests 7 clients 1",
		"10.20.0.0/24 170.72.0.0/16 443 tls-proxied":  "asked 3 answered 1 reset 0 icmp 0 silent 1 requests 4 clients 1 refused 1 rtt 35",
		"10.20.0.0/24 linus.example 443 http-connect": "asked 1 answered 0 reset 0 icmp 0 silent 0 requests 1 clients 1 refused 1",
		"2001:db8::/64 2001:db8:ffff::/64 5004 udp":   "asked 1 answered 0 reset 0 icmp 0 silent 1 requests 1 clients 1",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// The order of the records must not matter.
func TestOrder(t *testing.T) {
	var flows []*record.Flow
	for i := range 40 {
		c := fmt.Sprintf("10.20.%d.5", i%3)
		flows = append(flows,
			flow(fmt.Sprintf("p%d", i), c, "170.72.1.2", 5004, float64(i), float64(i+1), probe, stun(1, int64(i%2))),
			flow(fmt.Sprintf("m%d", i), c, "170.72.1.2", 443, float64(i*40), float64(i*40+9), tls),
			flow(fmt.Sprintf("t%d", i), c, "170.72.1.2", 33434, float64(i/9), 60, probe, tcp, func(f *record.Flow) {
				f.Transport = []record.Transport{record.TLSProxied, record.HTTPConnect, record.TLS, record.TCP}[i%4]
			}))
	}
	set := &record.Set{Flows: flows}
	sessions, matrix := Sessions(t.Context(), set, nil), Reachability(set, nil)
	for range 5 {
		shuffled := append([]*record.Flow(nil), flows...)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		lent := recordtest.Lend(&record.Set{Flows: shuffled})
		if d := cmp.Diff(sessions, Sessions(t.Context(), lent, nil),
			cmp.Comparer(func(a, b netip.Addr) bool {
				return a == b
			})); d != "" {
			t.Fatal(d)
		}
		if d := cmp.Diff(matrix, Reachability(lent, nil)); d != "" {
			t.Fatal(d)
		}
	}
}
