package privilege

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// files are the capabilities with which root reads and replaces files of others.
var files = []int{unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH, unix.CAP_FOWNER}

// KeepFiles gives up every capability but those to files of others, on all threads. The bounding set stays, of which
// nothing comes with no_new_privs, and which takes a while.
func KeepFiles() error { return cmp.Or(everyThread.noNewPrivileges(), everyThread.drop(files)) }

// caller makes a system call with three arguments.
type caller func(call, a, b, c uintptr) syscall.Errno

// everyThread calls on all threads, and thread on the calling one.
var (
	everyThread caller = func(call, a, b, c uintptr) syscall.Errno {
		_, _, errno := psx.Syscall6(call, a, b, c, 0, 0, 0)
		return errno
	}
	thread caller = func(call, a, b, c uintptr) syscall.Errno {
		_, _, errno := syscall.RawSyscall6(call, a, b, c, 0, 0, 0)
		return errno
	}
)

// call makes a call that gives up something.
func (on caller) call(what string, call, a, b, c uintptr) error {
	if errno := on(call, a, b, c); errno != 0 {
		return fmt.Errorf("giving up %s: %w", what, errno)
	}
	return nil
}

// noNewPrivileges keeps the program, for good, from gaining rights by running another one.
func (on caller) noNewPrivileges() error {
	return on.call("new privileges", unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0)
}

// bound empties the bounding set (capabilities(7)). Where the program has not the right to, the set stays: with
// no_new_privs nothing comes of it.
func (on caller) bound() error {
	held, err := capabilities()
	if err != nil || !held.has(unix.CAP_SETPCAP) {
		return err
	}
	for c := range len(held) * 32 {
		have, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(c), 0, 0, 0)
		if err != nil {
			return nil // the kernel knows no more
		}
		if have == 0 {
			continue
		}
		if err := on.call("the bounding set", unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, uintptr(c), 0); err != nil {
			return err
		}
	}
	return nil
}

// drop takes all but some capabilities from the ambient, effective, permitted and inheritable sets.
func (on caller) drop(keep []int) error {
	held, err := capabilities()
	if err != nil {
		return err
	}
	err = on.call("the ambient set", unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0)
	if err != nil && !errors.Is(err, unix.EINVAL) { // a kernel before 4.3 has none
		return err
	}
	left := held.only(keep)
	header := &unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var still runtime.Pinner
	defer still.Unpin()
	still.Pin(header)
	still.Pin(&left)
	return on.call("capabilities", unix.SYS_CAPSET, uintptr(unsafe.Pointer(header)), uintptr(unsafe.Pointer(&left)), 0)
}

// sets are the capabilities of a thread, in two words of 32 bits each.
type sets [2]unix.CapUserData

// capabilities are those of the calling thread.
func capabilities() (s sets, err error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	err = unix.Capget(&header, &s[0])
	return s, err
}

// has reports whether a capability is in effect.
func (s sets) has(c int) bool { return s[c/32].Effective&(1<<(c%32)) != 0 }

// only are those of the sets that are to be kept; none is inheritable.
func (s sets) only(keep []int) (o sets) {
	for _, c := range keep {
		o[c/32].Permitted |= s[c/32].Permitted & (1 << (c % 32))
		o[c/32].Effective |= s[c/32].Effective & (1 << (c % 32))
	}
	return o
}
