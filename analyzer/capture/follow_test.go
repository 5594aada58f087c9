package capture

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// frameAt is a record with one byte, at a second.
func frameAt(second uint32, text string) []byte {
	return little.record(second, 0, uint32(len(text)), uint32(len(text)), text)
}

// ring is a directory and a follower, whose reading goes on in another goroutine.
type ring struct {
	t     *testing.T
	dir   string
	lines chan string // "name: data" of each frame, "name: end" of each file
}

func newRing(t *testing.T, before map[string][]byte) *ring {
	t.Helper()
	r := &ring{t, t.TempDir(), make(chan string, 100)}
	for name, data := range before {
		r.write(name, data)
	}
	f, err := Follow(r.dir, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	stopped := make(chan bool)
	go func() { r.read(f, done); close(stopped) }()
	t.Cleanup(func() { close(done); <-stopped })
	return r
}

func (r *ring) read(f *Follower, done chan bool) {
	for {
		select {
		case <-done:
			return
		default:
		}
		path, s, err := f.Next()
		if path == "" {
			continue
		}
		name := filepath.Base(path)
		var b Block
		for err == nil {
			select {
			case <-done:
				s.Close()
				return
			default:
			}
			err = s.Next(&b)
			for i := range b.Frames {
				r.lines <- name + ": " + string(b.Bytes(i))
			}
		}
		if s != nil {
			s.Close()
		}
		r.lines <- name + ": " + strings.TrimPrefix(err.Error(), path+": ")
	}
}

func (r *ring) path(name string) string { return filepath.Join(r.dir, name) }

// write makes a file, or what stands in the place of one, anew.
func (r *ring) write(name string, data ...[]byte) {
	if err := os.WriteFile(r.path(name), join(data...), 0o600); err != nil {
		r.t.Error(err)
	}
}

func (r *ring) add(name string, data []byte) {
	f, err := os.OpenFile(r.path(name), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.Write(data)
		f.Close()
	}
	if err != nil {
		r.t.Error(err)
	}
}

// expect waits for lines, in their order.
func (r *ring) expect(want ...string) {
	r.t.Helper()
	for _, w := range want {
		select {
		case got := <-r.lines:
			if got != w {
				r.t.Errorf("%q, want %q", got, w)
			}
		case <-time.After(20 * time.Second):
			r.t.Fatalf("%q does not come", w)
		}
	}
}

// silent wants that nothing comes.
func (r *ring) silent() {
	r.t.Helper()
	select {
	case got := <-r.lines:
		r.t.Errorf("%q, want nothing", got)
	case <-time.After(2*followQuiet + followScan):
	}
}

var ringHeader = little.pcap(magicMicro, 4, 65535, 1)

// TestFollow: files that are there in the order of their time, the last one as it grows, the next one when it comes.
func TestFollow(t *testing.T) {
	r := newRing(t, map[string][]byte{
		"cap.pcap10": join(ringHeader, frameAt(10, "c")), "cap.pcap2": join(ringHeader, frameAt(9, "b")),
		"cap.pcap1": join(ringHeader, frameAt(8, "a")), "notes.txt": []byte("no capture"), ".hidden": capture(1),
	})
	r.expect("cap.pcap1: a", "cap.pcap1: EOF", "cap.pcap2: b", "cap.pcap2: EOF", "cap.pcap10: c")
	record := frameAt(11, "dd")
	r.add("cap.pcap10", record[:7]) // a record in two parts
	r.silent()
	r.add("cap.pcap10", record[7:])
	r.expect("cap.pcap10: dd")
	r.write("cap.pcap11") // begun, not yet written to
	r.add("cap.pcap10", frameAt(12, "e"))
	r.expect("cap.pcap10: e")
	r.add("cap.pcap11", ringHeader)
	r.silent()
	r.add("cap.pcap11", frameAt(13, "f"))
	r.expect("cap.pcap10: EOF", "cap.pcap11: f")
}

// TestFollowRing: names that come round, files that are compressed and renamed, and that are cut.
func TestFollowRing(t *testing.T) {
	first, second := join(ringHeader, frameAt(1, "a")), join(ringHeader, frameAt(2, "b"))
	r := newRing(t, map[string][]byte{"0": first, "1": second})
	r.expect("0: a", "0: EOF", "1: b")
	r.write("0", ringHeader, frameAt(3, "c")) // as tcpdump -W does it: the same inode
	r.expect("1: EOF", "0: c")
	r.write("1.gz", gzipped(t, second))
	if err := os.Remove(r.path("1")); err != nil {
		t.Error(err)
	}
	r.silent()
	if err := os.Rename(r.path("0"), r.path("kept")); err != nil {
		t.Error(err)
	}
	r.add("kept", frameAt(4, "d")) // still the one that grows
	r.expect("0: d")
	r.add("kept", frameAt(5, "eeee")[:18])
	r.write("new.gz", gzipped(t, join(ringHeader, frameAt(6, "f"))))
	r.expect("0: damaged at byte 58, packet 3: the file ends inside a record (18 of 20 bytes)", "new.gz: f", "new.gz: EOF")
	r.silent()
}

// TestFollowPcapng: a section of pcapng that grows byte by byte.
func TestFollowPcapng(t *testing.T) {
	whole := join(little.section(), little.iface(1, 0), little.enhanced(0, 1, 3, "one"), little.enhanced(0, 2, 3, "two"))
	start := bytes.Index(whole, []byte("one")) + 8
	r := newRing(t, map[string][]byte{"a.pcapng": whole[:start]})
	r.expect("a.pcapng: one")
	for _, b := range slices.Collect(slices.Chunk(whole[start:], 5)) {
		r.add("a.pcapng", b)
		time.Sleep(20 * time.Millisecond)
	}
	r.expect("a.pcapng: two")
}

func TestFollowErrors(t *testing.T) {
	if _, err := Follow(filepath.Join(t.TempDir(), "missing"), time.Time{}); err == nil {
		t.Error("a directory that is not there was taken")
	}
}
