package rtp

// Extension profiles. The two of RFC 9335 say that extension data and CSRC list are encrypted (Cryptex).
const (
	ProfileOneByte        = 0xBEDE
	ProfileTwoByte        = 0x1000 // the lower four bits are free ("appbits")
	ProfileCryptexOneByte = 0xC0DE
	ProfileCryptexTwoByte = 0xC2DE
)

// Elements walks the extension elements of a header (RFC 8285 section 4). Use it as
//
//	for e := h.Elements(); e.Next(); {
//		… e.ID, e.Value
//	}
type Elements struct {
	ID    uint8  // 1 to 14 in the one-byte form, 1 to 255 in the two-byte form
	Value []byte // borrows the packet

	rest []byte
	form form
}

type form uint8

const (
	opaque form = iota
	oneByte
	twoByte
)

// Elements returns an iterator that stands before the first element. There are none where the profile is not one of RFC
// 8285.
func (h *Header) Elements() Elements {
	switch {
	case h.ExtensionProfile == ProfileOneByte:
		return Elements{rest: h.ExtensionData, form: oneByte}
	case h.ExtensionProfile&0xFFF0 == ProfileTwoByte:
		return Elements{rest: h.ExtensionData, form: twoByte}
	}
	return Elements{}
}

// Next goes to the next element; it is false behind the last one, and at an element that does not fit.
func (e *Elements) Next() bool {
	for len(e.rest) > 0 && e.rest[0] == 0 { // a padding byte
		e.rest = e.rest[1:]
	}
	id, head, n := uint8(0), 0, 0
	switch {
	case e.form == oneByte && len(e.rest) >= 1:
		id, head, n = e.rest[0]>>4, 1, int(e.rest[0]&0x0F)+1
		if id == 0 || id == 15 { // padding with a length, or "stop here"
			e.rest = nil
		}
	case e.form == twoByte && len(e.rest) >= 2:
		id, head, n = e.rest[0], 2, int(e.rest[1])
	}
	if head == 0 || head+n > len(e.rest) {
		*e = Elements{}
		return false
	}
	e.ID, e.Value, e.rest = id, e.rest[head:head+n:head+n], e.rest[head+n:]
	return true
}
