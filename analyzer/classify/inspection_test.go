package classify

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// issued is a chain under one issuer; change makes the leaf unlike the usual private one, which has 90 days and no
// logs.
func issued(issuer pcaptest.Name, name string, change func(*pcaptest.Certificate)) [][]byte {
	c := pcaptest.Certificate{Subject: pcaptest.Name{CN: name}, SANs: []string{name}, Issuer: issuer}
	if change != nil {
		change(&c)
	}
	return pcaptest.Chain(c, pcaptest.Name{CN: issuer.CN + " Root", O: issuer.O})
}

// scores judges the TLS sessions of a capture: one line each, name, grade, and signs with their weights.
func scores(t *testing.T, c *pcaptest.Capture, corporate ...string) (out []string) {
	t.Helper()
	p := packs(t)
	list := judged(&Classifier{Packs: p}, flows(c))
	in := &Inspector{Pack: p.Pack, CorporateCAs: corporate}
	for _, f := range list {
		in.Learn(LessonOf(f))
	}
	for _, f := range list {
		if f.TLS == nil {
			continue
		}
		grade, signs := in.Score(f)
		var parts []string
		for _, s := range signs {
			parts = append(parts, fmt.Sprintf("%s %+d", s.Name, s.Weight))
		}
		out = append(out, strings.TrimRight(fmt.Sprintf("%s: %s: %s", f.Rec.SNI, grade, strings.Join(parts, ", ")), ": "))
	}
	return out
}

const login = "idbroker.webex.com"

func TestInspection(t *testing.T) {
	private := pcaptest.Name{CN: "ACME Outbound CA 2", O: "ACME Corp"}
	public := func(c *pcaptest.Certificate) { c.Public = true }
	long := func(c *pcaptest.Certificate) { c.Public, c.NotAfter = true, pcaptest.Start.AddDate(3, 0, 0) }
	cloud := netip.MustParseAddr("52.29.8.14")
	one := func(chain [][]byte) func(s *pcaptest.Scenario) {
		return func(s *pcaptest.Scenario) { hello(s, login, cloud, chain) }
	}
	to := func(x pcaptest.TLS) func(s *pcaptest.Scenario) {
		return func(s *pcaptest.Scenario) {
			s.TLS(s.TCP(netip.AddrPortFrom(client, 50000), netip.AddrPortFrom(cloud, 443), pcaptest.Path{}).Open(), x)
		}
	}
	by := func(issuer pcaptest.Name) func(s *pcaptest.Scenario) { return one(issued(issuer, login, nil)) }
	const unexpected, bareLeaf = "issuer outside the expected set +3", "leaf unlike a public one +2"
	const product = login + ": confirmed: issuer of an interception product +5, " + unexpected + ", " + bareLeaf
	for _, tt := range []struct {
		name      string
		tell      func(s *pcaptest.Scenario)
		corporate string
		want      string
	}{
		{"genuine", one(pcaptest.SignallingChain(login)), "", login + ": none: issuer in the expected set -4"},
		{"genuine, media node's authority", one(issued(pcaptest.Name{CN: "E7", O: "Let's Encrypt"}, login, public)), "", login + ": none: issuer in the expected set -4"},
		{"unknown private CA", by(private), "", login + ": confirmed: " + unexpected + ", " + bareLeaf},
		{"unknown private CA of short life with addresses of revocation lists", one(issued(private, login, func(c *pcaptest.Certificate) {
			c.Public, c.NotBefore, c.NotAfter = false, pcaptest.Start.AddDate(0, 0, -5), pcaptest.Start.AddDate(0, 0, 9)
		})), "", login + ": confirmed: " + unexpected + ", " + bareLeaf},
		{"declared corporate CA", by(private), "acme outbound", login + ": confirmed: issuer is a declared corporate CA +5, " + unexpected + ", " + bareLeaf},
		{"Zscaler", one(pcaptest.InspectedChain(login)), "", product},
		{"Umbrella", by(pcaptest.Name{CN: "Cisco Umbrella Primary SubCA ams-SG", O: "Cisco"}), "", product},
		{"Netskope", by(pcaptest.Name{CN: "ca.acme.goskope.com", O: "ACME"}), "", product},
		{"Palo Alto Networks", by(pcaptest.Name{CN: "Palo Alto Networks Decryption"}), "", product},
		{"a product's name in the subject only", one(issued(pcaptest.Name{CN: "R11", O: "Let's Encrypt"}, login, func(c *pcaptest.Certificate) { c.Public, c.Subject.O = true, "Zscaler Inc." })), "",
			login + ": none: issuer in the expected set -4"},
		{"a public authority that the list lacks", one(issued(pcaptest.Name{CN: "Example TLS CA 1", O: "Example Trust"}, login, public)), "",
			login + ": possible: " + unexpected + ", leaf bears timestamps of public logs -2"},
		{"the same, valid for long", one(issued(pcaptest.Name{CN: "Example TLS CA 1", O: "Example Trust"}, login, long)), "",
			login + ": possible: " + unexpected + ", leaf bears timestamps of public logs -2"},
		{"private and valid for long", one(issued(private, login, func(c *pcaptest.Certificate) { c.NotAfter = pcaptest.Start.AddDate(3, 0, 0) })), "",
			login + ": confirmed: " + unexpected + ", " + bareLeaf + ", valid longer than public certificates may be +2"},
		{"refused by the client", to(pcaptest.TLS{SNI: login, Chain: issued(private, login, nil), ClientAlert: 48}), "",
			login + ": confirmed: " + unexpected + ", " + bareLeaf + ", client alert +2"},
		{"a genuine one refused", to(pcaptest.TLS{SNI: login, Chain: pcaptest.SignallingChain(login), ClientAlert: 48}), "",
			login + ": none: issuer in the expected set -4, client alert +2"},
		{"TLS 1.3 shows nothing", to(pcaptest.TLS{SNI: login, Version: pcaptest.TLS13, Chain: pcaptest.InspectedChain(login)}), "",
			login + ": none"},
		{"resumed shows nothing", to(pcaptest.TLS{SNI: login, Resumed: true}), "", login + ": none"},
		{"through a proxy", func(s *pcaptest.Scenario) {
			c := s.TCP(netip.AddrPortFrom(client, 50000), pcaptest.Proxy, pcaptest.Path{}).Open().Connect(
				pcaptest.Connect{Target: login + ":443"})
			s.TLS(c, pcaptest.TLS{SNI: login, Chain: issued(private, login, func(c *pcaptest.Certificate) {
				c.Public = true
			})})
		}, "", login + ": possible: " + unexpected + ", leaf bears timestamps of public logs -2"},
		{"through a proxy, private", func(s *pcaptest.Scenario) {
			c := s.TCP(netip.AddrPortFrom(client, 50000), pcaptest.Proxy, pcaptest.Path{}).Open().Connect(
				pcaptest.Connect{Target: login + ":443"})
			s.TLS(c, pcaptest.TLS{SNI: login, Chain: issued(private, login, nil)})
		}, "", login + ": confirmed: " + unexpected + ", behind a proxy's CONNECT +4, " + bareLeaf},
		{"not Webex: not judged", func(s *pcaptest.Scenario) {
			hello(s, "www.example.org", cloud, pcaptest.InspectedChain("www.example.org"))
		}, "", "www.example.org: none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var ca []string
			if tt.corporate != "" {
				ca = append(ca, tt.corporate)
			}
			check(t, scores(t, story(tt.tell), ca...), tt.want)
		})
	}
}

