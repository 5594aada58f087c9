// Package h323 recognises H.323 signalling: H.225.0 RAS in datagrams (UDP 1719, multicast 1718) and H.225.0 call
// signalling, which is Q.931 with a User-User element in TPKT packets (TCP 1720).
//
// In goes a datagram or the start of one direction of a TCP connection; out come message types. Both are known by the
// object identifier of H.225.0, itu-t(0) recommendation(0) h(8) 2250 version(0) n, which stands at the beginning of the
// PER-encoded part of every call signalling message and of the RAS messages that open a relation; never by port. PER is
// not decoded any further. H.245, which follows on ports of its own, is not read.
package h323

import (
	"encoding/binary"
	"errors"
)

// The reasons why bytes were not read as H.323.
var (
	ErrShort  = errors.New("h323: more bytes are needed")
	ErrSyntax = errors.New("h323: not the protocol")
)

// protocolID is the object identifier with its length octet, without the last arc, which is the version (H.225.0
// section 7.3).
var protocolID = []byte{6, 0, 8, 0x91, 0x4a, 0}

// TPKTHeaderLen is the length of the header of RFC 1006 section 6: version 3, a reserved octet, the packet's length.
const TPKTHeaderLen = 4

// maxTPKT is the longest packet that is believed; call signalling has some hundred bytes.
const maxTPKT = 8 << 10

// NextTPKT splits the first TPKT packet off b: its payload, which borrows b, and its length n with the header.
func NextTPKT(b []byte) (payload []byte, n int, err error) {
	switch {
	case len(b) > 0 && b[0] != 3 || len(b) > 1 && b[1] != 0:
		return nil, 0, ErrSyntax
	case len(b) < TPKTHeaderLen:
		return nil, 0, ErrShort
	}
	n = int(binary.BigEndian.Uint16(b[2:]))
	switch {
	case n < TPKTHeaderLen+3 || n > maxTPKT: // RFC 1006: at least a header and a TPDU of three octets
		return nil, 0, ErrSyntax
	case n > len(b):
		return nil, 0, ErrShort
	}
	return b[TPKTHeaderLen:n:n], n, nil
}

// IsCall reports whether b, the start of one direction of a TCP connection, begins with a call signalling message. It
// is false for one that is not there in full.
func IsCall(b []byte) bool {
	p, _, err := NextTPKT(b)
	if err != nil {
		return false
	}
	m, err := ParseQ931(p)
	return err == nil && m.H225
}
