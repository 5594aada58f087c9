package signatures

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestName(t *testing.T) {
	p := pick(t, "latest")
	tests := []struct{ host, row, class, service, function, role, inspection string }{
		{"acme.webex.com", "webex-name-webex", "medium", "meetings", "signalling", "", "discouraged"},
		{"ACME.Webex.COM.", "webex-name-webex", "medium", "meetings", "signalling", "", "discouraged"},
		{"a.b.c.webex.com", "webex-name-webex", "medium", "meetings", "signalling", "", "discouraged"},
		{"help.webex.com", "webex-name-web", "medium", "other", "web", "", "discouraged"},
		{"webex.com", "webex-name-web", "medium", "other", "web", "", "discouraged"},
		{"usersub-a.wbx2.com", "webex-name-wbx2", "strong", "messaging", "signalling", "", "discouraged"},
		{"locus-a.wbx2.com", "webex-name-locus", "strong", "meetings", "signalling", "", "discouraged"},
		{"x.locus-a.wbx2.com", "webex-name-wbx2", "strong", "messaging", "signalling", "", "discouraged"}, // a star stays in its label
		{"mercury-connection-partition3.a6.ciscospark.com", "webex-name-mercury", "strong", "messaging", "websocket", "", "discouraged"},
		{"calliope-a.wbx2.com", "webex-name-calliope", "strong", "meetings", "signalling", "media-discovery", "discouraged"},
		{"linus24.wamsm-a-4.prod.infra.webex.com", "webex-name-media-node", "strong", "meetings", "media-mixed", "media-node", "unsupported"},
		{"external-media2.public.wsinm-a-5.prod.infra.webex.com", "webex-name-media-node", "strong", "meetings", "media-mixed", "media-node", "unsupported"},
		{"cme-linus-ams1-004-ams-public.wbx2.com", "webex-name-media-node-2019", "strong", "meetings", "media-mixed", "media-node", "unsupported"},
		{"sjmcs201.webex.com", "webex-name-meeting-media-services", "medium", "meetings", "signalling", "media-service", "unsupported"},
		{"a.cloudconnector.webex.com", "webex-name-directory-connector", "medium", "hybrid-connector", "signalling", "", "unsupported"},
		{"software.cisco.com", "webex-name-cisco", "weak", "other", "web", "", ""},
		{"desktop.wxcc-us1.cisco.com", "webex-name-contact-center", "medium", "contact-center", "signalling", "", "discouraged"},
		{"la01.sipconnect-us10.cisco-bcld.com", "webex-name-calling-bcld", "strong", "calling", "signalling", "sip-edge", "discouraged"},
		{"ntp-jp.bcld.webex.com", "webex-name-calling-ntp", "strong", "calling", "time", "", "discouraged"},
		{"u2c.gov.ciscospark.com", "webex-name-government", "strong", "government", "signalling", "", "discouraged"},
		{"r3.o.lencr.org", "webex-third-ocsp", "never", "third-party", "revocation", "", ""},
		{"d1.cloudfront.net", "webex-third-cdn", "never", "third-party", "file-transfer", "", ""},
		{"app.slido.com", "webex-third-slido", "weak", "third-party", "web", "", ""},
	}
	for _, tt := range tests {
		m, ok := p.Name(tt.host)
		if !ok {
			t.Errorf("%s: no match, want %s", tt.host, tt.row)
			continue
		}
		got := []string{m.Row.ID, m.Class, m.Service, m.Function, m.Role, m.Inspection}
		want := []string{tt.row, tt.class, tt.service, tt.function, tt.role, tt.inspection}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", tt.host, got, want)
		}
	}
	for _, host := range []string{"", ".", "..", "com", "example.com", "webex.com.evil.example", "notwebex.com", "wbx2.com..", "10.1.2.3", strings.Repeat("a", 250) + ".webex.com", "webex,com"} {
		if m, ok := p.Name(host); ok {
			t.Errorf("%q: matches %s by %s", host, m.Row.ID, m.Pattern)
		}
	}
}

