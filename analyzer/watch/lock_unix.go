//go:build unix

package watch

import (
	"errors"
	"os"
	"syscall"
)

// take makes a file this process's alone, for as long as it is open.
func take(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrTaken
	}
	return err
}
