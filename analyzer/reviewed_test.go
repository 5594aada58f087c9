package analyzer_test

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// difference is something that somebody else sees in a capture in another way than we do. A side that does not see it
// is "-".
type difference struct {
	file, what, key, ours, theirs string
}

func (d difference) columns() []string { return []string{d.file, d.what, d.key, d.ours, d.theirs} }

func (d difference) String() string { return strings.Join(d.columns(), separator) }

const separator = " | "

// entry is one line of a reviewed list: a difference and its reason. Columns may be patterns with *, for any text; such
// a line stands for several differences and begins its reason with their number: "12: …".
type entry struct {
	difference
	reason string
	hits   int
}

// todo marks lines that nobody has looked at.
const todo = "TODO"

func (e *entry) covers(d difference) bool {
	for i, pattern := range e.columns() {
		if !matches(pattern, d.columns()[i]) {
			return false
		}
	}
	return true
}

// matches says whether the text is the pattern with any text for each *.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, p := range parts[1:last] {
		i := strings.Index(rest, p)
		if i < 0 {
			return false
		}
		rest = rest[i+len(p):]
	}
	return strings.HasSuffix(rest, parts[last])
}

// wanted is how many differences the line stands for.
func (e *entry) wanted() (n int) {
	if !strings.Contains(e.difference.String(), "*") {
		return 1
	}
	fmt.Sscanf(e.reason, "%d:", &n)
	return n
}

// review holds the differences found against a reviewed list. One that is not listed fails, and so does a line that
// does not occur any more or that nobody has given a reason: the list stays short and true. With -update lines are
// added, marked TODO, and dropped.
func review(t *testing.T, list string, found []difference) {
	t.Helper()
	head, entries := readReviewed(t, list)
	slices.SortFunc(found, func(a, b difference) int { return cmp.Compare(a.String(), b.String()) })
	for _, d := range found {
		i := slices.IndexFunc(entries, func(e *entry) bool { return e.covers(d) })
		switch {
		case i >= 0:
			entries[i].hits++
		case *update:
			entries = append(entries, &entry{d, todo, 1})
		default:
			t.Errorf("not in %s: %v", list, d)
		}
	}
	if *update {
		writeReviewed(t, list, head, entries)
	}
	for _, e := range entries {
		switch {
		case e.hits == 0 && *update:
		case e.hits != e.wanted():
			t.Errorf("%s: %v: found %d times, listed for %d", list, e, e.hits, e.wanted())
		case e.reason == "" || strings.Contains(e.reason, todo):
			t.Errorf("%s: %v: needs a reason", list, e)
		}
	}
}

// readReviewed reads a list: comment lines at its head, then one line for each entry.
func readReviewed(t *testing.T, list string) (head string, entries []*entry) {
	t.Helper()
	b, err := os.ReadFile(list)
	if err != nil && !*update {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(strings.NewReader(string(b)))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		c := strings.Split(line, separator)
		switch {
		case strings.HasPrefix(line, "#"):
			head += line + "\n"
		case len(c) == 6:
			entries = append(entries, &entry{difference: difference{c[0], c[1], c[2], c[3], c[4]}, reason: c[5]})
		default:
			t.Fatalf("%s line %d: %d columns instead of 6", list, n, len(c))
		}
	}
	return head, entries
}

func writeReviewed(t *testing.T, list, head string, entries []*entry) {
	t.Helper()
	var kept []string
	for _, e := range entries {
		if e.hits > 0 {
			kept = append(kept, e.String()+separator+e.reason+"\n")
		}
	}
	slices.Sort(kept)
	if err := os.WriteFile(list, []byte(head+strings.Join(kept, "")), 0o666); err != nil {
		t.Fatal(err)
	}
}
