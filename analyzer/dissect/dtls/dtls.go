// Package dtls recognises DTLS records (RFC 6347, RFC 9147) and reads what a hello says in clear: versions and whether
// it negotiates SRTP keys (use_srtp, RFC 5764), which tells a browser from an application that keys SRTP otherwise.
//
// In goes a datagram, or as much of it as was captured; out comes a [Message] that the caller owns and reuses, or
// single records that borrow the datagram. Fragments are not put together: a hello that is spread over several is read
// as far as its first fragment goes. Nothing is decrypted; records with a connection ID (RFC 9146) and the short
// headers that DTLS 1.3 uses once keys are known (first byte 32 to 63) carry nothing to know them by and are not
// recognised.
package dtls

import (
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	recordLen   = 13
	maxFragment = 1<<14 + 2048 // RFC 6347 section 4.1
)

// The reasons why bytes are no DTLS record.
var (
	ErrShort   = errors.New("dtls: shorter than a record header")
	ErrType    = errors.New("dtls: unknown content type")
	ErrVersion = errors.New("dtls: neither version 1.0 nor 1.2")
	ErrLength  = errors.New("dtls: record is empty or longer than 18432 bytes")
)

// ContentType is the type of a record.
type ContentType uint8

// The content types.
const (
	ChangeCipherSpec ContentType = 20
	Alert            ContentType = 21
	Handshake        ContentType = 22
	ApplicationData  ContentType = 23
	Heartbeat        ContentType = 24
	ACK              ContentType = 26 // RFC 9147
)

// Version is a protocol version on the wire: the one's complement of that of TLS.
type Version uint16

// The versions. DTLS 1.1 does not exist.
const (
	V10 Version = 0xFEFF
	V12 Version = 0xFEFD
	V13 Version = 0xFEFC // in supported_versions only
)

// String is "1.0", "1.2", "1.3", or empty for any other version.
func (v Version) String() string {
	switch v {
	case V10:
		return "1.0"
	case V12:
		return "1.2"
	case V13:
		return "1.3"
	}
	return ""
}

// Record is one record of a datagram. Fragment borrows it.
type Record struct {
	Type      ContentType
	Version   Version
	Epoch     uint16 // 0: in clear
	Sequence  uint64 // 48 bits
	Length    int    // of the fragment in bytes, as the header claims
	Fragment  []byte
	Truncated bool // Fragment is shorter than Length
}

// Is reports whether b starts with a DTLS record: a known content type, version 1.0 or 1.2, a length that the standard
// allows. It holds for a record that the capture cut off.
func Is(b []byte) bool { return check(b) == nil }

// Next splits the first record off b; false where there is none. The loop over a datagram is
//
//	for r, rest, ok := dtls.Next(b); ok; r, rest, ok = dtls.Next(rest) {
//		…
//	}
func Next(b []byte) (r Record, rest []byte, ok bool) {
	if check(b) != nil {
		return Record{}, nil, false
	}
	r = Record{
		Type:     ContentType(b[0]),
		Version:  Version(binary.BigEndian.Uint16(b[1:])),
		Epoch:    binary.BigEndian.Uint16(b[3:]),
		Sequence: binary.BigEndian.Uint64(b[3:]) & (1<<48 - 1),
		Length:   int(binary.BigEndian.Uint16(b[11:])),
	}
	b = b[recordLen:]
	if r.Length > len(b) {
		r.Truncated, r.Fragment = true, b
		return r, nil, true
	}
	r.Fragment = b[:r.Length:r.Length]
	return r, b[r.Length:], true
}

func check(b []byte) error {
	if len(b) < recordLen {
		return ErrShort
	}
	switch ContentType(b[0]) {
	case ChangeCipherSpec, Alert, Handshake, ApplicationData, Heartbeat, ACK:
	default:
		return ErrType
	}
	if v := Version(binary.BigEndian.Uint16(b[1:])); v != V10 && v != V12 {
		return ErrVersion
	}
	if n := binary.BigEndian.Uint16(b[11:]); n == 0 || n > maxFragment {
		return ErrLength
	}
	return nil
}

// ProfileName is the IANA name of an SRTP protection profile (registry "DTLS-SRTP Protection Profiles"), or four hex
// digits with 0x.
func ProfileName(p uint16) string {
	switch p {
	case 0x0001:
		return "SRTP_AES128_CM_HMAC_SHA1_80"
	case 0x0002:
		return "SRTP_AES128_CM_HMAC_SHA1_32"
	case 0x0005:
		return "SRTP_NULL_HMAC_SHA1_80"
	case 0x0006:
		return "SRTP_NULL_HMAC_SHA1_32"
	case 0x0007:
		return "SRTP_AEAD_AES_128_GCM"
	case 0x0008:
		return "SRTP_AEAD_AES_256_GCM"
	}
	return fmt.Sprintf("0x%04x", p)
}
