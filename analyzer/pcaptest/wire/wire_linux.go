// Package wire makes network namespaces for tests of live traffic, so that nothing of it leaves them.
package wire

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Plain makes v0 and v1, two ends of a wire.
var Plain = []string{"link add v0 type veth peer name v1", "link set v0 up", "link set v1 up"}

// In runs f in a network namespace of its own, in which these commands of ip were given. The namespace goes with the
// thread. Where there can be none, the test is skipped and says why.
func In(t *testing.T, commands []string, f func()) {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("no ip command:", err)
	}
	var why string
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlock: the thread ends with the goroutine
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			why = fmt.Sprint("no network namespace: ", err)
			return
		}
		for _, args := range commands {
			if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
				why = fmt.Sprintf("ip %s: %v: %s", args, err, out)
				return
			}
		}
		f()
	}()
	<-done
	if why != "" {
		t.Skip(why)
	}
}