func TestMatchLabel(t *testing.T) {
	tests := []struct {
		pattern, label string
		want           bool
	}{
		{"*", "", true}, {"*", "abc", true}, {"a*", "a", true}, {"a*", "ba", false}, {"*a", "bba", true}, {"*a", "ab", false},
		{"*mcs*", "sjmcs201", true}, {"*mcs*", "mcs", true}, {"*mcs*", "mccs", false}, {"a*b*c", "axxbyybzc", true}, {"a*b*c", "axxc", false},
		{"abc", "abc", true}, {"abc", "abcd", false}, {"", "", true}, {"**", "x", true},
	}
	for _, tt := range tests {
		if got := matchLabel(tt.pattern, []byte(tt.label)); got != tt.want {
			t.Errorf("matchLabel(%q, %q) = %v", tt.pattern, tt.label, got)
		}
	}
}

func TestGlobsMeet(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"ab*", "*yz", true}, {"ab*", "abc*", true}, {"ab*", "ac*", false}, {"*ab", "*ac", false}, {"*mcs*", "*mcc*", true},
		{"a*z", "a*y", false}, {"abc", "a*c", true}, {"abc", "a*d", false}, {"*", "x", true}, {"a", "a", true}, {"a", "b", false},
	}
	for _, tt := range tests {
		if globsMeet(tt.a, tt.b) != tt.want || globsMeet(tt.b, tt.a) != tt.want {
			t.Errorf("globsMeet(%q, %q): want %v both ways", tt.a, tt.b, tt.want)
		}
	}
}

func TestAddr(t *testing.T) {
	p := pick(t, "latest")
	tests := []struct {
		addr string
		want []string
	}{
		{"64.68.105.103", []string{"media 64.68.96.0/19"}},
		{"::ffff:64.68.105.103", []string{"media 64.68.96.0/19"}},
		{"170.72.254.9", []string{"government 170.72.254.0/24", "media 170.72.0.0/16", "calling 170.72.0.0/16"}},
		{"20.120.239.1", []string{"media-vimt 20.120.238.0/23"}},
		{"135.84.171.1", []string{"as-space 135.84.168.0/22", "calling 135.84.168.0/21"}},
		{"163.129.200.1", []string{"as-space 163.129.128.0/17"}},
		{"2607:fcf0:20a7::1", []string{"government 2607:fcf0:20a7::/48", "media 2607:fcf0::/34", "as-space 2607:fcf0::/32"}},
		{"2607:fcf0:ffff::1", []string{"as-space 2607:fcf0::/32"}},
		{"62.109.200.1", []string{"media 62.109.192.0/18", "calling 62.109.192.0/18", "calling-config 62.109.192.0/18"}},
		{"8.8.8.8", nil}, {"10.0.0.1", nil}, {"fe80::1%eth0", nil},
	}
	for _, tt := range tests {
		got := kindsOf(p.Addr(netip.MustParseAddr(tt.addr)))
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.addr, got, tt.want)
		}
	}
	if m := p.Addr(netip.Addr{}); m != nil {
		t.Errorf("the zero address matches %v", m)
	}
}

// The media signature table of the deck: who, from where, to where, marked how.
func TestMediaSignatures(t *testing.T) {
	tests := []struct {
		lo, hi, server int
		id, device     string
		media          string
		dscp           []int
	}{
		{52000, 52049, 5004, "webex-udp-5004-app-audio", "app", "audio", []int{46}},
		{52100, 52199, 5004, "webex-udp-5004-app-video", "app", "video", []int{34, 36}},
		{52000, 52049, 9000, "webex-udp-9000-app-audio", "app", "audio", []int{46}},
		{52100, 52199, 9000, "webex-udp-9000-app-video", "app", "video", []int{34, 36}},
		{52050, 52099, 5004, "webex-udp-5004-device-audio", "room-device", "audio", []int{46}},
		{52200, 52299, 5004, "webex-udp-5004-device-video", "room-device", "video", []int{34, 36}},
	}
	for _, spec := range []string{"webex-2022-06", "latest"} {
		p := pick(t, spec)
		for _, tt := range tests {
			for _, client := range []int{tt.lo, tt.hi} {
				m := portRow(t, p, "udp", client, tt.server, tt.id)
				if m.Device != tt.device || m.Media != tt.media || !slices.Equal(m.DSCP, tt.dscp) || !m.InPlan ||
					m.Rank != RankPrimary ||
					m.Function != "media-"+tt.media || !slices.Contains(m.Needs, NeedsMedia) {
					t.Errorf("%s udp %d>%d: %+v", spec, client, tt.server, m)
				}
			}
		}
	}
}

