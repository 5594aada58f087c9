package main

import (
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest/wire"
)

// TestInterfaceGoes: a live capture whose interface goes away and comes back says so, books the time as a pause, and
// ends when it is told to. That it has given up its privileges stands in the way of none of it.
func TestInterfaceGoes(t *testing.T) {
	for _, how := range [][2]string{
		{"link set v1 down", "link set v1 up"},
		{"link del v0", "link add v0 type veth peer name v1;link set v0 up;link set v1 up"},
	} {
		wire.In(t, wire.Plain, func() {
			ip := func(commands string) {
				for line := range strings.SplitSeq(commands, ";") {
					if err := exec.Command("ip", strings.Fields(line)...).Run(); err != nil {
						t.Errorf("%s: %v", line, err)
					}
				}
			}
			p := start(t, "analyze", "-q", "-B", "2", "-i", "v1", "-o", "out.jsonl")
			p.rests()
			ip("addr add 192.0.2.1/24 dev v0;neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0")
			ping := func() {
				if c, err := net.Dial("udp", "192.0.2.2:9"); err == nil {
					_, _ = c.Write([]byte("x"))
					c.Close()
				}
			}
			ping()
			ip(how[0])
			time.Sleep(time.Second)
			ip(how[1])
			time.Sleep(time.Second)
			_ = exec.Command("ip", strings.Fields("addr add 192.0.2.1/24 dev v0")...).Run()
			_ = exec.Command("ip", strings.Fields("neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0")...).Run()
			ping()
			time.Sleep(time.Second)
			if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Error(err)
			}
			p.wait()
			p.ended(0, "v1: the interface is back after ")
			p.holds("out.jsonl", `"interface_down":true`, `{"type":"summary"`)
		})
	}
}

// settles waits until so many packets are in windows that have ended, or were dropped by the kernel of a busy machine.
func settles(t *testing.T, dir string, packets int64) {
	t.Helper()
	got := int64(-1)
	for ends := time.Now().Add(20 * time.Second); got != packets; time.Sleep(100 * time.Millisecond) {
		if _, got = windowsOf(t, dir); time.Now().After(ends) {
			t.Errorf("%d packets of %d in windows that have ended by the clock", got, packets)
			return
		}
	}
}

// TestWatchLive: a watch of an interface audits in windows, gives up its privileges, has every packet in some window,
// also when nothing passes any more, and ends well when it is told to.
func TestWatchLive(t *testing.T) {
	if testing.Short() {
		t.Skip("the shortest window is ten seconds of live traffic")
	}
	wire.In(t, wire.Plain, func() {
		p := start(t, "watch", "-B", "32", "-i", "v1", "-o", "audits", "--window", "10s", "-f", "udp port 5004")
		p.says(1, "msg=watching")
		p.says(1, "v1: nothing joins packets before they are seen")
		for _, line := range []string{"addr add 192.0.2.1/24 dev v0", "neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0"} {
			if err := exec.Command("ip", strings.Fields(line)...).Run(); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		c, err := net.Dial("udp", "192.0.2.2:5004")
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		sent := int64(0)
		for ends := time.Now().Add(11 * time.Second); time.Now().Before(ends); time.Sleep(20 * time.Millisecond) {
			if _, err := c.Write([]byte("x")); err == nil {
				sent++
			}
		}
		dir := filepath.Join(p.dir, "audits")
		settles(t, dir, sent)
		p.rests()
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		p.wait()
		p.ended(0, "msg=watching interfaces=[v1]")
		if names, packets := windowsOf(t, dir); len(names) < 2 || packets != sent {
			t.Errorf("windows %v with %d packets of %d", names, packets, sent)
		}
	})
}

// TestWatchInterface: a watch survives that its interface goes down, and that it is deleted and made again: each is
// told when it begins and when it is over, and the window has the gaps.
func TestWatchInterface(t *testing.T) {
	wire.In(t, wire.Plain, func() {
		ip := func(commands ...string) {
			for _, line := range commands {
				if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
					t.Errorf("%s: %v: %s", line, err, out)
				}
			}
		}
		p := start(t, "watch", "-B", "32", "-i", "v1", "-o", "audits", "--window", "1h", "--on-finding", "cat >> told")
		p.says(1, "msg=watching")
		const away, back = "v1: the interface went down or away; waiting for it to come back", "v1: the interface is back after "
		ip("link set v1 down")
		p.says(1, away)
		ip("link set v1 up")
		p.says(1, back)
		ip("link set v0 down", "link set v0 up") // whose new address makes packets
		ip("link del v0")
		p.says(2, away)
		ip("link add v0 type veth peer name v1", "link set v0 up", "link set v1 up")
		p.says(2, back)
		ip("addr add 192.0.2.1/24 dev v0", "neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0")
		if c, err := net.Dial("udp", "192.0.2.2:9"); err == nil {
			_, err = c.Write([]byte("x"))
			if c.Close(); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(500 * time.Millisecond)
		p.stops()
		reports, _ := filepath.Glob(filepath.Join(p.dir, "audits", "windows", "*"))
		if text := readText(t, reports[len(reports)-1], "report.json"); !strings.Contains(text, `"interface_down": true`) {
			t.Errorf("the window has no gap: %.2000s", text)
		}
		if told := readText(t, p.dir, "told"); strings.Count(told, `"kind":"trouble"`) != 4 || !strings.Contains(told, away) {
			t.Errorf("told %s", told)
		}
	})
}
