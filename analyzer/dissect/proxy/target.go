package proxy

import (
	"net/netip"
	"strconv"
	"strings"
)

// SplitHostPort splits an authority such as "example.com:443", "192.0.2.1" or "[2001:db8::1]:5004" (RFC 3986 section
// 3.2 without user information). The host comes in lower case and without a final dot, an IP address in its canonical
// form and without brackets. Port 0 means that none is named. It is false, and the host empty, where the authority is
// malformed.
func SplitHostPort(authority string) (host string, port int, ok bool) {
	host, rest := strings.TrimSpace(authority), ""
	if strings.HasPrefix(host, "[") {
		literal, after, found := strings.Cut(host[1:], "]")
		if addr, err := netip.ParseAddr(literal); !found || err != nil || !addr.Is6() {
			return "", 0, false
		}
		host, rest = literal, after
	} else if i := strings.IndexByte(host, ':'); i >= 0 && i == strings.LastIndexByte(host, ':') {
		host, rest = host[:i], host[i:]
	}
	if rest != "" {
		if port, ok = parsePort(rest); !ok {
			return "", 0, false
		}
	}
	if host = canonicalHost(host); host == "" {
		return "", 0, false
	}
	return host, port, true
}

// parsePort reads ":443"; a colon alone is the scheme's port (RFC 3986 section 3.2.3) and gives 0.
func parsePort(s string) (int, bool) {
	digits, ok := strings.CutPrefix(s, ":")
	if !ok || digits == "" {
		return 0, ok
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	return int(n), err == nil && n > 0
}

// canonicalHost is a name in lower case or an address as netip writes it, without a zone, which may be any text and
// means something to its host alone (RFC 4007 section 6); empty for what is neither.
func canonicalHost(s string) string {
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.WithZone("").String()
	}
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c == 0x7F || strings.IndexByte(`:/?#[]@\"<>`, c) >= 0 {
			return ""
		}
	}
	return s
}
