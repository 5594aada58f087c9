// Package sip reads messages of the Session Initiation Protocol in clear (RFC 3261): the start line, and of the header
// fields those that tell who speaks, from where, and how long the body is.
//
// In goes a datagram, or the start of one direction of a TCP connection, in order and without holes; out comes a
// message that borrows it: whoever keeps a part copies it. A message whose end was not captured is read as far as it
// goes. Values that were folded over several lines still hold the line ends, which count as blanks (section 7.3.1);
// lines may also end with LF alone.
package sip

import (
	"bytes"
	"errors"
	"slices"
)

// Message is one request or response. Lists and slices are valid until the next Parse and as long as the input.
type Message struct {
	Method []byte // of a request; nil: a response
	URI    []byte // of a request
	Status int    // of a response, 100 to 699

	Via            []Via     // topmost first, at most MaxVia
	Contact        []Contact // at most MaxContact
	From           []byte    // host of the URI; nil: not given
	To             []byte
	CallID         []byte
	CSeq           uint32
	CSeqMethod     []byte
	ContentType    []byte // without parameters
	UserAgent      []byte
	Server         []byte
	Expires        int    // seconds; -1: not given
	SessionExpires int    // seconds (RFC 4028); -1: not given
	Refresher      []byte // parameter of Session-Expires: uac or uas; nil: not given
	ContentLength  int    // bytes; -1: not given, or no number

	Whole bool   // the head is complete: the empty line behind it was there
	Head  int    // bytes of the head with that line
	Body  []byte // all that follows, nil where the head is not whole
}

// Limits on the lists of a message.
const (
	MaxVia     = 16
	MaxContact = 8
)

// ErrNotSIP is for bytes that do not begin with a start line of SIP.
var ErrNotSIP = errors.New("sip: no start line")

// maxStart is how long a start line may be.
const maxStart = 2048

// methods are those of the IANA registry (RFC 3261, 3262, 3265, 3311, 3428, 3515, 3903, 6086).
var methods = [...]string{
	"ACK", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "PUBLISH", "REFER", "REGISTER", "SUBSCRIBE", "UPDATE",
}

// Is reports whether b begins with a request line or status line of SIP 2.0 (RFC 3261 section 7). Of a line whose end
// is not there a known method with the scheme of a SIP, SIPS or telephone URI is enough.
func Is(b []byte) bool {
	if len(b) < 8 || b[0] < 'A' || b[0] > 'Z' {
		return false
	}
	var m Message
	_, ok := m.startLine(b)
	return ok
}

// Parse reads the message that b begins with. Its lists are used again.
func Parse(b []byte, m *Message) error {
	*m = Message{Via: m.Via[:0], Contact: m.Contact[:0], Expires: -1, SessionExpires: -1, ContentLength: -1}
	rest, ok := m.startLine(b)
	if !ok {
		return ErrNotSIP
	}
	for {
		line, next, whole := cutLine(rest)
		if whole && len(line) == 0 {
			m.Whole, m.Head, m.Body = true, len(b)-len(next), next
			return nil
		}
		if !whole {
			m.Head = len(b)
			return nil // a field that is not whole says nothing
		}
		name, value, after, ok := field(rest)
		if !ok {
			m.Head = len(b)
			return nil
		}
		m.set(name, value)
		rest = after
	}
}

// startLine reads the first line and returns what follows it.
func (m *Message) startLine(b []byte) (rest []byte, ok bool) {
	head := b[:min(len(b), maxStart)]
	line, rest, whole := cutLine(head)
	rest = b[len(head)-len(rest):]
	if bytes.HasPrefix(line, []byte("SIP/2.0 ")) {
		return rest, m.statusLine(line[8:])
	}
	method, target, ok := bytes.Cut(line, []byte{' '})
	if !ok || !isToken(method) {
		return nil, false
	}
	if !whole {
		m.Method = method
		return nil, isMethod(method) && hasScheme(target) && len(b) < maxStart
	}
	uri, ok := bytes.CutSuffix(bytes.TrimRight(target, " \t"), []byte(" SIP/2.0"))
	m.Method, m.URI = method, uri
	return rest, ok && hasScheme(uri)
}

// statusLine reads what stands behind the version.
func (m *Message) statusLine(b []byte) bool {
	if len(b) < 3 || len(b) > 3 && b[3] != ' ' {
		return false
	}
	n, ok := number(b[:3])
	m.Status = n
	return ok && n >= 100 && n < 700
}

func isMethod(b []byte) bool {
	return slices.ContainsFunc(methods[:], func(m string) bool { return string(b) == m })
}

// hasScheme reports whether a request goes to a URI of a scheme that SIP serves. Its own extensions would allow any.
func hasScheme(uri []byte) bool {
	scheme, _, ok := bytes.Cut(uri[:min(len(uri), 8)], []byte{':'})
	return ok && (equalFold(scheme, "sip") || equalFold(scheme, "sips") || equalFold(scheme, "tel"))
}

// isToken reports whether b is a method's name: upper-case letters, as all methods have, 3 to 32.
func isToken(b []byte) bool {
	return len(b) >= 3 && len(b) <= 32 && b[0] >= 'A' && b[0] <= 'Z' && !slices.ContainsFunc(b, func(c byte) bool {
		return (c < 'A' || c > 'Z') && c != '-' && c != '_'
	})
}
