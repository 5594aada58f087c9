package reports

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"webexaudit/analyzer/record"
)

// clean makes a string safe for one line of a terminal. Server names, certificate names and file names are chosen by
// strangers: control characters, ANSI escapes, line breaks, bidirectional controls and other invisible characters
// become "?". With ascii everything outside ASCII is replaced, typographic signs by their usual spelling.
func clean(s string, ascii bool) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	marks := 0
	for _, r := range s {
		if marks++; !unicode.IsMark(r) {
			marks = 0
		}
		switch {
		case r < utf8.RuneSelf && unicode.IsPrint(r):
			b.WriteRune(r)
		case ascii:
			b.WriteString(spell(r))
		case record.Visible(r) && marks < 3: // piled-up accents would cover the lines above
			b.WriteRune(r)
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func spell(r rune) string {
	switch r {
	case '–', '—', '−':
		return "-"
	case '→':
		return "->"
	case '↑':
		return "up"
	case '↓':
		return "dn"
	case '≥':
		return ">="
	case '≤':
		return "<="
	case '…':
		return "..."
	case '×':
		return "x"
	case '·', '•':
		return "*"
	case '±':
		return "+-"
	case '“', '”', '„':
		return `"`
	case '‘', '’':
		return "'"
	case '\u00a0', '\u202f':
		return " "
	}
	return "?"
}

// width is the number of terminal cells; the same measure that the table renderer uses.
func width(s string) int { return twwidth.Width(s) }

// wrap breaks a cleaned text into lines of at most max cells, between words where it can.
func wrap(s string, max int) []string { return wrapAfter(s, 0, max) }

// wrapAfter is wrap of a text whose first line has so many cells less.
func wrapAfter(s string, taken, most int) []string {
	most = atLeast(most, 1)
	max := atLeast(most-taken, 1)
	var lines []string
	line, used := "", 0
	for _, word := range words(s) {
		if used > 0 && used+1+width(word) <= max {
			line, used = line+" "+word, used+1+width(word)
			continue
		}
		if used > 0 {
			lines, max = append(lines, line), most
		}
		for width(word) > max {
			n := cut(word, max)
			lines, word, max = append(lines, word[:n]), word[n:], most
		}
		line, used = word, width(word)
	}
	if used > 0 || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// units stay on the line of their number.
var units = map[string]bool{"%": true, "s": true, "ms": true, "min": true, "h": true, "m": true, "day": true, "days": true, "B": true,
	"kB": true, "MB": true, "GB": true}

// words of a text; a unit stays with its number.
func words(s string) (list []string) {
	joined := false
	for w := range strings.FieldsSeq(s) {
		last := len(list) - 1
		if joined = !joined && last >= 0 && units[strings.TrimRight(w, ".,;:)")] &&
			unicode.IsDigit(rune(list[last][len(list[last])-1])); joined {
			list[last] += " " + w
			continue
		}
		list = append(list, w)
	}
	return list
}

// cut is where to break a word that is wider than max cells: after the last punctuation that fits, else after the last
// character that fits; always at least one character.
func cut(word string, max int) int {
	used, end, soft := 0, 0, 0
	for i, r := range word {
		w := width(string(r))
		if used+w > max && end > 0 {
			break
		}
		used, end = used+w, i+utf8.RuneLen(r)
		if strings.ContainsRune("-/,;:.&|_", r) && used > max/2 {
			soft = end
		}
	}
	if soft > 0 {
		return soft
	}
	return end
}

func atLeast(n, least int) int {
	if n < least {
		return least
	}
	return n
}
