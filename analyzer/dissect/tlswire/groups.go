package tlswire

import "fmt"

// The two groups that most clients send keys for: RFC 7748, and with ML-KEM against quantum computers
// (draft-ietf-tls-ecdhe-mlkem).
const (
	GroupX25519         = 0x001d
	GroupX25519MLKEM768 = 0x11ec
)

// groupNames are the names in the registry "TLS Supported Groups" of IANA (2025-10) that clients and servers of the
// last ten years use.
var groupNames = map[uint16]string{
	0x0013: "secp192r1",
	0x0015: "secp224r1",
	0x0016: "secp256k1",
	0x0017: "secp256r1",
	0x0018: "secp384r1",
	0x0019: "secp521r1",
	0x001a: "brainpoolP256r1",
	0x001b: "brainpoolP384r1",
	0x001c: "brainpoolP512r1",
	0x001d: "x25519",
	0x001e: "x448",
	0x001f: "brainpoolP256r1tls13",
	0x0020: "brainpoolP384r1tls13",
	0x0021: "brainpoolP512r1tls13",
	0x0029: "curveSM2",
	0x0100: "ffdhe2048",
	0x0101: "ffdhe3072",
	0x0102: "ffdhe4096",
	0x0103: "ffdhe6144",
	0x0104: "ffdhe8192",
	0x0200: "MLKEM512",
	0x0201: "MLKEM768",
	0x0202: "MLKEM1024",
	0x11eb: "SecP256r1MLKEM768",
	0x11ec: "X25519MLKEM768",
	0x11ed: "SecP384r1MLKEM1024",
	0x6399: "X25519Kyber768Draft00",
	0x639a: "SecP256r1Kyber768Draft00",
}

// GroupName is the name of a key exchange group, or 0x and four hex digits.
func GroupName(g uint16) string {
	if name := groupNames[g]; name != "" {
		return name
	}
	return fmt.Sprintf("0x%04X", g)
}
