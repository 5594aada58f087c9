//go:build unix

package capture

import (
	"os"
	"syscall"
)

// inode is the number of a file in its file system.
func inode(info os.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Ino)
	}
	return 0
}
