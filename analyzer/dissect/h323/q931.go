package h323

import "bytes"

// MessageType is the type of a Q.931 message (ITU-T Q.931 table 4-2, H.225.0 table 4).
type MessageType uint8

// The types that H.225.0 uses.
const (
	Alerting         MessageType = 0x01
	CallProceeding   MessageType = 0x02
	Progress         MessageType = 0x03
	Setup            MessageType = 0x05
	Connect          MessageType = 0x07
	SetupAcknowledge MessageType = 0x0D
	ReleaseComplete  MessageType = 0x5A
	Facility         MessageType = 0x62
	Notify           MessageType = 0x6E
	StatusInquiry    MessageType = 0x75
	Information      MessageType = 0x7B
	Status           MessageType = 0x7D
)

// String is the name in the standard's words; empty for a type that H.225.0 does not use.
func (t MessageType) String() string {
	switch t {
	case Alerting:
		return "alerting"
	case CallProceeding:
		return "call proceeding"
	case Progress:
		return "progress"
	case Setup:
		return "setup"
	case Connect:
		return "connect"
	case SetupAcknowledge:
		return "setup acknowledge"
	case ReleaseComplete:
		return "release complete"
	case Facility:
		return "facility"
	case Notify:
		return "notify"
	case StatusInquiry:
		return "status inquiry"
	case Information:
		return "information"
	case Status:
		return "status"
	}
	return ""
}

// Message is one Q.931 message.
type Message struct {
	Type       MessageType
	Reference  uint16 // call reference without its flag
	FromCallee bool   // the flag: the message goes to the side that chose the reference
	H225       bool   // it has a User-User element with the object identifier of H.225.0
}

const (
	discriminator = 0x08 // of Q.931 (Q.931 section 4.2)
	userUser      = 0x7E
	userUserASN1  = 0x05 // protocol discriminator within it: X.208 and X.209 coded (H.225.0 section 7.2.2.31)
	versionAt     = 12   // the object identifier begins within as many octets of the PER-encoded part
)

// ParseQ931 reads the message that b, the payload of one TPKT packet, holds: discriminator 8, a call reference of two
// octets, a type that H.225.0 uses, and information elements that end where b ends.
func ParseQ931(b []byte) (Message, error) {
	if len(b) < 5 || b[0] != discriminator || b[1] != 2 {
		return Message{}, ErrSyntax
	}
	m := Message{Type: MessageType(b[4]), Reference: uint16(b[2]&0x7F)<<8 | uint16(b[3]), FromCallee: b[2]&0x80 != 0}
	if m.Type.String() == "" {
		return Message{}, ErrSyntax
	}
	for e := b[5:]; len(e) > 0; {
		id, value, rest, ok := element(e)
		if !ok {
			return Message{}, ErrSyntax
		}
		if id == userUser && len(value) > 0 && value[0] == userUserASN1 {
			m.H225 = m.H225 || bytes.Contains(value[:min(len(value), versionAt+len(protocolID))], protocolID)
		}
		e = rest
	}
	return m, nil
}

// element splits one information element off b: of one octet (bit 8 set), or with a length of one octet, of two in
// User-User (H.225.0 section 7.2.2.31).
func element(b []byte) (id byte, value, rest []byte, ok bool) {
	id = b[0]
	at, n := 2, 0
	switch {
	case id&0x80 != 0:
		return id, nil, b[1:], true
	case id == userUser && len(b) >= 3:
		at, n = 3, int(b[1])<<8|int(b[2])
	case id != userUser && len(b) >= 2:
		n = int(b[1])
	default:
		return 0, nil, nil, false
	}
	if at+n > len(b) {
		return 0, nil, nil, false
	}
	return id, b[at : at+n], b[at+n:], true
}
