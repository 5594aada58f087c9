package capture

import (
	"fmt"
	"io"
	"sync/atomic"
)

// input is the byte stream behind a source: a file or pipe, unpacked if it is compressed.
type input struct {
	name        string
	r           io.Reader // what the formats read
	file        *counter  // what lies below: the bytes as stored
	ahead       *readAhead
	closer      io.Closer // nil: not ours to close
	compression string
}

func newInput(name string, r io.Reader, c io.Closer) *input {
	file := &counter{r: r}
	return &input{name: name, r: file, file: file, closer: c}
}

// unpack puts a decompressor in front of the file if it needs one, and returns the first bytes of what is in it: at
// most headLen, fewer if there are no more.
func (in *input) unpack() ([]byte, error) {
	head, err := in.peek()
	c := compression(head)
	if err != nil || c == nil {
		return head, err
	}
	in.compression = c.name
	in.ahead = startReadAhead(c, head, in.file)
	in.r = in.ahead
	if head, err = in.peek(); err != nil {
		return nil, err
	}
	if inner := compression(head); inner != nil {
		return nil, fmt.Errorf("%s: %w: %s inside %s, unpack it once", in.name, ErrFormat, inner.name, c.name)
	}
	return head, nil
}

// peek reads the first bytes, no more than it takes to know what they are: the rest of a pipe may be long in coming.
func (in *input) peek() ([]byte, error) {
	head := make([]byte, headLen)
	n := 0
	for n < headWanted(head[:n]) {
		k, err := in.r.Read(head[n:])
		n += k
		switch {
		case err == nil:
			continue
		case err != io.EOF:
			return nil, in.damage(err)
		case n > 0:
			return head[:n], nil
		case in.compression != "":
			return nil, fmt.Errorf("%s, unpacked from %s: %w", in.name, in.compression, ErrEmpty)
		}
		return nil, fmt.Errorf("%s: %w", in.name, ErrEmpty)
	}
	return head[:n], nil
}

// info is the part of [Info] that does not depend on the format.
func (in *input) info() Info {
	return Info{Name: in.name, Compression: in.compression, Bytes: in.file.n.Load()}
}

// Close stops the decompressor and closes the file if it is ours. A decompressor that waits for a pipe which is not
// ours ends with the next byte or the end of that pipe.
func (in *input) Close() error {
	if in.ahead != nil {
		in.ahead.halt()
		in.ahead = nil
	}
	if in.closer == nil {
		return nil
	}
	c := in.closer
	in.closer = nil
	return c.Close()
}

// counter counts the bytes that pass, remembers the error that is no end of file, and gives up on a reader that gives
// neither bytes nor an error. The goroutine of a decompressor reads through it, hence the atomic.
type counter struct {
	r    io.Reader
	n    atomic.Int64
	idle int
	err  error // of the reading goroutine
}

// maxIdle is how many reads in a row may give nothing.
const maxIdle = 100

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	if c.idle++; n > 0 {
		c.idle = 0
	}
	if err == nil && c.idle == maxIdle {
		err = io.ErrNoProgress
	}
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// brokenError says that the bytes, not the reading of them, are at fault. It becomes a [DamageError].
type brokenError struct{ what string }

func (e *brokenError) Error() string { return e.what }
