package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/slice"
	"webexaudit/analyzer/wording"
	"webexaudit/reports"
)

// sliceOutput is the file of a slice, which has its name when it is whole; or standard output.
type sliceOutput struct {
	p      *program
	x      writing
	path   string
	file   *reports.Unfinished // nil: standard output, a device, or nothing was begun
	buf    *bufio.Writer
	device *os.File
	closed bool
	count  slice.Count
	ring   *capture.Ring // of what can be read only once: it may hold nothing of a slice
	sum    hash.Hash
	size   int64
	err    error // of the output; what else there is comes from the captures
}

// begin opens the output. A slice without packets is not written.
func (o *sliceOutput) begin(n slice.Count, s capture.Section) (_ io.WriteCloser, _ capture.Section, err error) {
	o.count = n
	var w io.Writer
	info, lerr := os.Lstat(o.path)
	switch {
	case n.Packets == 0 && o.ring != nil:
		return discarding{}, s, nil
	case n.Packets == 0:
		err = usage("nothing of that is in these captures; no slice was written")
	case o.path == "-":
		w = o.p.stdout
	case lerr == nil && isDevice(info):
		o.device, err = os.OpenFile(o.path, os.O_WRONLY, 0)
		w = o.device
	default:
		o.file, err = reports.Begin(o.path)
		w = o.file
	}
	if err != nil {
		o.err = err
		return nil, s, err
	}
	o.buf, o.sum = bufio.NewWriterSize(hurried{o.x.ctx, w}, 1<<16), sha256.New()
	return o, s, nil
}

// Write implements io.Writer.
func (o *sliceOutput) Write(b []byte) (int, error) {
	n, err := o.buf.Write(b)
	o.size += int64(n)
	_, _ = o.sum.Write(b[:n])
	if err != nil && o.err == nil {
		o.err = failure{statusOutput, fmt.Errorf("%s: %w", o.path, err)}
	}
	return n, err
}

// Close implements io.Closer.
func (o *sliceOutput) Close() error {
	err := o.buf.Flush()
	if o.file != nil {
		err = errors.Join(err, o.file.Sync(), o.file.Close())
	}
	if o.device != nil {
		err = errors.Join(err, o.device.Close())
	}
	if err != nil && o.err == nil {
		o.err = failure{statusOutput, fmt.Errorf("%s: %w", o.path, err)}
	}
	o.closed = true
	return err
}

func (o *sliceOutput) discard() {
	if o.file != nil {
		_ = o.file.Discard()
	}
}

func (o *sliceOutput) publish() error {
	if o.file == nil {
		return nil
	}
	if err := o.file.Publish(o.x.overwrite); err != nil {
		o.discard()
		return err
	}
	return nil
}

// written is the file as a manifest lists it.
func (o *sliceOutput) written(folder string) written {
	return written{Name: folder + "/" + filepath.Base(o.path), Format: "pcapng", Bytes: o.size,
		SHA256: hex.EncodeToString(o.sum.Sum(nil))}
}

// discarding takes what nobody wants.
type discarding struct{ io.Writer }

// Write implements io.Writer.
func (discarding) Write(b []byte) (int, error) { return len(b), nil }

// Close implements io.Closer.
func (discarding) Close() error { return nil }

// note says what was written.
func (o *sliceOutput) note(r *slicedRun) string {
	text := fmt.Sprintf("%s: %s of %s, %s", o.path, wording.Number(o.count.Packets),
		wording.Count(r.packets(), "packet", "packets"), wording.Count(len(o.count.Found), "finding marked", "findings marked"))
	if o.count.Left > 0 {
		text += fmt.Sprintf("; %s had no room (--max-size)", wording.Count(o.count.Left, "packet", "packets"))
	}
	return text
}

// tell prints what was written: to standard error where the slice goes to standard output.
func (o *sliceOutput) tell(note string) error {
	if o.path == "-" {
		o.p.say(errors.New(note))
		return nil
	}
	return o.p.print(safe(note))
}
