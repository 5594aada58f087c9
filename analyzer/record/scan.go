package record

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep values may be nested, as in encoding/json.
const maxDepth = 10_000

// cut is the fault of a line that was not written to its end.
const cut = "the line ends too early"

// reader reads JSON values of one line after the other. After the first fault nothing is left to read, so that all
// loops end.
type reader struct {
	b     []byte
	at    int
	depth int
	err   error
	path  string             // of the faulty member
	known [knownTexts]string // texts that were read before, by hash: the same words come in every line

	without []string // types of records that are left out
	left    bool     // the last one was
	flows   int      // how many flows were, or are packed

	packed *packedFlows // where flows and TLS sessions go; nil: to the lists of the set
	flow   Flow         // the one that is read, to be packed
}

// fail notes the first fault.
func (d *reader) fail(what string) {
	if d.err == nil {
		d.err = errors.New(what)
	}
	d.b, d.at = nil, 0
}

// want notes that a value is of another type, or that there is none.
func (d *reader) want(what string) {
	var found string
	switch c := d.peek(); {
	case c == 0:
		d.fail(cut)
		return
	case c == '"':
		found = "a text"
	case c == '{':
		found = "an object"
	case c == '[':
		found = "a list"
	case c == '-' || c >= '0' && c <= '9':
		found = "a number"
	case bytes.HasPrefix(d.b[d.at:], []byte("true")) || bytes.HasPrefix(d.b[d.at:], []byte("false")):
		found = "true or false"
	default:
		found = strconv.QuoteRune(rune(c))
	}
	d.fail("want " + what + ", found " + found)
}

// within puts the name of the member before a fault that was found in it.
func (d *reader) within(name []byte) {
	if d.err == nil || len(name) == 0 {
		return
	}
	if d.path == "" {
		d.path = string(name)
	} else {
		d.path = string(name) + "." + d.path
	}
}

// peek is the next byte that is not white space; 0 at the end.
func (d *reader) peek() byte {
	for d.at < len(d.b) {
		switch c := d.b[d.at]; c {
		case ' ', '\t', '\r', '\n':
			d.at++
		case 0: // no byte of JSON, and not the end
			d.fail("a byte 0")
			return 0
		default:
			return c
		}
	}
	return 0
}

// open begins an object or a list; more is false where it is empty.
func (d *reader) open(c byte) (more bool) {
	if d.peek() != c {
		d.want(map[byte]string{'{': "an object", '[': "a list"}[c])
		return false
	}
	d.at++
	if d.depth++; d.depth > maxDepth {
		d.fail("nested too deep")
	}
	if d.peek() == c+2 { // '{' and '}', '[' and ']'
		d.at++
		d.depth--
		return false
	}
	return d.err == nil
}

// next goes on behind a value to the next one, or ends the object or list.
func (d *reader) next(end byte) (more bool) {
	switch d.peek() {
	case ',':
		d.at++
		return true
	case end:
		d.at++
		d.depth--
	default:
		d.want("a comma or " + string(rune(end)))
	}
	return false
}

// key reads a member's name and the colon behind it.
func (d *reader) key() []byte {
	if d.peek() != '"' {
		d.want("the name of a member")
		return nil
	}
	name := d.text()
	if d.peek() != ':' {
		d.want("a colon")
		return nil
	}
	d.at++
	return name
}

// null reads a null, if that is what comes.
func (d *reader) null() bool { return d.peek() == 'n' && d.literal("null") }

func (d *reader) literal(word string) bool {
	if d.peek() == 0 || !bytes.HasPrefix(d.b[d.at:], []byte(word)) {
		return false
	}
	d.at += len(word)
	return true
}

