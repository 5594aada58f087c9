// Package tlswire reads what TLS shows in clear: records, handshake messages up to the point where encryption begins,
// alerts, certificates (RFC 5246, RFC 8446), and the fingerprints JA3, JA3S and JA4.
//
// In goes one direction of a TCP stream, in order, in pieces of any size ([Reader], [RecordWalker]), or one handshake
// message from elsewhere ([ClientHello.Decode], [ServerHello.Decode], for QUIC). Out come values. Byte slices in events
// and hellos borrow the caller's bytes or the Reader's buffer and are valid until the next call; strings and [Cert] are
// copies.
//
// Captures start late and are cut short, so every parser gives what it could read from the first part of a message and
// says that there was more (Cut, Partial). Nothing here decrypts, verifies a signature or judges a certificate.
package tlswire

import "fmt"

// Protocol versions as they stand on the wire.
const (
	VersionSSL2  = 0x0002
	VersionSSL3  = 0x0300
	VersionTLS10 = 0x0301
	VersionTLS11 = 0x0302
	VersionTLS12 = 0x0303
	VersionTLS13 = 0x0304
)

// draftMajor is the first byte of the version numbers of the TLS 1.3 drafts (0x7f12 is draft 18).
const draftMajor = 0x7f

// VersionName is the usual short name of a protocol version: "1.0" to "1.3", "SSL 3.0", "SSL 2.0". Drafts of TLS 1.3
// count as "1.3"; anything else shows as 0x and four hex digits.
func VersionName(v uint16) string {
	switch v {
	case VersionSSL2:
		return "SSL 2.0"
	case VersionSSL3:
		return "SSL 3.0"
	case VersionTLS10:
		return "1.0"
	case VersionTLS11:
		return "1.1"
	case VersionTLS12:
		return "1.2"
	case VersionTLS13:
		return "1.3"
	}
	if v>>8 == draftMajor {
		return "1.3"
	}
	return fmt.Sprintf("0x%04X", v)
}

// isTLS13 reports whether the version is TLS 1.3 or one of its drafts.
func isTLS13(v uint16) bool { return v == VersionTLS13 || v>>8 == draftMajor }

// IsGREASE reports whether the value is one of the reserved ones that clients strew in to keep servers tolerant (RFC
// 8701).
func IsGREASE(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }
