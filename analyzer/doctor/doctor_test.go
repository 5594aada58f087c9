package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// want holds a check against its state and parts of its text and of what to do.
func want(t *testing.T, c Check, state, text, do string) {
	t.Helper()
	if c.State != state || !strings.Contains(c.Text, text) || !strings.Contains(c.Do, do) || (do == "") != (c.Do == "") {
		t.Errorf("%+v; want %s, %q, %q", c, state, text, do)
	}
}

func TestPack(t *testing.T) {
	now := time.Date(2026, 12, 8, 12, 0, 0, 0, time.UTC)
	want(t, Pack("p", "2026-09-09", now, 90), OK, "p, is 90 days old", "")
	want(t, Pack("p", "2026-09-08", now, 90), Advice, "91 days old", "install a newer release")
	want(t, Pack("p", "2026-12-10", now, 90), Advice, "is to come", "set the clock")
	want(t, Pack("p", "soon", now, 90), Advice, "p, cannot be read", "")
}

func TestDrops(t *testing.T) {
	want(t, drops("e", heard{frames: 5}, time.Second), OK, "e: 5 frames in 1s, none dropped", "")
	want(t, drops("e", heard{frames: 5, drops: 2}, time.Second), Advice, "and 2 dropped", "-B 256")
	want(t, drops("e", heard{}, time.Second), Advice, "nothing came in 1s", "mirror session")
}

func TestJudgeOffload(t *testing.T) {
	judge := func(h heard, on ...string) Check {
		set := map[string]bool{"tx-tcp-segmentation": true, "rx-lro": false}
		for _, f := range on {
			set[f] = true
		}
		return judgeOffload("e", 1500, set, true, h)
	}
	want(t, judge(heard{}), OK, "nothing joins packets", "")
	want(t, judge(heard{frames: 9, longer: 3}, "rx-gro"), OK,
		"(ethtool -K e gro off shows the wire); 3 of 9 frames were longer than the MTU of 1500", "")
	want(t, judge(heard{}, "rx-gro", "rx-udp-gro-forwarding"), Advice, "UDP are joined",
		"ethtool -K e gro off rx-udp-gro-forwarding off")
	want(t, judgeOffload("e", 1500, nil, false, heard{}), OK, "cannot be asked for", "")
}

func TestOutput(t *testing.T) {
	dir := t.TempDir()
	want(t, Output(dir), OK, dir+": can be written", "")
	want(t, Output(filepath.Join(dir, "new", "one")), OK, "one: can be made", "")
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, Output(file), Fault, "nothing can be written: not a directory", "name a directory")
	want(t, Output(filepath.Join(file, "below")), Fault, "nothing can be written: not a directory", "name a directory")
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v %v", left, err)
	}
}
