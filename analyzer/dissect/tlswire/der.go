package tlswire

import (
	"strconv"
	"time"
)

// ASN.1 tags that certificates use.
const (
	tagBoolean         = 0x01
	tagInteger         = 0x02
	tagBitString       = 0x03
	tagOctetString     = 0x04
	tagOID             = 0x06
	tagUTCTime         = 0x17
	tagGeneralizedTime = 0x18
	tagSequence        = 0x30
	tagSet             = 0x31
)

// der reads DER elements from bytes that may end early. cryptobyte is not used here: it refuses an element that is not
// whole, and with a cut certificate that is already the outermost one.
type der []byte

// element is one tag-length-value. body is what is there of the value; whole is false where the length says that there
// was more.
type element struct {
	tag   byte
	body  der
	whole bool
}

// next takes an element off d; false at the end, or where no element can be read.
func (d *der) next() (element, bool) {
	b := *d
	if len(b) < 2 || b[0]&0x1f == 0x1f { // no tag above 30 occurs
		return element{}, false
	}
	head, n := 2, int(b[1])
	if n >= 0x80 {
		size := n & 0x7f
		if size == 0 || size > 3 || len(b) < 2+size { // indefinite, or longer than a TLS message can be
			return element{}, false
		}
		n, head = 0, 2+size
		for _, c := range b[2:head] {
			n = n<<8 | int(c)
		}
	}
	e := element{tag: b[0], whole: n <= len(b)-head}
	e.body = b[head:][:min(n, len(b)-head)]
	*d = b[head+len(e.body):]
	return e, true
}

// take takes the next element if it has the tag; else d stays as it is.
func (d *der) take(tag byte) (element, bool) {
	if len(*d) == 0 || (*d)[0] != tag {
		return element{}, false
	}
	return d.next()
}

// takeWhole is take for an element that is of no use in part.
func (d *der) takeWhole(tag byte) (der, bool) {
	e, ok := d.take(tag)
	return e.body, ok && e.whole
}

// oidString is the dotted form of an encoded object identifier.
func oidString(oid []byte) string {
	var out []byte
	v := uint64(0)
	for _, c := range oid {
		v = v<<7 | uint64(c&0x7f)
		if c&0x80 != 0 {
			continue
		}
		if out == nil { // the first number holds two
			first := min(v/40, 2)
			out = strconv.AppendUint(out, first, 10)
			v -= first * 40
		}
		out = strconv.AppendUint(append(out, '.'), v, 10)
		v = 0
	}
	return string(out)
}

// parseTime reads a UTCTime or GeneralizedTime, with the liberties that BER leaves (no seconds, an offset); zero if it
// is none.
func parseTime(e element) time.Time {
	layouts := [...]string{"20060102150405Z0700", "200601021504Z0700"}
	text := string(e.body)
	if e.tag == tagUTCTime {
		if len(text) < 2 {
			return time.Time{}
		}
		century := "19"
		if text[0] < '5' { // RFC 5280 section 4.1.2.5.1
			century = "20"
		}
		text = century + text
	} else if e.tag != tagGeneralizedTime {
		return time.Time{}
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
