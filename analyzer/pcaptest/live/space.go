//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// The ends of the pair.
const (
	sendEnd    = "v0"
	receiveEnd = "v1"
)

// space is a network namespace. It belongs to a thread that does nothing but what it is told, and ends with the
// process.
type space struct {
	path string // of the namespace, for ip
	work chan func()
}

// newSpace starts the thread.
func newSpace() (*space, error) {
	s := &space{work: make(chan func())}
	failed := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock: the thread is of no other use
		err := unix.Unshare(unix.CLONE_NEWNET)
		s.path = fmt.Sprintf("/proc/%d/task/%d/ns/net", os.Getpid(), unix.Gettid())
		failed <- err
		for f := range s.work {
			f()
		}
	}()
	if err := <-failed; err != nil {
		return nil, fmt.Errorf("no network namespace (root is needed): %w", err)
	}
	return s, nil
}

// do runs f on the thread and waits for it. Processes that f starts live in the namespace.
func (s *space) do(f func() error) error {
	done := make(chan error)
	s.work <- func() { done <- f() }
	return <-done
}

// ip runs the command of that name in the namespace.
func (s *space) ip(args string) error {
	return s.do(func() error {
		if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", args, err, out)
		}
		return nil
	})
}

// connect makes two namespaces with one end of the pair in each. Without addresses the kernel sends nothing by itself.
func connect() (sender, receiver *space, err error) {
	if sender, err = newSpace(); err != nil {
		return nil, nil, err
	}
	if receiver, err = newSpace(); err != nil {
		return nil, nil, err
	}
	steps := []struct {
		in   *space
		args string
	}{
		{receiver, "link add " + sendEnd + " type veth peer name " + receiveEnd},
		{receiver, "link set " + sendEnd + " addrgenmode none"},
		{receiver, "link set " + receiveEnd + " addrgenmode none"},
		{receiver, "link set " + sendEnd + " netns " + sender.path},
		{sender, "link set " + sendEnd + " addrgenmode none"},
		{sender, "link set " + sendEnd + " up"},
		{receiver, "link set " + receiveEnd + " up"},
	}
	for _, step := range steps {
		if err := step.in.ip(step.args); err != nil {
			return nil, nil, err
		}
	}
	return sender, receiver, nil
}

// counters of an interface.
type counters struct{ received, sent, sendDropped int64 }

// counters reads /proc/net/dev: behind the name eight figures of what was received, then eight of what was sent
// (proc(5)).
func (s *space) counters(name string) (c counters, err error) {
	err = s.do(func() error {
		text, err := os.ReadFile("/proc/thread-self/net/dev")
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			rest, found := strings.CutPrefix(strings.TrimSpace(line), name+":")
			if !found {
				continue
			}
			var skip int64
			_, err := fmt.Sscan(rest, &skip, &c.received, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &c.sent,
				&skip, &c.sendDropped)
			return err
		}
		return fmt.Errorf("%s is not in /proc/net/dev", name)
	})
	return c, err
}
