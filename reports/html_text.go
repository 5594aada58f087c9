package reports

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"webexaudit/analyzer/record"
)

// longestName is how many characters of a name are shown; the whole is in its title.
const longestName = 120

// fold shortens a name, and says how long it is.
func fold(s string) string {
	n := utf8.RuneCountInString(s)
	if n <= longestName {
		return s
	}
	cut := 0
	for range longestName {
		_, size := utf8.DecodeRuneInString(s[cut:])
		cut += size
	}
	return s[:cut] + "… (" + grouped(n) + " characters)"
}

// reveal shows what is invisible in a finished page: control characters, bidirectional marks and other characters
// without a glyph, which strangers may have put into names, become \u202e and the like. Within a JSON text that is the
// same string. What is no UTF-8 becomes U+FFFD.
func reveal(page []byte) []byte {
	out := make([]byte, 0, len(page)+len(page)/64)
	marks := 0
	for i := 0; i < len(page); {
		if c := page[i]; c < utf8.RuneSelf && (c >= ' ' && c != 0x7f || c == '\n' || c == '\t') {
			out, i, marks = append(out, c), i+1, 0
			continue
		}
		r, n := utf8.DecodeRune(page[i:])
		i += n
		if marks++; !unicode.IsMark(r) {
			marks = 0
		}
		if r == utf8.RuneError || record.Visible(r) && marks < 3 {
			out = utf8.AppendRune(out, r)
			continue
		}
		out = appendEscape(out, r)
	}
	return out
}

// appendEscape writes a character as \uXXXX, those above U+FFFF as a pair of surrogates, as JSON has it.
func appendEscape(b []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		return fmt.Appendf(b, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
	}
	return fmt.Appendf(b, `\u%04x`, r)
}

// compareAddresses orders addresses as numbers, before what is none.
func compareAddresses(a, b string) int {
	x, errX := netip.ParseAddr(a)
	y, errY := netip.ParseAddr(b)
	if errX == nil && errY == nil {
		return x.Compare(y)
	}
	return strings.Compare(a, b)
}
