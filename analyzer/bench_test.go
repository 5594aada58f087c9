package analyzer_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/record"
)

var benchSize = flag.String("capture-size", "64MiB", "size of the capture that BenchmarkAudit generates")

// BenchmarkAudit audits a generated capture (pcaptest/gencap, deterministic) as a whole, JSON Lines written to nowhere,
// and prints time per packet, rates, and the process's peak memory. For a gigabyte: go test ./analyzer -run '^$' -bench
// Audit -capture-size 1GiB
func BenchmarkAudit(b *testing.B) {
	file := generated(b, *benchSize)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			var packets, size int64
			for b.Loop() {
				set, err := analyzer.Run(context.Background(), analyzer.Config{Files: []string{file}, Workers: workers})
				if err != nil {
					b.Fatal(err)
				}
				writeLines(b, set)
				packets, size = set.Run.Files[0].Packets, set.Run.Files[0].Bytes
			}
			perRun := b.Elapsed().Seconds() / float64(b.N)
			b.ReportMetric(perRun*1e9/float64(packets), "ns/packet")
			b.ReportMetric(float64(packets)/perRun, "packets/s")
			b.ReportMetric(float64(size)/1e6/perRun, "MB/s")
			b.ReportMetric(peakMiB(), "peak-MiB")
		})
	}
}

func generated(b *testing.B, size string) string {
	b.Helper()
	file := filepath.Join(b.TempDir(), "bench.pcap")
	cmd := exec.Command("go", "run", "./pcaptest/gencap", "-o", file, "-size", size)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		b.Fatalf("gencap: %v\n%s", err, &out)
	}
	b.Logf("%s", bytes.TrimSpace(out.Bytes()))
	return file
}

func writeLines(b *testing.B, set *record.Set) {
	b.Helper()
	w := bufio.NewWriter(io.Discard)
	var line []byte
	for r := range set.All {
		var err error
		if line, err = record.AppendJSON(line[:0], r); err != nil {
			b.Fatal(err)
		}
		w.Write(line)
	}
}

// peakMiB is the process's peak resident memory where the kernel tells it (Linux), else 0.
func peakMiB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	return 0
}
