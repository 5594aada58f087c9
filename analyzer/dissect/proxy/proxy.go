// Package proxy reads what an explicit proxy and its client say to each other in clear: the heads of HTTP/1 requests
// and responses (RFC 9112), CONNECT and proxy authentication (RFC 9110 sections 9.3.6 and 11.7) above all, and the
// opening of SOCKS5 (RFC 1928) and of SOCKS4.
//
// In goes the start of one direction of a TCP connection, in order; out come values whose strings are copies. Of
// credentials only the scheme is read, and user information in a target is dropped. Bodies are not read: Framing says
// how long they are. The parser takes what clients and proxies send, not only what they should: bare line feeds, folded
// lines, blanks around names.
package proxy

import (
	"bytes"
	"errors"
)

// MaxHead is the longest head in bytes, start line and header fields with the empty line behind them, that is read.
const MaxHead = 16 << 10

// The reasons why bytes were not read as a whole message head.
var (
	ErrShort   = errors.New("proxy: more bytes are needed")
	ErrSyntax  = errors.New("proxy: not the protocol")
	ErrTooLong = errors.New("proxy: message head is longer than 16 KiB")
)

// methods are those of RFC 9110 section 9 and RFC 5789.
var methods = [...]string{"CONNECT", "GET", "POST", "HEAD", "PUT", "OPTIONS", "DELETE", "PATCH", "TRACE"}

// IsRequest reports whether b starts with an HTTP/1 request: a line that ends with its version or, where b ends before
// the line does, one of the usual methods and the start of a target. SIP and RTSP, which look alike, do not pass.
func IsRequest(b []byte) bool {
	line, _, complete := cutLine(b)
	if complete {
		_, _, _, ok := requestLine(line)
		return ok
	}
	for _, m := range methods {
		if len(b) > len(m)+1 && string(b[:len(m)]) == m && b[len(m)] == ' ' {
			target := b[len(m)+1:]
			return m == "CONNECT" || target[0] == '/' || bytes.HasPrefix(target, []byte("http"))
		}
	}
	return false
}

// IsResponse reports whether b starts with an HTTP/1 status line: version, blank, three digits.
func IsResponse(b []byte) bool {
	_, _, ok := statusLine(b[:min(len(b), 13)])
	return ok
}

// head is a message head in parts that borrow the input.
type head struct {
	start  []byte // start line
	fields []byte // header fields: all complete lines
	n      int    // bytes up to and with the empty line; 0 where it is not there
}

// splitHead finds the parts of the head at the start of b. On ErrShort and ErrTooLong the parts hold what is complete.
func splitHead(b []byte) (head, error) {
	var h head
	whole := b[:min(len(b), MaxHead)]
	rest := whole
	for len(h.start) == 0 { // RFC 9112 section 2.2: ignore empty lines before the start line
		line, r, ok := cutLine(rest)
		if !ok {
			return head{}, missing(b)
		}
		h.start, rest = line, r
	}
	h.fields = rest
	for {
		line, r, ok := cutLine(rest)
		if !ok || len(line) == 0 {
			h.fields = h.fields[:len(h.fields)-len(rest)]
			if !ok {
				return h, missing(b)
			}
			h.n = len(whole) - len(r)
			return h, nil
		}
		rest = r
	}
}

// missing is why the end of a head was not found in b.
func missing(b []byte) error {
	if len(b) >= MaxHead {
		return ErrTooLong
	}
	return ErrShort
}

// cutLine cuts b behind its first line, which it returns without CR LF or LF; false, and rest is b, where no line ends.
func cutLine(b []byte) (line, rest []byte, ok bool) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return nil, b, false
	}
	return bytes.TrimSuffix(b[:i], []byte{'\r'}), b[i+1:], true
}
