package session

import (
	"strings"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
	"webexaudit/analyzer/site"
)

func TestVantage(t *testing.T) {
	ttl := func(n int) func(*record.Flow) { return func(f *record.Flow) { f.TTLFwd = &n } }
	seen := func(client string, change ...func(*record.Flow)) *record.Flow {
		return flow("f"+client, client, "170.72.1.2", 5004, 0, 9, change...)
	}
	v6 := "2001:db8:5::1"
	for _, c := range []struct {
		name, site, declared string
		flows                []*record.Flow
		value                string
		confidence           record.Confidence
		reason               string
	}{
		{"nothing", "", "", nil, "unknown", "", "no Webex traffic"},
		{"private, initial TTL", "", "", []*record.Flow{seen("10.0.0.1", ttl(64)), seen("10.0.0.2", ttl(128))}, "access", record.Probable, "initial TTL"},
		{"private, routed", "", "", []*record.Flow{seen("10.0.0.1", ttl(61)), seen("10.0.0.2", ttl(125))}, "inside", record.Probable, "routed"},
		{"private, TTLs mixed", "", "", []*record.Flow{seen("10.0.0.1", ttl(64)), seen("10.0.0.2", ttl(125))}, "inside", record.Possible, "internal (2)"},
		{"private, no TTL", "", "", []*record.Flow{seen("10.0.0.1")}, "inside", record.Possible, "internal (1)"},
		{"public, routed", "", "", []*record.Flow{seen("192.0.2.1", ttl(58))}, "wan", record.Possible, "external (1)"},
		{"public, initial TTL", "", "", []*record.Flow{seen("192.0.2.1", ttl(64))}, "unknown", "", "public addresses inside, or the outside of a proxy"},
		{"public, but declared internal", "internal: [192.0.2.0/24]", "", []*record.Flow{seen("192.0.2.1", ttl(61))}, "inside", record.Probable, "internal (1)"},
		{"both sides of a NAT", "", "", []*record.Flow{seen("10.0.0.1"), seen("192.0.2.1")}, "unknown", "", "both sides"},
		{"dual stack", "", "", []*record.Flow{seen("10.0.0.1", ttl(61)), seen(v6, ttl(61))}, "inside", record.Probable, "internal (1)"},
		{"IPv6 only", "", "", []*record.Flow{seen(v6, ttl(61))}, "unknown", "", "IPv6"},
		{"IPv6 only at the client", "", "", []*record.Flow{seen(v6, ttl(64))}, "access", record.Possible, "IPv6"},
		{"outside the proxy", "proxies: [10.1.2.3]", "", []*record.Flow{seen("10.1.2.3", ttl(64))}, "proxy-outside", record.Probable, "proxy"},
		{"both sides of the proxy", "proxies: [10.1.2.3]", "", []*record.Flow{seen("10.1.2.3"), seen("10.0.0.1")}, "unknown", "", "both sides of a declared proxy"},
		{"declared by flag", "vantage: wan", "dmz", []*record.Flow{seen("10.0.0.1")}, "dmz", record.Confirmed, "declared by --vantage"},
		{"declared by the site file", "vantage: inside", "", []*record.Flow{seen("10.0.0.1")}, "inside", record.Confirmed, "site file"},
		{"declared and contradicted", "", "wan", []*record.Flow{seen("10.0.0.1", ttl(64))}, "wan", record.Possible, "but the capture looks like access"},
		{"outside, own public range", "internal: [10.0.0.0/8, 192.0.2.0/24]", "wan", []*record.Flow{seen("192.0.2.1", ttl(61))}, "wan", record.Confirmed, "declared by --vantage"},
		{"declared, capture empty", "", "access", nil, "access", record.Confirmed, "declared"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := site.Load(strings.NewReader(c.site), "site")
			if err != nil {
				t.Fatal(err)
			}
			got := Vantage(recordtest.Lend(&record.Set{Flows: c.flows}), s, c.declared)
			if got.Value != c.value || got.Confidence != c.confidence || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("%+v", got)
			}
			if got.Declared != (strings.HasPrefix(got.Reason, "declared")) {
				t.Errorf("declared %v, reason %q", got.Declared, got.Reason)
			}
		})
	}
}
