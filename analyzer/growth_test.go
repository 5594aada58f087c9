package analyzer_test

import (
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/capture"
)

var growthPackets = flag.Int("growth", 10_000, "packets of TestGrowth's smallest captures")

// growth is the most by which time and memory may grow where the traffic doubles.
const growth = 2.5

// TestGrowth: no kind of traffic costs more than its amount, in processor time or in memory that is asked for. It
// measures time, so nothing else should run beside it: .ci/run sets GROWTH for a step of its own.
func TestGrowth(t *testing.T) {
	if os.Getenv("GROWTH") == "" {
		t.Skip("set GROWTH=1: it measures time, with nothing else running")
	}
	for _, f := range growthFloods {
		t.Run(f.name, func(t *testing.T) {
			var seconds, bytes [3]float64
			n := *growthPackets
			if strings.HasSuffix(f.name, byteByByte) {
				n = min(n, 3500)
			}
			for i := range seconds {
				path := filepath.Join(t.TempDir(), "flood.pcap")
				if err := f.make(n << i).Save(path); err != nil {
					t.Fatal(err)
				}
				seconds[i], bytes[i] = costOf(t, path)
			}
			t.Logf("%.3f, %.3f, %.3f s; %.1f, %.1f, %.1f MB", seconds[0], seconds[1], seconds[2], bytes[0]/1e6,
				bytes[1]/1e6, bytes[2]/1e6)
			const floor = 0.005 // below it the start of a run is most of its time
			if by := (seconds[2] + floor) / (seconds[0] + floor); by > growth*growth {
				t.Errorf("four times the traffic takes %.1f times the time", by)
			}
			if by := bytes[2] / bytes[0]; by > growth*growth {
				t.Errorf("four times the traffic takes %.1f times the memory", by)
			}
		})
	}
}

// costOf is the least processor time in seconds of three audits of a file with its records written as JSON Lines, and
// the bytes asked for.
func costOf(t *testing.T, path string) (seconds, bytes float64) {
	t.Helper()
	for range 3 {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := processorTime(t)
		set, err := run(t, analyzer.Config{Files: []string{path}, Workers: 1, Hash: capture.NoHash})
		if err != nil {
			t.Fatal(err)
		}
		eachLine(t, set, func([]byte) {}) // keeping one text of everything is no cost of the traffic
		took := (processorTime(t) - start).Seconds()
		runtime.ReadMemStats(&after)
		if seconds == 0 || took < seconds {
			seconds = took
		}
		bytes = float64(after.TotalAlloc - before.TotalAlloc)
	}
	return seconds, bytes
}

func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
