package privilege

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// Root reports whether the program has root's rights over the files of others.
func Root() bool {
	held, err := capabilities()
	return err == nil && held.has(unix.CAP_DAC_OVERRIDE)
}

// Candidates are whom a program of root may become that is to write below these directories, the best one first: the
// user who called sudo, root without capabilities, the owners of the directories. A program of anybody else stays who
// it is.
func Candidates(dirs []string) []Identity {
	self := Identity{os.Geteuid(), os.Getegid()}
	if self.UID != 0 {
		return []Identity{self}
	}
	var list []Identity
	add := func(who Identity) {
		if !slices.Contains(list, who) {
			list = append(list, who)
		}
	}
	uid, err := strconv.ParseUint(os.Getenv("SUDO_UID"), 10, 31)
	gid, err2 := strconv.ParseUint(os.Getenv("SUDO_GID"), 10, 31)
	if err == nil && err2 == nil {
		add(Identity{int(uid), int(gid)})
	}
	add(self)
	for _, dir := range dirs {
		if who, ok := owner(dir); ok {
			add(who)
		}
	}
	return list
}

// owner is whom a directory belongs to or, where it is not there yet, the one above it.
func owner(dir string) (Identity, bool) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Identity{}, false
	}
	for {
		var st unix.Stat_t
		if err := unix.Stat(dir, &st); err == nil {
			return Identity{int(st.Uid), int(st.Gid)}, true
		}
		above := filepath.Dir(dir)
		if above == dir {
			return Identity{}, false
		}
		dir = above
	}
}

// Writable reports why the program may not write to a directory, device or pipe. That it may, is no promise.
func Writable(path string) error {
	if err := unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS); err != nil {
		return fmt.Errorf("%s: cannot be written to: %w", path, err)
	}
	return nil
}

// Replaceable reports why the program may not put another file in the place of one, in a directory that it may write
// to: in those such as /tmp only the owner may (inode(7), sticky bit).
func Replaceable(path string) error {
	var file, dir unix.Stat_t
	held, err := capabilities()
	err = cmp.Or(err, unix.Lstat(path, &file), unix.Stat(filepath.Dir(path), &dir))
	self := uint32(os.Geteuid())
	if err != nil || dir.Mode&unix.S_ISVTX == 0 || held.has(unix.CAP_FOWNER) || file.Uid == self || dir.Uid == self {
		return nil
	}
	return fmt.Errorf("%s: cannot be replaced: it belongs to user %d", path, file.Uid)
}

// Try runs f as if the program were already who [Become] would make it, and had no capability. The program stays who
// it is.
func Try(who Identity, f func() error) (err error) {
	onThread(func() {
		if err = thread.become(who); err == nil {
			err = f()
		}
	})
	return err
}

// onThread runs f on a thread that ends with it.
func onThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and not unlocked: the thread ends with its goroutine
		if unix.Gettid() == unix.Getpid() {
			onThread(f) // not the first thread, which does not end before the program
			runtime.UnlockOSThread()
			return
		}
		f()
	}()
	<-done
}

// Become makes the program somebody, if it is not, without any capability and without a way to new ones: all threads,
// for good. What is open stays open, such as the sockets of a live capture.
func Become(who Identity) error { return everyThread.become(who) }

func (on caller) become(who Identity) error {
	if err := on.noNewPrivileges(); err != nil {
		return err
	}
	if err := on.bound(); err != nil { // which takes a capability
		return err
	}
	if who != (Identity{os.Geteuid(), os.Getegid()}) {
		uid, gid := uintptr(who.UID), uintptr(who.GID)
		err := cmp.Or(on.call("the groups", unix.SYS_SETGROUPS, 0, 0, 0),
			on.call("the group", unix.SYS_SETRESGID, gid, gid, gid),
			on.call("the user", unix.SYS_SETRESUID, uid, uid, uid))
		if err != nil {
			return err
		}
	}
	return on.drop(nil)
}
