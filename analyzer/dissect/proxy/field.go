package proxy

import (
	"bytes"
	"strconv"
	"strings"
)

// fieldNames are those of the header fields that are read.
var fieldNames = [...]string{
	"host", "user-agent", "upgrade", "proxy-authorization", "proxy-authenticate", "server", "via",
	"content-length", "transfer-encoding", "connection", "proxy-connection",
	"location", "x-squid-error", "x-cache", "x-cache-lookup", "proxy-agent", "x-bluecoat-via",
}

// field splits the first header field off b, folded lines included (RFC 9112 section 5.2). The name is one of
// fieldNames, or empty; the value is trimmed and may still hold the line ends of folding, which count as blanks. False
// at the end.
func field(b []byte) (name string, value, rest []byte, ok bool) {
	line, rest, ok := cutLine(b)
	if !ok {
		return "", nil, nil, false
	}
	end := len(line)
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		folded, r, ok := cutLine(rest)
		if !ok {
			break
		}
		end = len(b) - len(rest) + len(folded)
		rest = r
	}
	raw, value, found := bytes.Cut(b[:end], []byte{':'})
	if !found {
		return "", nil, rest, true
	}
	return knownName(bytes.TrimSpace(raw)), bytes.TrimSpace(value), rest, true
}

// knownName is the entry of fieldNames that equals b in any case, or empty.
func knownName(b []byte) string {
	for _, name := range fieldNames {
		if len(b) == len(name) && strings.EqualFold(string(b), name) {
			return name
		}
	}
	return ""
}

// text is a field value as one line.
func text(v []byte) string {
	if bytes.ContainsAny(v, "\r\n") {
		return strings.Join(strings.Fields(string(v)), " ")
	}
	return string(v)
}

// Framing is how the message goes on behind its head (RFC 9112 section 6). Independently of it a response to HEAD, one
// with status 1xx, 204 or 304, and a 2xx to CONNECT have no body.
type Framing struct {
	ContentLength int64 // bytes; -1: not given, or not to be believed
	Chunked       bool  // goes before ContentLength
	Close         bool  // the sender will close the connection behind this message

	badLength bool // Content-Length contradicts itself
	old       bool // HTTP/1.0: closes unless told otherwise
	close     bool // said in so many words
	keepAlive bool // said in so many words
}

func newFraming(version string) Framing {
	old := version == "1.0"
	return Framing{ContentLength: -1, Close: old, old: old}
}

// set reads the fields that frame a message; false for all others.
func (f *Framing) set(name string, value []byte) bool {
	switch name {
	case "content-length":
		f.length(value)
	case "transfer-encoding":
		f.Chunked = f.Chunked || hasToken(value, "chunked")
	case "connection", "proxy-connection":
		f.close = f.close || hasToken(value, "close")
		f.keepAlive = f.keepAlive || hasToken(value, "keep-alive")
		f.Close = f.close || f.old && !f.keepAlive
	default:
		return false
	}
	return true
}

// length reads Content-Length, which may be a list of equal numbers (RFC 9110 section 8.6).
func (f *Framing) length(value []byte) {
	for part := range bytes.SplitSeq(value, []byte{','}) {
		n, err := strconv.ParseUint(string(bytes.TrimSpace(part)), 10, 63)
		if err != nil || f.badLength || f.ContentLength >= 0 && f.ContentLength != int64(n) {
			f.badLength, f.ContentLength = true, -1
			return
		}
		f.ContentLength = int64(n)
	}
}

// hasToken reports whether the list v holds the token, in any case.
func hasToken(v []byte, token string) bool {
	for part := range bytes.SplitSeq(v, []byte{','}) {
		if strings.EqualFold(string(bytes.TrimSpace(part)), token) {
			return true
		}
	}
	return false
}
