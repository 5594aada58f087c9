package analyzer_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// Hosts of the coverage table beside those of pcaptest.
const (
	app       = "10.20.1.15"
	phone     = "10.40.0.21"
	meshNode  = "10.30.0.7"
	expC      = "10.9.0.5"
	expE      = "192.0.2.10"
	gateway   = "10.50.0.2"
	edgeAudio = "192.0.2.40"
	remote    = "198.51.100.77" // a client on the Internet
)

// Servers of the tables: 170.72.1.2 is in a range of meetings and Calling, 64.68.105.103 of meetings only,
// 139.177.65.20 of Calling only, 20.50.235.9 of the integration for Microsoft Teams, 170.133.157.1 and
// 2607:fcf0:20a7::5 of government, 66.114.161.9 in a withdrawn one; 52.29.8.14 is signalling in no range, 72.163.24.9
// device configuration.

// declarations is the site file of the coverage table.
const declarations = `
internal: [10.0.0.0/8]
expressway_c: [10.9.0.5]
expressway_e: [192.0.2.10]
video_mesh: [10.30.0.7]
local_gateways: [10.50.0.2]
edge_audio: [192.0.2.40]
phones: [10.40.0.0/24]
`

// ends are the two ends of a flow and how Webex shows in it: the look-alike has other addresses and no names.
type ends struct {
	client, server netip.AddrPort
	webex          bool
}

// coverageCase is one flow of a deployment and what it must be taken for.
type coverageCase struct {
	name   string
	flow   string // "udp CLIENT:PORT SERVER:PORT"
	play   traffic
	want   wants
	beside []beside // other flows of the same capture
	policy string
}

// wants are verdicts: without a site file; with it; without it and without the first six seconds; with it and without
// them. Those that are left out are as the first, the last as the second. "" is not Webex, and nothing said.
type wants []string

func (w wants) all() [4]string {
	out := [4]string{w[0], w[0], w[0], w[0]}
	copy(out[:], w)
	if len(w) < 4 && len(w) > 1 {
		out[3] = w[1]
	}
	return out
}

// beside is a flow that is there as well.
type beside struct {
	flow string
	play traffic
}

func ofFlow(t *testing.T, flow string) (proto string, e ends) {
	t.Helper()
	w := strings.Fields(flow)
	if len(w) != 3 {
		t.Fatalf("flow %q", flow)
	}
	return w[0], ends{netip.MustParseAddrPort(w[1]), netip.MustParseAddrPort(w[2]), true}
}

// twin is the look-alike of a flow: the same ports and packets between other hosts, without Webex's names and STUN
// values.
func (e ends) twin() ends {
	other := func(a netip.AddrPort, v4, v6 string) netip.AddrPort {
		text := v4
		if a.Addr().Is6() {
			text = v6
		}
		return netip.AddrPortFrom(netip.MustParseAddr(text), a.Port())
	}
	return ends{other(e.client, "10.77.0.9", "2001:db8:77::9"), other(e.server, "203.0.113.77", "2001:db8:88::77"), false}
}

// seen is what the analyzer makes of a flow, in the words of the table: service function transport confidence, then
// device, media class, port plan, expected marks and retirement, where there are any. "- " before it: not Webex.
func seen(f *record.Flow) string {
	if f.Service == "" && !f.Webex {
		return ""
	}
	out := fmt.Sprintf("%s %s %s %s", f.Service, f.Function, f.Transport, f.Confidence)
	if !f.Webex {
		out = strings.TrimSpace("- " + out)
	}
	for _, w := range []struct{ label, value string }{{"", f.Device}, {"", f.MediaClass}, {"plan ", f.PortPlan}} {
		if w.value != "" {
			out += ", " + w.label + w.value
		}
	}
	if len(f.ExpectedDSCP) > 0 {
		out += ", dscp " + strings.Trim(fmt.Sprint(f.ExpectedDSCP), "[]")
	}
	if f.Retired != "" {
		out += ", retired"
	}
	return out
}

// watch analyses a capture; site is the text of a site file or "".
func watch(t *testing.T, c *pcaptest.Capture, declared, policy string) *record.Set {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.pcap")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	conf := analyzer.Config{Files: []string{path}, Policy: policy, Workers: 2}
	if declared != "" {
		s, err := site.Load(strings.NewReader(declared), "site.yaml")
		if err != nil {
			t.Fatal(err)
		}
		conf.Site = s
	}
	set, err := run(t, conf)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// pick finds a flow by its ends, whichever of them the record calls source; a connection that went on is one flow.
func pick(set *record.Set, proto string, e ends) *record.Flow {
	i := slices.IndexFunc(set.Flows, func(f *record.Flow) bool {
		a, b := netip.AddrPortFrom(f.SrcIP, uint16(f.SrcPort)), netip.AddrPortFrom(f.DstIP, uint16(f.DstPort))
		return f.Proto == proto && (a == e.client && b == e.server || b == e.client && a == e.server)
	})
	if i < 0 {
		return nil
	}
	return set.Flows[i]
}

// late drops what comes before the sixth second.
func late(c *pcaptest.Capture) *pcaptest.Capture {
	return c.Filter(func(_ int, f pcaptest.Frame) bool { return f.Time.Sub(pcaptest.Start) > 6*time.Second })
}
