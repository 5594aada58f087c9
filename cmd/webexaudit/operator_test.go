package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"webexaudit/analyzer/audit/userrule"
	"webexaudit/analyzer/audit/waiver"
	"webexaudit/analyzer/site"
)

// operatorFiles read what operators write.
var operatorFiles = map[string]func(io.Reader) error{
	"site":    func(r io.Reader) error { _, err := site.Load(r, "f.yaml"); return err },
	"waivers": func(r io.Reader) error { _, err := waiver.Load(r, "f.yaml", nil); return err },
	"rule":    func(r io.Reader) error { _, err := userrule.Load(r, "f.yaml"); return err },
}

// TestHostileYAML: whatever an operator's file is, beyond the limits of size, depth and number it is refused within
// half a second of processor time and little memory, and so is a file of aliases that would be 9^11 values.
func TestHostileYAML(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"large", strings.Repeat("# a comment\n", 100_000), "larger than 1048576 bytes"},
		{"a long line", "a: " + strings.Repeat("b", 200_000), "longer than 131072 bytes"},
		{"brackets", strings.Repeat("[", 500_000), "nested more than 32 deep"},
		{"braces", strings.Repeat("{a: ", 200_000), "nested more than 32 deep"},
		{"dashes", strings.Repeat("- ", 500_000), "nested more than 32 deep"},
		{"colons", strings.Repeat("a: ", 60_000), "nested more than 32 deep"},
		{"indentation", indented(1400), "nested more than 32 deep"},
		{"keys", lines(50_000, func(i int) string { return fmt.Sprintf("k%d: v", i) }), "more than 4000 keys"},
		{"anchors", lines(50_000, func(i int) string { return fmt.Sprintf("k%d: &a%d v", i, i) }), "more than 4000 keys"},
		{"aliases", "a: &a v\n" + lines(50_000, func(i int) string { return fmt.Sprintf("k%d: *a", i) }), "more than 4000 keys"},
		{"documents", strings.Repeat("---\na: 1\n", 90_000), "more than 100 documents"},
		{"aliases of aliases", "internal: &a0 [x]\n" + lines(11, func(i int) string {
			return fmt.Sprintf("a%d: &a%d [%s]", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d,", i), 9))
		}), ""},
	} {
		for kind, load := range operatorFiles {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := processorTime(t)
			err := load(strings.NewReader(c.text))
			took := processorTime(t) - start
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "f.yaml") {
				t.Errorf("%s as %s: %.200v", c.name, kind, err)
			}
			if took > time.Second/2 {
				t.Errorf("%s as %s: took %v", c.name, kind, took)
			}
			if asked := after.TotalAlloc - before.TotalAlloc; asked > 16<<20 {
				t.Errorf("%s as %s: asked for %d MB", c.name, kind, asked>>20)
			}
		}
	}
}

func lines(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i) + "\n")
	}
	return b.String()
}

func indented(n int) string {
	return lines(n, func(i int) string { return strings.Repeat(" ", i) + "a:" })
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
