package stun

import "fmt"

// Type is a message type as it stands on the wire: 14 bits in which method and class are interleaved (RFC 8489 section
// 5).
type Type uint16

// Method is the 12-bit method of a message.
type Method uint16

// Class is the 2-bit class of a message.
type Class uint8

// The classes.
const (
	Request Class = iota
	Indication
	SuccessResponse
	ErrorResponse
)

// The methods of the IANA registry "STUN Methods". SharedSecret exists in RFC 3489 only.
const (
	Binding           Method = 0x001
	SharedSecret      Method = 0x002
	Allocate          Method = 0x003
	Refresh           Method = 0x004
	Send              Method = 0x006
	Data              Method = 0x007
	CreatePermission  Method = 0x008
	ChannelBind       Method = 0x009
	Connect           Method = 0x00A // RFC 6062, as the two that follow
	ConnectionBind    Method = 0x00B
	ConnectionAttempt Method = 0x00C
	GoogPing          Method = 0x080
)

// NewType interleaves method and class.
func NewType(m Method, c Class) Type {
	return Type(m&0x00F | m&0x070<<1 | m&0xF80<<2 | Method(c&1)<<4 | Method(c&2)<<7)
}

// Method returns bits M0 to M11.
func (t Type) Method() Method { return Method(t&0x000F | t>>1&0x0070 | t>>2&0x0F80) }

// Class returns bits C0 and C1.
func (t Type) Class() Class { return Class(t>>4&1 | t>>7&2) }

// String is as in "Binding Request" or "0x0ab Indication".
func (t Type) String() string { return t.Method().String() + " " + t.Class().String() }

var classNames = [4]string{"Request", "Indication", "Success Response", "Error Response"}

// String is as in RFC 8489: "Request", "Indication", "Success Response", "Error Response".
func (c Class) String() string { return classNames[c&3] }

// String is the registered name, or three hexadecimal digits with 0x.
func (m Method) String() string {
	switch m {
	case Binding:
		return "Binding"
	case SharedSecret:
		return "SharedSecret"
	case Allocate:
		return "Allocate"
	case Refresh:
		return "Refresh"
	case Send:
		return "Send"
	case Data:
		return "Data"
	case CreatePermission:
		return "CreatePermission"
	case ChannelBind:
		return "ChannelBind"
	case Connect:
		return "Connect"
	case ConnectionBind:
		return "ConnectionBind"
	case ConnectionAttempt:
		return "ConnectionAttempt"
	case GoogPing:
		return "GOOG-PING"
	}
	return fmt.Sprintf("0x%03x", uint16(m))
}
