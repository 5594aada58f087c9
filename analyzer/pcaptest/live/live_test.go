//go:build linux

package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/pcaptest/remains"
)

// TestLive: at a rate that any machine keeps up with, all packets arrive and all counters agree; a watch has all of
// them in windows, and finds what the audit of the same packets finds.
func TestLive(t *testing.T) {
	c := prepared(t)
	r, err := run(c)
	if err != nil {
		t.Fatal(err)
	}
	if r.packets < 1000 || r.packets > 6000 || r.refused != 0 || r.arrived != r.packets || r.seen != r.packets {
		t.Errorf("%+v", r)
	}
	if err := r.print(io.Discard); err != nil {
		t.Error(err)
	}
	_, err = exec.LookPath("tcpdump")
	c.once, c.watch, c.window, c.record = true, filepath.Join(t.TempDir(), "watch"), 10*time.Second, err == nil
	w, err := runWatch(c)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := w.print(&out); err != nil || w.packets != flood || w.seen != flood || len(w.curve) == 0 {
		t.Errorf("%+v, %d windows, %v\n%s", w.result, len(w.windows), err, &out)
	}
}

// flood is how many packets are sent once.
const flood = 3000

// prepared builds the program and makes a capture, where it can be sent.
func prepared(t *testing.T) config {
	t.Helper()
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
	c := config{program: filepath.Join(dir, "webexaudit"), capture: filepath.Join(dir, "flood.pcap"), rate: 5000}
	c.duration = time.Second
	if out, err := exec.Command("go", "build", "-o", c.program, "webexaudit/cmd/webexaudit").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := os.Create(c.capture)
	if err == nil {
		err = errors.Join(pcaptest.Flood(f, flood, 10), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestPrintWatched: what is not as it should be is an error, and what was dropped and said is none.
func TestPrintWatched(t *testing.T) {
	at := func(minute int) remains.Window {
		from := time.Date(2026, 9, 7, 8, minute, 0, 0, time.UTC)
		return remains.Window{Name: from.Format("1504"), From: from, To: from.Add(time.Minute)}
	}
	follow := []remains.Window{at(1), at(2)}
	for _, tt := range []struct {
		name          string
		seen, dropped int64
		windows       []remains.Window
		differences   []string
		fault         string
	}{
		{"all is there", 10, 0, follow, nil, ""},
		{"dropped, and said", 7, 3, follow, nil, ""},
		{"dropped, and not said", 7, 2, follow, nil, "packets were lost"},
		{"a gap", 10, 0, []remains.Window{at(1), at(3)}, nil, "windows do not follow one another"},
		{"another finding", 10, 0, follow, []string{"0801: only first: x"},
			"findings differ from those of the audit of the same packets"},
	} {
		r := result{traffic: traffic{packets: 10, took: time.Second}, arrived: 10, seen: tt.seen, dropped: tt.dropped}
		w := watched{result: r, windows: tt.windows, differences: tt.differences, recorded: true}
		if err := w.print(io.Discard); (err == nil) != (tt.fault == "") || err != nil && err.Error() != tt.fault {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.fault)
		}
	}
}

func TestPrintLoss(t *testing.T) {
	var out strings.Builder
	sent := traffic{packets: 1000_000, bytes: 125e6, took: 2 * time.Second}
	r := result{traffic: sent, arrived: 1000_000, seen: 990_000, dropped: 10_000}
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
