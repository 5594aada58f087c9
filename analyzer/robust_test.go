package analyzer_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
)

// What one capture of the set may take. The largest has 4 MB; most memory is the runtime's and the signatures'.
const (
	maxTime     = 10 * time.Second
	maxResident = 120 << 20
)

// childEnv names the capture that a child process of the tests analyses.
const childEnv = "ANALYZER_TEST_CAPTURE"

// TestChild is no test: it is what a child process does, so that its time and memory can be measured, and its panic
// survived.
func TestChild(t *testing.T) {
	file := os.Getenv(childEnv)
	if file == "" {
		t.Skip("only for child processes")
	}
	set, _ := run(t, analyzer.Config{Files: []string{file}, Workers: 4})
	fmt.Printf("%s%x\n%s%d\n", digestMark, sha256.Sum256(lines(t, set)), residentMark, peak())
}

// What child processes print. They tell their memory themselves: what getrusage says of a child holds the parent's as
// well, from before exec.
const (
	digestMark   = "digest "
	residentMark = "resident "
)

// peak is the largest resident set of the process in bytes; 0: not known on this system.
func peak() int64 { return int64(peakMiB() * (1 << 20)) }

// TestRobust analyses every capture, the damaged and the malicious ones too: in a process of its own, within bounds of
// time and memory, and again here, with other numbers of workers. All give the same bytes.
func TestRobust(t *testing.T) {
	dir := captureDir(t)
	var slowest time.Duration
	var largest int64
	for _, name := range captureFiles(t, dir) {
		file := filepath.Join(dir, name)
		digest, took, resident := child(t, file)
		slowest, largest = max(slowest, took), max(largest, resident)
		if took > maxTime {
			t.Errorf("%s: took %v", name, took)
		}
		if resident > maxResident {
			t.Errorf("%s: took %d MB of memory", name, resident>>20)
		}
		one, _ := run(t, analyzer.Config{Files: []string{file}, Workers: 1})
		four, _ := run(t, analyzer.Config{Files: []string{file}, Workers: 4})
		first, second := lines(t, one), lines(t, four)
		if !bytes.Equal(first, second) {
			t.Errorf("%s: workers matter:\n%s", name, firstDifference(second, first))
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(first)); got != digest {
			t.Errorf("%s: another result in another process", name)
		}
	}
	t.Logf("slowest capture %v, most memory %d MB", slowest, largest>>20)
}

// child analyses a capture in another process and returns the digest of the result, the time, and the largest resident
// set in bytes (0: not known on this system).
func child(t *testing.T, file string) (digest string, took time.Duration, resident int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*maxTime)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestChild$", "-test.v")
	c.Env = append(os.Environ(), childEnv+"="+file)
	begin := time.Now()
	out, err := c.CombinedOutput()
	if took = time.Since(begin); err != nil {
		t.Errorf("%s: %v\n%s", file, err, out)
	}
	for line := range strings.Lines(string(out)) {
		if d, ok := strings.CutPrefix(line, digestMark); ok {
			digest = strings.TrimSpace(d)
		}
		if n, ok := strings.CutPrefix(line, residentMark); ok {
			resident, _ = strconv.ParseInt(strings.TrimSpace(n), 10, 64)
		}
	}
	return digest, took, resident
}

// TestAllAtOnce gives all captures to one run.
func TestAllAtOnce(t *testing.T) {
	dir := captureDir(t)
	var files []string
	for _, name := range captureFiles(t, dir) {
		files = append(files, filepath.Join(dir, name))
	}
	one, _ := run(t, analyzer.Config{Files: files, Workers: 1})
	three, _ := run(t, analyzer.Config{Files: files, Workers: 3})
	if a, b := lines(t, one), lines(t, three); !bytes.Equal(a, b) {
		t.Errorf("workers matter:\n%s", firstDifference(b, a))
	}
	var total int64
	for _, f := range one.Run.Files {
		alone, _ := run(t, analyzer.Config{Files: []string{f.Path}})
		got := alone.Run.Files[0]
		total += f.Packets
		if got.Packets != f.Packets || got.SHA256 != f.SHA256 || got.Damage != f.Damage {
			t.Errorf("%s: %+v alone, %+v among others", f.Path, got, f)
		}
	}
	if len(one.Run.Files) != len(files) || total == 0 {
		t.Errorf("%d files of %d, %d packets", len(one.Run.Files), len(files), total)
	}
}

// TestDoubledFeed: a mirror that delivers every packet twice changes neither what is called Webex nor what the streams
// lost, whether its copies are looked for or not.
func TestDoubledFeed(t *testing.T) {
	plain := pcaptest.LossyCall()
	doubled := pcaptest.Merge(plain, plain.Shift(300*time.Microsecond))
	want := streamLosses(t, plain, analyzer.DedupOn)
	if len(want) < 4 || !strings.Contains(strings.Join(want, "\n"), "lost 55") {
		t.Fatalf("the plain capture has no losses: %v", want)
	}
	for _, dedup := range []analyzer.Dedup{analyzer.DedupOn, analyzer.DedupOff} {
		if got := streamLosses(t, doubled, dedup); !slices.Equal(got, want) {
			t.Errorf("search for copies %v:\ngot  %v\nwant %v", dedup, got, want)
		}
	}
}

// streamLosses lists the streams: SSRC, packets without copies, and losses.
func streamLosses(t *testing.T, c *pcaptest.Capture, dedup analyzer.Dedup) (list []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "capture.pcapng")
	if err := c.Save(file); err != nil {
		t.Fatal(err)
	}
	set, err := run(t, analyzer.Config{Files: []string{file}, Dedup: dedup})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range set.Streams {
		list = append(list, fmt.Sprintf("%08x: %d packets, lost %d, Webex %v", s.SSRC, s.Packets, s.Lost, s.Webex))
	}
	slices.Sort(list)
	return list
}
