//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"webexaudit/analyzer/pcaptest/remains"
)

const (
	startWithin = time.Minute            // the program listens
	settle      = 500 * time.Millisecond // its ring is ready
	after       = 3 * time.Second        // it listens longer than frames come, also while the capture is read
)

// run sends and listens, and collects the counters.
func run(c config) (r *result, err error) {
	from, to, err := connect()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "live")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	// before the capture is read: a child's peak memory is never less than its parent's was
	records := filepath.Join(dir, "run.jsonl")
	program, err := listen(to, c.program, append([]string{"analyze", "-i", receiveEnd, "--duration",
		(c.duration + settle + after).String(), "-q", "--out", records, "--parquet", filepath.Join(dir, "lake")}, c.flags...)...)
	if err != nil {
		return nil, err
	}
	r = &result{}
	err = from.do(func() error {
		r.traffic, err = transmit(c)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, program.Process.Kill(), program.Wait())
	}
	last := time.Now()
	if err := program.Wait(); err != nil {
		return nil, fmt.Errorf("%v: %w: %s", program.Args, err, program.Stderr)
	}
	r.finished = time.Since(last)
	return r, r.collect(from, to, program.ProcessState, records)
}

// transmit sends the capture, in the namespace of the sender.
func transmit(c config) (t traffic, err error) {
	s, err := newSender()
	if err != nil {
		return t, err
	}
	if c.once {
		f, err := newFeed(c.capture)
		if err != nil {
			return t, err
		}
		return s.once(f, c.duration, c.rate)
	}
	frames, err := readFrames(c.capture)
	if err != nil {
		return t, err
	}
	return s.loop(frames, c.duration, c.rate)
}

// listen starts a command in the namespace and waits until it has mapped the ring of a packet socket.
func listen(in *space, name string, args ...string) (*exec.Cmd, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = &strings.Builder{}
	if err := in.do(cmd.Start); err != nil {
		return nil, err
	}
	for began := time.Now(); time.Since(began) < startWithin; time.Sleep(5 * time.Millisecond) {
		maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", cmd.Process.Pid))
		if err != nil || strings.Contains(string(maps), " socket:[") {
			time.Sleep(settle)
			return cmd, err
		}
	}
	return nil, errors.Join(fmt.Errorf("%s does not listen: %s", name, cmd.Stderr), cmd.Process.Kill(), cmd.Wait())
}

// collect fills what the interfaces, the kernel and the program's records say.
func (r *result) collect(from, to *space, state *os.ProcessState, records string) error {
	if err := r.count(from, to, state); err != nil {
		return err
	}
	health, err := remains.ReadHealth(records)
	if err != nil {
		return err
	}
	if r.seen = health.Packets; health.KernelDrops == nil {
		return errors.New("the program does not say what the kernel dropped")
	}
	r.dropped = *health.KernelDrops
	return nil
}

// count fills what the interfaces and the kernel say.
func (r *result) count(from, to *space, state *os.ProcessState) error {
	out, err := from.counters(sendEnd)
	if err != nil {
		return err
	}
	in, err := to.counters(receiveEnd)
	if err != nil {
		return err
	}
	r.refused, r.arrived = out.sendDropped, in.received
	r.cpu = state.UserTime() + state.SystemTime()
	r.peakMiB = remains.Peak(state)
	return nil
}
