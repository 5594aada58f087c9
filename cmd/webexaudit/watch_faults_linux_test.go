package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/watch"
)

// stops ends a watch as its operator does.
func (p *process) stops() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	p.wait()
	p.ended(0, "")
}

// TestWatchClock: when the clock of who captures is set forward by a day, and back again, every packet is in a window
// of its time, and it is told; who begins anew goes on behind it.
func TestWatchClock(t *testing.T) {
	o := &operator{t: t, from: t.TempDir(), ring: t.TempDir(), out: filepath.Join(t.TempDir(), "audits")}
	packets := 0
	for i, minute := range []int{0, 1, 24*60 + 2, 3, 4, 5} {
		at := pcaptest.Start.Add(time.Duration(minute) * time.Minute)
		packets += minuteAt(t, filepath.Join(o.from, fmt.Sprintf("%02d.pcap", i)), i, at)
	}
	args := []string{"watch", "-o", o.out, "--window", "1m", o.ring}
	o.process = start(t, args...)
	o.captures("20260907T080100Z", "00.pcap", "01.pcap", "02.pcap")
	time.Sleep(10 * time.Millisecond) // the next file is written later
	for _, name := range []string{"03.pcap", "04.pcap", "05.pcap"} {
		if err := os.Chtimes(filepath.Join(o.from, name), time.Time{}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	o.captures("20260907T080300Z", "03.pcap", "04.pcap")
	o.stops()
	for _, words := range []string{"no packets for 24h0m0s, or their clock was set forward",
		"the clock of the packets was set back by 23h59m0s"} {
		if strings.Count(o.stderr.String(), words) != 1 {
			t.Errorf("%q is not told once: %s", words, o.stderr.String())
		}
	}
	o.process = start(t, args...)
	o.captures("20260907T080400Z", "05.pcap")
	o.rests()
	o.stops()
	names, read := windowsOf(t, o.out)
	want := []string{"20260907T080000Z", "20260907T080100Z", "20260907T080300Z", "20260907T080400Z", "20260907T080500Z",
		"20260908T080200Z"}
	if !slices.Equal(names, want) || read != int64(packets) {
		t.Errorf("windows %v with %d packets, want %v with %d", names, read, want, packets)
	}
	days, _ := os.ReadDir(filepath.Join(o.out, watch.Days))
	if len(days) < 3 {
		t.Errorf("days %v", days)
	}
}

// ballast fills a file system to its last byte.
func ballast(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}

// mounted has tmpfs of so many bytes in a directory.
func mounted(t *testing.T, dir string, bytes int) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		t.Skip("needs the right to mount: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
}

// readOnly has the file system of a directory read only, until what it returns is called.
func readOnly(t *testing.T, dir string) (writable func()) {
	t.Helper()
	err := unix.Mount(dir, dir, "", unix.MS_BIND, "")
	if err == nil {
		err = unix.Mount("", dir, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWatchDisk: a disk that is full, or read only, is told in one sentence, costs the windows of that time and nothing
// else, and when it can be written again that is told too.
func TestWatchDisk(t *testing.T) {
	from, _ := watched(t, 6)
	told := filepath.Join(t.TempDir(), "told")
	o := &operator{t: t, from: from, ring: t.TempDir(), out: filepath.Join(t.TempDir(), "audits")}
	mounted(t, o.out, 8<<20)
	o.process = start(t, "watch", "-o", o.out, "--window", "1m", "--on-finding", "cat >> "+told, o.ring)
	o.captures("20260907T080000Z", "00.pcap", "01.pcap")
	ballast(t, filepath.Join(o.out, "ballast"))
	o.captures("", "02.pcap")
	o.says(1, "results cannot be written: they are lost, the audit goes on: "+o.out+": no space left on device")
	if err := os.Remove(filepath.Join(o.out, "ballast")); err != nil {
		t.Fatal(err)
	}
	o.captures("20260907T080200Z", "03.pcap")
	o.says(1, "results can be written again")
	again := readOnly(t, o.out)
	o.captures("", "04.pcap")
	o.says(1, "results cannot be written: they are lost, the audit goes on: "+o.out+": read-only file system")
	again()
	o.captures("20260907T080400Z", "05.pcap")
	o.says(2, "results can be written again")
	o.stops()
	names, _ := windowsOf(t, o.out)
	want := []string{"20260907T080000Z", "20260907T080200Z", "20260907T080400Z", "20260907T080500Z"}
	if !slices.Equal(names, want) {
		t.Errorf("windows %v, want %v", names, want)
	}
	if f := findingOf(t, o.out, "WXA-QOS-001"); f.Windows != 6 || f.Status != watch.Ongoing {
		t.Errorf("%+v", f)
	}
	text, _ := os.ReadFile(told)
	if n := strings.Count(string(text), `"kind":"trouble"`); n != 4 {
		t.Errorf("%d messages of trouble: %s", n, text)
	}
}
