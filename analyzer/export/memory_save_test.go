package export

import (
	"encoding/json"
	"net/netip"
	"testing"
)

// TestMemorySaved: a memory that was written down and read again names what the first one would have, the latest names
// where there are too many.
func TestMemorySaved(t *testing.T) {
	addr := netip.MustParseAddr
	a, b, server := addr("10.20.1.15"), addr("10.20.1.16"), addr("192.0.2.7")
	var m Memory
	m.names().add(a, server, 100, "old.example.com")
	m.names().add(a, server, 200e9, "a.example.com")
	m.names().add(b, server, 150e9, "b.example.com")
	for i := range maxSaved {
		m.names().add(b, netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)}), 160e9+int64(i), "many.example.com")
	}
	text, err := json.Marshal(&m)
	if err != nil {
		t.Fatal(err)
	}
	var again Memory
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	for _, w := range []struct {
		client, addr netip.Addr
		want         string
	}{
		{a, server, "a.example.com"},
		{addr("10.20.1.17"), server, "a.example.com"}, // of another client
		{b, addr("198.18.0.7"), "many.example.com"},
		{b, addr("198.18.0.0"), ""}, // too many were later
		{b, server, "a.example.com"},
	} {
		if got := again.names().find(w.client, w.addr, 300e9); got != w.want {
			t.Errorf("%v for %v is %q, want %q", w.addr, w.client, got, w.want)
		}
	}
	if err := json.Unmarshal([]byte(`{"schema":"webexaudit.names/2"}`), &again); err == nil {
		t.Error("names of another schema were taken")
	}
}
