package analyzer_test

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

var floodFlows = flag.Int("flood", 300_000, "flows of one packet that TestFlood sends; 5000000 is what a large scan is")

const (
	floodEnv    = "ANALYZER_TEST_FLOOD"
	floodMemory = 256 << 20
)

// TestFloodChild is no test: it is what the child process of TestFlood does.
func TestFloodChild(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv(floodEnv))
	if n == 0 {
		t.Skip("only for child processes")
	}
	debug.SetMemoryLimit(floodMemory)
	set := flood(t, n, analyzer.Config{MaxMemory: floodMemory, Workers: 2})
	h := set.Health[0]
	sum := sha256.New()
	var line []byte
	for r := range set.All {
		line, _ = record.AppendJSON(line[:0], r)
		sum.Write(line)
	}
	fmt.Printf("flood %d %d %d %d %d %d %x\n", h.Packets, h.FlowsEvicted, h.FlowsSummarised, h.PacketsSummarised,
		set.Summary.Flows, peak(), sum.Sum(nil))
}

// flood analyses flows of one packet that come through a pipe.
func flood(t *testing.T, flows int, c analyzer.Config) *record.Set {
	t.Helper()
	r, w := io.Pipe()
	go func() { w.CloseWithError(pcaptest.Flood(w, flows, 100)) }()
	c.Files, c.Stdin = []string{"-"}, r
	set, err := analyzer.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestFlood: the process stays below the memory that was configured, whatever number of flows there is, and all flows
// are accounted for: those that were kept, and those that were only counted.
func TestFlood(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("resident memory is measured on Linux only")
	}
	c := exec.Command(os.Args[0], "-test.run=^TestFloodChild$", "-test.v")
	c.Env = append(os.Environ(), floodEnv+"="+strconv.Itoa(*floodFlows))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var packets, evicted, summed, summedPackets, kept int
	var resident int64
	var digest string
	if _, err := fmt.Sscanf(string(out[strings.Index(string(out), "flood "):]), "flood %d %d %d %d %d %d %s", &packets,
		&evicted, &summed, &summedPackets, &kept, &resident, &digest); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%d flows: %d kept, %d summarised, %d closed early, %d MB resident of %d, %v", *floodFlows, kept, summed, evicted, resident>>20, floodMemory>>20, c.ProcessState.UserTime())
	if raceDetector {
		t.Log("under the race detector memory says nothing of the program's")
	} else if resident > floodMemory {
		t.Errorf("%d MB of memory, want at most %d", resident>>20, floodMemory>>20)
	}
	if packets != *floodFlows || kept+summed != packets || summedPackets != summed || summed == 0 || evicted == 0 {
		t.Errorf("%d packets, %d flows kept, %d summarised with %d packets, %d evicted", packets, kept, summed, summedPackets, evicted)
	}
}

// TestFloodWorkers: which flows are kept and which are only counted does not depend on the number of workers.
func TestFloodWorkers(t *testing.T) {
	var want string
	for _, workers := range []int{1, 2, 3, 5} {
		c := analyzer.Config{Workers: workers}
		c.Flows.MaxFlows = 640
		set := flood(t, 5000, c)
		got := string(lines(t, set))
		if h := set.Health[0]; set.NumFlows() != 640 || h.FlowsSummarised != 5000-640 || h.FlowsEvicted == 0 {
			t.Fatalf("%d flows kept, %d summarised, %d evicted", set.NumFlows(), h.FlowsSummarised, h.FlowsEvicted)
		}
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%d workers: another result:\n%s", workers, firstDifference([]byte(got), []byte(want)))
		}
	}
}
