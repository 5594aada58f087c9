package capture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// compressor is a compression that is unpacked on the way.
type compressor struct {
	name  string
	magic string
	open  func(io.Reader) (io.ReadCloser, error)
}

// compressors is the list of them.
var compressors = []compressor{
	{"gzip", "\x1f\x8b", openGzip},
	{"zstd", "\x28\xb5\x2f\xfd", openZstd},
}

// compression recognises a compression by the first bytes; nil: none. A zstd file may begin with a skippable frame (RFC
// 8878, 3.1.2), as pzstd writes it.
func compression(head []byte) *compressor {
	for i := range compressors {
		if bytes.HasPrefix(head, []byte(compressors[i].magic)) {
			return &compressors[i]
		}
	}
	if len(head) >= 4 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18" {
		return &compressors[1]
	}
	return nil
}

func openGzip(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }

// zstdWindow is how much memory a zstd stream may ask for: what the zstd command allows without being told more.
const zstdWindow = 128 << 20

func openZstd(r io.Reader) (io.ReadCloser, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

// Unpacking costs several times the analysis of what is in it, so it runs ahead in a goroutine of its own.
const (
	aheadBuffers = 4
	aheadSize    = 256 << 10
)

// readAhead unpacks a stream in its own goroutine and hands the bytes over in order.
type readAhead struct {
	full chan chunk
	free chan []byte
	stop chan struct{}

	buf  []byte // being read; goes back to free
	rest []byte // of buf
	err  error  // after rest
}

// chunk is what one read of the decompressor gave.
type chunk struct {
	data []byte
	err  error
}

// startReadAhead begins to unpack the stream that starts with head and goes on with file.
func startReadAhead(c *compressor, head []byte, file *counter) *readAhead {
	a := &readAhead{
		full: make(chan chunk, aheadBuffers),
		free: make(chan []byte, aheadBuffers),
		stop: make(chan struct{}),
	}
	for range aheadBuffers {
		a.free <- make([]byte, aheadSize)
	}
	go a.run(c, bufio.NewReaderSize(io.MultiReader(bytes.NewReader(head), file), blockSize), file)
	return a
}

// run is the goroutine. full holds as many chunks as there are buffers, so that sending never waits.
func (a *readAhead) run(c *compressor, r io.Reader, file *counter) {
	z, err := c.open(r)
	if err != nil {
		a.full <- chunk{err: unpackError(c, file, err)}
		return
	}
	defer z.Close()
	for {
		select {
		case buf := <-a.free:
			n, err := z.Read(buf)
			a.full <- chunk{buf[:n], unpackError(c, file, err)}
			if err != nil {
				return
			}
		case <-a.stop:
			return
		}
	}
}

// unpackError tells a file that could not be read from one that is not what it seems.
func unpackError(c *compressor, file *counter, err error) error {
	switch {
	case err == nil || err == io.EOF:
		return err
	case file.err != nil:
		return file.err
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return &brokenError{fmt.Sprintf("the zstd stream takes more than %d MiB of memory: unpack it with zstd -d --long=31",
			zstdWindow>>20)}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &brokenError{fmt.Sprintf("the %s stream is cut short", c.name)}
	}
	return &brokenError{fmt.Sprintf("the %s stream is corrupt (%v)", c.name, err)}
}

// Read implements io.Reader.
func (a *readAhead) Read(p []byte) (int, error) {
	if len(a.rest) == 0 && a.err == nil {
		if a.buf != nil {
			a.free <- a.buf[:cap(a.buf)]
		}
		next := <-a.full
		a.buf, a.rest, a.err = next.data, next.data, next.err
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	if len(a.rest) == 0 {
		return n, a.err
	}
	return n, nil
}

// halt ends the goroutine, and what is left to read.
func (a *readAhead) halt() {
	close(a.stop)
	a.rest, a.err = nil, os.ErrClosed
}
