//go:build linux

package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	ahead = 4                     // captures that wait to be read
	poll  = 20 * time.Millisecond // how often somebody looks whether they were
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
		if err := r.next(); err != nil {
			return err
		}
		if _, err := io.CopyN(r.out, b, n); err != nil {
			return err
		}
		r.written += n
		r.packets++
	}
}

// next makes sure that a capture is there which has room.
func (r *ring) next() (err error) {
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

// reading is the number of the capture that the watch has open, or had last.
func (r *ring) reading() int {
	n, _ := r.open()
	return max(n, r.removed)
}

// open is the capture that the watch has open, and how far it has read; -1: none.
func (r *ring) open() (number int, at int64) {
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", r.pid))
	number = -1
	for _, fd := range fds {
		target, err := os.Readlink(fd)
		if err != nil || !strings.HasSuffix(target, ".pcap") || filepath.Base(filepath.Dir(target)) != filepath.Base(r.dir) {
			continue
		}
		n := -1
		if _, err := fmt.Sscanf(filepath.Base(target), "%d.pcap", &n); err != nil || n < number {
			continue
		}
		text, _ := os.ReadFile(strings.Replace(fd, "/fd/", "/fdinfo/", 1))
		if _, err := fmt.Sscanf(string(text), "pos:%d", &at); err == nil {
			number = n
		}
	}
	return number, at
}

// drain waits until all was read.
func (r *ring) drain() error {
	defer time.Sleep(2 * time.Second) // what was read goes its way
	return r.wait(func() bool {
		n, at := r.open()
		return n == r.files-1 && at == r.written
	})
}
