package tlswire

import (
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Name is a distinguished name.
type Name struct {
	Text string // RFC 4514, most specific part first: "CN=*.webex.com,O=Cisco Systems\, Inc.,C=US"
	CN   string // the parts that matter most, unescaped; of several the most specific
	O    string
	OU   string
}

// attributeNames are the short names for attribute types, by encoded object identifier (RFC 4514 section 3, RFC 4519).
// The last four are not registered for LDAP but are what everyone prints.
var attributeNames = map[string]string{
	"\x55\x04\x03": "CN", "\x55\x04\x06": "C", "\x55\x04\x07": "L", "\x55\x04\x08": "ST", "\x55\x04\x09": "STREET", "\x55\x04\x0a": "O",
	"\x55\x04\x0b": "OU", "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19": "DC", "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01": "UID",
	"\x55\x04\x04": "sn", "\x55\x04\x05": "serialNumber", "\x55\x04\x0c": "title", "\x55\x04\x0d": "description",
	"\x55\x04\x0f": "businessCategory", "\x55\x04\x11": "postalCode", "\x55\x04\x29": "name", "\x55\x04\x2a": "givenName",
	"\x55\x04\x2e": "dnQualifier", "\x55\x04\x61": "organizationIdentifier",
	"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01":         "emailAddress",
	"\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x01": "jurisdictionL",
	"\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x02": "jurisdictionST",
	"\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x03": "jurisdictionC",
}

// attribute is one type and value of a name.
type attribute struct {
	oid   string // encoded
	value element
	plus  bool // in one set with the attribute before it
}

// parseName reads a Name; b is the content of its SEQUENCE, whole. false if it is none.
func parseName(b der) (Name, bool) {
	attributes, ok := nameAttributes(b)
	if !ok {
		return Name{}, false
	}
	var n Name
	for _, a := range attributes {
		n.note(attributeNames[a.oid], a.value)
	}
	n.Text = nameText(attributes)
	return n, true
}

func nameAttributes(b der) ([]attribute, bool) {
	var list []attribute
	for len(b) > 0 {
		set, ok := b.takeWhole(tagSet)
		if !ok {
			return nil, false
		}
		for plus := false; len(set) > 0; plus = true {
			pair, ok1 := set.takeWhole(tagSequence)
			oid, ok2 := pair.takeWhole(tagOID)
			value, ok3 := pair.next()
			if !ok1 || !ok2 || !ok3 || !value.whole {
				return nil, false
			}
			list = append(list, attribute{string(oid), value, plus})
		}
	}
	return list, true
}

// note keeps the parts that have a field of their own. The order of the wire is from general to specific, so the last
// one stays.
func (n *Name) note(typ string, value element) {
	var field *string
	switch typ {
	case "CN":
		field = &n.CN
	case "O":
		field = &n.O
	case "OU":
		field = &n.OU
	default:
		return
	}
	if text, ok := directoryString(value); ok {
		*field = strings.ToValidUTF8(text, "\uFFFD")
	}
}

// nameText writes the sets in reverse, and the attributes of one set in their order (RFC 4514 section 2.1).
func nameText(list []attribute) string {
	var out []byte
	for end := len(list); end > 0; {
		start := end - 1
		for list[start].plus {
			start--
		}
		if len(out) > 0 {
			out = append(out, ',')
		}
		for i, a := range list[start:end] {
			if i > 0 {
				out = append(out, '+')
			}
			out = appendAttribute(out, a)
		}
		end = start
	}
	return string(out)
}

func appendAttribute(out []byte, a attribute) []byte {
	typ, known := attributeNames[a.oid]
	if !known {
		typ = oidString([]byte(a.oid))
	}
	out = append(append(out, typ...), '=')
	text, ok := directoryString(a.value)
	if !known || !ok {
		return appendHexValue(append(out, '#'), a.value)
	}
	return appendEscaped(out, text)
}

// appendHexValue appends the BER encoding of the value in hex, as RFC 4514 section 2.4 wants it for types without a
// name.
func appendHexValue(out []byte, e element) []byte {
	n := len(e.body)
	head := []byte{e.tag, byte(n)}
	switch {
	case n > 0xffff:
		head = []byte{e.tag, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}
	case n > 0xff:
		head = []byte{e.tag, 0x82, byte(n >> 8), byte(n)}
	case n > 0x7f:
		head = []byte{e.tag, 0x81, byte(n)}
	}
	return hex.AppendEncode(hex.AppendEncode(out, head), e.body)
}

// appendEscaped escapes what RFC 4514 section 2.4 demands, and control characters and broken UTF-8 as pairs of hex
// digits.
func appendEscaped(out []byte, s string) []byte {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		c := s[i]
		switch {
		case r == utf8.RuneError && size == 1, c < 0x20, c == 0x7f:
			out = append(out, '\\', hexDigits[c>>4], hexDigits[c&15])
		case strings.IndexByte(`"+,;<>\`, c) >= 0, c == '#' && i == 0, c == ' ' && (i == 0 || i == len(s)-1):
			out = append(out, '\\', c)
		default:
			out = append(out, s[i:i+size]...)
		}
		i += size
	}
	return out
}

// directoryString converts the string types of names to UTF-8 text; false for other types.
func directoryString(e element) (string, bool) {
	const utf8String, numeric, printable, t61, ia5, visible, universal, bmp = 12, 18, 19, 20, 22, 26, 28, 30
	switch e.tag {
	case utf8String, numeric, printable, ia5, visible:
		return string(e.body), true
	case t61: // in practice Latin-1
		return latin1(e.body), true
	case bmp:
		return utf16BE(e.body), len(e.body)%2 == 0
	case universal:
		return utf32BE(e.body), len(e.body)%4 == 0
	}
	return "", false
}

func latin1(b []byte) string {
	if !slices.ContainsFunc(b, func(c byte) bool { return c >= 0x80 }) {
		return string(b)
	}
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = rune(c)
	}
	return string(out)
}

func utf16BE(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	return string(utf16.Decode(units))
}

func utf32BE(b []byte) string {
	out := make([]rune, len(b)/4)
	for i := range out {
		out[i] = rune(uint32(b[4*i])<<24 | uint32(b[4*i+1])<<16 | uint32(b[4*i+2])<<8 | uint32(b[4*i+3]))
	}
	return string(out)
}
