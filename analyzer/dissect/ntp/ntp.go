// Package ntp reads the header of NTP messages of versions 1 to 4 between clients, servers and peers (RFC 5905 section
// 7.3).
//
// In goes a datagram of UDP port 123, or as much of it as was captured; out comes a [Message] by value that borrows
// nothing. NTP has no magic number, so the caller must know the port. Extension fields and authentication are not read,
// nor are control messages (mode 6) and implementation-specific ones (mode 7), which have another format.
package ntp

import (
	"encoding/binary"
	"errors"
)

// HeaderLen is the length of the header in bytes.
const HeaderLen = 48

// The reasons why bytes are no NTP message.
var (
	ErrShort   = errors.New("ntp: shorter than a header")
	ErrVersion = errors.New("ntp: version is none of 1 to 4")
	ErrMode    = errors.New("ntp: mode is none of 1 to 5")
	ErrStratum = errors.New("ntp: stratum above 16")
	ErrLength  = errors.New("ntp: length is not a multiple of 4")
)

// Mode is the association mode (RFC 5905 figure 10).
type Mode uint8

// The modes with the header of figure 8.
const (
	SymmetricActive  Mode = 1
	SymmetricPassive Mode = 2
	Client           Mode = 3
	Server           Mode = 4
	Broadcast        Mode = 5
)

// Unsynchronized is the leap indicator of a clock that knows no time, and the stratum it may show.
const (
	LeapUnknown           = 3
	StratumUnsynchronized = 16
)

// Message is one header. Timestamps are in NTP's own format, 32 bits of seconds since 1900 and 32 of fraction: they are
// compared, not read.
type Message struct {
	Leap     uint8 // 0 to 3; LeapUnknown: the sender's clock is not synchronised
	Version  uint8
	Mode     Mode
	Stratum  uint8 // 0: unspecified, in an answer a kiss-o'-death; 1: primary; 16: not synchronised
	RefID    [4]byte
	Origin   uint64 // of an answer: the request's Transmit
	Receive  uint64
	Transmit uint64
}

// Parse reads the header at the start of b.
func Parse(b []byte) (Message, error) {
	if len(b) < HeaderLen {
		return Message{}, ErrShort
	}
	m := Message{Leap: b[0] >> 6, Version: b[0] >> 3 & 7, Mode: Mode(b[0] & 7), Stratum: b[1]}
	switch {
	case m.Version < 1 || m.Version > 4:
		return Message{}, ErrVersion
	case m.Mode < SymmetricActive || m.Mode > Broadcast:
		return Message{}, ErrMode
	case m.Stratum > StratumUnsynchronized:
		return Message{}, ErrStratum
	case len(b)%4 != 0: // extension fields and MACs are padded
		return Message{}, ErrLength
	}
	m.RefID = [4]byte(b[12:])
	m.Origin = binary.BigEndian.Uint64(b[24:])
	m.Receive = binary.BigEndian.Uint64(b[32:])
	m.Transmit = binary.BigEndian.Uint64(b[40:])
	return m, nil
}

// Kiss is the code of a kiss-o'-death answer, as "RATE", "DENY" or "RSTR" (RFC 5905 section 7.4); empty for other
// messages, and where the code is not written in capital letters as the standard has it.
func (m *Message) Kiss() string {
	if m.Mode != Server || m.Stratum != 0 {
		return ""
	}
	for _, c := range m.RefID {
		if c < 'A' || c > 'Z' {
			return ""
		}
	}
	return string(m.RefID[:])
}

// GivesTime reports whether the message is an answer with a time that a client may use: synchronised, and no
// kiss-o'-death.
func (m *Message) GivesTime() bool {
	return m.Mode == Server && m.Leap != LeapUnknown && m.Stratum > 0 && m.Stratum < StratumUnsynchronized
}
