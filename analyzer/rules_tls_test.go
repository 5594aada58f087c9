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
)

// products are makes of TLS inspection and the issuers that they sign with, as the pack and the facts file have them.
var products = []struct {
	name   string
	issuer pcaptest.Name
	days   int
}{
	{"Zscaler", pcaptest.Name{CN: "Zscaler Intermediate Root CA (zscalertwo.net) (t) ", O: "Zscaler Inc.", OU: "Zscaler Inc."}, 14},
	{"Netskope", pcaptest.Name{CN: "ca.acme.goskope.com", O: "Acme Corp"}, 365},
	{"Cisco Umbrella and Secure Access", pcaptest.Name{CN: "Cisco Umbrella Secondary SubCA fra-SG", O: "Cisco"}, 5},
	{"Cisco Secure Web Appliance or Secure Firewall", pcaptest.Name{CN: "Cisco IronPort Web Security Appliance Demo", O: "Cisco"}, 365},
	{"Palo Alto Networks", pcaptest.Name{CN: "Palo Alto Networks Root CA", O: "Acme"}, 365},
	{"Fortinet", pcaptest.Name{CN: "FG100FTK20000000", O: "Fortinet", OU: "Certificate Authority"}, 825},
	{"Symantec, Blue Coat, Broadcom", pcaptest.Name{CN: "ProxySG CA", O: "Blue Coat"}, 365},
	{"Symantec, Blue Coat, Broadcom", pcaptest.Name{CN: "Symantec Web Security Service CA", O: "Symantec Corporation"}, 90},
	{"McAfee, Trellix, Skyhigh", pcaptest.Name{CN: "McAfee Web Gateway", O: "McAfee"}, 365},
	{"Forcepoint, Websense", pcaptest.Name{CN: "Forcepoint Cloud CA", O: "Forcepoint LLC"}, 365},
	{"Sophos", pcaptest.Name{CN: "Sophos SSL CA_C01001ABCDEF", O: "Sophos"}, 365},
	{"Check Point", pcaptest.Name{CN: "Check Point CA", O: "Acme"}, 365},
	{"Barracuda", pcaptest.Name{CN: "gw", O: "Barracuda Networks"}, 365},
	{"iboss", pcaptest.Name{CN: "iboss CA", O: "iboss"}, 365},
	{"Menlo Security", pcaptest.Name{CN: "Menlo Security Intermediate CA", O: "Menlo Security"}, 365},
	{"Cato Networks", pcaptest.Name{CN: "Cato Networks CA", O: "Cato Networks"}, 365},
	{"Cloudflare Gateway", pcaptest.Name{CN: "Gateway CA - Cloudflare Managed G1", O: "Cloudflare, Inc."}, 90},
	{"an open-source or debugging proxy", pcaptest.Name{CN: "mitmproxy", O: "mitmproxy"}, 365},
	{"an open-source or debugging proxy", pcaptest.Name{CN: "squid proxy CA", O: "Acme"}, 3650},
	{"Kaspersky", pcaptest.Name{CN: "Kaspersky Anti-Virus Personal Root Certificate", O: "AO Kaspersky Lab"}, 365},
	{"ESET", pcaptest.Name{CN: "ESET SSL Filter CA", O: "ESET, spol. s r. o."}, 365},
	{"Avast", pcaptest.Name{CN: "avast! Web/Mail Shield Root", O: "avast! Web/Mail Shield"}, 365},
	{"AVG", pcaptest.Name{CN: "AVG Web/Mail Shield Root", O: "AVG Technologies"}, 365},
	{"Bitdefender", pcaptest.Name{CN: "Bitdefender Personal CA.Net-Defender", O: "Bitdefender"}, 365},
	{"", pcaptest.Name{CN: "ACME Outbound CA 2", O: "ACME Corp"}, 365}, // a customer's own CA that nobody declared
}

