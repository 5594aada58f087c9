package signatures

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
)

// The look-ups of the hot path do not allocate.
func TestNoAllocations(t *testing.T) {
	p := pick(t, "latest")
	addr, buf := netip.MustParseAddr("::ffff:170.72.254.9"), make([]PortMatch, 0, 64)
	payload := []byte{1, 0, 0, 0, 0, 0, 0, 1}
	lookups := map[string]func(){
		"Name":        func() { p.Name("External-Media2.public.wsinm-a-5.prod.infra.webex.com.") },
		"Addr":        func() { p.Addr(addr) },
		"AppendPorts": func() { buf = p.AppendPorts(buf[:0], "udp", 52010, 5004) },
		"PortPlan":    func() { p.PortPlan("meetings", 60000) },
		"STUN": func() {
			p.STUNSoftware("Cisco-Spark")
			p.STUNAttribute(0xc003)
			p.STUNUsername("webexturnreachuser")
		},
		"PayloadType": func() { p.PayloadType(98, true, ClientNative); p.NativeCompanion(98) },
		"Issuer":      func() { p.Issuer("CN=Acme Inspection CA,OU=IT,O=Acme\\, Inc.,C=US") },
		"Cipher":      func() { p.CipherExpected("TLS_AES_256_GCM_SHA384"); p.CipherExpectedID(0x1302) },
		"Policy":      func() { p.Policy("device-media-via-proxy"); p.MinTLS() },
		"Others":      func() { p.ASN(13445); p.UserAgent("WebEx/1"); p.Datagram(9000, payload) },
		"Row":         func() { p.Row("webex-udp-5004") },
	}
	for name, f := range lookups {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

// large is the embedded catalogue with 10,000 rows on top: 5,000 names (a fifth with a star inside the label, all under
// one domain), 3,000 prefixes, 2,000 ports.
func large(b *testing.B) *Pack {
	b.Helper()
	rows := func(n int, kind, match string, args func(int) []any) string {
		var s strings.Builder
		s.WriteString(goodSources + "rows:\n")
		for i := range n {
			fmt.Fprintf(&s, "  - {id: %s-%d, title: T, service: meetings, function: signalling, confidence: possible, sources: [doc], examples: {match: [a], differ: [b]}, "+match+"}\n",
				append([]any{kind, i}, args(i)...)...)
		}
		return s.String()
	}
	c, err := load(b).Overlay(fstest.MapFS{
		"names.yaml": {Data: []byte(rows(4000, "name", `name: {patterns: ["*.d%d.example.com"], class: weak}`, func(i int) []any { return []any{i} }))},
		"globs.yaml": {Data: []byte(strings.ReplaceAll(rows(1000, "glob", `name: {patterns: ["h%d-*.example.net"], class: weak}`, func(i int) []any { return []any{i} }), goodSources, ""))},
		"nets.yaml": {Data: []byte(strings.ReplaceAll(rows(3000, "net", `prefix: {kind: media, tier: probable, prefixes: [100.%d.%d.0/24]}`,
			func(i int) []any { return []any{i / 256, i % 256} }), goodSources, ""))},
		"ports.yaml": {Data: []byte(strings.ReplaceAll(rows(2000, "port", `port: {proto: [udp], server: [%d-%d], needs: [declared]}`,
			func(i int) []any { return []any{10000 + i*10, 10005 + i*10} }), goodSources, ""))},
	})
	if err != nil {
		b.Fatal(err)
	}
	return c.Packs()[len(c.Packs())-1]
}

func BenchmarkLookup10000(b *testing.B) {
	p := large(b)
	for _, host := range []string{"usersub-a.wbx2.com", "acme.webex.com", "linus24.wamsm-a-4.prod.infra.webex.com", "x.d3999.example.com", "h999-b.example.net", "www.example.org"} {
		b.Run("Name/"+host, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Name(host)
			}
		})
	}
	for _, s := range []string{"170.72.254.9", "100.5.7.1", "8.8.8.8", "2607:fcf0:20a7::1"} {
		addr := netip.MustParseAddr(s)
		b.Run("Addr/"+s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Addr(addr)
			}
		})
	}
	buf := make([]PortMatch, 0, 64)
	for _, port := range []int{5004, 443, 10003, 7} {
		b.Run(fmt.Sprint("AppendPorts/", port), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				buf = p.AppendPorts(buf[:0], "udp", 52010, port)
			}
		})
	}
	b.Run("Issuer", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Issuer("CN=HydrantID Server CA O1,OU=HydrantID Trusted Certificate Service,O=IdenTrust,C=US")
		}
	})
}
