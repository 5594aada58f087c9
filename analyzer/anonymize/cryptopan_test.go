package anonymize

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

// published are key and addresses of the sample that comes with the authors' Crypto-PAn 1.0.
var (
	publishedKey = [keyLen]byte{21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16,
		216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2}
	published = map[string]string{
		"128.11.68.132": "135.242.180.132", "129.118.74.4": "134.136.186.123", "130.132.252.244": "133.68.164.234",
		"141.223.7.43": "141.167.8.160", "141.233.145.108": "141.129.237.235", "152.163.225.39": "151.140.114.167",
		"156.29.3.236": "147.225.12.42", "165.247.96.84": "162.9.99.234", "166.107.77.190": "160.132.178.185",
		"192.102.249.13": "252.138.62.131", "192.215.32.125": "252.43.47.189", "192.233.80.103": "252.25.108.8",
		"192.41.57.43": "252.222.221.184",
	}
)

func TestPublishedVectors(t *testing.T) {
	c := newCryptoPAn(publishedKey)
	for in, want := range published {
		if got := c.addr(netip.MustParseAddr(in)).String(); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// TestPrefixPreserving: what two addresses have in common at their beginning their images have too, and no bit more.
func TestPrefixPreserving(t *testing.T) {
	c, r := newCryptoPAn(publishedKey), rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var b [16]byte
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		for _, a := range []netip.Addr{netip.AddrFrom16(b), netip.AddrFrom4([4]byte(b[:4]))} {
			n := r.IntN(a.BitLen())
			s := a.AsSlice()
			s[n/8] ^= 0x80 >> (n % 8)
			for i := n/8 + 1; i < len(s); i++ {
				s[i] ^= byte(r.Uint32())
			}
			other, _ := netip.AddrFromSlice(s)
			x, y := c.addr(a), c.addr(other)
			px, _ := x.Prefix(n)
			if !px.Contains(y) {
				t.Fatalf("%v and %v share %d bits, %v and %v do not", a, other, n, x, y)
			}
			if px, _ = x.Prefix(n + 1); px.Contains(y) {
				t.Fatalf("%v and %v share %d bits, %v and %v more", a, other, n, x, y)
			}
		}
	}
}
