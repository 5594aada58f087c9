package capture

import (
	"os"
	"time"
)

// How long the rest of a record is waited for that the end of a file cuts: as long as it is since something was
// written, within these bounds. A file to which nothing was written for longer than young is finished.
const (
	waitLeast = 50 * time.Millisecond
	waitMost  = 2 * time.Second
	young     = 10 * time.Second
)

// growing waits for more to be written behind what was read of a file: the last one of a ring may be in the making. It
// reports whether more is there.
func (in *input) growing() bool {
	f, ok := in.closer.(*os.File)
	if !ok || in.compression != "" {
		return false
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	read := in.file.n.Load()
	age := time.Since(info.ModTime())
	if info.Size() > read || age > young || age < -young {
		return info.Size() > read
	}
	for end := time.Now().Add(min(max(age, waitLeast), waitMost)); time.Now().Before(end); {
		time.Sleep(waitLeast / 10)
		if info, err = f.Stat(); err != nil || info.Size() > read {
			return err == nil
		}
	}
	return false
}
