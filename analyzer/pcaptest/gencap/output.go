package main

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"time"
)

// summary is what was written.
type summary struct {
	packets, flows, bytes, frameBytes int64
	span                              time.Duration
	sha256                            []byte
}

// output writes pcap or pcapng. Frames are built in place in its buffer; pcapgo's writer makes two small writes for
// each.
type output struct {
	w    io.Writer
	hash hash.Hash // nil where speed counts more
	buf  []byte
	ng   bool
	err  error
	sum  summary
}

const (
	bufferSize = 1 << 20
	maxRecord  = 1 << 12 // longest frame and its header
)

func newOutput(w io.Writer, c config) *output {
	o := &output{w: w, buf: make([]byte, 0, bufferSize), ng: c.format == "pcapng"}
	if c.out != stdout {
		o.hash = sha256.New()
	}
	le := binary.LittleEndian
	if !o.ng { // magic of microseconds, version 2.4, snapshot length, Ethernet
		for _, v := range []uint32{0xa1b2c3d4, 2 | 4<<16, 0, 0, 262144, 1} {
			o.buf = le.AppendUint32(o.buf, v)
		}
		return o
	}
	for _, v := range []uint32{
		0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28, // section of unknown length
		1, 32, 1, 262144, 9 | 1<<16, 9, 0, 32, // Ethernet interface, if_tsresol 9, end of options
	} {
		o.buf = le.AppendUint32(o.buf, v)
	}
	return o
}

// frame reserves n bytes, which the caller must fill entirely, for a frame at a time in nanoseconds.
func (o *output) frame(at int64, n int) []byte {
	if len(o.buf)+maxRecord > cap(o.buf) {
		o.flush()
	}
	o.sum.packets++
	o.sum.frameBytes += int64(n)
	if !o.ng {
		var h [16]byte
		binary.LittleEndian.PutUint32(h[:], uint32(at/1e9))
		binary.LittleEndian.PutUint32(h[4:], uint32(at%1e9/1000))
		binary.LittleEndian.PutUint32(h[8:], uint32(n))
		binary.LittleEndian.PutUint32(h[12:], uint32(n))
		o.buf = append(o.buf, h[:]...)
		o.buf = o.buf[:len(o.buf)+n]
		return o.buf[len(o.buf)-n:]
	}
	padded := (n + 3) &^ 3
	total := uint32(32 + padded)
	for _, v := range [...]uint32{6, total, 0, uint32(at >> 32), uint32(at), uint32(n), uint32(n)} {
		o.buf = binary.LittleEndian.AppendUint32(o.buf, v)
	}
	begin := len(o.buf)
	o.buf = append(o.buf[:begin+n], "\x00\x00\x00"[:padded-n]...)
	o.buf = binary.LittleEndian.AppendUint32(o.buf, total)
	return o.buf[begin : begin+n]
}

func (o *output) flush() {
	if o.hash != nil {
		o.hash.Write(o.buf)
	}
	o.sum.bytes += int64(len(o.buf))
	if o.err == nil {
		_, o.err = o.w.Write(o.buf)
	}
	o.buf = o.buf[:0]
}
