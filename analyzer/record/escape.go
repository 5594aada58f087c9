package record

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Visible reports whether a terminal shows the character as something, and as no more than itself: control characters
// (C0, DEL, C1), bidirectional controls, and what Unicode calls default ignorable (fillers, selectors) are not.
func Visible(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r < 0x7f
	}
	return unicode.IsPrint(r) && r != utf8.RuneError &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// visible is a text in which all characters that are not [Visible] are written as \uXXXX, line feeds apart.
func visible(s string) string {
	hidden := func(r rune) bool { return !Visible(r) && r != '\n' && r != utf8.RuneError }
	if strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var b []byte
	for _, r := range s {
		if hidden(r) {
			b = escapeRune(b, r)
		} else {
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
}

func escapeRune(b []byte, r rune) []byte {
	for _, unit := range utf16.AppendRune(nil, r) {
		b = fmt.Appendf(b, `\u%04x`, unit)
	}
	return b
}

// EscapeJSON appends a JSON text in which all characters that are not [Visible] are written as \uXXXX. Names in
// records are chosen by strangers, and who looks at JSON does so on a terminal. The values stay the same. encoding/json
// has done so with C0 already.
func EscapeJSON(b, text []byte) []byte {
	start := 0
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf && c != 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if !Visible(r) {
			b = escapeRune(append(b, text[start:i]...), r)
			start = i + n
		}
		i += n
	}
	return append(b, text[start:]...)
}
