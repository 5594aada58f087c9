package proxy

import (
	"bytes"
	"encoding/binary"
	"net/netip"
)

// Version and reply codes of SOCKS4 (Lee, "SOCKS: a protocol for TCP proxy across firewall").
const (
	SOCKS4Version  = 4
	SOCKS4Granted  = 90
	socks4LastCode = 93 // refused: failed, no identd at the client, or another user there
)

// maxSOCKS4Text is more than a user name or a host name holds.
const maxSOCKS4Text = 255

// ParseSOCKS4Request reads a request and its length n. The address 0.0.0.x says that a host name follows the user name
// (Lee, "SOCKS 4A").
func ParseSOCKS4Request(b []byte) (s SOCKS, n int, err error) {
	if len(b) > 0 && b[0] != SOCKS4Version || len(b) > 1 && b[1] != SOCKSConnect && b[1] != SOCKSBind {
		return SOCKS{}, 0, ErrSyntax
	}
	if len(b) < 9 {
		return SOCKS{}, 0, ErrShort
	}
	_, n, err = socks4Text(b, 8)
	if err != nil {
		return SOCKS{}, 0, err
	}
	s = SOCKS{Code: b[1], Port: int(binary.BigEndian.Uint16(b[2:]))}
	addr := netip.AddrFrom4([4]byte(b[4:8]))
	if b[4]|b[5]|b[6] != 0 || b[7] == 0 {
		s.Host = addr.String()
		return s, n, nil
	}
	host, n, err := socks4Text(b, n)
	if err == nil && len(host) == 0 {
		err = ErrSyntax
	}
	if err != nil {
		return SOCKS{}, 0, err
	}
	s.Host = canonicalHost(string(host))
	return s, n, nil
}

// socks4Text is the text at an offset and where what follows its zero begins.
func socks4Text(b []byte, at int) (text []byte, next int, err error) {
	n := bytes.IndexByte(b[at:], 0)
	switch {
	case n > maxSOCKS4Text, n < 0 && len(b)-at > maxSOCKS4Text:
		return nil, 0, ErrSyntax
	case n < 0:
		return nil, 0, ErrShort
	}
	return b[at : at+n], at + n + 1, nil
}

// ParseSOCKS4Reply reads the answer to a request, which has eight bytes. Host and Port are those of a listening proxy,
// and mostly zero.
func ParseSOCKS4Reply(b []byte) (s SOCKS, n int, err error) {
	if len(b) > 0 && b[0] != 0 || len(b) > 1 && (b[1] < SOCKS4Granted || b[1] > socks4LastCode) {
		return SOCKS{}, 0, ErrSyntax
	}
	if len(b) < 8 {
		return SOCKS{}, 0, ErrShort
	}
	s = SOCKS{Code: b[1], Port: int(binary.BigEndian.Uint16(b[2:])), Host: netip.AddrFrom4([4]byte(b[4:8])).String()}
	return s, 8, nil
}
