package stun

import (
	"encoding/binary"
	"net/netip"
)

// Address families of MAPPED-ADDRESS and its relatives (RFC 8489 section 14.1).
const (
	familyIPv4 = 0x01
	familyIPv6 = 0x02
)

// address reads a plain address into dst unless an earlier attribute has set it.
func (m *Message) address(dst *netip.AddrPort, v []byte) {
	a, ok := parseAddress(v)
	switch {
	case !ok:
		m.Malformed++
	case !dst.IsValid():
		*dst = a
	}
}

// xorAddress reads an obfuscated address into dst: the port is XORed with the first bytes of the magic cookie, the
// address with the cookie and the transaction ID (RFC 8489 section 14.2).
func (m *Message) xorAddress(dst *netip.AddrPort, v []byte) {
	if len(v) != 8 && len(v) != 20 {
		m.Malformed++
		return
	}
	var key [16]byte
	binary.BigEndian.PutUint32(key[:], m.Cookie)
	copy(key[4:], m.TransactionID[:])
	var clear [20]byte
	n := copy(clear[:], v)
	clear[2] ^= key[0]
	clear[3] ^= key[1]
	for i := 4; i < n; i++ {
		clear[i] ^= key[i-4]
	}
	m.address(dst, clear[:n])
}

// parseAddress reads one ignored byte, the family, the port and the address.
func parseAddress(v []byte) (netip.AddrPort, bool) {
	switch {
	case len(v) == 8 && v[1] == familyIPv4:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(v[4:])), binary.BigEndian.Uint16(v[2:])), true
	case len(v) == 20 && v[1] == familyIPv6:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(v[4:])), binary.BigEndian.Uint16(v[2:])), true
	}
	return netip.AddrPort{}, false
}
