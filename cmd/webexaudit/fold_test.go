package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestFolded: lines are broken between words, what follows is set in as the text of its line; a word is never cut.
func TestFolded(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"a line that is too wide for it", 14, "a line that is\ntoo wide for\nit"},
		{"a line that is too wide for it", 0, "a line that is too wide for it"},
		{"fits\n", 14, "fits\n"},
		{"    set in by four blanks", 16, "    set in by\n    four blanks"},
		{"kind   a name and its text", 18, "kind   a name and\n       its text"},
		{"see https://example.com/very/long/address there", 20, "see\nhttps://example.com/very/long/address\nthere"},
		{"über äöü äöü", 8, "über äöü\näöü"},
	} {
		if got := folded(c.text, c.width); got != c.want {
			t.Errorf("%q, %d:\n%q, want\n%q", c.text, c.width, got, c.want)
		}
	}
}

// TestPagesFold: pages of help, rules and signatures keep within the screen, save for words that are longer.
func TestPagesFold(t *testing.T) {
	for _, columns := range []string{"60", "80", "120"} {
		t.Setenv("COLUMNS", columns)
		for _, args := range [][]string{{"--help"}, {"analyze", "--help"}, {"report", "--help"}, {"explain", "med-004"}, {"explain", "qos-003"}} {
			var out, errs bytes.Buffer
			if status := run(t.Context(), args, strings.NewReader(""), &out, &errs); status != statusOK {
				t.Fatalf("%v: status %d: %s", args, status, &errs)
			}
			for line := range strings.Lines(out.String()) {
				n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))
				example := strings.HasPrefix(line, "  webexaudit ") || strings.HasPrefix(line, "  sudo ")
				if n > atoi(columns) && strings.Contains(strings.TrimSpace(line), " ") && !example {
					t.Errorf("%s columns, %v: %q", columns, args, line)
				}
			}
		}
	}
}

func atoi(s string) (n int) {
	for _, r := range s {
		n = 10*n + int(r-'0')
	}
	return n
}