// TestInspectionOfManyNames: one issuer for unrelated names needs no list; it must have been seen before the first is
// judged.
func TestInspectionOfManyNames(t *testing.T) {
	private := pcaptest.Name{CN: "ACME Outbound CA 2", O: "ACME Corp"}
	got := scores(t, story(func(s *pcaptest.Scenario) {
		for _, n := range []string{login, "www.wikipedia.org", "news.example.org", "www.example.org", "bank.example.net"} {
			hello(s, n, netip.MustParseAddr("52.29.8.14"), issued(private, n, nil))
		}
	}))
	if !strings.Contains(got[0], "one issuer for unrelated names +3") || !strings.HasPrefix(got[0], login+": confirmed") {
		t.Errorf("got %s", got[0])
	}
	for _, l := range got[1:] {
		if !strings.HasSuffix(l, ": none") {
			t.Errorf("judged: %s", l)
		}
	}
}

// TestInspectionOfScenarios: genuine sessions are at most possible, inspected ones confirmed.
func TestInspectionOfScenarios(t *testing.T) {
	for _, n := range pcaptest.Scenarios() {
		for _, l := range scores(t, n.Build()) {
			name, rest, _ := strings.Cut(l, ": ")
			grade, _, _ := strings.Cut(rest, ":")
			want := "none"
			if n.Name == "inspected-tls" && (strings.Contains(name, "webex") || strings.Contains(name, "wbx2")) {
				want = string(record.Confirmed)
			}
			if grade != want {
				t.Errorf("%s: %s, want %s", n.Name, l, want)
			}
		}
	}
}

// TestInspectionCutOff: a certificate of which only the beginning is there lacks nothing that could be held against it.
func TestInspectionCutOff(t *testing.T) {
	public := issued(pcaptest.Name{CN: "Example TLS CA 1", O: "Example Trust"}, login, func(c *pcaptest.Certificate) { c.Public = true })
	got := scores(t, story(func(s *pcaptest.Scenario) {
		hello(s, login, netip.MustParseAddr("52.29.8.14"), public)
	}).Wrap(pcaptest.Snap(54+400)))
	check(t, got, login+": possible: issuer outside the expected set +3, not backed by a certificate -1")
}
