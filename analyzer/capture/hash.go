package capture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// HashFile returns the SHA-256 of a file as stored, in hexadecimal, and its length in bytes. It reads the file once more, at
// memory speed while the page cache holds it, so run it beside the analysis. It stops when ctx is done.
func HashFile(ctx context.Context, path string) (sum string, n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return "", 0, fmt.Errorf("%s: not a regular file, it can be read only once", path)
	}
	h := sha256.New()
	buf := make([]byte, blockSize)
	for {
		if err := ctx.Err(); err != nil {
			return "", n, fmt.Errorf("%s: %w", path, err)
		}
		k, err := f.Read(buf)
		h.Write(buf[:k])
		n += int64(k)
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), n, nil
		}
		if err != nil {
			return "", n, err
		}
	}
}
