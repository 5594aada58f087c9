package sip

import "bytes"

// cutLine splits the first line off b, without its end (CRLF, or LF alone). Where the end is not there, whole is false
// and line is all of b.
func cutLine(b []byte) (line, rest []byte, whole bool) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return b, nil, false
	}
	return bytes.TrimSuffix(b[:i], []byte{'\r'}), b[i+1:], true
}

// field splits the first header field off b, folded lines included (RFC 3261 section 7.3.1). False where its end is not
// there: without the line behind it nobody knows whether it goes on.
func field(b []byte) (name, value, rest []byte, ok bool) {
	_, rest, ok = cutLine(b)
	for ok && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		_, rest, ok = cutLine(rest)
	}
	if !ok || len(rest) == 0 {
		return nil, nil, nil, false
	}
	name, value, _ = bytes.Cut(b[:len(b)-len(rest)], []byte{':'})
	return trim(name), trim(value), rest, true
}

// set notes a header field; the first one counts where only one may be.
func (m *Message) set(name, value []byte) {
	switch {
	case is(name, "via", 'v'):
		m.Via = appendVia(m.Via, value)
	case is(name, "contact", 'm'):
		m.Contact = appendContacts(m.Contact, value)
	case is(name, "from", 'f'):
		first(&m.From, uriHost(value))
	case is(name, "to", 't'):
		first(&m.To, uriHost(value))
	case is(name, "session-expires", 'x') && m.SessionExpires < 0:
		m.sessionExpires(value)
	case is(name, "call-id", 'i'):
		first(&m.CallID, value)
	case is(name, "content-type", 'c'):
		kind, _, _ := bytes.Cut(value, []byte{';'})
		first(&m.ContentType, trim(kind))
	case is(name, "content-length", 'l'):
		firstNumber(&m.ContentLength, value)
	case is(name, "expires", 0):
		firstNumber(&m.Expires, value)
	case is(name, "user-agent", 0):
		first(&m.UserAgent, value)
	case is(name, "server", 0):
		first(&m.Server, value)
	case is(name, "cseq", 0) && m.CSeqMethod == nil:
		m.cseq(value)
	}
}

// is reports whether a field has this name (in lower case) or its compact form.
func is(name []byte, long string, compact byte) bool {
	return equalFold(name, long) || len(name) == 1 && compact != 0 && name[0]|0x20 == compact
}

func first(p *[]byte, value []byte) {
	if *p == nil {
		*p = value
	}
}

func firstNumber(p *int, value []byte) {
	if n, ok := number(value); ok && *p < 0 {
		*p = n
	}
}

// sessionExpires reads seconds and the parameter refresher (RFC 4028 section 4).
func (m *Message) sessionExpires(value []byte) {
	seconds, params := split(value, ';')
	firstNumber(&m.SessionExpires, seconds)
	for len(params) > 0 {
		var p []byte
		p, params = split(params, ';')
		if name, who, _ := bytes.Cut(p, []byte{'='}); equalFold(trim(name), "refresher") {
			first(&m.Refresher, trim(who))
		}
	}
}

// cseq reads a number and a method.
func (m *Message) cseq(value []byte) {
	i := bytes.IndexFunc(value, func(r rune) bool { return r < '0' || r > '9' })
	if i < 1 {
		return
	}
	n, ok := number(value[:i])
	if method := trim(value[i:]); ok && len(method) > 0 {
		m.CSeq, m.CSeqMethod = uint32(n), method
	}
}

// number reads a decimal number below 2³¹ with leading zeros.
func number(b []byte) (n int, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' || n > (1<<31-1-9)/10 {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, len(b) > 0
}

func trim(b []byte) []byte { return bytes.Trim(b, " \t\r\n") }

// equalFold compares with a name in lower case.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