func TestPorts(t *testing.T) {
	p := pick(t, "latest")
	tests := []struct {
		proto          string
		client, server int
		want           []string // ids in order
	}{
		{"tcp", 49152, 9000, []string{"webex-tcp-9000", "webex-edge-audio-media-in", "webex-edge-audio-media-out"}},
		{"tcp", 49152, 2197, []string{"webex-calling-push"}},
		{"udp", 0, 123, []string{"webex-calling-ntp", "webex-ntp"}},
		{"udp", 49152, 33434, []string{"webex-udp-33434", "webex-calling-media", "webex-edge-audio-media-in", "webex-edge-audio-media-out"}},
		{"udp", 1, 7, nil}, {"sctp", 1, 443, nil}, {"udp", 1, 0, nil}, {"udp", 1, -1, nil}, {"udp", 1, 65536, nil},
	}
	for _, tt := range tests {
		got := idsOf(p.Ports(tt.proto, tt.client, tt.server))
		got = slices.DeleteFunc(got, func(id string) bool { // wide ranges of other needs, not the point here
			return strings.HasPrefix(id, "webex-mesh-cluster") || strings.HasPrefix(id, "webex-calling-cucm") || strings.HasPrefix(id, "webex-expressway")
		})
		if !slices.Equal(got, tt.want) && len(got)+len(tt.want) > 0 {
			t.Errorf("%s %d>%d: got %v, want %v", tt.proto, tt.client, tt.server, got, tt.want)
		}
	}
	if got := idsOf(p.Ports("udp", 52010, 5004)); got[0] != "webex-udp-5004-app-audio" {
		t.Errorf("udp 52010>5004: the narrowest client range must come first: %v", got)
	}
	if got := idsOf(p.Ports("tcp", 49152, 443)); !slices.Contains(got, "webex-tls-443-media") || !slices.Contains(got, "webex-tls-443") {
		t.Errorf("tcp 443 must answer for TLS rows: %v", got)
	}
	if m := portRow(t, p, "tcp", 49152, 443, "webex-tls-443-media"); m.Transport != "tls" || m.SNI != SNINone || m.Rank != RankFallback2 {
		t.Errorf("tls 443: %+v", m)
	}
	if m := portRow(t, p, "tcp", 25000, 7001, "webex-expressway-sip"); m.Device != "expressway" ||
		m.Transport != "tcp" || !slices.Equal(m.Needs, []string{NeedsTraversal}) {
		t.Errorf("tcp 7001: %+v", m)
	}
}

// No row is listed twice for one flow.
func TestPortRowsAppearOnce(t *testing.T) {
	p := pick(t, "latest")
	for _, server := range []int{53, 80, 123, 443, 2776, 3478, 5004, 5060, 5061, 5062, 8443, 8600, 8934, 9000, 20000,
		36000, 50000, 52600} {
		for _, client := range []int{1719, 5065, 8550, 15000, 25000, 30000, 34500, 36000, 52010, 52210, 53000, 64000} {
			for _, proto := range []string{"udp", "tcp"} {
				ids := idsOf(p.Ports(proto, client, server))
				sorted := slices.Sorted(slices.Values(ids))
				if c := slices.Compact(sorted); len(c) != len(ids) {
					t.Errorf("%s %d>%d: %v", proto, client, server, ids)
				}
			}
		}
	}
}

