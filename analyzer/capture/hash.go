package capture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/zeebo/xxh3"
)

// Hash is what ties a result to a file.
type Hash string

// The hashes. SHA-256 (FIPS 180-4) proves that a file is the one that was judged. XXH3 (https://xxhash.com), of 128
// bits, is a fingerprint that costs a tenth: it shows a mistake, but who wants to can make another file that has it.
const (
	SHA256 Hash = "sha256"
	XXH3   Hash = "xxh3"
	NoHash Hash = "none"
)

// HashFor is SHA256 for as many bytes of input as it hardly delays, else XXH3.
func HashFor(bytes int64) Hash {
	if bytes <= 64<<20 {
		return SHA256
	}
	return XXH3
}

func (h Hash) begin() hash.Hash {
	if h == XXH3 {
		return xxh3.New128()
	}
	return sha256.New()
}

// Digest is the hash of a file, taken of the bytes as its source reads them: while they are in the processor's
// cache, and without reading the file a second time. It belongs to the goroutine that calls the source.
type Digest struct {
	f   *os.File
	sum hash.Hash
	n   int64
}

// OpenDigest is [Open] with the digest of the file. The digest is nil for what is no regular file, or compressed
// (another goroutine reads it, and unpacking costs much more than a second reading): there [HashFile] is the way.
func OpenDigest(path string, h Hash) (Source, *Digest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err // names the path
	}
	head := make([]byte, headLen)
	n, _ := f.ReadAt(head, 0)
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() || compression(head[:n]) != nil {
		s, err := open(path, f, f, blockSize)
		return s, nil, err
	}
	d := &Digest{f: f, sum: h.begin()}
	s, err := open(path, d, f, blockSize)
	if err != nil {
		return nil, nil, err
	}
	return s, d, nil
}

// Read implements io.Reader.
func (d *Digest) Read(p []byte) (int, error) {
	n, err := d.f.Read(p)
	d.sum.Write(p[:n])
	d.n += int64(n)
	return n, err
}

// Sum reads what the source has left of the file, and returns the digest in hexadecimal and the length in bytes. It
// must be called before the source is closed. It stops when ctx is done.
func (d *Digest) Sum(ctx context.Context) (sum string, n int64, err error) {
	buf := make([]byte, blockSize)
	for {
		if err := ctx.Err(); err != nil {
			return "", d.n, fmt.Errorf("%s: %w", d.f.Name(), err)
		}
		if _, err := d.Read(buf); err == io.EOF {
			return hex.EncodeToString(d.sum.Sum(nil)), d.n, nil
		} else if err != nil {
			return "", d.n, err
		}
	}
}

// HashFile returns the hash of a file as stored, in hexadecimal, and its length in bytes. It stops when ctx is done.
func HashFile(ctx context.Context, path string, h Hash) (sum string, n int64, err error) {
	st, err := os.Stat(path) // before it is opened: a pipe keeps who opens it waiting
	if err != nil {
		return "", 0, err
	}
	if !st.Mode().IsRegular() {
		return "", 0, fmt.Errorf("%s: not a regular file, it can be read only once", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	return (&Digest{f: f, sum: h.begin()}).Sum(ctx)
}
