package yamldoc

import (
	"fmt"
	"strings"
	"testing"
)

// walk reads a file of one list "words" and returns the words and all faults.
func walk(t *testing.T, text string) (words []string, faults string) {
	t.Helper()
	r, body, err := Open(strings.NewReader(text), "f.yaml")
	if err != nil {
		return nil, err.Error()
	}
	if body == nil {
		return nil, "empty"
	}
	r.Mapping(body, "", func(path, key string, v Node) bool {
		if key != "words" {
			return false
		}
		r.List(v, path, func(path string, v Node) {
			if w, ok := r.TextOf(v, path); ok {
				words = append(words, w)
			}
		})
		return true
	})
	if r.Err() != nil {
		faults = r.Err().Error()
	}
	return words, faults
}

func TestReader(t *testing.T) {
	for _, c := range []struct{ name, text, words, faults string }{
		{"plain", "words: [a, 1.50]\n", "a 1.50", ""},
		{"block", "words:\n  - |\n    a\n", "a\n", ""},
		{"empty", "# nothing\n", "", "empty"},
		{"all faults", "word: 1\nwords: [{a: 1}, [b]]\n", "", "f.yaml:1: word: unknown key\nf.yaml:2: words[0]: is a mapping, want text\nf.yaml:2: words[1]: is a list, want text"},
		{"alias", "words: &x [a]\n", "", "f.yaml:1: words: is an anchor or alias (not supported), want a list"},
		{"two documents", "words: []\n---\nwords: []\n", "", "f.yaml:3: a second document; a file is one"},
		{"deep", strings.Repeat("[", 40), "", "f.yaml:1: nested more than 32 deep"},
		{"deep by colons", strings.Repeat("a: ", 60_000), "", "f.yaml:1: nested more than 32 deep"},
		{"deep by indentation", deepIndent(33), "", "f.yaml:33: nested more than 32 deep"},
		{"keys", numbered("k%d: v\n", 4001), "", "f.yaml:4001: a mapping of more than 4000 keys"},
		{"keys within", "words:\n" + numbered("  k%d: v\n", 4001), "", "f.yaml:4002: a mapping of more than 4000 keys"},
		{"keys that are few", numbered("k%d: v\n", 4000) + "\n# k: v\n", "", "f.yaml:1: k0: unknown key"},
		{"documents", strings.Repeat("---\nwords: []\n", 101), "", "f.yaml:201: more than 100 documents; a file is one"},
		{"a long list of mappings", "words:\n" + numbered("- a: v\n  b: %d\n", 4001), "",
			"f.yaml:2: words[0]: is a mapping, want text"},
		{"a long list of addresses", "words: [\n" + numbered("  fd00::%d,\n", 4001) + "]\n",
			strings.TrimSpace(numbered("fd00::%d ", 4001)), ""},
		{"colons side by side", "words: [" + strings.Repeat(`"a: b", `, 500) + "]", strings.TrimSpace(strings.Repeat("a: b ", 500)), ""},
		{"colons of addresses", "words:\n  - " + strings.Repeat("fd00::1:", 50) + "1\n", strings.Repeat("fd00::1:", 50) + "1", ""},
		{"long line", "words: ['" + strings.Repeat("a", maxLine) + "']\n", "", "f.yaml:1: the line is longer than 131072 bytes"},
		{"syntax", "words: a: b\n", "", "f.yaml:1: mapping value is not allowed in this context"},
		{"a long value", "words: {a: " + strings.Repeat("b", 500) + "}\nother: " + strings.Repeat("c", 500) + "\n", "",
			"f.yaml:1: words: is a mapping, want a list\nf.yaml:2: other: unknown key"},
		{"a long key", strings.Repeat("c", 500) + ": 1\n", "", "f.yaml:1: " + strings.Repeat("c", 300) + " …"},
		{"large", strings.Repeat("#", MaxBytes+1), "", "f.yaml: larger than 1048576 bytes"},
	} {
		words, faults := walk(t, c.text)
		if first, rest, ok := strings.Cut(faults, "\n"); ok && strings.Count(rest, "\n") >= maxFaults-1 {
			faults = first
		}
		if strings.Join(words, " ") != c.words || faults != c.faults {
			t.Errorf("%s: %q, %s", c.name, words, faults)
		}
	}
}

// numbered is a file of so many lines of a form.
func numbered(form string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, form, i)
	}
	return b.String()
}

// deepIndent is a file of mappings in mappings.
func deepIndent(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}
