package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/tools/go/packages"
)

// runner tries the mutants of one package.
type runner struct {
	pkg     *packages.Package
	timeout time.Duration
	short   bool
	sample  int // 0: all
	seed    uint64
	tests   string
	also    []string // further packages whose tests run
	mutants []*mutant
	dir     string // for what is built
	suites  []suite
}

// suite is the test binary of a package.
type suite struct {
	binary, dir string
	flags       []string
	limit       time.Duration
}

func (r *runner) run() (err error) {
	if r.dir, err = os.MkdirTemp("", "mutate"); err != nil {
		return err
	}
	defer os.RemoveAll(r.dir)
	if err := r.build(); err != nil {
		return err
	}
	for i := range r.suites {
		s := &r.suites[i]
		s.flags = []string{"-test.failfast", "-test.short=" + strconv.FormatBool(r.short), "-test.run=" + r.tests}
		if usage, _ := exec.Command(s.binary, "-h").CombinedOutput(); bytes.Contains(usage, []byte("rapid.nofailfile")) {
			s.flags = append(s.flags, "-rapid.nofailfile") // which would be written into the tree
		}
		began := time.Now()
		if o := s.try(0, 10*time.Minute); o != survived {
			return fmt.Errorf("the tests in %s fail without a mutant: %s", s.dir, o)
		}
		s.limit = max(r.timeout, 10*time.Since(began))
	}
	r.draw()
	for _, m := range r.mutants {
		m.outcome = survived
		for i := 0; i < len(r.suites) && m.outcome == survived; i++ {
			m.outcome = r.suites[i].try(m.id, r.suites[i].limit)
		}
	}
	return nil
}

// draw leaves only the sample.
func (r *runner) draw() {
	if r.sample <= 0 || r.sample >= len(r.mutants) {
		return
	}
	rand.New(rand.NewPCG(r.seed, 0)).Shuffle(len(r.mutants), func(i, j int) {
		r.mutants[i], r.mutants[j] = r.mutants[j], r.mutants[i]
	})
	r.mutants = r.mutants[:r.sample]
}

// fault is where the compiler found one.
var fault = regexp.MustCompile(`(?m)^[^\s:]*?([^/\s:]+\.go):(\d+):`)

// build makes the test binary. Lines whose mutants do not compile are left alone.
func (r *runner) build() error {
	skip := map[string]bool{}
	for range 20 {
		out, err := r.compile(skip)
		if err == nil {
			return nil
		}
		known := len(skip)
		for _, m := range fault.FindAllStringSubmatch(string(out), -1) {
			skip[m[1]+":"+m[2]] = true
		}
		if len(skip) == known {
			return fmt.Errorf("%w\n%s", err, out)
		}
	}
	return errors.New("too many lines do not compile")
}

// compile builds the test binary from changed copies of the package's files.
func (r *runner) compile(skip map[string]bool) (out []byte, err error) {
	overlay, err := r.rewrite(skip)
	if err != nil {
		return nil, err
	}
	home := filepath.Dir(r.pkg.CompiledGoFiles[0])
	added := filepath.Join(r.dir, "mutant_helpers.go")
	overlay[filepath.Join(home, "mutant_helpers.go")] = added
	if err := os.WriteFile(added, fmt.Appendf(nil, helpers, r.pkg.Name), 0o600); err != nil {
		return nil, err
	}
	list, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return nil, err
	}
	file := filepath.Join(r.dir, "overlay.json")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		return nil, err
	}
	r.suites = nil
	for i, pkg := range append([]string{r.pkg.PkgPath}, r.also...) {
		s := suite{binary: filepath.Join(r.dir, fmt.Sprintf("package%d.test", i))}
		c := exec.Command("go", "list", "-f", "{{.Dir}}", pkg)
		c.Dir = home
		where, err := c.Output()
		if err != nil {
			return where, fmt.Errorf("%s: %w", pkg, err)
		}
		s.dir = strings.TrimSpace(string(where))
		c = exec.Command("go", "test", "-c", "-vet=off", "-overlay", file, "-o", s.binary, pkg)
		c.Dir = home
		if out, err := c.CombinedOutput(); err != nil {
			return out, err
		}
		r.suites = append(r.suites, s)
	}
	return nil, nil
}

// rewrite makes the copies and says which file each stands for.
func (r *runner) rewrite(skip map[string]bool) (overlay map[string]string, err error) {
	r.mutants, overlay = nil, map[string]string{}
	for i, f := range r.pkg.Syntax {
		if ast.IsGenerated(f) {
			continue
		}
		path := r.pkg.CompiledGoFiles[i]
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		w := &rewriter{
			pkg: r.pkg, src: src, base: f.FileStart, name: filepath.Base(path), skip: skip, mutants: &r.mutants,
			done: map[ast.Node]string{},
		}
		overlay[path] = filepath.Join(r.dir, w.name)
		text := string(src[:f.Package-f.FileStart]) + w.inner(f) + string(src[f.End()-f.FileStart:])
		if err := os.WriteFile(overlay[path], []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	return overlay, nil
}

// try runs the tests with one mutant on; 0: with none.
func (s *suite) try(id int, limit time.Duration) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	c := exec.CommandContext(ctx, s.binary, s.flags...)
	c.Dir = s.dir
	c.Env = append(os.Environ(), "MUTANT="+strconv.Itoa(id))
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return timedOut
	case err != nil:
		return killed
	}
	return survived
}
