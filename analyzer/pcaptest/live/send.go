//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
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
	frames   [][]byte
	vectors  [batch]unix.Iovec
	messages [batch]message
}

// newSender reads the capture and opens the socket on the end of the pair; it must run in that end's namespace.
func newSender(capture string) (*sender, error) {
	frames, err := readFrames(capture)
	if err != nil {
		return nil, err
	}
	end, err := net.InterfaceByName(sendEnd)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0) // protocol 0: it receives nothing
	if err != nil {
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	s := &sender{fd: fd, frames: frames}
	for i := range s.messages {
		s.vectors[i].SetLen(0)
		s.messages[i].header.Iov = &s.vectors[i]
		s.messages[i].header.SetIovlen(1)
	}
	err = errors.Join(unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1),
		unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: end.Index}))
	return s, err
}

// readFrames takes the frames of a classic pcap file in little-endian order, as gencap writes it.
func readFrames(path string) (frames [][]byte, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(b) < 24 || binary.LittleEndian.Uint32(b) != 0xa1b2c3d4 {
		return nil, fmt.Errorf("%s: no classic pcap file of this byte order", path)
	}
	for b = b[24:]; len(b) >= 16; {
		n := int(binary.LittleEndian.Uint32(b[8:]))
		if n < 14 || n > 1514 || len(b)-16 < n {
			return nil, fmt.Errorf("%s: a frame of %d bytes does not fit the pair", path, n)
		}
		frames = append(frames, b[16:16+n])
		b = b[16+n:]
	}
	if len(frames) < batch {
		return nil, fmt.Errorf("%s: too few frames", path)
	}
	return frames, nil
}

// send sends for a while, at a rate where it is not 0, and returns what it sent.
func (s *sender) send(d time.Duration, rate int) (packets, bytes int64, took time.Duration, err error) {
	start := time.Now()
	for at := 0; ; at = (at + batch) % (len(s.frames) - batch + 1) {
		if took = time.Since(start); took >= d {
			return packets, bytes, took, nil
		}
		if rate > 0 {
			if ahead := time.Duration(packets*int64(time.Second)/int64(rate)) - took; ahead > 0 {
				time.Sleep(ahead)
			}
		}
		for i, f := range s.frames[at : at+batch] {
			s.vectors[i].Base = &f[0]
			s.vectors[i].SetLen(len(f))
		}
		n, err := s.write()
		if err != nil {
			return packets, bytes, took, err
		}
		for _, f := range s.frames[at : at+n] {
			bytes += int64(len(f))
		}
		packets += int64(n)
		at -= batch - n
	}
}

// write sends the batch and returns how many frames the kernel took.
func (s *sender) write() (int, error) {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&s.messages[0])), batch,
			0, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR, unix.ENOBUFS, unix.EAGAIN: // no room at the moment
		default:
			return 0, fmt.Errorf("sendmmsg: %w", errno)
		}
	}
}
