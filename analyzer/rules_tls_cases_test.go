package analyzer_test

import (
	"net/netip"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// tlsCase is a story for one rule.
type tlsCase struct {
	name, rule, want, site string
	play                   func(*pcaptest.Scenario)
}

func (c tlsCase) capture() *pcaptest.Capture {
	s := pcaptest.New(7, pcaptest.Start)
	c.play(s)
	return s.Capture()
}

// nameless plays hellos without SNI to media nodes, each reset so long after it by a packet of that TTL.
func nameless(wait time.Duration, ttl uint8) func(*pcaptest.Scenario) {
	return func(s *pcaptest.Scenario) {
		for _, node := range []netip.Addr{pcaptest.NodeA, pcaptest.NodeB} {
			c := s.TCP(netip.AddrPortFrom(pcaptest.ClientA, s.Port()), netip.AddrPortFrom(node, 443),
				pcaptest.Path{RTT: 80 * time.Millisecond}).Open()
			s.TLS(c, pcaptest.TLS{NoAnswer: true})
			c.Wait(wait)
			c.TTL(pcaptest.Server, ttl)
			c.Reset(pcaptest.Server)
		}
	}
}

// tlsCases play what the other rules about TLS speak of, and what resembles it.
func tlsCases() []tlsCase {
	expressway := netip.MustParseAddrPort("203.0.113.9:5062")
	cloud := netip.MustParseAddrPort("52.29.8.14:443")
	const declared = "expressway_e: [203.0.113.9]\n"
	leaf := func(days int) [][]byte {
		return chainOf(pcaptest.Name{CN: "R11", O: "Let's Encrypt"}, "expe.example.com", true, days, pcaptest.Start.AddDate(0, 0, -80))
	}
	to := func(server netip.AddrPort, x pcaptest.TLS) func(*pcaptest.Scenario) {
		return func(s *pcaptest.Scenario) {
			s.TLS(s.TCP(netip.AddrPortFrom(pcaptest.ClientA, s.Port()), server, pcaptest.Path{}).Open(),
				x).Send(100).Recv(100)
		}
	}
	client := func(both bool) [][]byte {
		return [][]byte{pcaptest.Certificate{Subject: pcaptest.Name{CN: "cucm.example.com"},
			Issuer: pcaptest.Name{CN: "Public CA"}, ClientAuth: both}.DER()}
	}
	reject := func(s *pcaptest.Scenario) {
		for range 3 {
			s.TLS(s.TCP(netip.AddrPortFrom(pcaptest.ClientA, s.Port()), cloud, pcaptest.Path{}).Open(),
				pcaptest.TLS{SNI: discouragedName, Chain: pcaptest.SignallingChain(discouragedName), ClientAlert: 48})
			s.Advance(time.Second)
		}
	}
	return []tlsCase{
		{"TLS 1.0", "WXA-TLS-004", "fail", "", to(cloud, pcaptest.TLS{Version: pcaptest.TLS10, SNI: discouragedName, Chain: pcaptest.SignallingChain(discouragedName)})},
		{"unknown authority, three times", "WXA-TLS-006", "fail", "", reject},
		{"RSA key exchange", "WXA-TLS-005", "fail", "", to(cloud, pcaptest.TLS{SNI: discouragedName, Cipher: 0x009d, Chain: pcaptest.SignallingChain(discouragedName)})},
		{"CBC with SHA-1", "WXA-TLS-005", "fail", "", to(cloud, pcaptest.TLS{SNI: discouragedName, Cipher: 0xc014, Chain: pcaptest.SignallingChain(discouragedName)})},
		{"look-alike: CBC with SHA-2", "WXA-TLS-005", "pass", "", to(cloud, pcaptest.TLS{SNI: discouragedName, Cipher: 0xc028, Chain: pcaptest.SignallingChain(discouragedName)})},
		{"no answer", "WXA-TLS-005", "not-assessable", "", func(s *pcaptest.Scenario) {
			s.TLS(s.TCP(netip.AddrPortFrom(pcaptest.ClientA, s.Port()), cloud, pcaptest.Path{}).Open(),
				pcaptest.TLS{SNI: discouragedName, NoAnswer: true})
		}},
		{"ten days left", "WXA-TLS-007", "warn", declared, to(expressway, pcaptest.TLS{SNI: "expe.example.com", Chain: leaf(90)})},
		{"expired", "WXA-TLS-007", "fail", declared, to(expressway, pcaptest.TLS{SNI: "expe.example.com", Chain: leaf(79)})},
		{"long enough", "WXA-TLS-007", "pass", declared, to(expressway, pcaptest.TLS{SNI: "expe.example.com", Chain: leaf(180)})},
		{"TLS 1.3", "WXA-TLS-007", "not-assessable", declared, to(expressway, pcaptest.TLS{SNI: "expe.example.com", Version: pcaptest.TLS13, Chain: leaf(90)})},
		{"look-alike: Webex's own", "WXA-TLS-007", "not-observed", "", to(cloud, pcaptest.TLS{SNI: discouragedName,
			Chain: chainOf(pcaptest.Name{CN: "R11", O: "Let's Encrypt"}, discouragedName, true, 90, pcaptest.Start.AddDate(0, 0, -80))})},
		{"for servers only", "WXA-TLS-008", "fail", declared, to(expressway, pcaptest.TLS{Chain: leaf(180), ClientChain: client(false)})},
		{"for both", "WXA-TLS-008", "pass", declared, to(expressway, pcaptest.TLS{Chain: leaf(180), ClientChain: client(true)})},
		{"look-alike: no client certificate", "WXA-TLS-008", "not-observed", declared, to(expressway, pcaptest.TLS{Chain: leaf(180)})},
		{"reset by something near", "WXA-TLS-009", "fail", "", nameless(3*time.Millisecond, 62)},
		{"look-alike: reset by the node", "WXA-TLS-009", "pass", "", nameless(81*time.Millisecond, 52)},
		{"inventory", "WXA-TLS-012", "pass", "", to(cloud, pcaptest.TLS{SNI: discouragedName, Chain: pcaptest.SignallingChain(discouragedName)})},
		{"inspected media service", "WXA-TLS-001", "fail", "", to(cloud, pcaptest.TLS{SNI: unsupportedName, Chain: pcaptest.InspectedChain(unsupportedName)})},
		{"inspected signalling", "WXA-TLS-002", "warn", "", to(cloud, pcaptest.TLS{SNI: discouragedName, Chain: pcaptest.InspectedChain(discouragedName)})},
		{"one server for strangers", "WXA-TLS-003", "warn", "", func(s *pcaptest.Scenario) {
			for _, name := range append([]string{discouragedName}, strangers...) {
				visit{client: pcaptest.ClientA, name: name, version: pcaptest.TLS13,
					chain: pcaptest.InspectedChain(name)}.play(s)
			}
		}},
		{"inspected by comparison", "WXA-TLS-001", "fail", "", func(s *pcaptest.Scenario) {
			site13(s, func(v *visit) { v.cipher, v.flight = 0x1301, []int{27, 1500, 281, 69} })
		}},
		{"public issuer that the pack lacks", "WXA-TLS-011", "warn", "", to(cloud, pcaptest.TLS{SNI: discouragedName,
			Chain: chainOf(pcaptest.Name{CN: "Example TLS CA 1", O: "Example Trust"}, discouragedName, true, 90, pcaptest.Start.AddDate(0, 0, -30))})},
		{"private issuer", "WXA-TLS-011", "pass", "", to(cloud, pcaptest.TLS{SNI: discouragedName, Chain: pcaptest.InspectedChain(discouragedName)})},
	}
}

func TestTLSRules(t *testing.T) {
	for _, tt := range tlsCases() {
		t.Run(tt.rule+"/"+tt.name, func(t *testing.T) {
			checkStates(t, watch(t, tt.capture(), tt.site, "latest"), tt.rule, tt.want)
		})
	}
}