// genuine are the authorities of the facts file, with the year of a session.
var genuine = []struct {
	issuer pcaptest.Name
	year   int
}{
	{pcaptest.Name{CN: "HydrantID Server CA O1", O: "IdenTrust", OU: "HydrantID Trusted Certificate Service"}, 2026},
	{pcaptest.Name{CN: "HydrantID SSL ICA G2", O: "HydrantID (Avalanche Cloud Corporation)"}, 2019},
	{pcaptest.Name{CN: "HydrantID SSL CA G3", O: "HydrantID (Avalanche Cloud Corporation)"}, 2021},
	{pcaptest.Name{CN: "QuoVadis Global SSL ICA G2", O: "QuoVadis Limited"}, 2019},
	{pcaptest.Name{CN: "DigiCert TLS RSA SHA256 2020 CA1", O: "DigiCert Inc"}, 2026},
	{pcaptest.Name{CN: "R3", O: "Let's Encrypt"}, 2021},
	{pcaptest.Name{CN: "R11", O: "Let's Encrypt"}, 2026},
	{pcaptest.Name{CN: "E7", O: "Let's Encrypt"}, 2026},
	{pcaptest.Name{CN: "Amazon RSA 2048 M02", O: "Amazon"}, 2026},
	{pcaptest.Name{CN: "GlobalSign RSA OV SSL CA 2018", O: "GlobalSign nv-sa"}, 2026},
	{pcaptest.Name{CN: "Go Daddy Secure Certificate Authority - G2", O: "GoDaddy.com, Inc."}, 2026},
	{pcaptest.Name{CN: "Sectigo RSA Organization Validation Secure Server CA", O: "Sectigo Limited"}, 2026},
	{pcaptest.Name{CN: "WR2", O: "Google Trust Services"}, 2026},
	{pcaptest.Name{CN: "Symantec Class 3 Secure Server CA - G4", O: "Symantec Corporation", OU: "Symantec Trust Network"}, 2015},
	{pcaptest.Name{CN: "VeriSign Class 3 International Server CA - G3", O: "VeriSign, Inc."}, 2015},
	{pcaptest.Name{CN: "GeoTrust SSL CA", O: "GeoTrust, Inc."}, 2015},
	{pcaptest.Name{CN: "Example TLS CA 1", O: "Example Trust"}, 2026}, // public, but missing in the list
}

// The two names of Webex in each capture: one that should not be inspected, and one that must not be.
const (
	discouragedName = "idbroker.webex.com"
	unsupportedName = "sjmcs201.webex.com"
)

// strangers are sites that have nothing to do with Webex or each other.
var strangers = []string{"www.wikipedia.org", "www.example.net", "news.example.org", "bank.example.com"}

// visit is one TLS session of a client.
type visit struct {
	client  netip.Addr
	name    string
	version uint16
	cipher  uint16
	chain   [][]byte
	flight  []int
	alert   uint8
	path    pcaptest.Path
	proxied bool
	think   time.Duration // of the server
}

func (v visit) play(s *pcaptest.Scenario) {
	h := uint32(0)
	for _, c := range v.name {
		h = h*31 + uint32(c)
	}
	server := netip.AddrPortFrom(netip.AddrFrom4([4]byte{52, 29, byte(h >> 8), byte(h)}), 443)
	if v.proxied {
		server = pcaptest.Proxy
	}
	c := s.TCP(netip.AddrPortFrom(v.client, s.Port()), server, v.path).Open()
	if v.proxied {
		c = c.Connect(pcaptest.Connect{Target: v.name + ":443"})
	}
	t := s.TLS(c, pcaptest.TLS{Version: v.version, SNI: v.name, Cipher: v.cipher, Chain: v.chain, Flight: v.flight,
		ClientAlert: v.alert, Think: v.think})
	if v.alert == 0 {
		t.Send(500).Recv(900)
		t.Close()
	}
	s.AdvanceTo(c.Now().Add(time.Second))
}