func TestPortPlan(t *testing.T) {
	p := pick(t, "latest")
	tests := []struct {
		service   string
		client    int
		in, known bool
	}{
		{"meetings", 52000, true, true}, {"meetings", 52299, true, true}, {"meetings", 51999, false, true}, {"meetings", 60000, false, true},
		{"calling", 8500, true, true}, {"calling", 19661, true, true}, {"calling", 60000, false, true},
		{"mesh", 52500, true, true}, {"messaging", 52000, false, false},
	}
	for _, tt := range tests {
		if in, known := p.PortPlan(tt.service, tt.client); in != tt.in || known != tt.known {
			t.Errorf("PortPlan(%s, %d) = %v, %v", tt.service, tt.client, in, known)
		}
	}
}

func TestPayloadType(t *testing.T) {
	p := pick(t, "latest")
	tests := []struct {
		pt     int
		up     bool
		client string
		want   string
	}{
		{98, true, ClientNative, "audio opus 48000 true"}, {98, false, ClientNative, ""},
		{101, false, ClientNative, "audio opus 48000 true"}, {101, true, ClientNative, "audio opus 48000 true"},
		{97, true, ClientNative, "video H264 90000 true"}, {97, false, ClientNative, "video H264 90000 false"}, {100, false, ClientNative, "telephone-event telephone-event 0 false"},
		{111, false, ClientNative, "fec x-ulpfecuc 0 false"}, {111, true, ClientBrowser, "audio opus 48000 false"},
		{102, true, ClientNative, "audio opus 48000 false"}, {102, false, ClientBrowser, "video H264 90000 false"},
		{118, true, ClientNative, "share H264 90000 false"}, {117, false, ClientNative, "video H264 90000 true"},
		{9, true, ClientNative, "audio G722 8000 false"}, {114, true, ClientSIP, "audio opus 48000 false"},
		{-1, true, ClientNative, ""}, {128, true, ClientNative, ""}, {98, true, "other", ""},
	}
	for _, tt := range tests {
		m, ok := p.PayloadType(tt.pt, tt.up, tt.client)
		got := ""
		if ok {
			got = fmt.Sprint(m.Kind, " ", m.Codec, " ", m.ClockRate, " ", m.Companion)
		}
		if got != tt.want {
			t.Errorf("%d up=%v %s: got %q, want %q", tt.pt, tt.up, tt.client, got, tt.want)
		}
	}
	var companions []int
	for pt := -1; pt < 129; pt++ {
		if p.NativeCompanion(pt) {
			companions = append(companions, pt)
		}
	}
	if want := []int{97, 98, 101, 108, 117}; !slices.Equal(companions, want) {
		t.Errorf("companions %v, want %v", companions, want)
	}
}

func TestIssuer(t *testing.T) {
	p := pick(t, "latest")
	tests := []struct{ dn, kind, product string }{
		{"CN=R3,O=Let's Encrypt,C=US", "public", "Let's Encrypt"},
		{"C=US, O=\"VeriSign, Inc.\", CN=VeriSign Class 3", "public", "VeriSign"},
		{"cn=x, o=hydrantid (avalanche cloud corporation)", "public", "HydrantID"},
		{"CN=Cisco Umbrella Secondary SubCA fra-SG, O=Cisco", "interception", "Cisco Umbrella and Secure Access"},
		{"O=ZSCALER INC.", "interception", "Zscaler"},
		{"Zscaler Root CA", "interception", "Zscaler"},
		{"CN=Cisco Manufacturing CA SHA2,O=Cisco", "cisco-device", "Cisco Manufacturing"},
		{"CN=Symantec Web Security Service CA,O=Symantec Corporation", "interception", "Symantec, Blue Coat, Broadcom"},
		{"CN=DigiCert,O=DigiCertain Fakes", "", ""}, // an organisation of another name
		{"CN=DigiCert Global Root G2", "", ""},      // the organisation decides, not the CN
		{"CN=Philosophos CA,O=Acme", "", ""},        // no whole word
		{"CN=x,L=Zscaler", "", ""},                  // not O, OU or CN
		{"CN=Cisco,O=Cisco Systems\\, Inc.", "", ""},
		{"", "", ""}, {"=", "", ""}, {",,,", "", ""}, {"O=\\", "", ""}, {"O=\"", "", ""},
	}
	for _, tt := range tests {
		m, _ := p.Issuer(tt.dn)
		if m.Kind != tt.kind || m.Product != tt.product {
			t.Errorf("%q: got %s %s, want %s %s", tt.dn, m.Kind, m.Product, tt.kind, tt.product)
		}
	}
}

