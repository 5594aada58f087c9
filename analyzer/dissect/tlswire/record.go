package tlswire

import "encoding/binary"

// Record types (RFC 8446 section 5.1, RFC 6520).
const (
	RecordChangeCipherSpec = 20
	RecordAlert            = 21
	RecordHandshake        = 22
	RecordApplicationData  = 23
	RecordHeartbeat        = 24
)

// HeaderLen is the length of a record header.
const HeaderLen = 5

// maxRecord is the longest payload: 2^14 bytes and the expansion that TLS 1.2 allows (RFC 5246 section 6.2.3).
const maxRecord = 1<<14 + 2048

// RecordHeader is the header of one record.
type RecordHeader struct {
	Type    byte
	Version uint16 // legacy_record_version: says little about the version spoken
	Length  int    // bytes of payload, 1 to 18,432
}

// ParseRecordHeader reads the header at the start of b. It is false where b is shorter than a header or begins with
// anything that a TLS record cannot begin with.
func ParseRecordHeader(b []byte) (RecordHeader, bool) {
	if len(b) < HeaderLen || b[0] < RecordChangeCipherSpec || b[0] > RecordHeartbeat || b[1] != 3 || b[2] > 4 {
		return RecordHeader{}, false
	}
	h := RecordHeader{b[0], binary.BigEndian.Uint16(b[1:]), int(binary.BigEndian.Uint16(b[3:]))}
	return h, h.Length > 0 && h.Length <= maxRecord
}

// IsRecord reports whether b, the first bytes of a stream or of a segment, begins with a TLS record: a header with
// possible values and, as far as they are there, first payload bytes that fit its type. An SSLv2-compatible ClientHello
// counts as well.
func IsRecord(b []byte) bool {
	h, ok := ParseRecordHeader(b)
	if !ok {
		return isSSLv2Hello(b)
	}
	p := b[HeaderLen:]
	p = p[:min(len(p), h.Length)]
	switch h.Type {
	case RecordChangeCipherSpec:
		return h.Length > 1 || len(p) == 0 || p[0] == 1
	case RecordAlert:
		return h.Length > 2 || len(p) == 0 || p[0] == 1 || p[0] == 2
	}
	return true
}

// isSSLv2Hello recognises the ClientHello in SSLv2 framing that old clients sent to be understood by SSLv2 servers (RFC
// 5246 appendix E.2). It is strict, for no other part of the format has a magic number: the lengths have to add up.
func isSSLv2Hello(b []byte) bool {
	if len(b) < 2+sslv2Fixed || b[0]&0x80 == 0 || !isSSLv2Start(b[2:]) {
		return false
	}
	length := int(binary.BigEndian.Uint16(b) & 0x7fff)
	suites, session, challenge := sslv2Lengths(b[2:])
	return suites > 0 && suites%3 == 0 && session <= 32 && challenge >= 16 && challenge <= 32 &&
		length == sslv2Fixed+suites+session+challenge
}

// sslv2Fixed is the length of type, version and three lengths at the start of an SSLv2 ClientHello.
const sslv2Fixed = 9

// isSSLv2Start checks message type and version of an SSLv2 ClientHello.
func isSSLv2Start(b []byte) bool {
	return b[0] == msgClientHello && (b[1] == 3 && b[2] <= 4 || b[1] == 0 && b[2] == 2)
}

func sslv2Lengths(b []byte) (suites, session, challenge int) {
	return int(binary.BigEndian.Uint16(b[3:])), int(binary.BigEndian.Uint16(b[5:])), int(binary.BigEndian.Uint16(b[7:]))
}
