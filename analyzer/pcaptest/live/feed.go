//go:build linux

package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// longest is the longest frame that fits the pair.
const longest = 1514

// feed reads the frames of a classic pcap file in little-endian order, as gencap writes it, one after the other.
type feed struct {
	name  string
	r     *bufio.Reader
	first int64 // time of the first frame, nanoseconds
}

// newFeed opens a file, or standard input as "-".
func newFeed(name string) (*feed, error) {
	file := os.Stdin
	if name != "-" {
		var err error
		if file, err = os.Open(name); err != nil {
			return nil, err
		}
	}
	f := &feed{name: name, r: bufio.NewReaderSize(file, 1<<20), first: -1}
	head := make([]byte, 24)
	if _, err := io.ReadFull(f.r, head); err != nil || binary.LittleEndian.Uint32(head) != 0xa1b2c3d4 {
		return nil, fmt.Errorf("%s: no classic pcap file of this byte order", name)
	}
	return f, nil
}

// next puts a frame into b, which has room for the longest one, and returns it with its time since the first. The error
// is io.EOF after the last.
func (f *feed) next(b []byte) (frame []byte, at time.Duration, err error) {
	head, err := f.r.Peek(16)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.EOF
		}
		return nil, 0, err
	}
	le := binary.LittleEndian
	nanos, n := int64(le.Uint32(head))*1e9+int64(le.Uint32(head[4:]))*1e3, int(le.Uint32(head[8:]))
	if n < 14 || n > longest {
		return nil, 0, fmt.Errorf("%s: a frame of %d bytes does not fit the pair", f.name, n)
	}
	if f.first < 0 {
		f.first = nanos
	}
	_, _ = f.r.Discard(16)
	_, err = io.ReadFull(f.r, b[:n])
	return b[:n], time.Duration(nanos - f.first), err
}

// once sends the frames of a feed, each once, until its end or for a while: at a rate, or where that is 0, when their
// times say.
func (s *sender) once(f *feed, d time.Duration, rate int) (t traffic, err error) {
	var room [batch][longest]byte
	start, held := time.Now(), 0
	for {
		frame, due, err := f.next(room[held][:])
		if err != nil && !errors.Is(err, io.EOF) {
			return t, err
		}
		if rate > 0 {
			due = time.Duration((t.packets + int64(held)) * int64(time.Second) / int64(rate))
		}
		end := err != nil || due >= d
		ahead := due - time.Since(start)
		if held > 0 && (end || ahead > 0) {
			if err := s.all(held, &t); err != nil {
				return t, err
			}
			room[0], held = room[held], 0
			frame = room[0][:len(frame)]
		}
		if t.took = time.Since(start); end {
			return t, nil
		}
		if ahead > 0 {
			time.Sleep(ahead)
		}
		s.put(held, frame)
		if held++; held == batch {
			if err := s.all(held, &t); err != nil {
				return t, err
			}
			held = 0
		}
	}
}