// chainOf is a leaf of an issuer; public ones have logs and revocation addresses.
func chainOf(issuer pcaptest.Name, name string, public bool, days int, from time.Time) [][]byte {
	return pcaptest.Chain(pcaptest.Certificate{Subject: pcaptest.Name{CN: name}, SANs: []string{name}, Issuer: issuer,
		Public:    public,
		NotBefore: from, NotAfter: from.AddDate(0, 0, days)}, pcaptest.Name{CN: issuer.CN + " Root", O: issuer.O})
}

// inspectedAs is what a run says of a name: the level of its sessions and the names of their signs.
func inspectedAs(set *record.Set, name string) string {
	var list []string
	for _, t := range set.TLS {
		if t.SNI != name {
			continue
		}
		var signs []string
		for _, s := range t.InspectionSigns {
			signs = append(signs, fmt.Sprintf("%s %+d", s.Name, s.Weight))
		}
		if l := t.Inspection + ": " + strings.Join(signs, ", "); !slices.Contains(list, l) {
			list = append(list, l)
		}
	}
	return strings.Join(list, "; ")
}

// states are the verdicts of the rules about inspection: "001 fail, 002 warn …".
func states(set *record.Set) string {
	var list []string
	for _, id := range []string{"001", "002", "003", "011"} {
		worst := ""
		for _, f := range set.Findings {
			if f.Rule == "WXA-TLS-"+id {
				worst = fmt.Sprint(id, " ", f.State, " ", f.Confidence)
				break
			}
		}
		list = append(list, strings.TrimSpace(worst))
	}
	return strings.Join(list, ", ")
}

const (
	signForeign = "issuer outside the expected set +3"
	signBare    = "leaf unlike a public one +2"
	signProduct = "issuer of an interception product +5"
	signPublic  = "issuer in the expected set -4"
	signHello   = "server hello unlike the service's +2"
)

// TestForgedTLS12: what a product signs is confirmed inspection, for both kinds of names, whatever else is in the
// capture.
func TestForgedTLS12(t *testing.T) {
	for _, p := range products {
		for _, proxied := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", p.issuer.CN, proxied), func(t *testing.T) {
				s := pcaptest.New(7, pcaptest.Start)
				for _, name := range []string{discouragedName, unsupportedName} {
					visit{client: pcaptest.ClientA, name: name,
						chain:   chainOf(p.issuer, name, false, p.days, pcaptest.Start.AddDate(0, 0, -2)),
						proxied: proxied}.play(s)
				}
				set := watch(t, s.Capture(), "", "latest")
				for _, name := range []string{discouragedName, unsupportedName} {
					signs, confirmed := strings.CutPrefix(inspectedAs(set, name), "confirmed: ")
					if !confirmed || strings.Contains(signs, ";") {
						t.Errorf("%s: %s", name, signs)
					}
					for sign, want := range map[string]bool{
						signForeign: true, signBare: true, signProduct: p.name != "", "CONNECT +4": proxied, "valid longer": p.days > 200,
					} {
						if strings.Contains(signs, sign) != want {
							t.Errorf("%s: %s; wanted %q: %v", name, signs, sign, want)
						}
					}
				}
				for _, x := range set.TLS {
					if p.name != "" && !strings.HasPrefix(x.InspectionSigns[0].Value, p.name+": ") {
						t.Errorf("%s: %s", x.SNI, x.InspectionSigns[0].Value)
					}
				}
				if got, want := states(set), "001 fail confirmed, 002 warn confirmed, 003 pass, 011 pass"; got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		}
	}
}

