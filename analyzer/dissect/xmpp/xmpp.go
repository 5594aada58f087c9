// Package xmpp reads the beginning of an XMPP stream: the stream header and the offer and use of STARTTLS (RFC 6120
// sections 4 and 5).
//
// In goes the start of one direction of a TCP connection, in order; [Next] takes one tag after the other off it. A
// [Tag] borrows the input. Text between tags is passed over; entities are not resolved. This is no XML parser: it knows
// tags and quoted values, which is all that stands before TLS begins.
package xmpp

import (
	"bytes"
	"errors"
)

// MaxTag is the longest tag in bytes, with the text before it, that is read.
const MaxTag = 4 << 10

// The reasons why no tag was read.
var (
	ErrShort   = errors.New("xmpp: more bytes are needed")
	ErrSyntax  = errors.New("xmpp: not the protocol")
	ErrTooLong = errors.New("xmpp: tag is longer than 4 KiB")
)

// The tags that matter before TLS.
const (
	Stream   = "stream:stream"
	StartTLS = "starttls" // of the client: a request; within the server's features: an offer
	Proceed  = "proceed"
	Failure  = "failure"
)

// Namespaces that tell XMPP from other streams.
const (
	NamespaceStream = "http://etherx.jabber.org/streams"
	NamespaceTLS    = "urn:ietf:params:xml:ns:xmpp-tls"
)

// Tag is one tag, without its angle brackets. Values are as sent, without entities resolved.
type Tag struct {
	Name  []byte // with prefix; "/name" of an end tag, "?xml" of the declaration
	attrs []byte
}

// Is reports whether b begins with a stream header, or with an XML declaration and one. It is false for a header that
// is not there in full: ask again when more bytes have come.
func Is(b []byte) bool {
	if len(b) == 0 || b[0] != '<' {
		return false
	}
	t, n, err := Next(b)
	if err != nil {
		return false
	}
	if string(t.Name) == "?xml" {
		t, _, err = Next(b[n:])
	}
	return err == nil && string(t.Name) == Stream && string(t.Attr("xmlns:stream")) == NamespaceStream
}

// Next reads the first tag of b and its length n, with the text before it.
func Next(b []byte) (t Tag, n int, err error) {
	start := bytes.IndexByte(b[:min(len(b), MaxTag)], '<')
	if start < 0 {
		return Tag{}, 0, missing(b)
	}
	end := tagEnd(b[start:min(len(b), MaxTag)])
	if end < 0 {
		return Tag{}, 0, missing(b)
	}
	inner := bytes.TrimSuffix(bytes.TrimSuffix(b[start+1:start+end], []byte{'/'}), []byte{'?'})
	t.Name = inner
	if i := bytes.IndexAny(inner, " \t\r\n"); i >= 0 {
		t.Name, t.attrs = inner[:i], inner[i:]
	}
	if !isName(t.Name) {
		return Tag{}, 0, ErrSyntax
	}
	return t, start + end + 1, nil
}

// tagEnd is the place of the '>' that ends the tag, outside quoted values; -1: not there.
func tagEnd(b []byte) int {
	quote := byte(0)
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return -1
}

func missing(b []byte) error {
	if len(b) >= MaxTag {
		return ErrTooLong
	}
	return ErrShort
}

// isName holds for the names that XMPP uses: ASCII letters, digits, colon, hyphen, dot and underscore behind '/', '?'
// or nothing.
func isName(b []byte) bool {
	if len(b) > 1 && (b[0] == '/' || b[0] == '?') {
		b = b[1:]
	}
	for _, c := range b {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || bytes.IndexByte([]byte(":-._"), c) >= 0 {
			continue
		}
		return false
	}
	return len(b) > 0
}

// Attr is the value of an attribute, nil where the tag has none of that name.
func (t Tag) Attr(name string) []byte {
	for b := t.attrs; ; {
		key, rest, ok := bytes.Cut(b, []byte{'='})
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if !ok || len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return nil
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return nil
		}
		if string(bytes.TrimSpace(key)) == name {
			return rest[1 : 1+end]
		}
		b = rest[end+2:]
	}
}
