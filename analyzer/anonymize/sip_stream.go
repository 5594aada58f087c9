package anonymize

import (
	"bytes"
	"strconv"
)

// sip rewrites a SIP message of a stream, which keeps its length, and returns that, keep-alives behind it included (RFC
// 5626 section 3.5.1). Of one whose end is not known every address that needs another length becomes a word.
func (m *Mapper) sip(b []byte) int {
	n := sipLength(b)
	if n == 0 {
		copy(b, m.text(b, false))
		return len(b)
	}
	if fitted := fit(m.text(b[:n], true), n); fitted != nil {
		copy(b[:n], fitted)
	} else {
		copy(b[:n], m.text(b[:n], false))
	}
	return len(b) - len(bytes.TrimLeft(b[n:], "\r\n"))
}

// sipLength is the length of a SIP message by its Content-Length, which a stream needs (RFC 3261 section 18.3); 0 where
// it has none, or is not whole.
func sipLength(b []byte) int {
	head, _, found := bytes.Cut(b, []byte("\r\n\r\n"))
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		name = bytes.TrimSpace(name)
		if !bytes.EqualFold(name, []byte("Content-Length")) && !bytes.EqualFold(name, []byte("l")) {
			continue
		}
		body, err := strconv.Atoi(string(bytes.TrimSpace(value)))
		if n := len(head) + 4 + body; err == nil && body >= 0 && found && n <= len(b) {
			return n
		}
		break
	}
	return 0
}

// compactNames are the short names of SIP's header fields (RFC 3261 section 7.3.3).
var compactNames = map[string]string{"content-length": "l", "content-type": "c", "contact": "m", "call-id": "i",
	"supported": "k", "subject": "s", "from": "f", "via": "v", "to": "t"}

// fit gives a message the length by what means nothing: short names of fields and no space behind them, then spaces at
// the end of the head. It returns nil where that does not suffice.
func fit(b []byte, length int) []byte {
	head, body, _ := bytes.Cut(b, []byte("\r\n\r\n"))
	over := len(b) - length
	out := make([]byte, 0, length)
	for i, line := range bytes.Split(head, []byte("\r\n")) {
		if i > 0 {
			out = append(out, "\r\n"...)
		}
		if over > 0 && i > 0 {
			short := compact(line)
			over -= len(line) - len(short)
			line = short
		}
		out = append(out, line...)
	}
	if over > 0 {
		return nil
	}
	out = append(out, bytes.Repeat([]byte(" "), -over)...)
	return append(append(out, "\r\n\r\n"...), body...)
}

// compact is a field with its short name, and nothing between that and its value.
func compact(line []byte) []byte {
	name, value, found := bytes.Cut(line, []byte(":"))
	if !found || line[0] == ' ' || line[0] == '\t' {
		return line
	}
	if short := compactNames[string(bytes.ToLower(bytes.TrimSpace(name)))]; short != "" {
		name = []byte(short)
	}
	return bytes.Join([][]byte{name, bytes.TrimLeft(value, " \t")}, []byte(":"))
}
