package proxy

import (
	"slices"
	"testing"
)

// TestBlockPage: what tells who refused a request.
func TestBlockPage(t *testing.T) {
	r, _, err := ParseResponse([]byte("HTTP/1.1 302 Found\r\nLOCATION: https://user:pw@Portal.Example:8443/why?url=secret\r\n" +
		"X-Squid-Error: ERR_ACCESS_DENIED 0\r\nX-Cache: MISS\r\nX-Cache-Lookup: NONE\r\nProxy-agent: p\r\nX-BlueCoat-Via: b\r\n\r\n"))
	want := []string{"x-squid-error: ERR_ACCESS_DENIED 0", "x-cache: MISS", "x-cache-lookup: NONE", "proxy-agent: p"}
	if err != nil || r.LocationHost != "portal.example" || !slices.Equal(r.ProxyFields, want) {
		t.Errorf("%q, %q, %v", r.LocationHost, r.ProxyFields, err)
	}
	for _, location := range []string{"/login", "//a.example/", "ftp://a.example/", ""} {
		if r, _, _ := ParseResponse([]byte("HTTP/1.1 302 Found\r\nLocation: " + location + "\r\n\r\n")); r.LocationHost != "" {
			t.Errorf("%q: host %q", location, r.LocationHost)
		}
	}
}

func TestHostPort(t *testing.T) {
	for host, want := range map[string]string{"a.example": "a.example", "a.example:81": "a.example:81", "[2001:db8::1]:81": "[2001:db8::1]:81", "": ""} {
		if r, _, _ := ParseRequest([]byte("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")); r.HostPort() != want {
			t.Errorf("%q: %q", host, r.HostPort())
		}
	}
}
