package reports

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"webexaudit/analyzer/record"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ name, in, utf8, ascii string }{
		{"plain", "idbroker.webex.com", "idbroker.webex.com", "idbroker.webex.com"},
		{"colour escape", "\x1b[31mred\x1b[0m", "?[31mred?[0m", "?[31mred?[0m"},
		{"window title", "\x1b]0;owned\a", "?]0;owned?", "?]0;owned?"},
		{"C1 control", "a\u009b31m", "a?31m", "a?31m"},
		{"line breaks", "a\r\nb\u2028c\u2029d\ve\f", "a??b?c?d?e?", "a??b?c?d?e?"},
		{"tab and NUL", "a\tb\x00", "a?b?", "a?b?"},
		{"delete", "a\x7fb", "a?b", "a?b"},
		{"bidi override", "\u202egnp.pcap\u2069", "?gnp.pcap?", "?gnp.pcap?"},
		{"zero width", "we\u200bbex\ufeff.com", "we?bex?.com", "we?bex?.com"},
		{"fillers and selectors", "\u3164x\ufe0f\U000e0100", "?x??", "?x??"},
		{"invalid UTF-8", "a\xff\xfeb", "a??b", "a??b"},
		{"piled-up accents", "e" + strings.Repeat("\u0301", 5), "e\u0301\u0301???", "e?????"[:6]},
		{"letters stay", "Zürich 東京", "Zürich 東京", "Z?rich ??"},
		{"typography", "≥ 3 … 5 – a→b", "≥ 3 … 5 – a→b", ">= 3 ... 5 - a->b"},
		{"no-break space", "9 %\u00a0x", "9 %?x", "9 % x"},
	} {
		if got := clean(c.in, false); got != c.utf8 {
			t.Errorf("%s: clean(%q) = %q, want %q", c.name, c.in, got, c.utf8)
		}
		if got := clean(c.in, true); got != c.ascii {
			t.Errorf("%s, ASCII: clean(%q) = %q, want %q", c.name, c.in, got, c.ascii)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[2J", "\u202e", "\xff", "東京", "a\nb", "e\u0301"} {
		f.Add(s, 20)
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		for _, ascii := range []bool{false, true} {
			got := clean(s, ascii)
			if !utf8.ValidString(got) {
				t.Fatalf("clean(%q) is not UTF-8", s)
			}
			for _, r := range got {
				if !unicode.IsPrint(r) || ascii && r > '~' {
					t.Fatalf("clean(%q) keeps %U", s, r)
				}
			}
			max = 2 + (max&0x7fffffff)%200 // a wide character needs two cells
			for _, line := range wrap(got, max) {
				if width(line) > max {
					t.Fatalf("wrap(%q, %d): line of %d cells", got, max, width(line))
				}
			}
		}
	})
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in   string
		max  int
		want []string
	}{
		{"", 10, []string{""}},
		{"one two three", 20, []string{"one two three"}},
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 8, []string{"one two", "three"}},
		{"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"hybrid-connector", 10, []string{"hybrid-", "connector"}},
		{"漢字漢字", 5, []string{"漢字", "漢字"}},
		{"漢", 1, []string{"漢"}}, // does not fit, must still end
		{"a  b", 10, []string{"a b"}},
		{"assessed (81.2 %) now", 15, []string{"assessed", "(81.2 %) now"}},
	} {
		if diff := cmp.Diff(c.want, wrap(c.in, c.max)); diff != "" {
			t.Errorf("wrap(%q, %d):\n%s", c.in, c.max, diff)
		}
	}
}

// TestPeriod: the lengths of captures are written as everywhere else.
func TestPeriod(t *testing.T) {
	start := record.Time(time.Date(2026, 11, 20, 9, 12, 3, 0, time.UTC).UnixNano())
	for length, want := range map[time.Duration]string{
		0:                        "2026-11-20 09:12:03 to 09:12:03 UTC (0 s)",
		34 * time.Second:         "2026-11-20 09:12:03 to 09:12:37 UTC (34 s)",
		121 * time.Minute:        "2026-11-20 09:12:03 to 11:13:03 UTC (2 h 1 min)",
		25*time.Hour + time.Hour: "2026-11-20 09:12:03 to 2026-11-21 11:12:03 UTC (1 day 2 h)",
	} {
		if got := period(start, start+record.Time(length)); got != want {
			t.Errorf("%v: %q, want %q", length, got, want)
		}
	}
}
