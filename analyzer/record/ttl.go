package record

// InitialTTL is the value from which a packet's TTL or hop limit probably started: 64 (RFC 1700; Linux, macOS), 128
// (Windows) or 255 (network equipment); 0 where none was seen. The 32 of systems long gone is left out: with it a
// packet from far away would seem near.
func InitialTTL(ttl *int) int {
	if ttl == nil || *ttl <= 0 {
		return 0
	}
	for _, initial := range []int{64, 128} {
		if *ttl <= initial {
			return initial
		}
	}
	return 255
}

// Hops is how many routers a packet has passed, by its TTL; ok is false where none was seen.
func Hops(ttl *int) (hops int, ok bool) {
	initial := InitialTTL(ttl)
	if initial == 0 {
		return 0, false
	}
	return initial - *ttl, true
}
