package laketest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program builds webexaudit once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "webexaudit-*")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "webexaudit")
	c := exec.Command("go", "build", "-o", path, "./cmd/webexaudit")
	c.Dir = home
	if text, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, text)
	}
	return path, nil
})

// Clean removes what was built; for a package's TestMain.
func Clean() {
	if built != "" {
		_ = os.RemoveAll(built)
	}
}

var built string // the folder of the program; "": it was not needed

// Watch has webexaudit watch a folder of finished captures, named from the folder above, until it has read all of them,
// and ends it as a service is ended. Flags are those beside the captures; at is the time of analysis in the tables.
func Watch(t testing.TB, captures, sensor string, at time.Time, flags ...string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(captures, sensor, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files { // nobody has written to them for a while
		old := time.Now().Add(-time.Minute)
		if err := os.Chtimes(f, old, old); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	c := exec.Command(path, slices.Concat([]string{"watch", "--sensor", sensor}, flags, []string{sensor})...)
	c.Dir, c.Stdout, c.Stderr = captures, &said, &said
	c.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", at.Unix()))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for until := time.Now().Add(time.Minute); !hasRead(c.Process.Pid, files[len(files)-1]); {
		select {
		case err := <-ended:
			t.Fatalf("the watch has ended: %v: %s", err, said.String())
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(until) {
			_ = c.Process.Kill()
			t.Fatalf("the watch does not come to the end of %s: %s", files[len(files)-1], said.String())
		}
	}
	_ = c.Process.Signal(syscall.SIGTERM)
	if err := <-ended; err != nil {
		t.Fatalf("the watch: %v: %s", err, said.String())
	}
}

// hasRead reports whether a process has a file open and is at its end.
func hasRead(pid int, path string) bool {
	info, err := os.Stat(path)
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, link := range links {
		if to, _ := os.Readlink(link); err != nil || to != path {
			continue
		}
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%s", pid, filepath.Base(link)))
		var at int64
		if n, _ := fmt.Sscanf(strings.TrimSpace(string(text)), "pos: %d", &at); n == 1 && at == info.Size() {
			return true
		}
	}
	return false
}
