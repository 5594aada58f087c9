//go:build linux

package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// TestLive: at a rate that any machine keeps up with, all packets arrive and all counters agree.
func TestLive(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can make network namespaces")
	}
	if _, _, err := connect(); err != nil {
		t.Skip("no network namespaces here:", err)
	}
	dir := t.TempDir()
	c := config{program: filepath.Join(dir, "webexaudit"), capture: filepath.Join(dir, "meeting.pcap"), duration: time.Second, rate: 5000}
	if out, err := exec.Command("go", "build", "-o", c.program, "webexaudit/cmd/webexaudit").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := os.Create(c.capture)
	if err != nil {
		t.Fatal(err)
	}
	if err := pcaptest.Flood(f, 3000, 10); err != nil {
		t.Fatal(err)
	}
	f.Close()
	r, err := run(c)
	if err != nil {
		t.Fatal(err)
	}
	if r.sent < 1000 || r.sent > 6000 || r.refused != 0 || r.arrived != r.sent || r.seen != r.sent || r.dropped != 0 {
		t.Errorf("%+v", r)
	}
	if err := r.print(io.Discard); err != nil {
		t.Error(err)
	}
}

func TestPrintLoss(t *testing.T) {
	var out strings.Builder
	r := result{took: 2 * time.Second, sent: 1000_000, arrived: 1000_000, seen: 990_000, dropped: 10_000, bytes: 125e6}
	if err := r.print(&out); err != errLost {
		t.Errorf("error %v, want that of a loss", err)
	}
	for _, want := range []string{"500 kpps, 0.50 Gbit/s", "lost      10000 packets, 1.0000 %"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// TestReadFrames: what is no capture of gencap's, or does not fit the pair, is refused.
func TestReadFrames(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	for name, content := range map[string]string{
		"empty": "", "text": strings.Repeat("text", 10), "few": "\xd4\xc3\xb2\xa1" + strings.Repeat("\x00", 20),
		"long": "\xd4\xc3\xb2\xa1" + strings.Repeat("\x00", 28) + "\x00\x10\x00\x00" + strings.Repeat("\x00", 5000),
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readFrames(file); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
