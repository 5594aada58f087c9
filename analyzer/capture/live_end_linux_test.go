package capture

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// TestLiveEnd: what came before an interface went down or away is delivered, though nobody had read it.
func TestLiveEnd(t *testing.T) {
	for _, end := range []string{"link set v1 down", "link del v0"} {
		inNamespace(t, func(t *testing.T) {
			s, err := OpenLive("v1", LiveOptions{RingMiB: 2})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			out := newSender(t, "v0")
			const n = 50
			for i := range uint32(n) {
				out.send(numberedFrame(i, 1000, 0))
			}
			if err := exec.Command("ip", strings.Fields(end)...).Run(); err != nil {
				t.Error(err)
			}
			got := 0
			for err == nil {
				var b Block
				err = s.Next(&b)
				got += len(b.Frames)
			}
			if got != n || !errors.Is(err, ErrGone) {
				t.Errorf("%s: %d frames of %d, %v", end, got, n, err)
			}
		})
	}
}
