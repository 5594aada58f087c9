package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/watch"
)

// watched makes a directory of captures of a minute each, in which audio has no mark, and counts their packets.
func watched(t *testing.T, minutes int) (dir string, packets int) {
	t.Helper()
	dir = t.TempDir()
	for i := range minutes {
		at := pcaptest.Start.Add(time.Duration(i) * time.Minute)
		packets += minuteAt(t, filepath.Join(dir, fmt.Sprintf("%02d.pcap", i)), i, at)
	}
	return dir, packets
}

// minuteAt makes a capture of the minute that begins at a time.
func minuteAt(t *testing.T, path string, i int, at time.Time) (packets int) {
	t.Helper()
	s := pcaptest.New(uint64(i), at)
	s.Webex(pcaptest.ClientA, 20*time.Second)
	call := pcaptest.WebexCall(pcaptest.ClientA, netip.AddrPortFrom(pcaptest.NodeA, 5004))
	call.AudioMark, call.AudioBack = 0, 0
	s.Call(call)
	c := s.Capture()
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	return len(c.Frames)
}

// windowsOf are the windows that a watch has written, with the packets of all, those that the kernel dropped included.
func windowsOf(t *testing.T, out string) (names []string, packets int64) {
	t.Helper()
	dirs, err := os.ReadDir(filepath.Join(out, watch.Windows))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if strings.HasPrefix(d.Name(), ".") {
			continue // of a writer that was killed
		}
		var report struct {
			Health []record.CaptureHealth `json:"capture_health"`
		}
		text, err := os.ReadFile(filepath.Join(out, watch.Windows, d.Name(), "report.json"))
		if err == nil {
			err = json.Unmarshal(text, &report)
		}
		if _, merr := os.Stat(filepath.Join(out, watch.Windows, d.Name(), manifestName)); err != nil || merr != nil {
			t.Errorf("%s: %v %v", d.Name(), err, merr)
		}
		for _, h := range report.Health {
			if packets += h.Packets; h.KernelDrops != nil {
				packets += *h.KernelDrops
			}
		}
		names = append(names, d.Name())
	}
	return names, packets
}

// findingOf is what a watch knows of the finding of a rule.
func findingOf(t *testing.T, out, rule string) (f watch.Tracked) {
	t.Helper()
	var findings []watch.Tracked
	text, err := os.ReadFile(filepath.Join(out, findingsName))
	if err == nil {
		err = json.Unmarshal(text, &findings)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Rule == rule {
			return f
		}
	}
	t.Errorf("no finding of %s among %+v", rule, findings)
	return f
}

// TestWatchTells: a command is told what is new, the site has windows and figures, old windows go, a second watch of
// the same directory is refused.
func TestWatchTells(t *testing.T) {
	ring, _ := watched(t, 4)
	out, told := filepath.Join(t.TempDir(), "audits"), filepath.Join(t.TempDir(), "told")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	free.Close()
	p := start(t, "watch", "-o", out, "--window", "1m", "--listen", at, "--on-finding", "cat >> "+told, "--keep-size", "1M",
		"--log", "json", "--parquet", filepath.Join(t.TempDir(), "lake"), ring)
	for until := time.Now().Add(20 * time.Second); !strings.Contains(get(at+"/metrics"), "webexaudit_windows_total 3"); {
		if time.Sleep(50 * time.Millisecond); time.Now().After(until) {
			t.Fatal("three windows do not end")
		}
	}
	for path, want := range map[string]string{"/readyz": "200 ok", "/": "Report of the latest window", "/latest": "<title>"} {
		if got := get(at + path); !strings.Contains(got, want) {
			t.Errorf("%s: %.300s", path, got)
		}
	}
	other := start(t, "watch", "-o", out, ring)
	other.wait()
	other.ended(statusOutput, "another watch keeps its results there")
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	p.wait()
	p.ended(0, `"msg":"watching"`)
	if names, _ := windowsOf(t, out); len(names) == 4 || len(names) == 0 {
		t.Errorf("--keep-size leaves %v", names)
	}
	checkTold(t, told)
}

// get asks a site; the status stands before what it answers.
func get(url string) string {
	answer, err := http.Get("http://" + url)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return fmt.Sprint(answer.StatusCode, " ", string(text))
}

// checkTold: of the windows the one in which something was new, and the day.
func checkTold(t *testing.T, told string) {
	t.Helper()
	var text []byte
	for range 50 { // the process that tells ends a moment later
		if text, _ = os.ReadFile(told); strings.Contains(string(text), `"kind":"day"`) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	var m watch.Message
	if err := json.Unmarshal([]byte(first), &m); err != nil || m.Kind != "window" || len(m.New) == 0 || m.Text == "" {
		t.Errorf("%v: %.500s", err, text)
	}
	if n := strings.Count(string(text), `"kind":"window"`); n != 1 || !strings.Contains(string(text), `"kind":"day"`) {
		t.Errorf("%d messages of windows: %.2000s", n, text)
	}
}
