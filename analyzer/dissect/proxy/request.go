package proxy

import (
	"bytes"
	"net"
	"strconv"
	"strings"
)

// Request is the head of a request. Strings are empty where nothing was said.
type Request struct {
	Method  string // as sent: methods are case-sensitive
	Target  string // as sent, without user information; beware of secrets in its query
	Version string // "1.1" or "1.0"

	// Host and Port are of the target where it names them (CONNECT, absolute form), else of the Host field. Host is in
	// lower case; an IP address is in its canonical form, without brackets.
	Host string
	Port int // 0: not named and not implied by a scheme

	ProxyAuthorization string // scheme only, as "Basic", "NTLM", "Negotiate"
	UserAgent          string
	Upgrade            string // as "websocket"
	Framing
}

// ParseRequest reads the head of the request at the start of b and its length n. With ErrShort and ErrTooLong it
// returns what the complete lines say, and n is 0.
func ParseRequest(b []byte) (r Request, n int, err error) {
	h, err := splitHead(b)
	if h.start == nil {
		if err == ErrShort && !mayBeRequest(b) {
			err = ErrSyntax
		}
		return Request{}, 0, err
	}
	method, target, version, ok := requestLine(h.start)
	if !ok {
		return Request{}, 0, ErrSyntax
	}
	r = Request{Method: string(method), Version: string(version), Framing: newFraming(string(version))}
	r.target(string(target))
	fixed := r.Host != ""
	for name, value, rest, ok := field(h.fields); ok; name, value, rest, ok = field(rest) {
		r.set(name, value, fixed)
	}
	return r, h.n, err
}

// HostPort is the host with its port where one is named, an IPv6 address then in brackets.
func (r *Request) HostPort() string {
	if r.Port == 0 || r.Host == "" {
		return r.Host
	}
	return net.JoinHostPort(r.Host, strconv.Itoa(r.Port))
}

// set reads one header field. fixed: the target names the host, and the Host field does not count.
func (r *Request) set(name string, value []byte, fixed bool) {
	switch name {
	case "host":
		if !fixed && r.Host == "" {
			r.Host, r.Port, _ = SplitHostPort(string(value))
		}
	case "proxy-authorization":
		r.ProxyAuthorization = scheme(value)
	case "user-agent":
		r.UserAgent = text(value)
	case "upgrade":
		r.Upgrade = text(value)
	default:
		r.Framing.set(name, value)
	}
}

// target reads the forms of RFC 9112 section 3.2: authority with CONNECT, absolute, origin, asterisk.
func (r *Request) target(t string) {
	r.Target = t
	if r.Method == "CONNECT" {
		r.Target = withoutUser(t)
		r.Host, r.Port, _ = SplitHostPort(r.Target)
		return
	}
	name, rest, ok := strings.Cut(t, "://")
	if !ok || strings.ContainsAny(name, "/?#") {
		return
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority := withoutUser(rest[:end])
	r.Target = name + "://" + authority + rest[end:]
	if r.Host, r.Port, ok = SplitHostPort(authority); ok && r.Port == 0 {
		r.Port = schemePort(name)
	}
}

// withoutUser drops user information, which may be a password, from an authority.
func withoutUser(authority string) string {
	return authority[strings.LastIndexByte(authority, '@')+1:]
}

func schemePort(name string) int {
	switch strings.ToLower(name) {
	case "http", "ws":
		return 80
	case "https", "wss":
		return 443
	}
	return 0
}

// requestLine splits method, target and version ("1.1"). Blanks within the target are the client's fault and kept.
func requestLine(line []byte) (method, target, version []byte, ok bool) {
	line = bytes.TrimRight(line, " \t")
	first, last := bytes.IndexByte(line, ' '), bytes.LastIndexByte(line, ' ')
	if first <= 0 || first > maxMethod || last == first || !isToken(line[:first]) {
		return nil, nil, nil, false
	}
	version, ok = bytes.CutPrefix(line[last+1:], []byte("HTTP/"))
	if !ok || !isVersion(version) {
		return nil, nil, nil, false
	}
	target = bytes.TrimSpace(line[first+1 : last])
	return line[:first], target, version, len(target) > 0
}

// maxMethod is the length of the longest method that is believed; the longest registered one has 17 bytes.
const maxMethod = 32

// mayBeRequest reports whether b, which holds no complete line, can still become a request.
func mayBeRequest(b []byte) bool {
	b = bytes.TrimLeft(b, "\r\n")
	method, _, complete := bytes.Cut(b, []byte{' '})
	return len(method) <= maxMethod && (isToken(method) || len(b) == 0 && !complete)
}

func isVersion(v []byte) bool { return len(v) == 3 && v[0] == '1' && v[1] == '.' && isDigit(v[2]) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isToken holds for a token of RFC 9110 section 5.6.2.
func isToken(b []byte) bool {
	for _, c := range b {
		if !isTokenChar(c) {
			return false
		}
	}
	return len(b) > 0
}

func isTokenChar(c byte) bool {
	return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}
