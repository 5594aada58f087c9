package site

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
)

const full = `
vantage: inside
internal: [10.0.0.0/8, 2001:db8::/32]
sites:
  - {name: hq, prefixes: [10.20.0.0/16]}
  - name: lab
    prefixes: [10.20.7.0/24, 198.51.100.0/24]
proxies: ["10.1.2.3:8080", 10.1.2.4, "[2001:db8::1]:3128"]
corporate_cas: ["ACME Corp Inspection CA"]
expressway_c: [10.9.0.5]
expressway_e: [192.0.2.10]
video_mesh: [10.30.0.7]
local_gateways: []
edge_audio:
phones: [10.40.0.0/16]
room_devices: [10.40.9.1]
vpn_pools: []
pcp: {46: 5, 34: 4}
allow_list: [170.72.0.0/16, 66.114.160.9]
edge_connect: {vlans: [120, 121], prefixes: [170.72.0.0/16]}
`

func load(t *testing.T, text string) *Site {
	t.Helper()
	s, err := Load(strings.NewReader(text), "site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAccessors(t *testing.T) {
	s := load(t, full)
	if s.Vantage() != "inside" || len(s.Digest()) != 64 {
		t.Errorf("vantage %q, digest %q", s.Vantage(), s.Digest())
	}
	if p, ok := s.Priority(46); p != 5 || !ok {
		t.Errorf("priority of EF: %d, %v", p, ok)
	}
	if _, ok := s.Priority(0); ok {
		t.Error("a priority for a mark that the table lacks")
	}
	if got := fmt.Sprint(s.AllowList(), s.EdgeConnect()); got != "[170.72.0.0/16 66.114.160.9/32] {[120 121] [] [] [170.72.0.0/16]}" {
		t.Errorf("allow list and private link: %s", got)
	}
	if e := s.EdgeConnect(); !e.Carries(netip.MustParseAddr("::ffff:170.72.1.2")) || e.Carries(netip.MustParseAddr("23.89.1.2")) {
		t.Error("what the private link carries")
	}
	for _, c := range []struct {
		addr            string
		internal, known bool
		name, subject   string
		role            Role
	}{
		{"10.20.1.9", true, true, "hq", "hq", ""},
		{"10.20.7.9", true, true, "lab", "lab", ""},        // the more specific site
		{"::ffff:10.20.7.9", true, true, "lab", "lab", ""}, // mapped addresses are IPv4
		{"198.51.100.4", true, true, "lab", "lab", ""},     // public, but of a site
		{"10.9.0.5", true, true, "", "10.9.0.0/24", ExpresswayC},
		{"192.168.1.1", false, true, "", "192.168.1.0/24", ""}, // private, but the file decides
		{"2001:db8:1:2:3::4", true, true, "", "2001:db8:1:2::/64", ""},
		{"10.40.1.1", true, true, "", "10.40.1.0/24", Phone},
		{"10.40.9.1", true, true, "", "10.40.9.0/24", RoomDevice},
		{"192.0.2.10", false, true, "", "192.0.2.0/24", ExpresswayE},
	} {
		a := netip.MustParseAddr(c.addr)
		internal, known := s.IsInternal(a)
		if internal != c.internal || known != c.known || s.SiteName(a) != c.name || s.Subject(a) != c.subject ||
			s.Role(a) != c.role {
			t.Errorf("%s: internal %v known %v name %q subject %q role %q", c.addr, internal, known, s.SiteName(a), s.Subject(a), s.Role(a))
		}
	}
}

func TestProxies(t *testing.T) {
	s := load(t, full)
	for _, c := range []struct {
		addr string
		port int
		want bool
	}{
		{"10.1.2.3", 8080, true}, {"10.1.2.3", 443, false}, {"10.1.2.3", 0, true}, {"10.1.2.4", 3128, true},
		{"2001:db8::1", 3128, true}, {"10.1.2.5", 8080, false},
	} {
		if got := s.IsProxy(netip.MustParseAddr(c.addr), c.port); got != c.want {
			t.Errorf("IsProxy(%s, %d) = %v", c.addr, c.port, got)
		}
	}
}

func TestCorporateCA(t *testing.T) {
	s := load(t, full)
	if !s.IsCorporateCA("CN=acme corp inspection ca,O=ACME") || s.IsCorporateCA("CN=R3,O=Let's Encrypt") {
		t.Error("issuer match")
	}
	cas := s.CorporateCAs()
	cas[0] = "changed"
	if s.CorporateCAs()[0] != "ACME Corp Inspection CA" {
		t.Error("the list handed out is not a copy")
	}
}

func TestNilSite(t *testing.T) {
	var s *Site
	for _, c := range []struct {
		addr string
		want bool
	}{
		{"10.1.1.1", true}, {"172.16.0.1", true}, {"192.168.0.1", true}, {"fd00::1", true}, {"fe80::1%eth0", true},
		{"169.254.1.1", true}, {"100.64.0.1", true}, {"100.128.0.1", false}, {"8.8.8.8", false}, {"2001:db8::1", false},
	} {
		internal, known := s.IsInternal(netip.MustParseAddr(c.addr))
		if internal != c.want || known {
			t.Errorf("%s: internal %v known %v", c.addr, internal, known)
		}
	}
	if s.Subject(netip.Addr{}) != "unknown" || s.Subject(netip.MustParseAddr("fe80::1%eth0")) != "fe80::/64" {
		t.Error("subject")
	}
	if s.Vantage() != "" || s.Digest() != "" || s.CorporateCAs() != nil || s.AllowList() != nil ||
		len(s.EdgeConnect().VLANs) > 0 || s.Role(netip.Addr{}) != "" ||
		s.IsProxy(netip.MustParseAddr("10.0.0.1"), 1) || s.IsCorporateCA("x") || s.SiteName(netip.Addr{}) != "" {
		t.Error("a nil site declares something")
	}
}

func TestEmptyFiles(t *testing.T) {
	for _, text := range []string{"", "# nothing yet\n", "---\n", "{}\n"} {
		if s := load(t, text); s.Vantage() != "" || s.Digest() == "" {
			t.Errorf("%q: vantage %q digest %q", text, s.Vantage(), s.Digest())
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"all at once", "vantage: outside\ninternal: [10.1.2.3/8, x]\nsite: []\n", []string{
			`site.yaml:1: vantage: "outside" is none of access`,
			"site.yaml:2: internal[0]: 10.1.2.3/8 has host bits set; write 10.0.0.0/8",
			`site.yaml:2: internal[1]: "x" is no prefix or address`,
			"site.yaml:3: site: unknown key"}},
		{"site without prefixes", "sites:\n  - name: hq\n", []string{"site.yaml:2: sites[0]: needs name and prefixes"}},
		{"site with unknown key", "sites:\n  - name: hq\n    prefix: [10.0.0.0/8]\n", []string{"site.yaml:3: sites[0].prefix: unknown key"}},
		{"site twice", "sites:\n  - {name: a, prefixes: [10.0.0.0/8]}\n  - {name: a, prefixes: [10.0.0.0/8]}\n",
			[]string{`name "a" is used twice`, `10.0.0.0/8 belongs to site "a" already`}},
		{"proxy by name", "proxies: [proxy.example:8080, '10.0.0.1:0', '2001:db8::1:99999']\n",
			[]string{"proxies[0]", "proxies[1]", "proxies[2]"}},
		{"short authority", "corporate_cas: [CA]\n", []string{"too short"}},
		{"scalar for list", "phones: 10.0.0.1\n", []string{`phones: is "10.0.0.1", want a list`}},
		{"list for scalar", "vantage: [inside]\n", []string{"vantage: is a list, want text"}},
		{"list at top", "- a\n", []string{"file: is a list, want a mapping"}},
		{"two roles", "phones: [10.0.0.1]\nroom_devices: [10.0.0.1]\n", []string{"room_devices[0]: 10.0.0.1/32 is declared as phone already, and one machine cannot be room-device as well"}},
		{"key twice", "vantage: wan\nvantage: dmz\n", []string{"vantage"}},
		{"alias", "internal: &a [10.0.0.0/8]\nphones: *a\n", []string{"internal: is an anchor", "phones: is an anchor"}},
		{"VLAN", "edge_connect: {vlans: [0, x, 4095], prefixes: [10.0.0.0/8], mtu: 9000}\n",
			[]string{`vlans[0]: "0" is no VLAN`, "vlans[1]", "vlans[2]", "edge_connect.mtu: unknown key"}},
		{"private link without prefixes", "edge_connect: {vlans: [5]}\n", []string{"edge_connect: needs prefixes, and vlans, next_hops or interfaces"}},
		{"two documents", "vantage: wan\n---\nvantage: dmz\n", []string{"second document"}},
		{"no YAML", "vantage: [\n", []string{"site.yaml"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(strings.NewReader(c.text), "site.yaml")
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q lacks %q", err, w)
				}
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	_, err := Load(strings.NewReader(strings.Repeat("#", (1<<20)+1)), "big")
	if err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("error %v", err)
	}
}

// A deeply nested file is an error, not a crash and not an hour of parsing.
func TestDeepNesting(t *testing.T) {
	for _, text := range []string{strings.Repeat("[", 100_000), strings.Repeat("- ", 100_000), "a: 1\nb: " + strings.Repeat("{a: ", 50)} {
		if _, err := Load(strings.NewReader(text), "deep"); err == nil || !strings.Contains(err.Error(), "nested more than 32 deep") {
			t.Errorf("error %v", err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("sites:\n - {name: x}\n"))
	f.Add([]byte("a: &b\n - *b\n? [x]: y\n<<: *b\n"))
	f.Add([]byte("!!map {a: |\n x}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Load(strings.NewReader(string(text)), "f")
		if (s == nil) == (err == nil) {
			t.Fatalf("site %v, error %v", s, err)
		}
		_ = s.Subject(netip.MustParseAddr("10.0.0.1"))
	})
}

func ExampleLoad() {
	s, err := Load(strings.NewReader("sites: [{name: hq, prefixes: [10.20.0.0/16]}]"), "site.yaml")
	if err != nil {
		_, _ = os.Stdout.WriteString(err.Error())
	}
	_, _ = os.Stdout.WriteString(s.Subject(netip.MustParseAddr("10.20.1.2")))
	// Output: hq
}