func TestIssuerExpectedOn(t *testing.T) {
	p := pick(t, "latest")
	tests := []struct {
		dn, date string
		want     bool
	}{
		{"O=Symantec Corporation", "2015-10-11", true}, {"O=Symantec Corporation", "2026-01-01", false},
		{"O=IdenTrust", "2020-03-30", true}, {"O=Let's Encrypt", "2014-01-01", false}, {"O=Let's Encrypt", "2021-10-15", true},
		{"O=DigiCert Inc", "2015-01-01", true}, {"O=Zscaler Inc.", "2026-01-01", false},
	}
	for _, tt := range tests {
		if m, ok := p.Issuer(tt.dn); !ok || m.ExpectedOn(captureTime(tt.date)) != tt.want {
			t.Errorf("%s on %s: want %v", tt.dn, tt.date, tt.want)
		}
	}
}

func TestOtherLookups(t *testing.T) {
	old, now := pick(t, "webex-2022-06"), pick(t, "latest")
	if !now.CipherExpected("TLS_AES_256_GCM_SHA384") || now.CipherExpected("TLS_RSA_WITH_RC4_128_SHA") || !now.CipherExpectedID(0xc030) || now.CipherExpectedID(0x0004) {
		t.Error("cipher suites")
	}
	if now.MinTLS() != "1.2" {
		t.Errorf("lowest TLS version %q", now.MinTLS())
	}
	for p, want := range map[*Pack]string{old: "never", now: "allowed"} {
		if m, ok := p.Policy("device-media-via-proxy"); !ok || !reflect.DeepEqual(m.Values, []string{want}) {
			t.Errorf("%s: device media via proxy: %v, want %s", p.ID, m.Values, want)
		}
	}
	if m, ok := now.Policy("proxy-auth-app-windows"); !ok || slices.Contains(m.Values, "negotiate") {
		t.Errorf("proxy authentication: %v", m.Values)
	}
	if r, ok := now.STUNAttribute(0xc003); !ok || r.STUN.Class != ClassStrong {
		t.Error("CISCO-WEBEX-FLOW-INFO")
	}
	if r, ok := now.STUNAttribute(0xc000); !ok || r.STUN.Class != ClassWeak {
		t.Error("CISCO-STUN-FLOWDATA")
	}
}

// FuzzName: no input panics or matches what its last labels do not say.
func FuzzName(f *testing.F) {
	p := pick(f, "latest")
	for _, s := range []string{"acme.webex.com", "LINUS24.x.prod.infra.webex.com.", "*.webex.com", "..webex.com", "\x00.wbx2.com", "locus.*.prod.meetapi.webex.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, host string) {
		m, ok := p.Name(host)
		if !ok {
			return
		}
		_, suffix := splitPattern(m.Pattern)
		if !strings.HasSuffix(strings.ToLower(strings.TrimSuffix(host, ".")), suffix) {
			t.Errorf("%q matches %s", host, m.Pattern)
		}
	})
}

// FuzzIssuer: no distinguished name panics or loops.
func FuzzIssuer(f *testing.F) {
	p := pick(f, "latest")
	for _, s := range []string{"CN=R3,O=Let's Encrypt,C=US", "O=\"a, b\"+CN=\\", "=,=,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, dn string) { p.Issuer(dn) })
}

func idsOf(list []PortMatch) []string {
	out := make([]string, len(list))
	for i, m := range list {
		out[i] = m.Row.ID
	}
	return out
}
