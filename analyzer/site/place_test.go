package site

import (
	"net/netip"
	"strings"
	"testing"
)

// TestPlace: where a client is, by the site file and without one.
func TestPlace(t *testing.T) {
	s, err := Load(strings.NewReader("sites:\n- {name: hq, prefixes: [10.20.0.0/16, '2001:db8:1::/48']}\n"), "site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		site                  *Site
		client, subnet, place string
	}{
		{s, "10.20.4.7", "10.20.4.0/24", "hq"},
		{s, "::ffff:10.20.4.7", "10.20.4.0/24", "hq"},
		{s, "10.21.4.7", "10.21.4.0/24", ""},
		{s, "2001:db8:1:2::7", "2001:db8:1:2::/64", "hq"},
		{nil, "fe80::1%eth0", "fe80::/64", ""},
	} {
		if subnet, place := c.site.Place(netip.MustParseAddr(c.client)); subnet != c.subnet || place != c.place {
			t.Errorf("%s: %q %q, want %q %q", c.client, subnet, place, c.subnet, c.place)
		}
	}
	if subnet, place := s.Place(netip.Addr{}); subnet != "" || place != "" {
		t.Errorf("no address: %q %q", subnet, place)
	}
}
