package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/go/packages"
)

// example is a package, and one that uses it, with tests that look at a part of it.
var example = map[string]string{
	"go.mod": "module example\n\ngo 1.26\n",
	"a.go": `package example

type size int64

func larger(a, b size) size {
	if a > b {
		return a
	}
	return b
}

func both(a, b bool) bool { return a && b }

func count(list []int) (n int) {
	for i := 0; i < len(list); i++ {
		n += list[i] - 1
	}
	return n
}

func Unseen(ok bool) int {
	if ok {
		return 1 + 2
	}
	return 0
}
`,
	"a_test.go": `package example

import "testing"

func TestAll(t *testing.T) {
	if larger(1, 2) != 2 || larger(2, 1) != 2 || both(true, false) || count([]int{5, 7}) != 10 {
		t.Fail()
	}
}
`,
	"user/b_test.go": `package user

import (
	"testing"

	"example"
)

func TestUnseen(t *testing.T) {
	if example.Unseen(true) != 3 {
		t.Fail()
	}
}
`,
}

// TestRunner: of a package whose test looks at a part of its code, what it looks at is killed and the rest survives.
func TestRunner(t *testing.T) {
	dir := t.TempDir()
	for name, text := range example {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: dir, Env: append(os.Environ(), "GOWORK=off")}, ".")
	if err != nil || len(list) != 1 || len(list[0].Errors) > 0 {
		t.Fatalf("%v %v", list, err)
	}
	all := mutants(t, &runner{pkg: list[0], timeout: 5 * time.Second})
	const want = `6 > >=: survived
6 > <=: killed
12 && ||: killed
15 < <=: killed
15 < >=: killed
15 ++ --: killed
16 += -=: killed
16 - +: killed
22 if if not: survived
`
	if all != want {
		t.Errorf("got\n%swant\n%s", all, want)
	}
	with := mutants(t, &runner{pkg: list[0], timeout: 5 * time.Second, also: []string{"example/user"}})
	if want := strings.Replace(all, "22 if if not: survived", "22 if if not: killed", 1); with != want || with == all {
		t.Errorf("with the user's tests, got\n%swant\n%s", with, want)
	}
	part := mutants(t, &runner{pkg: list[0], timeout: 5 * time.Second, sample: 3, seed: 7})
	if strings.Count(part, "\n") != 3 || part != mutants(t, &runner{pkg: list[0], timeout: 5e9, sample: 3, seed: 7}) {
		t.Errorf("sample\n%sand another one for the same seed", part)
	}
	for line := range strings.Lines(part) {
		if !strings.Contains(all, line) {
			t.Errorf("sample has %q", line)
		}
	}
}

// mutants are what became of each.
func mutants(t *testing.T, r *runner) string {
	t.Helper()
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, m := range r.mutants {
		fmt.Fprintf(&b, "%d %s %s: %s\n", m.line, m.from, m.to, m.outcome)
	}
	return b.String()
}
