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
	startWithin = 10 * time.Second       // the program listens
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
	program, err := listen(c, to, dir)
	if err != nil {
		return nil, err
	}
	r = &result{}
	err = from.do(func() error {
		s, err := newSender(c.capture)
		if err == nil {
			r.sent, r.bytes, r.took, err = s.send(c.duration, c.rate)
		}
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
	return r, r.collect(from, to, program.ProcessState, filepath.Join(dir, "run.jsonl"))
}

// listen starts the program in the namespace and waits until it has a packet socket there.
func listen(c config, in *space, dir string) (*exec.Cmd, error) {
	args := []string{"analyze", "-i", receiveEnd, "--duration", (c.duration + settle + after).String(), "-q",
		"--out", filepath.Join(dir, "run.jsonl"), "--parquet", filepath.Join(dir, "lake")}
	program := exec.Command(c.program, append(args, c.flags...)...)
	program.Stderr = &strings.Builder{}
	if err := in.do(program.Start); err != nil {
		return nil, err
	}
	for began := time.Now(); time.Since(began) < startWithin; time.Sleep(5 * time.Millisecond) {
		var sockets string
		err := in.do(func() error {
			b, err := os.ReadFile("/proc/thread-self/net/packet")
			sockets = string(b)
			return err
		})
		if err != nil || strings.Count(sockets, "\n") > 1 { // behind the heading, a line for each
			time.Sleep(settle)
			return program, err
		}
	}
	return nil, errors.Join(fmt.Errorf("%s does not listen: %s", c.program, program.Stderr), program.Process.Kill(), program.Wait())
}

// collect fills what the interfaces, the kernel and the program's records say.
func (r *result) collect(from, to *space, state *os.ProcessState, records string) error {
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