// text reads a string. What comes back is only good until the next line is read.
func (d *reader) text() []byte {
	start := d.at + 1
	ascii := true
	for i := start; i < len(d.b); i++ {
		switch c := d.b[i]; {
		case c == '"':
			d.at = i + 1
			if text := d.b[start:i]; ascii || utf8.Valid(text) {
				return text
			}
			return d.unescape(start)
		case c == '\\':
			return d.unescape(start)
		case c < ' ':
			d.fail("a control character in a text")
			return nil
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	d.fail(cut)
	return nil
}

// unescape reads a string that is not as it stands there. What is no UTF-8 becomes U+FFFD, as in encoding/json.
func (d *reader) unescape(at int) (out []byte) {
	for d.at = at; d.at < len(d.b); {
		switch c := d.b[d.at]; {
		case c == '"':
			d.at++
			return out
		case c == '\\':
			out = d.escape(out)
		case c < ' ':
			d.fail("a control character in a text")
		case c < utf8.RuneSelf:
			out = append(out, c)
			d.at++
		default:
			r, n := utf8.DecodeRune(d.b[d.at:])
			out = utf8.AppendRune(out, r)
			d.at += n
		}
	}
	d.fail(cut)
	return nil
}

// escapes are the characters behind a backslash and what they stand for.
var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads what begins with a backslash.
func (d *reader) escape(out []byte) []byte {
	if d.at+1 < len(d.b) {
		if c, ok := escapes[d.b[d.at+1]]; ok {
			d.at += 2
			return append(out, c)
		}
	}
	r, ok := d.unit(d.at)
	if !ok {
		d.fail("a backslash and not one of \"\\/bfnrtu")
		return out
	}
	d.at += 6
	if utf16.IsSurrogate(r) {
		low, ok := d.unit(d.at)
		if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
			d.at += 6
		}
	}
	return utf8.AppendRune(out, r)
}

// unit reads \uXXXX.
func (d *reader) unit(at int) (rune, bool) {
	if at+6 > len(d.b) || d.b[at] != '\\' || d.b[at+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(d.b[at+2:at+6]), 16, 16)
	return rune(n), err == nil
}

// number reads a number as RFC 8259 has it.
func (d *reader) number() []byte {
	c := d.peek()
	if c != '-' && (c < '0' || c > '9') {
		d.want("a number")
		return nil
	}
	start := d.at
	d.take('-')
	ok := d.take('0') || d.digits()
	if ok && d.take('.') {
		ok = d.digits()
	}
	if ok && (d.take('e') || d.take('E')) {
		if !d.take('-') {
			d.take('+')
		}
		ok = d.digits()
	}
	if !ok {
		d.fail("a number that is none")
		return nil
	}
	return d.b[start:d.at]
}

// take reads the character, if it is the next one.
func (d *reader) take(c byte) bool {
	if d.at < len(d.b) && d.b[d.at] == c {
		d.at++
		return true
	}
	return false
}

// digits reads digits, one at least.
func (d *reader) digits() bool {
	start := d.at
	for d.at < len(d.b) && d.b[d.at] >= '0' && d.b[d.at] <= '9' {
		d.at++
	}
	return d.at > start
}

// skip reads a value of any kind.
func (d *reader) skip() {
	switch c := d.peek(); {
	case c == '{':
		for more := d.open('{'); more; more = d.next('}') {
			d.key()
			d.skip()
		}
	case c == '[':
		for more := d.open('['); more; more = d.next(']') {
			d.skip()
		}
	case c == '"':
		d.text()
	case c == '-' || c >= '0' && c <= '9':
		d.number()
	case !d.literal("true") && !d.literal("false") && !d.literal("null"):
		d.want("a value")
	}
}

const knownTexts = 1024

// intern is the text as a string; short ones that were read before are not made again.
func (d *reader) intern(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > 40 {
		return string(b)
	}
	h := uint32(2166136261) // FNV-1a
	for _, c := range b {
		h = (h ^ uint32(c)) * 16777619
	}
	place := &d.known[(h^h>>15)%knownTexts]
	if *place != string(b) {
		*place = string(b)
	}
	return *place
}
