//go:build linux

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/analyzer/pcaptest"
)

// TestFortnight: a watch reads all captures of a ring of which only a few are there at a time, and has all packets in
// windows.
func TestFortnight(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	dir := t.TempDir()
	c := config{program: filepath.Join(dir, "webexaudit"), dir: filepath.Join(dir, "run"), size: 20_000, flags: []string{"--window", "10s"}}
	if out, err := exec.Command("go", "build", "-o", c.program, "webexaudit/cmd/webexaudit").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var flood, out bytes.Buffer
	if err := pcaptest.Flood(&flood, 3000, 1); err != nil {
		t.Fatal(err)
	}
	if err := run(c, &flood, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, want := range []string{"written   3000 packets in ", "counted   3000 packets in 1 windows, of which 1 are kept; gaps: \n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	left, err := os.ReadDir(filepath.Join(c.dir, "spool"))
	if err != nil || len(left) > ahead+1 {
		t.Errorf("%d captures are left, %v", len(left), err)
	}
	if err := run(c, strings.NewReader("no capture"), &out); err == nil {
		t.Error("what is no capture is no error")
	}
}
