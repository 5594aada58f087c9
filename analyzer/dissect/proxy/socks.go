package proxy

import (
	"encoding/binary"
	"net/netip"
)

// Commands and reply codes of SOCKS5 (RFC 1928 sections 4 and 6).
const (
	SOCKSConnect      = 1
	SOCKSBind         = 2
	SOCKSUDPAssociate = 3
	SOCKSSucceeded    = 0
)

// SOCKS is a SOCKS5 request or reply.
type SOCKS struct {
	Code uint8  // command of a request, reply code of a reply
	Host string // name in lower case, or IP address
	Port int
}

// ParseSOCKSGreeting reads the client's first message: the authentication methods it offers (0 none, 2 user name and
// password) and the message's length n. The methods borrow b.
func ParseSOCKSGreeting(b []byte) (methods []byte, n int, err error) {
	switch {
	case len(b) > 0 && b[0] != 5 || len(b) > 1 && b[1] == 0:
		return nil, 0, ErrSyntax
	case len(b) < 2 || len(b) < 2+int(b[1]):
		return nil, 0, ErrShort
	}
	n = 2 + int(b[1])
	return b[2:n:n], n, nil
}

// ParseSOCKSRequest reads a request and its length n.
func ParseSOCKSRequest(b []byte) (s SOCKS, n int, err error) {
	if len(b) > 1 && (b[1] < SOCKSConnect || b[1] > SOCKSUDPAssociate) {
		return SOCKS{}, 0, ErrSyntax
	}
	return parseSOCKS(b)
}

// ParseSOCKSReply reads the answer to a request and its length n. Host and Port are those that the proxy uses itself.
func ParseSOCKSReply(b []byte) (s SOCKS, n int, err error) {
	if len(b) > 1 && b[1] > 8 {
		return SOCKS{}, 0, ErrSyntax
	}
	return parseSOCKS(b)
}

// parseSOCKS reads version, code, a reserved byte, address type, address and port.
func parseSOCKS(b []byte) (SOCKS, int, error) {
	if len(b) > 0 && b[0] != 5 || len(b) > 2 && b[2] != 0 {
		return SOCKS{}, 0, ErrSyntax
	}
	if len(b) < 5 {
		return SOCKS{}, 0, ErrShort
	}
	at, size := 4, 0
	switch b[3] {
	case 1:
		size = 4
	case 3:
		at, size = 5, int(b[4])
	case 4:
		size = 16
	}
	if size == 0 {
		return SOCKS{}, 0, ErrSyntax
	}
	n := at + size + 2
	if len(b) < n {
		return SOCKS{}, 0, ErrShort
	}
	s := SOCKS{Code: b[1], Port: int(binary.BigEndian.Uint16(b[at+size:]))}
	if b[3] == 3 {
		s.Host = canonicalHost(string(b[at : at+size]))
	} else if addr, ok := netip.AddrFromSlice(b[at : at+size]); ok {
		s.Host = addr.String()
	}
	return s, n, nil
}
