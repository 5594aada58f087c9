package proxy

import "strings"

// Response is the head of a response. Strings are empty where nothing was said.
type Response struct {
	Version           string // "1.1" or "1.0"
	Status            int    // 100 to 999
	Reason            string
	ProxyAuthenticate []string // schemes offered, in order, each once, as "Negotiate", "NTLM", "Basic"
	Server            string
	Via               string   // of several fields the first
	LocationHost      string   // host of an absolute Location, in lower case; the rest of it is not kept
	ProxyFields       []string // fields that only proxies and caches send, as "name: value", in order, four at most
	Framing
}

// ParseResponse reads the head of the response at the start of b and its length n. With ErrShort and ErrTooLong it
// returns what the complete lines say, and n is 0. An interim response (1xx) is a response like any other: the final
// one follows it.
func ParseResponse(b []byte) (r Response, n int, err error) {
	h, err := splitHead(b)
	if h.start == nil {
		if err == ErrShort && !mayBeResponse(b) {
			err = ErrSyntax
		}
		return Response{}, 0, err
	}
	version, status, ok := statusLine(h.start)
	if !ok {
		return Response{}, 0, ErrSyntax
	}
	r = Response{Version: string(version), Status: status, Reason: reason(h.start),
		Framing: newFraming(string(version))}
	for name, value, rest, ok := field(h.fields); ok; name, value, rest, ok = field(rest) {
		r.set(name, value)
	}
	return r, h.n, err
}

func (r *Response) set(name string, value []byte) {
	switch name {
	case "proxy-authenticate":
		r.ProxyAuthenticate = schemes(r.ProxyAuthenticate, value)
	case "server":
		r.Server = text(value)
	case "via":
		if r.Via == "" {
			r.Via = text(value)
		}
	case "location":
		if r.LocationHost == "" {
			r.LocationHost = locationHost(string(value))
		}
	case "x-squid-error", "x-cache", "x-cache-lookup", "proxy-agent", "x-bluecoat-via":
		if len(r.ProxyFields) < maxProxyFields {
			r.ProxyFields = append(r.ProxyFields, name+": "+text(value))
		}
	default:
		r.Framing.set(name, value)
	}
}

const maxProxyFields = 4

// locationHost is the host of an absolute http or https URL.
func locationHost(url string) string {
	name, rest, ok := strings.Cut(url, "://")
	if !ok || schemePort(name) == 0 {
		return ""
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	host, _, _ := SplitHostPort(withoutUser(rest))
	return host
}

const statusPrefix = "HTTP/1."

// statusLine reads "HTTP/1.1 407"; what follows must be a blank, or nothing.
func statusLine(line []byte) (version []byte, status int, ok bool) {
	if len(line) < 12 || string(line[:7]) != statusPrefix || !isDigit(line[7]) || line[8] != ' ' ||
		len(line) > 12 && !isBlank(line[12]) {
		return nil, 0, false
	}
	for _, c := range line[9:12] {
		if !isDigit(c) {
			return nil, 0, false
		}
		status = status*10 + int(c-'0')
	}
	return line[5:8], status, status >= 100
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// reason is the phrase behind the status.
func reason(line []byte) string {
	if len(line) <= 13 {
		return ""
	}
	return text(line[13:])
}

// mayBeResponse reports whether b, which holds no complete line, can still become a response.
func mayBeResponse(b []byte) bool {
	for len(b) > 0 && (b[0] == '\r' || b[0] == '\n') {
		b = b[1:]
	}
	n := min(len(b), len(statusPrefix))
	return string(b[:n]) == statusPrefix[:n]
}
