package record

import "net/netip"

// Subnet is the /24 (IPv4) or /64 (IPv6) around the address; invalid for an invalid address.
func Subnet(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
