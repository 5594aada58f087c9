package capture

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

// ip runs commands of ip(8), one a line.
func ip(t *testing.T, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			t.Errorf("ip %s: %v: %s", line, err, out)
		}
	}
}

// TestLiveAway: an interface that goes down, is renamed, or is deleted and made again is captured further, and the time
// in between is told with the first frame behind it.
func TestLiveAway(t *testing.T) {
	for name, test := range map[string]struct{ goes, returns string }{
		"down":    {"link set v1 down", "link set v1 up"},
		"renamed": {"link set v1 down\nlink set v1 name v9", "link set v9 up"},
		"deleted": {"link del v1", "link add v1 type veth peer name v0\nlink set v0 addrgenmode none\n" +
			"link set v1 addrgenmode none\nlink set v0 up\nlink set v1 up"},
	} {
		inNamespace(t, func(t *testing.T) {
			var told []string
			s, err := OpenLive("v1", LiveOptions{RingMiB: 2, Promiscuous: true, Notice: func(text string) {
				told = append(told, text)
			}})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			newSender(t, "v0").send(numberedFrame(1, 60, 0))
			before, _ := collect(t, s, 1)
			gone := time.Now().UnixNano()
			ip(t, test.goes)
			until(t, s, func(*Block) bool { return len(told) == 1 })
			ip(t, test.returns)
			until(t, s, func(*Block) bool { return len(told) == 2 })
			back := time.Now().UnixNano()
			newSender(t, "v0").send(numberedFrame(2, 60, 0))
			until(t, s, func(b *Block) bool {
				if len(b.Frames) == 0 {
					return false
				}
				if string(b.Bytes(0)) != string(numberedFrame(2, 60, 0)) || b.First != 2 || b.Down.From < gone ||
					b.Down.To <= b.Down.From || b.Down.To > back || b.Down.To > b.Frames[0].Time {
					t.Errorf("%s: frame %d behind %+v (%d to %d): %x", name, b.First, b.Down, gone, back, b.Bytes(0))
				}
				return true
			})
			if len(before) != 1 || len(told) != 2 || told[0] != "v1: the interface went down or away; waiting for it to come back" ||
				!strings.HasPrefix(told[1], "v1: the interface is back after ") {
				t.Errorf("%s: %d packets, told %q", name, len(before), told)
			}
		})
	}
}

// until reads until f is content.
func until(t *testing.T, s Source, f func(*Block) bool) {
	t.Helper()
	var b Block
	for range 40 {
		if err := s.Next(&b); err != nil {
			t.Error(err)
			return
		}
		if f(&b) {
			return
		}
	}
	t.Error("it does not come about")
}
