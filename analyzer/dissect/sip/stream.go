package sip

import "bytes"

// KeepAlive returns how many bytes b begins with that only keep a connection or an address translation alive: line ends
// (RFC 5626 sections 3.5.1 and 4.4.1), blanks and zeros. Before a start line receivers pass over them (RFC 3261 section
// 7.5).
func KeepAlive(b []byte) int {
	for i, c := range b {
		if c != '\r' && c != '\n' && c != ' ' && c != 0 {
			return i
		}
	}
	return len(b)
}

// MayBecome reports whether b, too short to tell, could be the beginning of a start line.
func MayBecome(b []byte) bool {
	if len(b) == 0 || len(b) > maxStart || bytes.IndexByte(b, '\n') >= 0 || b[0] < 'A' || b[0] > 'Z' {
		return false
	}
	word, target, found := bytes.Cut(b, []byte{' '})
	if bytes.HasPrefix([]byte("SIP/2.0 "), b[:min(len(b), 8)]) {
		return len(b) < 12
	}
	if !found {
		return isToken(word) || len(word) < 3
	}
	return isToken(word) && (len(target) < 5 || hasScheme(target))
}

// NextStart returns the index of the first line of b, behind the first byte, that begins a message; -1: none.
func NextStart(b []byte) int {
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return -1
		}
		if i += n + 1; Is(b[i:]) {
			return i
		}
	}
}
