package stun

import (
	"encoding/binary"
	"errors"
)

// ChannelHeaderLen is the length of a ChannelData header in bytes.
const ChannelHeaderLen = 4

// ErrChannel says that bytes do not start with a channel number.
var ErrChannel = errors.New("stun: no TURN channel number")

// ChannelData is a TURN ChannelData message (RFC 8656 section 12.4). Data borrows the parsed bytes.
type ChannelData struct {
	Number    uint16 // 0x4000 to 0x4FFF
	Length    int    // of the application data, as the header claims
	Data      []byte // as much of it as is there
	Truncated bool   // Data is shorter than Length
}

// IsChannelData reports whether the datagram b is one whole ChannelData message: a channel number, and a length that
// fits b to the byte or to the padding that a sender may add. It is for datagrams; on a stream the messages
// follow each other and [ParseChannelData] and Size lead from one to the next. QUIC's short headers share
// the first byte (RFC 9443), so ask only of peers that speak TURN.
func IsChannelData(b []byte) bool {
	if len(b) < ChannelHeaderLen || b[0]>>4 != 4 {
		return false
	}
	n := ChannelHeaderLen + int(binary.BigEndian.Uint16(b[2:]))
	return n <= len(b) && len(b) <= padded(n)
}

// ParseChannelData reads the ChannelData message at the start of b.
func ParseChannelData(b []byte) (ChannelData, error) {
	if len(b) < ChannelHeaderLen {
		return ChannelData{}, ErrShort
	}
	if b[0]>>4 != 4 {
		return ChannelData{}, ErrChannel
	}
	c := ChannelData{Number: binary.BigEndian.Uint16(b), Length: int(binary.BigEndian.Uint16(b[2:]))}
	c.Data = b[ChannelHeaderLen:]
	if c.Truncated = c.Length > len(c.Data); !c.Truncated {
		c.Data = c.Data[:c.Length:c.Length]
	}
	return c, nil
}

// Size is the length of the message on a stream (TCP or TLS) in bytes, where padding to a multiple of four is required.
func (c *ChannelData) Size() int { return padded(ChannelHeaderLen + c.Length) }
