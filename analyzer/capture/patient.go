package capture

import (
	"context"
	"fmt"
	"io"
	"os"
)

// UntilDone is a reader of r that ends with the error of ctx as soon as ctx is done, also while r waits for a silent
// pipe. A read that is under way then keeps its goroutine until r gives way.
func UntilDone(ctx context.Context, r io.Reader) io.Reader {
	p := &patient{ctx: ctx, full: make(chan chunk, aheadBuffers), free: make(chan []byte, aheadBuffers)}
	for range aheadBuffers {
		p.free <- make([]byte, blockSize)
	}
	go p.run(r)
	return p
}

// patient hands over what its goroutine reads.
type patient struct {
	ctx  context.Context
	full chan chunk
	free chan []byte
	buf  []byte // being read; goes back to free
	rest []byte // of buf
	err  error  // after rest
}

func (p *patient) run(r io.Reader) {
	for {
		select {
		case buf := <-p.free:
			n, err := r.Read(buf)
			p.full <- chunk{buf[:n], err}
			if err != nil {
				return
			}
		case <-p.ctx.Done():
			return
		}
	}
}

// Read implements io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	if len(p.rest) == 0 && p.err == nil {
		if p.buf != nil {
			p.free <- p.buf[:cap(p.buf)]
			p.buf = nil
		}
		select {
		case next := <-p.full:
			p.buf, p.rest, p.err = next.data, next.data, next.err
		case <-p.ctx.Done():
			p.err = p.ctx.Err()
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	if len(p.rest) == 0 {
		return n, p.err
	}
	return n, nil
}

// OpenFile opens a file that may keep its readers waiting, as a named pipe does until somebody writes to it. Opening
// and reading end with the error of ctx as soon as that is done.
func OpenFile(ctx context.Context, path string) (io.ReadCloser, error) {
	type opened struct {
		f   *os.File
		err error
	}
	c := make(chan opened, 1)
	go func() {
		f, err := os.Open(path)
		c <- opened{f, err}
	}()
	select {
	case o := <-c:
		if o.err != nil {
			return nil, o.err // names the path
		}
		if st, err := o.f.Stat(); err == nil && st.Mode().IsRegular() {
			return o.f, nil
		}
		return struct {
			io.Reader
			io.Closer
		}{UntilDone(ctx, o.f), o.f}, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", path, ctx.Err())
	}
}

// OpenContext is [Open] of a file that may keep its readers waiting.
func OpenContext(ctx context.Context, path string) (Source, error) {
	f, err := OpenFile(ctx, path)
	if err != nil {
		return nil, err
	}
	return open(path, f, f, blockSize)
}
