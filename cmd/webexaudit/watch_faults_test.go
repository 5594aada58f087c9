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
