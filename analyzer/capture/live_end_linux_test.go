package capture

import (
	"os/exec"
	"strings"
	"testing"
)

// TestLiveEnd: what came before an interface went down or away is delivered, though nobody had read it.
func TestLiveEnd(t *testing.T) {
	for _, end := range []string{"link set v1 down", "link del v0"} {
		onPair(t, LiveOptions{RingMiB: 2}, func(t *testing.T, s Source, out *sender) {
			const n = 50
			for i := range uint32(n) {
				out.send(numberedFrame(i, 1000, 0))
			}
			if err := exec.Command("ip", strings.Fields(end)...).Run(); err != nil {
				t.Error(err)
			}
			got, _ := collect(t, s, n)
			if len(got) != n {
				t.Errorf("%s: %d frames of %d", end, len(got), n)
			}
		})
	}
}
