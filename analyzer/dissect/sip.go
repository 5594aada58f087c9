package dissect

import "bytes"

// isSIP reports whether b begins with a request or status line of SIP 2.0 in clear (RFC 3261 section 7).
func isSIP(b []byte) bool {
	if bytes.HasPrefix(b, []byte("SIP/2.0 ")) {
		return true
	}
	line := b[:min(len(b), 512)]
	if i := bytes.IndexByte(line, '\r'); i >= 0 {
		line = line[:i]
	}
	if len(line) < 16 || line[0] < 'A' || line[0] > 'Z' || !bytes.HasSuffix(line, []byte(" SIP/2.0")) {
		return false
	}
	_, rest, _ := bytes.Cut(line, []byte(" "))
	return bytes.HasPrefix(rest, []byte("sip:")) || bytes.HasPrefix(rest, []byte("sips:")) || bytes.HasPrefix(rest, []byte("tel:"))
}
