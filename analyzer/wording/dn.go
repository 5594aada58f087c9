package wording

import (
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DN writes a distinguished name (the string of RFC 4514) for people: without the escapes, which only a parser needs.
func DN(name string) Arg { return Arg{Kind: KindDN, Value: valid(name)} }

// unescape takes the escapes of RFC 4514 section 2.4 away: "\," is ",", and pairs of hex digits are the characters that
// they encode. Pairs that are no printable text stay as they are.
func unescape(s string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(s, '\\')
		if at < 0 || at+1 == len(s) {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:at])
		s = s[at:]
		if n := pairs(s); n > 0 {
			b.WriteString(printable(s[:n]))
			s = s[n:]
			continue
		}
		_, size := utf8.DecodeRuneInString(s[1:])
		b.WriteString(s[1 : 1+size])
		s = s[1+size:]
	}
}

// pairs is the length of the run of escaped pairs of hex digits that s begins with: of `\C3\A9x` six.
func pairs(s string) int {
	n := 0
	for len(s) >= n+3 && s[n] == '\\' && isHex(s[n+1]) && isHex(s[n+2]) {
		n += 3
	}
	return n
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

func printable(escaped string) string {
	raw, err := hex.DecodeString(strings.ReplaceAll(escaped, `\`, ""))
	if err != nil || !utf8.Valid(raw) || strings.ContainsFunc(string(raw), func(r rune) bool {
		return !unicode.IsPrint(r)
	}) {
		return escaped
	}
	return string(raw)
}
