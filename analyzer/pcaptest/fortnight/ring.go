//go:build linux

package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	ahead = 4                     // captures that wait to be read
	poll  = 20 * time.Millisecond // how often somebody looks whether they were
	often = 50                    // so often one is seen open before it counts, though the one before it was not
)

// ring is a directory of captures that are written, read by the watch, and removed. One that is written has a hidden
// name: they come faster than from any tcpdump, and must come in their order.
type ring struct {
	dir     string
	size    int64 // of a capture
	pid     int   // of the watch
	ended   chan error
	head    [24]byte
	file    *os.File
	out     *bufio.Writer
	written int64 // bytes of this capture
	files   int
	removed int // of them
	at      int // the capture that is read
	next    int // the one that seems to be, which was seen so many times
	times   int
	packets int64
}

var errEnded = errors.New("the watch has ended")

// copy writes captures until there is no more; it tells each day that begins.
func (r *ring) copy(in io.Reader, begins func(day int)) error {
	b := bufio.NewReaderSize(in, 1<<20)
	if _, err := io.ReadFull(b, r.head[:]); err != nil || binary.LittleEndian.Uint32(r.head[:]) != 0xa1b2c3d4 {
		return errors.New("standard input: no classic pcap file of this byte order")
	}
	first, day := int64(-1), 0
	for {
		head, err := b.Peek(16)
		if errors.Is(err, io.EOF) {
			return r.close()
		}
		if err != nil {
			return err
		}
		second, n := int64(binary.LittleEndian.Uint32(head)), 16+int64(binary.LittleEndian.Uint32(head[8:]))
		if first < 0 {
			first = second
		}
		if d := int((second - first) / (24 * 60 * 60)); d > day {
			day = d
			begins(day)
		}
		if err := r.room(); err != nil {
			return err
		}
		if _, err := io.CopyN(r.out, b, n); err != nil {
			return err
		}
		r.written += n
		r.packets++
	}
}

// room makes sure that a capture is there which has room.
func (r *ring) room() (err error) {
	if r.file != nil && r.written < r.size {
		return nil
	}
	if r.file != nil {
		err = errors.Join(r.close(), r.wait(func() bool { return r.files-r.reading() < ahead }))
	}
	if err != nil {
		return err
	}
	if r.file, err = os.Create(r.path(r.files, ".")); err != nil {
		return err
	}
	r.files++
	r.out, r.written = bufio.NewWriterSize(r.file, 1<<18), int64(len(r.head))
	_, err = r.out.Write(r.head[:])
	return err
}

func (r *ring) path(n int, hidden string) string {
	return filepath.Join(r.dir, fmt.Sprintf("%s%06d.pcap", hidden, n))
}

func (r *ring) close() error {
	err := errors.Join(r.out.Flush(), r.file.Close())
	return errors.Join(err, os.Rename(r.path(r.files-1, "."), r.path(r.files-1, "")))
}

// wait waits for something of the watch, and removes what it has read meanwhile.
func (r *ring) wait(until func() bool) error {
	for !until() {
		select {
		case err := <-r.ended:
			r.ended <- err
			return errEnded
		case <-time.After(poll):
		}
		for r.removed < r.reading() {
			if err := os.Remove(r.path(r.removed, "")); err != nil {
				return err
			}
			r.removed++
		}
	}
	return nil
}

// reading is the number of the capture that the watch reads, or read last. It looks into later ones too, for a moment:
// the one that was read last is done when it is not open any more, and the earliest other one is, again and again.
func (r *ring) reading() int {
	open := r.open()
	if _, still := open[r.at]; still || len(open) == 0 {
		r.next, r.times = -1, 0
		return r.at
	}
	first := slices.Min(slices.Collect(maps.Keys(open)))
	if first != r.next {
		r.next, r.times = first, 0
	}
	if r.times++; first == r.at+1 || r.times > often {
		r.at = max(r.at, first)
	}
	return r.at
}

// open are the captures that the watch has open, and how far it has read them.
func (r *ring) open() map[int]int64 {
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", r.pid))
	open := map[int]int64{}
	for _, fd := range fds {
		target, err := os.Readlink(fd)
		base, ours := filepath.Base(target), strings.HasSuffix(filepath.Dir(target), r.dir)
		if err != nil || !ours || !strings.HasSuffix(base, ".pcap") {
			continue
		}
		var n int
		var at int64
		if _, err := fmt.Sscanf(base, "%d.pcap", &n); err != nil {
			continue
		}
		text, _ := os.ReadFile(strings.Replace(fd, "/fd/", "/fdinfo/", 1))
		if _, err := fmt.Sscanf(string(text), "pos:%d", &at); err == nil {
			open[n] = at
		}
	}
	return open
}

// drain waits until all was read.
func (r *ring) drain() error {
	defer time.Sleep(2 * time.Second) // what was read goes its way
	return r.wait(func() bool {
		return r.reading() == r.files-1 && r.open()[r.files-1] == r.written
	})
}
