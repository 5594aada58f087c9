package anonymize

import (
	"net/netip"
	"reflect"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/signatures"
)

// textMembers adds to list the members of a type of records, and of all within, that may hold text.
func textMembers(typ reflect.Type, list map[string]bool) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ.PkgPath() != reflect.TypeFor[record.Set]().PkgPath() {
		return
	}
	for i := range typ.NumField() {
		f := typ.Field(i)
		textMembers(f.Type, list)
		leaf := f.Type
		for leaf.Kind() == reflect.Slice || leaf.Kind() == reflect.Pointer {
			leaf = leaf.Elem()
		}
		if looked(f.Type) && leaf.Kind() != reflect.Struct {
			list[typ.Name()+"."+f.Name] = true
		}
	}
}

// TestEveryMemberIsDecided: a new member of a record that may hold text is blank until it is in the table, and this
// test names it; and no decision is about a member that is not there.
func TestEveryMemberIsDecided(t *testing.T) {
	there := map[string]bool{}
	textMembers(reflect.TypeFor[record.Set](), there)
	for name := range there {
		if decisions[name].do == nil {
			t.Errorf("%s has no decision: it would be blank", name)
		}
	}
	for name := range decisions {
		if !there[name] {
			t.Errorf("%s is decided, and no member", name)
		}
	}
	if len(there) < 150 {
		t.Errorf("%d members", len(there))
	}
}

// mapperOfSet is one that knows of nothing.
func mapperOfSet(t *testing.T) *setMapper {
	t.Helper()
	m, err := NewMapper([keyLen]byte{7}, signatures.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	return &setMapper{m: m, known: map[string]string{}, community: map[string]string{}, sites: map[string]bool{},
		plans: map[reflect.Type][]step{}}
}

// TestProse: values of the records, addresses and names go; figures and the words of the program stay.
func TestProse(t *testing.T) {
	x := mapperOfSet(t)
	a := func(s string) string { mapped, _ := x.address(s); return mapped }
	name, issuer, file := x.host("pbx"), x.dn("CN=Inspect\\, all,O=Acme"), x.file("/home/alice/acme call.pcap")
	x.index()
	for text, want := range map[string]string{
		"UDP 5004: 9 STUN requests, no response":              "UDP 5004: 9 STUN requests, no response",
		"from 10.20.1.15:5004 to 10.20.0.0/16.":               "from " + a("10.20.1.15:5004") + " to " + a("10.20.0.0/16") + ".",
		"ICMP 3/13 from 2001:db8:77::1":                       "ICMP 3/13 from " + a("2001:db8:77::1"),
		"SNI idbroker.webex.com, TLS 1.2, 5.2 %, 34.2s":       "SNI idbroker.webex.com, TLS 1.2, 5.2 %, 34.2s",
		"SNI portal.acme.example":                             "SNI " + x.m.Name("portal.acme.example"),
		"asked pbx":                                           "asked " + name,
		"issuer CN=Inspect\\, all,O=Acme":                     "issuer " + issuer,
		"/home/alice/acme call.pcap: damaged at byte 30":      file + ": damaged at byte 30",
		"last answer 2026-09-07T10:14:31.000000000Z 10:14:31": "last answer 2026-09-07T10:14:31.000000000Z 10:14:31",
		"4 packets to 00:11:22:33:44:55":                      "4 packets to " + x.mac("00:11:22:33:44:55"),
	} {
		if got := x.prose(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestFilter: a display filter has other addresses, and is blank where it holds anything that is not known.
func TestFilter(t *testing.T) {
	x := mapperOfSet(t)
	a := func(s string) string { mapped, _ := x.address(s); return mapped }
	for text, want := range map[string]string{
		"frame.number in {1..3, 7}": "frame.number in {1..3, 7}",
		"frame.number >= 3 && ip.addr == 10.1.2.3 && ip.addr == 170.72.1.2 && (vlan.id == 7 || !vlan) && udp.port == 5004 && !icmp": "frame.number >= 3 && ip.addr == " +
			a("10.1.2.3") + " && ip.addr == 170.72.1.2 && (vlan.id == 7 || !vlan) && udp.port == 5004 && !icmp",
		"ipv6.src == 2001:db8:77::1":                  "ipv6.src == " + a("2001:db8:77::1"),
		`tls.handshake.extensions_server_name == "a"`: "",
	} {
		if got := x.filter(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestSessionSentences: the sentences of a call are made anew of mapped values, also within parts; one that is no data
// is not shown.
func TestSessionSentences(t *testing.T) {
	m, err := NewMapper([keyLen]byte{7}, signatures.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	proxy, from := netip.MustParseAddrPort("10.1.2.3:8080"), netip.MustParseAddr("10.9.9.9")
	refused := wording.New("refused", "the proxy %s refused 2 (%s)", wording.Endpoint(proxy), wording.List([]string{"407"}))
	story := wording.Join("reasons", "; ", []wording.Text{refused, wording.New("icmp", "%d/%d from %s", 3, 13, from)})
	s := &record.Session{Story: story.String(), FallbackReason: "of alice"}
	s.Messages.Story = story
	got := m.Set(&record.Set{Sessions: []*record.Session{s}}).Sessions[0]
	want := "the proxy " + netip.AddrPortFrom(m.Addr(proxy.Addr()), 8080).String() + " refused 2 (407); 3/13 from " +
		m.Addr(from).String()
	if got.Story != want || got.Messages.Story.String() != want || got.FallbackReason != omitted {
		t.Errorf("%q, %q, %q; want %q", got.Story, got.Messages.Story, got.FallbackReason, want)
	}
	if s.Story != "the proxy 10.1.2.3:8080 refused 2 (407); 3/13 from 10.9.9.9" {
		t.Errorf("the original became %q", s.Story)
	}
}
