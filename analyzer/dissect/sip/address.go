package sip

import (
	"bytes"
	"net/netip"
)

// Via is one hop that a request took (RFC 3261 section 20.42).
type Via struct {
	Transport []byte // UDP, TCP, TLS …
	Host      []byte // sent-by: a name, or an address without brackets
	Port      int    // 0: not given
	Received  []byte // the source address that the next hop saw (section 18.2.1), nil: not given
	RPort     bool   // the sender asks for answers to its source port (RFC 3581)
	Source    int    // the source port that the next hop saw, 0: not given
}

// Addr is sent-by's address; invalid for a name.
func (v *Via) Addr() netip.Addr { return address(v.Host) }

// Contact is where its sender wants to be reached (RFC 3261 section 20.10); of the URI only host and port are read.
type Contact struct {
	Host []byte // a name, or an address without brackets
	Port int    // 0: not given
}

// Addr is the host's address; invalid for a name.
func (c *Contact) Addr() netip.Addr { return address(c.Host) }

// maxAddress is the length of the longest text of an address.
const maxAddress = 45

func address(b []byte) netip.Addr {
	if len(b) > maxAddress {
		return netip.Addr{}
	}
	a, _ := netip.ParseAddr(string(b))
	return a.WithZone("")
}

// element splits the first element of a comma-separated list off b; commas in quotes and in angle brackets do not
// count.
func element(b []byte) (first, rest []byte) { return split(b, ',') }

// split cuts b at the first separator outside of quotes and angle brackets.
func split(b []byte, separator byte) (first, rest []byte) {
	quoted, angle := false, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == separator && !angle:
			return trim(b[:i]), b[i+1:]
		}
	}
	return trim(b), nil
}

func appendVia(list []Via, value []byte) []Via {
	for len(value) > 0 && len(list) < MaxVia {
		var one []byte
		one, value = element(value)
		if v, ok := parseVia(one); ok {
			list = append(list, v)
		}
	}
	return list
}

// parseVia reads name / version / transport, blanks, sent-by, parameters.
func parseVia(b []byte) (v Via, ok bool) {
	_, b, ok1 := bytes.Cut(b, []byte{'/'})
	_, b, ok2 := bytes.Cut(b, []byte{'/'})
	b = trim(b)
	i := bytes.IndexAny(b, " \t\r\n")
	if !ok1 || !ok2 || i < 0 {
		return v, false
	}
	v.Transport = b[:i]
	sentBy, params := split(b[i:], ';')
	v.Host, v.Port = hostPort(sentBy)
	for len(params) > 0 {
		var p []byte
		p, params = split(params, ';')
		v.parameter(p)
	}
	return v, len(v.Host) > 0
}

func (v *Via) parameter(p []byte) {
	name, value, _ := bytes.Cut(p, []byte{'='})
	value = trim(value)
	switch name = trim(name); {
	case equalFold(name, "received"):
		v.Received, _ = hostPort(value)
	case equalFold(name, "rport"):
		v.RPort = true
		v.Source, _ = number(value)
	}
}

// hostPort reads host [: port] with blanks around; an address of IPv6 may lack its brackets if it has no port.
func hostPort(b []byte) (host []byte, port int) {
	b = trim(b)
	if len(b) > 0 && b[0] == '[' {
		host, b, _ = bytes.Cut(b[1:], []byte{']'})
		_, b, _ = bytes.Cut(b, []byte{':'})
	} else if bytes.Count(b, []byte{':'}) > 1 {
		return b, 0
	} else {
		host, b, _ = bytes.Cut(b, []byte{':'})
	}
	port, _ = number(trim(b))
	return trim(host), port
}

func appendContacts(list []Contact, value []byte) []Contact {
	for len(value) > 0 && len(list) < MaxContact {
		var one []byte
		one, value = element(value)
		if c, ok := parseContact(one); ok {
			list = append(list, c)
		}
	}
	return list
}

// parseContact reads [name] <URI> or a bare URI; "*" is no contact.
func parseContact(b []byte) (c Contact, ok bool) {
	c.Host, c.Port = uriHostPort(b)
	return c, len(c.Host) > 0
}

// uriHost is the host of [name] <URI> or a bare URI of SIP or SIPS; nil for anything else.
func uriHost(b []byte) []byte {
	host, _ := uriHostPort(b)
	return host
}

func uriHostPort(b []byte) (host []byte, port int) {
	if i := angle(b); i >= 0 {
		b, _, _ = bytes.Cut(b[i+1:], []byte{'>'})
	}
	scheme, uri, ok := bytes.Cut(trim(b), []byte{':'})
	if !ok || !equalFold(scheme, "sip") && !equalFold(scheme, "sips") {
		return nil, 0
	}
	if _, host, found := bytes.Cut(uri, []byte{'@'}); found {
		uri = host
	}
	if i := bytes.IndexAny(uri, ";?"); i >= 0 {
		uri = uri[:i]
	}
	return hostPort(uri)
}

// Host is the host that a request's URI names; nil where it names none, as a telephone URI.
func (m *Message) Host() []byte { return uriHost(m.URI) }

// angle is the index of the first angle bracket outside of quotes; -1: none.
func angle(b []byte) int {
	quoted := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '<' && !quoted:
			return i
		}
	}
	return -1
}
