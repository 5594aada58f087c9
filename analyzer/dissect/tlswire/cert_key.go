package tlswire

import (
	"bytes"
	"math/bits"
)

// parseKey reads type and size from the content of a SubjectPublicKeyInfo (RFC 3279, RFC 5480, RFC 8410).
func parseKey(d der) (typ string, size int) {
	algorithm, ok := d.takeWhole(tagSequence)
	if !ok {
		return "", 0
	}
	oid, ok := algorithm.takeWhole(tagOID)
	if !ok {
		return "", 0
	}
	switch string(oid) {
	case "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01":
		return "RSA", rsaBits(d)
	case "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a":
		return "RSA-PSS", rsaBits(d)
	case "\x2a\x86\x48\xce\x3d\x02\x01":
		curve, _ := algorithm.takeWhole(tagOID)
		return "ECDSA", curveBits[string(curve)]
	case "\x2b\x65\x70":
		return "Ed25519", 256
	case "\x2b\x65\x71":
		return "Ed448", 456
	case "\x2a\x86\x48\xce\x38\x04\x01":
		parameters, _ := algorithm.takeWhole(tagSequence)
		p, _ := parameters.takeWhole(tagInteger)
		return "DSA", integerBits(p)
	}
	return oidString(oid), 0
}

// curveBits is the field size of the named curves in use (RFC 5480 section 2.1.1.1, RFC 5639).
var curveBits = map[string]int{
	"\x2a\x86\x48\xce\x3d\x03\x01\x07":     256,
	"\x2b\x81\x04\x00\x0a":                 256, // secp256k1
	"\x2b\x81\x04\x00\x21":                 224,
	"\x2b\x81\x04\x00\x22":                 384,
	"\x2b\x81\x04\x00\x23":                 521,
	"\x2b\x24\x03\x03\x02\x08\x01\x01\x07": 256, // brainpool
	"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b": 384,
	"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d": 512,
}

// rsaBits is the length of the modulus; d begins with the BIT STRING that holds the key.
func rsaBits(d der) int {
	key, ok := d.takeWhole(tagBitString)
	if !ok || len(key) < 1 {
		return 0
	}
	key = key[1:] // number of unused bits
	numbers, _ := key.takeWhole(tagSequence)
	modulus, _ := numbers.takeWhole(tagInteger)
	return integerBits(modulus)
}

func integerBits(b []byte) int {
	b = bytes.TrimLeft(b, "\x00")
	if len(b) == 0 {
		return 0
	}
	return 8*(len(b)-1) + bits.Len8(b[0])
}

// signatureNames are the usual names of signature algorithms by encoded object identifier, as crypto/x509 prints them.
var signatureNames = map[string]string{
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02": "MD2-RSA",
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04": "MD5-RSA",
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05": "SHA1-RSA",
	"\x2b\x0e\x03\x02\x1d":                 "SHA1-RSA", // as Microsoft and the OIW write it
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a": "RSAPSS",
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b": "SHA256-RSA",
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c": "SHA384-RSA",
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d": "SHA512-RSA",
	"\x2a\x86\x48\xce\x38\x04\x03":         "DSA-SHA1",
	"\x60\x86\x48\x01\x65\x03\x04\x03\x02": "DSA-SHA256",
	"\x2a\x86\x48\xce\x3d\x04\x01":         "ECDSA-SHA1",
	"\x2a\x86\x48\xce\x3d\x04\x03\x02":     "ECDSA-SHA256",
	"\x2a\x86\x48\xce\x3d\x04\x03\x03":     "ECDSA-SHA384",
	"\x2a\x86\x48\xce\x3d\x04\x03\x04":     "ECDSA-SHA512",
	"\x2b\x65\x70":                         "Ed25519",
	"\x2b\x65\x71":                         "Ed448",
}

func algorithmName(oid der) string {
	if name := signatureNames[string(oid)]; name != "" {
		return name
	}
	return oidString(oid)
}
