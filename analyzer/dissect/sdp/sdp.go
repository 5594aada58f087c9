// Package sdp reads session descriptions (RFC 8866) for what they say of media: where each stream is to be sent, what
// it carries at which clock rate, and whether its keys are announced.
//
// In goes the body of a SIP message, out comes a session whose slices borrow it and are used again by the next Parse.
// Lines of other types and unknown attributes are passed over; lines end with CRLF, or with LF alone.
package sdp

import (
	"bytes"
	"errors"
	"net/netip"
)

// Session is one description.
type Session struct {
	Connection  Host // of the session; media may have their own
	Fingerprint bool // a=fingerprint for all media (RFC 8122)
	Media       []Media
	Dropped     int // media beyond MaxMedia
}

// Media is one m= line with the lines that belong to it.
type Media struct {
	Kind        []byte // audio, video, application, image, message …
	Port        int    // 0: the stream is refused or switched off (RFC 3264 section 6)
	Profile     []byte // RTP/AVP, RTP/SAVP, UDP/TLS/RTP/SAVPF, UDP/BFCP …
	Connection  Host   // its own, else the session's
	RTCP        int    // port of a=rtcp (RFC 3605), 0: not given
	Crypto      bool   // a=crypto: the keys stand in the description (RFC 4568)
	Fingerprint bool   // a=fingerprint: the keys come by DTLS (RFC 5763), for this medium or the session
	Types       []Type // of RTP profiles, at most MaxTypes
}

// Type is one RTP payload type.
type Type struct {
	Number uint8
	Codec  []byte // encoding name of a=rtpmap; nil: a static type without one
	Clock  int    // Hz; 0: not given
}

// Host is where media goes: an address, or a name.
type Host struct {
	Addr netip.Addr // invalid: a name, or nothing
	Name []byte
}

// Limits on what is kept of one description.
const (
	MaxMedia = 32
	MaxTypes = 32
)

// ErrNotSDP is for bytes that do not begin with a version line.
var ErrNotSDP = errors.New("sdp: no version line")

// Parse reads a description. Where b is not whole, its last line counts only if its end is there.
func Parse(b []byte, whole bool, s *Session) error {
	*s = Session{Media: s.Media[:0]}
	if len(b) < 2 || b[0] != 'v' || b[1] != '=' {
		return ErrNotSDP
	}
	var m *Media // nil: lines of the session
	for len(b) > 0 {
		line, rest, ended := bytes.Cut(b, []byte{'\n'})
		b = rest
		line = bytes.TrimRight(line, "\r \t")
		if !ended && !whole || len(line) < 2 || line[1] != '=' {
			continue
		}
		switch value := line[2:]; {
		case line[0] == 'm':
			m = s.begin(value)
		case s.Dropped > 0:
		case m != nil:
			m.line(line[0], value)
		default:
			s.line(line[0], value)
		}
	}
	return nil
}

// line reads one of the session as a whole.
func (s *Session) line(name byte, value []byte) {
	switch name {
	case 'c':
		s.Connection = connection(value)
	case 'a':
		s.Fingerprint = s.Fingerprint || bytes.HasPrefix(value, []byte("fingerprint:"))
	}
}

// line reads one behind the medium's m= line.
func (m *Media) line(name byte, value []byte) {
	switch name {
	case 'c':
		m.Connection = connection(value)
	case 'a':
		m.attribute(value)
	}
}

// begin reads an m= line: media, port [/ number of ports], profile, formats. What is not one is passed over with its
// lines.
func (s *Session) begin(value []byte) *Media {
	kind, rest := word(value)
	port, rest := word(rest)
	profile, formats := word(rest)
	port, _, _ = bytes.Cut(port, []byte{'/'})
	n, ok := number(port, 1<<16-1)
	switch {
	case !ok || len(profile) == 0:
		return new(Media)
	case len(s.Media) >= MaxMedia:
		s.Dropped++
		return nil
	case len(s.Media) < cap(s.Media):
		s.Media = s.Media[:len(s.Media)+1]
	default:
		s.Media = append(s.Media, Media{})
	}
	m := &s.Media[len(s.Media)-1]
	*m = Media{Kind: kind, Port: n, Profile: profile, Connection: s.Connection, Fingerprint: s.Fingerprint,
		Types: m.Types[:0]}
	if m.RTP() {
		m.formats(formats)
	}
	return m
}

// RTP reports whether the profile is one of RTP: its formats are payload types.
func (m *Media) RTP() bool { return bytes.Contains(m.Profile, []byte("RTP/")) }

func (m *Media) formats(b []byte) {
	for len(b) > 0 && len(m.Types) < MaxTypes {
		var w []byte
		if w, b = word(b); len(w) > 0 {
			if n, ok := number(w, 127); ok && m.find(uint8(n)) == nil {
				m.Types = append(m.Types, Type{Number: uint8(n)})
			}
		}
	}
}

func (m *Media) find(pt uint8) *Type {
	for i := range m.Types {
		if m.Types[i].Number == pt {
			return &m.Types[i]
		}
	}
	return nil
}

func (m *Media) attribute(b []byte) {
	name, value, _ := bytes.Cut(b, []byte{':'})
	switch string(name) {
	case "rtpmap":
		m.rtpmap(value)
	case "rtcp":
		port, _ := word(value)
		m.RTCP, _ = number(port, 1<<16-1)
	case "crypto":
		m.Crypto = true
	case "fingerprint":
		m.Fingerprint = true
	}
}

// rtpmap reads payload type, encoding name / clock rate [/ parameters] (RFC 8866 section 6.6); types that the m= line
// does not offer are passed over, and so is a second line for the same type.
func (m *Media) rtpmap(b []byte) {
	pt, encoding := word(b)
	n, ok := number(pt, 127)
	if !ok {
		return
	}
	codec, clock, _ := bytes.Cut(trim(encoding), []byte{'/'})
	clock, _, _ = bytes.Cut(clock, []byte{'/'})
	if t := m.find(uint8(n)); t != nil && t.Codec == nil && len(codec) > 0 {
		t.Codec = codec
		t.Clock, _ = number(trim(clock), maxClock)
	}
}

// maxClock is beyond every clock rate that is registered.
const maxClock = 10_000_000

// connection reads network type, address type, address [/ TTL] [/ number of addresses].
func connection(b []byte) (h Host) {
	_, b = word(b)
	_, b = word(b)
	h.Name, _ = word(b)
	h.Name, _, _ = bytes.Cut(h.Name, []byte{'/'})
	if len(h.Name) <= maxAddress {
		a, _ := netip.ParseAddr(string(h.Name))
		h.Addr = a.WithZone("")
	}
	return h
}

// maxAddress is the length of the longest text of an address.
const maxAddress = 45

// word splits the first word off b.
func word(b []byte) (w, rest []byte) {
	b = bytes.TrimLeft(b, " \t")
	i := bytes.IndexAny(b, " \t")
	if i < 0 {
		return b, nil
	}
	return b[:i], b[i+1:]
}

func trim(b []byte) []byte { return bytes.Trim(b, " \t") }

// number reads a decimal number up to a maximum.
func number(b []byte, maximum int) (n int, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		if n = 10*n + int(c-'0'); n > maximum {
			return 0, false
		}
	}
	return n, len(b) > 0
}
