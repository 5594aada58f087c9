package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The stand-ins say what the two programs would and do nothing.
const (
	generator = "#!/bin/sh\n[ \"$2\" = - ] && echo capture || echo capture >\"$2\"\necho \"$2: 7 packets, 9 flows, 1 bytes\" >&2\n"
	auditor   = "#!/bin/sh\n" + `[ "$2" = - ] && read got || read got <"$2"; [ "$got" = capture ] || exit 2
printf '{"type":"run"}\n{"type":"capture_health","packets":7,"flows_summarised":3}\n{"type":"flow"}\n' >"$6"` + "\n"
)

// TestPoint: a point of the curves is measured from a file and from a pipe, and says what the two programs said.
func TestPoint(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell:", err)
	}
	b := &bench{dir: t.TempDir(), scale: 1}
	b.program, b.gencap = filepath.Join(b.dir, "program"), filepath.Join(b.dir, "gencap")
	for name, text := range map[string]string{b.program: auditor, b.gencap: generator} {
		if err := os.WriteFile(name, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for mib, input := range map[int]string{1: "file", pipedMiB + 1: "pipe"} {
		var out strings.Builder
		if err := b.point(&out, point{recipe{"flows", mib, 9, "odd"}, []string{"--max-flows=6"}}, 2); err != nil {
			t.Fatal(err)
		}
		var wall, cpu, each, peak float64
		want := "| flows | 7 | 9 | 2 | %f | %f | %f | %f | 3 | --max-flows=6 " + input + " |\n"
		if n, err := fmt.Sscanf(out.String(), want, &wall, &cpu, &each, &peak); n != 4 || err != nil {
			t.Errorf("%s: %q: %v", input, &out, err)
		}
		left, _ := filepath.Glob(filepath.Join(b.dir, "*.*"))
		if len(left) != 0 {
			t.Errorf("%s: left over: %v", input, left)
		}
	}
}
