package classify

import (
	"fmt"
	"net/netip"
	"testing"

	"webexaudit/analyzer/record"
)

// taught are the prefixes that answers teach, as pairs of name and address.
func taught(answers ...string) []netip.Prefix {
	t := NewTranslators(nil)
	for i := 0; i < len(answers); i += 2 {
		t.Add(answers[i], netip.MustParseAddr(answers[i+1]))
	}
	return t.Prefixes()
}

func TestTranslators(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers []string
		want    string
	}{
		{"nothing taught", nil, "[64:ff9b::/96]"},
		{"ipv4only.arpa", []string{"ipv4only.arpa.", "2001:db8:64::c000:aa"}, "[64:ff9b::/96 2001:db8:64::/96]"},
		{"ipv4only.arpa with another answer", []string{"ipv4only.arpa", "2001:db8:64::1"}, "[64:ff9b::/96]"},
		{"two names", []string{"a.example", "192.0.2.1", "a.example", "2001:db8:64::c000:201", "b.example", "2001:db8:64::c000:202", "B.example.", "192.0.2.2"}, "[64:ff9b::/96 2001:db8:64::/96]"},
		{"one name", []string{"a.example", "192.0.2.1", "a.example", "2001:db8:64::c000:201"}, "[64:ff9b::/96]"},
		{"names of two stacks", []string{"a.example", "192.0.2.1", "a.example", "2001:db8::1", "b.example", "192.0.2.2", "b.example", "2001:db8::2"}, "[64:ff9b::/96]"},
	} {
		if got := fmt.Sprint(taught(tt.answers...)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// A translated address is looked up, and told, as the IPv4 one.
func TestTranslatedAddress(t *testing.T) {
	f := &Flow{Rec: &record.Flow{SrcIP: netip.MustParseAddr("2001:db8::5"), SrcPort: 52000,
		DstIP: netip.MustParseAddr("64:ff9b::170.72.1.2"), DstPort: 5004, Proto: "udp", Initiator: "seen"},
		Hints: &Hints{}}
	c := &Classifier{Packs: packs(t), Translators: taught()}
	f.Rec.StartTime = record.Time(1_788_000_000_000_000_000) // 2026-08-29
	c.Flow(f)
	if !f.Rec.Webex || f.Rec.Prefix != "170.72.0.0/16" || f.Rec.NAT64 != netip.MustParseAddr("170.72.1.2") {
		t.Errorf("Webex %v, range %s, behind %s", f.Rec.Webex, f.Rec.Prefix, f.Rec.NAT64)
	}
	f.Rec.DstIP = netip.MustParseAddr("2001:db8:64::170.72.1.2")
	c.Flow(f)
	if f.Rec.Webex || f.Rec.NAT64.IsValid() {
		t.Errorf("by a prefix that is no translator's: Webex %v, behind %s", f.Rec.Webex, f.Rec.NAT64)
	}
}

func TestAddressKind(t *testing.T) {
	f := &Flow{Rec: &record.Flow{}, Hints: &Hints{}}
	c := &Classifier{Packs: packs(t), Translators: taught()}
	f.Rec.StartTime = record.Time(1_788_000_000_000_000_000)
	c.Flow(f)
	for addr, want := range map[string]string{
		"146.112.61.104": "block-page Cisco Umbrella", "146.112.61.111": " ", "::ffff:146.112.61.110": "block-page Cisco Umbrella", "64:ff9b::146.112.61.108": "block-page Cisco Umbrella",
		"0.0.0.0": "unspecified ", "::": "unspecified ", "127.0.0.1": "loopback ", "10.1.2.3": "private ", "fd00::1": "private ", "169.254.1.1": "private ",
		"100.64.1.1": " ", "198.18.0.1": " ", "170.72.1.2": " ", "2607:fcf0::1": " ",
	} {
		kind, product := f.AddressKind(netip.MustParseAddr(addr))
		if got := kind + " " + product; got != want {
			t.Errorf("%s: %q, want %q", addr, got, want)
		}
	}
}

// The network of a server in no published range is told of flows of Webex, where the pack has it.
func TestServerAS(t *testing.T) {
	for address, want := range map[string]string{
		"48.202.19.9": "AS8075 Microsoft", "64:ff9b::48.202.19.9": "AS8075 Microsoft", "18.184.33.9": "",
		"170.72.1.2": "", "208.253.254.9": "AS13445 Cisco Webex",
	} {
		f := &Flow{Rec: &record.Flow{SrcIP: netip.MustParseAddr("10.20.0.5"), SrcPort: 52000,
			DstIP: netip.MustParseAddr(address), DstPort: 443, Proto: "tcp", Initiator: "seen",
			DNSName: "wbxapi-a.webex.com"},
			Hints: &Hints{}}
		f.Rec.StartTime = record.Time(1_788_000_000_000_000_000) // 2026-08-29
		c := &Classifier{Packs: packs(t), Translators: taught()}
		c.Flow(f)
		if !f.Rec.Webex || f.Rec.ServerAS != want {
			t.Errorf("%s: Webex %v, network %q, want %q", address, f.Rec.Webex, f.Rec.ServerAS, want)
		}
	}
}
