package classify

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/signatures"
)

// catalog reads the rows once for all tests.
var catalog = sync.OnceValues(signatures.Load)

func packs(t testing.TB) *signatures.Timeline {
	t.Helper()
	c, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Timeline("")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ToFlows is [export.Flows], which imports this package: see toflows_test.go.
var ToFlows func(*ingest.Result) []*Flow

// flows runs a capture through decoder, flow table, dissector and export. DNS answers name the flows that follow them.
func flows(c *pcaptest.Capture) []*Flow {
	d, dec := dissect.New(), decode.New(decode.Config{})
	in := &ingest.Result{Inputs: make([]ingest.Input, 1)}
	table := flow.NewTable(flow.Config{}, func(e *flow.Entry[dissect.State]) {
		d.Close(&e.Flow, &e.State)
		f, facts := e.Flow, e.State
		in.Expired = append(in.Expired, ingest.Expired{Flow: &f, Facts: &facts})
	})
	var p decode.Packet
	for _, f := range c.Frames {
		in := capture.Frame{Time: f.Time.UnixNano(), Length: uint32(len(f.Data)), WireLen: uint32(f.WireLen),
			Link: capture.LinkType(c.Link)}
		if dec.Decode(&in, f.Data, &p) == decode.OK {
			if e, s, _ := table.Add(&p); !p.Duplicate {
				d.Packet(&e.Flow, &e.State, &p, s)
			}
		}
	}
	table.Flush(p.Clock)
	out := ToFlows(in)
	slices.SortStableFunc(out, func(a, b *Flow) int { return cmp.Compare(a.Rec.FirstPacket, b.Rec.FirstPacket) })
	name(out)
	return out
}

func name(list []*Flow) {
	names := map[netip.Addr]string{}
	for _, f := range list {
		for _, l := range f.Hints.Lookups {
			for _, a := range l.Addrs {
				names[a] = l.Name
			}
		}
		if f.Hints.DNS {
			continue
		}
		f.Rec.DNSName = names[f.Rec.DstIP]
	}
}

// judged classifies a capture, with the second look.
func judged(c *Classifier, list []*Flow) []*Flow {
	look := func() *Around {
		a := NewAround()
		for _, f := range list {
			c.Flow(f)
			c.Gather(a, f)
		}
		return a
	}
	a := look()
	if c.Learn(a) {
		a = look()
	}
	c.Context(a)
	for _, f := range list {
		c.ClassifyInContext(f)
	}
	return list
}

// verdict is a flow's judgement in a line: destination, then what it is. Only the ports of servers are shown.
func (f *Flow) line() string {
	r := f.Rec
	out := fmt.Sprintf("%s %v:%d", r.Proto, r.DstIP, r.DstPort)
	if r.Connect != nil {
		out += fmt.Sprintf(" for %s:%d", r.Connect.Host, r.Connect.Port)
	}
	if !r.Webex {
		return out + " -"
	}
	return out + fmt.Sprintf(" %s %s %s %s", r.Service, r.Function, r.Transport, r.Confidence)
}

// lines lists the distinct verdicts in the order of their first flows, with the number of flows where there are
// several.
func lines(list []*Flow) (out []string) {
	n := map[string]int{}
	for _, f := range list {
		l := f.line()
		if n[l]++; n[l] == 1 {
			out = append(out, l)
		}
	}
	for i, l := range out {
		if n[l] > 1 {
			out[i] = fmt.Sprintf("%s (%d)", l, n[l])
		}
	}
	return out
}

func check(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// The beginning of most captures, and what follows it in a meeting without fault.
var (
	logIn = []string{
		"udp 10.20.0.53:53 - (2)",
		"tcp 52.29.8.14:443 identity signalling tls confirmed",
		"tcp 18.184.33.7:443 messaging websocket tls confirmed",
	}
	silent = []string{
		"udp 170.72.1.2:5004 meetings reachability udp confirmed",
		"udp 62.109.242.93:5004 meetings reachability udp confirmed",
		"udp 170.133.151.88:5004 meetings reachability udp confirmed",
	}
	meeting = slices.Concat(logIn, []string{
		"udp 62.109.242.93:5004 meetings reachability udp confirmed",
		"tcp 62.109.242.93:5004 meetings reachability tcp confirmed",
		"tcp 62.109.242.93:443 meetings reachability tls confirmed",
		"udp 170.133.151.88:5004 meetings reachability udp confirmed",
		"tcp 170.133.151.88:5004 meetings reachability tcp confirmed",
		"tcp 170.133.151.88:443 meetings reachability tls confirmed",
		"udp 170.72.1.2:5004 meetings media-audio udp confirmed",
		"udp 170.72.1.2:5004 meetings media-video udp confirmed",
	})
)

// scenarios are the verdicts of each ready capture.
var scenarios = map[string][]string{
	"healthy-meeting": meeting, "unmarked-audio": meeting, "wrong-marks": meeting, "one-way-audio": meeting, "lossy-call": meeting, "jittery-call": meeting,
	"tcp-fallback": slices.Concat(logIn, silent, []string{"tcp 170.72.1.2:5004 meetings media-audio tcp confirmed"}),
	"tls-fallback": slices.Concat(logIn, silent, []string{
		"tcp 170.72.1.2:5004 meetings reachability tcp probable", // three SYNs
		"tcp 170.72.1.2:443 meetings media-mixed tls confirmed",
	}),
	"tls-via-proxy": slices.Concat(logIn, silent, []string{
		"tcp 10.20.0.80:8080 for 170.72.1.2:443 meetings reachability http-connect probable",
		"tcp 10.20.0.80:8080 for 170.72.1.2:443 meetings media-mixed tls-proxied confirmed",
	}),
	"inspected-tls": {
		"udp 10.20.0.53:53 - (5)",
		"tcp 52.29.8.14:443 identity signalling tls confirmed",
		"tcp 18.184.33.7:443 messaging signalling tls confirmed",
		"tcp 170.72.231.161:443 meetings signalling tls confirmed",
		"tcp 93.184.216.34:443 -",
		"tcp 151.101.1.69:443 -",
	},
	"calling-blocked": {
		"udp 10.20.0.53:53 -",
		"tcp 139.177.65.10:8934 calling signalling tls confirmed",
		"udp 139.177.66.20:19560 calling reachability udp confirmed",
		"udp 135.84.171.30:19560 calling reachability udp confirmed",
		"udp 139.177.66.20:5004 calling reachability udp confirmed",
		"udp 135.84.171.30:5004 calling reachability udp confirmed",
		"udp 139.177.66.20:9000 calling reachability udp confirmed",
		"udp 135.84.171.30:9000 calling reachability udp confirmed",
	},
	"no-webex": {
		"udp 10.20.0.53:53 - (4)", "tcp 170.114.52.2:443 -", "tcp 93.184.216.34:443 -", "tcp 142.250.185.78:443 -", "udp 142.250.185.78:443 -",
		"udp 170.114.10.87:8801 -", "udp 142.250.82.249:19305 -",
	},
	"sip-calls": {
		"udp 10.20.0.60:5060 -", "udp 10.20.0.60:20000 -", "tcp 10.20.0.60:5060 -", "udp 10.20.0.60:20002 -",
	},
	"sip-mangled":  {"udp 203.0.113.20:5060 -", "udp 203.0.113.20:20000 -"},
	"game-on-9000": {"udp 10.20.0.53:53 -", "udp 185.60.114.159:9000 -", "udp 185.60.114.159:5004 -"},
}

// TestScenarios gives the verdicts of each ready capture.
func TestScenarios(t *testing.T) {
	p := packs(t)
	for _, n := range pcaptest.Scenarios() {
		t.Run(n.Name, func(t *testing.T) {
			list := judged(&Classifier{Packs: p}, flows(n.Build()))
			if n.Name == "probes-only" {
				checkProbes(t, list)
				return
			}
			want := scenarios[n.Name]
			if want == nil {
				t.Fatal("the table has no verdicts for it")
			}
			check(t, lines(list), want...)
			for _, f := range list {
				checkReason(t, f)
			}
		})
	}
}

// checkProbes: two dozen nodes are tested three ways each, and none carries media.
func checkProbes(t *testing.T, list []*Flow) {
	n := map[string]int{}
	for _, f := range list {
		_, rest, _ := strings.Cut(f.line(), ":")
		n[rest]++
	}
	for _, rest := range []string{"5004 meetings reachability udp confirmed", "5004 meetings reachability tcp confirmed", "443 meetings reachability tls confirmed"} {
		if n[rest] != 24 {
			t.Errorf("%d of 24: %s", n[rest], rest)
		}
	}
	if len(n) != 6 { // DNS, identity and messaging
		t.Errorf("other verdicts: %v", n)
	}
}

// checkReason: a verdict says why and by which rows, and what is no Webex says neither service nor confidence.
func checkReason(t *testing.T, f *Flow) {
	r := f.Rec
	if !r.Webex && (r.Confidence != "" || r.Client.IsValid()) {
		t.Errorf("%s: confidence %q, client %v", f.line(), r.Confidence, r.Client)
	}
	if r.Webex && (r.Reason == "" || len(r.SignatureIDs) == 0 || r.Client != r.SrcIP) {
		t.Errorf("%s: reason %q, rows %v, client %v", f.line(), r.Reason, r.SignatureIDs, r.Client)
	}
}

// TestMediaFacts: what the rules need to know of the media of a meeting.
func TestMediaFacts(t *testing.T) {
	for _, f := range judged(&Classifier{Packs: packs(t)}, flows(pcaptest.HealthyMeeting())) {
		r := f.Rec
		if !r.Function.IsMedia() {
			if r.MediaClass != "" || r.PortPlan != "" || r.ExpectedDSCP != nil {
				t.Errorf("%s: class %q, port plan %q, marks %v", f.line(), r.MediaClass, r.PortPlan, r.ExpectedDSCP)
			}
			continue
		}
		want := map[int]string{52000: "audio in [46] 170.72.0.0/16", 52100: "video in [34 36] 170.72.0.0/16"}[r.SrcPort]
		if got := fmt.Sprint(r.MediaClass, " ", r.PortPlan, " ", r.ExpectedDSCP, " ", r.Prefix); got != want {
			t.Errorf("source port %d: %s, want %s", r.SrcPort, got, want)
		}
	}
}