// TestForgedTLS13: without a certificate a proxy shows by one hello and one size of flight for sites that have nothing
// in common.
func TestForgedTLS13(t *testing.T) {
	for _, p := range products {
		t.Run(p.issuer.CN, func(t *testing.T) {
			s := pcaptest.New(7, pcaptest.Start)
			for _, name := range append([]string{discouragedName, unsupportedName}, strangers...) {
				visit{client: pcaptest.ClientA, name: name, version: pcaptest.TLS13, cipher: 0x1301,
					chain: chainOf(p.issuer, name, false, p.days, pcaptest.Start.AddDate(0, 0, -2))}.play(s)
			}
			set := watch(t, s.Capture(), "", "latest")
			for _, name := range []string{discouragedName, unsupportedName} {
				if got, want := inspectedAs(set, name), "possible: "+signHello; got != want {
					t.Errorf("%s: got %s, want %s", name, got, want)
				}
			}
			if got, want := states(set), "001 not-assessable, 002 not-assessable, 003 warn possible, 011 not-assessable"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// site13 is a site whose clients B, C and D reach everything directly, in TLS 1.3 with servers as different as they
// are; client A's visits are changed.
func site13(s *pcaptest.Scenario, change func(*visit)) {
	flights := map[string]int{discouragedName: 4100, unsupportedName: 4100, strangers[0]: 2700, strangers[1]: 5600,
		strangers[2]: 3300, strangers[3]: 7000}
	for i, client := range []string{"10.20.1.15", "10.20.1.16", "10.20.1.17", "10.20.1.18"} {
		for _, name := range append([]string{discouragedName, unsupportedName}, strangers...) {
			v := visit{client: netip.MustParseAddr(client), name: name, version: pcaptest.TLS13, cipher: 0x1302,
				flight: []int{27, flights[name], 281, 69}}
			if i == 0 {
				change(&v)
			}
			v.play(s)
		}
	}
}

func TestTLS13Compared(t *testing.T) {
	const capped = ", not backed by a certificate "
	forged := func(v *visit) { v.cipher, v.flight = 0x1301, []int{27, 1500, 281, 69} }
	for _, tt := range []struct {
		name   string
		change func(*visit)
		want   string // of client A's session for discouragedName
		rules  string
	}{
		{"direct", func(*visit) {}, "none: ", "001 not-assessable, 002 not-assessable, 003 not-assessable, 011 not-assessable"},
		{"inspected", forged, "probable: " + signHello + ", certificate flight unlike the service's +1", "001 fail probable, 002 warn probable, 003 pass, 011 not-assessable"},
		{"inspected through a proxy", func(v *visit) { forged(v); v.proxied = true }, "probable: " + signHello + ", certificate flight unlike the service's +1",
			"001 fail probable, 002 warn probable, 003 pass, 011 not-assessable"},
		{"through a proxy that does not inspect", func(v *visit) { v.proxied = true }, "none: ", "001 not-assessable, 002 not-assessable, 003 not-assessable, 011 not-assessable"},
		{"look-alike: another server farm of Webex", func(v *visit) {
			if strings.Contains(v.name, "webex") {
				forged(v)
			}
		}, "possible: " + signHello + ", certificate flight unlike the service's +1" + capped + "-1", "001 not-assessable, 002 not-assessable, 003 warn possible, 011 not-assessable"},
		{"look-alike: the same servers with a renewed certificate", func(v *visit) { v.flight[1] += 300 }, "none: ", "001 not-assessable, 002 not-assessable, 003 not-assessable, 011 not-assessable"},
		{"refused by the client", func(v *visit) { v.alert = 48 }, "possible: client alert +2", "001 not-assessable, 002 not-assessable, 003 warn possible, 011 not-assessable"},
		{"look-alike: a box on the way that only relays", func(v *visit) { v.path.RTT, v.path.TTLBack, v.think = time.Millisecond, 63, 60*time.Millisecond },
			"possible: handshake near, answer far +1", "001 not-assessable, 002 not-assessable, 003 warn possible, 011 not-assessable"},
		{"look-alike: a near server", func(v *visit) { v.path.RTT, v.path.TTLBack = time.Millisecond, 63 },
			"none: ", "001 not-assessable, 002 not-assessable, 003 not-assessable, 011 not-assessable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := pcaptest.New(7, pcaptest.Start)
			site13(s, tt.change)
			set := watch(t, s.Capture(), "", "latest")
			flows := map[string]*record.Flow{}
			for _, f := range set.Flows {
				flows[f.FlowID] = f
			}
			own := &record.Set{}
			for _, x := range set.TLS {
				if client := flows[x.FlowID].ClientAddr().String(); client == "10.20.1.15" {
					own.TLS = append(own.TLS, x)
				} else if x.Webex && x.Inspection != "none" {
					t.Errorf("direct: %s: %s %v", x.SNI, x.Inspection, x.InspectionSigns)
				}
			}
			if got := inspectedAs(own, discouragedName); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if got := states(set); got != tt.rules {
				t.Errorf("got %s, want %s", got, tt.rules)
			}
		})
	}
}

// TestGenuineTLS: certificates of every authority of the facts file, for services and for media nodes, are none of
// inspection.
func TestGenuineTLS(t *testing.T) {
	for _, g := range genuine {
		t.Run(g.issuer.CN, func(t *testing.T) {
			start := time.Date(g.year, 9, 7, 8, 0, 0, 0, time.UTC)
			s := pcaptest.New(7, start)
			version := uint16(pcaptest.TLS12)
			for _, name := range []string{discouragedName, unsupportedName, pcaptest.NodeName} {
				visit{client: pcaptest.ClientA, name: name, version: version,
					chain: chainOf(g.issuer, name, true, 90, start.AddDate(0, 0, -30))}.play(s)
				visit{client: pcaptest.ClientA, name: name, version: version,
					chain: chainOf(g.issuer, name, true, 90, start.AddDate(0, 0, -30)), proxied: true}.play(s)
				visit{client: pcaptest.ClientB, name: name, version: version,
					chain: chainOf(g.issuer, name, true, 90, start.AddDate(0, 0, -30)), alert: 42}.play(s)
				visit{client: pcaptest.ClientB, name: name, version: pcaptest.TLS13,
					chain: chainOf(g.issuer, name, true, 90, start.AddDate(0, 0, -30))}.play(s)
			}
			set := watch(t, s.Capture(), "", "latest")
			for _, x := range set.TLS {
				if record.Confidence(x.Inspection).Rank() > record.Possible.Rank() {
					t.Errorf("%s: %s %v", x.SNI, x.Inspection, x.InspectionSigns)
				}
			}
			listed := g.issuer.O != "Example Trust"
			want := "001 pass, 002 pass, 003 pass, 011 pass"
			if !listed {
				want = "001 pass, 002 pass, 003 warn possible, 011 warn confirmed"
			}
			if got := states(set); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// TestRealInspection: no genuine session of a real capture is above possible, and what a product signed is confirmed.
func TestRealInspection(t *testing.T) {
	dir := captureDir(t)
	sessions := 0
	for _, name := range captureFiles(t, dir) {
		set, _ := run(t, analyzer.Config{Files: []string{filepath.Join(dir, name)}})
		for _, x := range set.TLS {
			if !x.Webex {
				continue
			}
			sessions++
			forged := strings.HasPrefix(name, "tls-inspection/")
			if got := record.Confidence(x.Inspection).Rank(); !forged && got > record.Possible.Rank() ||
				forged && x.CertIssuer != "" && got < record.Confirmed.Rank() {
				t.Errorf("%s: %s %s: %s %v", name, x.SNI, x.CertIssuer, x.Inspection, x.InspectionSigns)
			}
		}
	}
	if sessions < 20 {
		t.Errorf("only %d sessions", sessions)
	}
}

// checkStates compares the states of a rule's findings.
func checkStates(t *testing.T, set *record.Set, rule, want string) {
	t.Helper()
	var got []string
	for _, f := range set.Findings {
		if f.Rule == rule {
			got = append(got, string(f.State))
		}
	}
	if s := strings.Join(got, " "); s != want {
		t.Errorf("%s: got %s, want %s", rule, s, want)
	}
}
