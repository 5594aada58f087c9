package remains

import (
	"os"
	"syscall"
)

// Peak is the largest resident memory of a process that has ended, in MiB. The kernel counts from the fork on, when the
// child shares the memory of this program: less than its 10 to 20 MiB cannot be seen.
func Peak(s *os.ProcessState) float64 {
	u, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return float64(u.Maxrss) / 1024
}
