//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// batch is how many frames a system call sends.
const batch = 64

// message is struct mmsghdr of sendmmsg(2).
type message struct {
	header unix.Msghdr
	length uint32
}

// sender sends frames through a packet socket that passes the queueing discipline by.
type sender struct {
	fd       int
	vectors  [batch]unix.Iovec
	messages [batch]message
}

// traffic is what was sent.
type traffic struct {
	packets, bytes int64
	took           time.Duration
}

// newSender opens the socket on the end of the pair; it must run in that end's namespace.
func newSender() (*sender, error) {
	end, err := net.InterfaceByName(sendEnd)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0) // protocol 0: it receives nothing
	if err != nil {
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	s := &sender{fd: fd}
	for i := range s.messages {
		s.vectors[i].SetLen(0)
		s.messages[i].header.Iov = &s.vectors[i]
		s.messages[i].header.SetIovlen(1)
	}
	err = errors.Join(unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1),
		unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: end.Index}))
	return s, err
}

// readFrames takes all frames of a capture.
func readFrames(path string) (frames [][]byte, err error) {
	f, err := newFeed(path)
	if err != nil {
		return nil, err
	}
	for {
		var room [longest]byte
		frame, _, err := f.next(room[:])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		frames = append(frames, bytes.Clone(frame))
	}
	if len(frames) < batch {
		return nil, fmt.Errorf("%s: too few frames", path)
	}
	return frames, nil
}

// loop sends frames over and over for a while, at a rate where it is not 0.
func (s *sender) loop(frames [][]byte, d time.Duration, rate int) (t traffic, err error) {
	start := time.Now()
	for at := 0; ; at = (at + batch) % (len(frames) - batch + 1) {
		if t.took = time.Since(start); t.took >= d {
			return t, nil
		}
		if rate > 0 {
			if ahead := time.Duration(t.packets*int64(time.Second)/int64(rate)) - t.took; ahead > 0 {
				time.Sleep(ahead)
			}
		}
		for i, f := range frames[at : at+batch] {
			s.put(i, f)
		}
		if err := s.all(batch, &t); err != nil {
			return t, err
		}
	}
}

// put makes a frame the i-th of the next batch; it must stay as it is until that is sent.
func (s *sender) put(i int, frame []byte) {
	s.vectors[i].Base = &frame[0]
	s.vectors[i].SetLen(len(frame))
}

// all sends the first n frames of the batch, and books them.
func (s *sender) all(n int, t *traffic) error {
	for from := 0; from < n; {
		sent, err := s.write(from, n)
		if err != nil {
			return err
		}
		for i := range sent {
			t.bytes += int64(s.vectors[from+i].Len)
		}
		from += sent
		t.packets += int64(sent)
	}
	return nil
}

// write sends frames of the batch and returns how many of them the kernel took.
func (s *sender) write(from, to int) (int, error) {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&s.messages[from])),
			uintptr(to-from), 0, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR, unix.ENOBUFS, unix.EAGAIN: // no room at the moment
		default:
			return 0, fmt.Errorf("sendmmsg: %w", errno)
		}
	}
}
