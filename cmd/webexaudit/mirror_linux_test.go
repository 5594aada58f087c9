package main

import (
	"bytes"
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
)

// TestVXLANMirror: frames that are sent to the machine in VXLAN are audited as if they had been captured that way.
func TestVXLANMirror(t *testing.T) {
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	at := free.LocalAddr().String()
	free.Close()
	p := start(t, "analyze", "-q", "-B", "4", "-i", "vxlan://"+at, "-o", "out.jsonl")
	p.rests()
	out, err := net.Dial("udp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	s, err := capture.Open("../../testdata/pcaps/calling-blocked.pcapng.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sent := 0
	for b := new(capture.Block); s.Next(b) == nil; {
		for i := range b.Frames {
			if _, err := out.Write(append([]byte{8, 0, 0, 0, 0, 0, 77, 0}, b.Bytes(i)...)); err != nil {
				t.Fatal(err)
			}
			sent++
		}
	}
	p.rests()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	p.wait()
	p.ended(0, "")
	p.holds("out.jsonl", `"vxlan"`, `"kernel_drops":0`, `"packets":`+strconv.Itoa(sent), `"webex":true`)
}

// TestOverIPMirror: a sensor that serves a capture over TCP gives the flows that the file gives; its end is ours.
func TestOverIPMirror(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			_, _ = c.Write(pcaptest.HealthyMeeting().Pcap())
			c.Close()
		}
	}()
	p := start(t, "analyze", "-q", "-i", "pcap-over-ip://"+l.Addr().String(), "-o", "out.jsonl")
	p.wait()
	p.ended(0, "")
	q := start(t, "analyze", "-q", "-o", "out.jsonl", "healthy.pcap")
	q.wait()
	got, want := flowIDs(t, p.dir), flowIDs(t, q.dir)
	if got == "" || got != want {
		t.Errorf("flows %s, want %s; %s", got, want, p.stderr.String())
	}
}

// flowIDs are those of the flows in out.jsonl.
func flowIDs(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "out.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte(`{"type":"flow","flow_id":"`)); ok {
			id, _, _ := bytes.Cut(rest, []byte(`"`))
			ids = append(ids, string(id))
		}
	}
	return strings.Join(ids, " ")
}

// TestFollowDirectory: a capture that two files hold, the second of which grows, gives the flows of the whole one.
func TestFollowDirectory(t *testing.T) {
	p := start(t, "analyze", "-q", "--follow", "ring", "-o", "out.jsonl")
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	p.wait()
	p.ended(statusUsage, "--follow ring: not a directory")
	whole := pcaptest.HealthyMeeting().Pcap()
	first, cut := 24, 24
	for n := 0; n < 2000; n++ {
		first += 16 + int(binary.LittleEndian.Uint32(whole[first+8:]))
		if n == 1000 {
			cut = first
		}
	}
	dir := t.TempDir()
	write := func(name string, data []byte) {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	write("b.pcap", whole[:cut])
	write("a.pcap", append(whole[:24:24], whole[cut:first+9]...))
	p = start(t, "analyze", "-q", "--follow", dir, "-o", "out.jsonl")
	time.Sleep(2 * time.Second)
	write("a.pcap", whole[first+9:])
	time.Sleep(2 * time.Second)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.wait()
	p.ended(0, "")
	q := start(t, "analyze", "-q", "-o", "out.jsonl", "healthy.pcap")
	q.wait()
	if got, want := flowIDs(t, p.dir), flowIDs(t, q.dir); got == "" || got != want {
		t.Errorf("flows %s, want %s; %s", got, want, p.stderr.String())
	}
	p.holds("out.jsonl", `/b.pcap"`, `/a.pcap"`)
}
