// Package anonymize takes people, machines and content out of captures and records. In go captures and a key; out come
// captures of the same packets in the same order at the same times and, but for SIP over UDP, of the same length, that
// are judged as the originals are, but name nobody: addresses and names are mapped by a [Mapper], payload is blank. So
// are records ([Mapper.Set]), whose sentences are data.
//
// What an audit reads of a frame is known, and all else is blank: a frame that cannot be decoded keeps its link header
// alone. Headers are found by the decoder of the analysis; what they carry is rewritten by protocol, in place:
// udp.go and its siblings for datagrams, tcp.go for the beginnings of connections, which are put together first.
package anonymize

import (
	"context"
	"errors"
	"io"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
)

// File anonymizes one capture. It is read twice: names and certificates of a connection may be spread over segments.
func (m *Mapper) File(ctx context.Context, path string, out io.Writer, section capture.Section) error {
	r := newRewriter(m)
	problem := r.read(ctx, path, r.learn)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.settle()
	w := capture.NewWriter(out, section)
	var werr error
	var info capture.Info
	var last int64
	again := r.read(ctx, path, func(f *frame) bool {
		info, last = f.info, max(last, f.f.Time)
		b := r.rewrite(f)
		copied := *f.f
		copied.WireLen += uint32(len(b) - len(f.b))
		werr = w.Write(f.from(), &copied, b, nil)
		return werr == nil
	})
	if problem == nil {
		problem = again
	}
	return errors.Join(problem, werr, dropped(w, info, last), w.Close())
}

// dropped states what the sensor dropped, in the first interface of the file.
func dropped(w *capture.Writer, info capture.Info, last int64) error {
	var n int64
	for _, d := range []*int64{info.KernelDrops, info.InterfaceDrops} {
		if d != nil {
			n += *d
		}
	}
	if info.KernelDrops == nil && info.InterfaceDrops == nil || len(info.LinkTypes) == 0 {
		return nil
	}
	return w.Dropped(capture.Interface{Link: info.LinkTypes[0], Snaplen: uint32(info.Snaplen)}, last, info.Packets+n, n)
}

// frame is one frame on its way.
type frame struct {
	f       *capture.Frame
	b       []byte
	info    capture.Info
	reason  decode.Reason
	p       decode.Packet
	headers []decode.Header
}

// from is the interface of the frame, without its name.
func (f *frame) from() capture.Interface {
	return capture.Interface{Index: f.f.Interface, Link: f.f.Link, Snaplen: uint32(f.info.Snaplen)}
}

// at is where a part of the frame begins.
func (f *frame) at(part []byte) (int, bool) {
	i := cap(f.b) - cap(part)
	return i, i >= 0 && i+len(part) <= len(f.b) && (len(part) == 0 || &f.b[i] == &part[0])
}

// read decodes the frames of a file, with a decoder of its own, and hands them on until that returns false.
func (r *rewriter) read(ctx context.Context, path string, do func(*frame) bool) error {
	src, err := capture.OpenContext(ctx, path)
	if err != nil {
		return err
	}
	defer src.Close()
	d := decode.New(decode.Config{NoDeduplicate: true, NoteHeaders: true})
	var block capture.Block
	var x frame
	r.begin()
	for err == nil && ctx.Err() == nil {
		err = src.Next(&block)
		x.info = src.Info()
		for i := range block.Frames {
			x.f, x.b = &block.Frames[i], block.Bytes(i)
			x.reason = d.Decode(x.f, x.b, &x.p)
			x.headers = d.Headers()
			if !do(&x) {
				return nil
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, ctx.Err())
}
