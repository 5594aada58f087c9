package proxy

import (
	"bytes"
	"slices"
	"strings"
)

// maxSchemes bounds the list of a response; servers offer four at most.
const maxSchemes = 8

// schemes adds the schemes of one Proxy-Authenticate field to list. The field is a list of challenges whose parameters
// are separated by commas too (RFC 9110 section 11.6.1), so an element starts a challenge if no equals sign follows its
// first token: `NTLM, Digest realm="a, b", qop="auth"` has two. One-piece data behind a scheme ("NTLM TlRMTVNTUAAC==")
// is no token of its own, nor is what follows a realm that should have been quoted.
func schemes(list []string, v []byte) []string {
	for len(v) > 0 {
		v = bytes.TrimLeft(v, " \t\r\n")
		n := span(v, isTokenChar)
		next := bytes.TrimLeft(v[n:], " \t\r\n")
		if n > 0 && !bytes.HasPrefix(next, []byte{'='}) && len(list) < maxSchemes {
			if name := scheme(v[:n]); !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
		v = afterComma(v)
	}
	return list
}

// scheme is the name of the scheme that starts v, in the spelling of the IANA registry where it is known there.
func scheme(v []byte) string {
	name := string(v[:span(v, isTokenChar)])
	for _, known := range [...]string{"Basic", "Digest", "NTLM", "Negotiate", "Kerberos", "Bearer"} {
		if strings.EqualFold(name, known) {
			return known
		}
	}
	return name[:min(len(name), 32)]
}

// afterComma is what follows the first comma of v that stands in no quoted string.
func afterComma(v []byte) []byte {
	quoted := false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ',' && !quoted:
			return v[i+1:]
		}
	}
	return nil
}

// span is the length of the longest start of b whose bytes all satisfy f.
func span(b []byte, f func(byte) bool) int {
	for i, c := range b {
		if !f(c) {
			return i
		}
	}
	return len(b)
}
