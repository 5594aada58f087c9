//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"webexaudit/analyzer/pcaptest/remains"
)

// watched is what a watch gave.
type watched struct {
	result
	windows     []remains.Window
	curve       []point
	recorded    bool
	differences []string // between its findings and those of what was recorded beside it
}

// point is the memory of a watch at a time.
type point struct {
	at        time.Duration
	arrived   int64 // packets
	now, peak float64
}

// points is how many of the curve are shown.
const points = 30

// runWatch has a watch audit what arrives in windows, and reads its results.
func runWatch(c config) (w *watched, err error) {
	from, to, err := connect()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.watch, 0o755); err != nil {
		return nil, err
	}
	var record *exec.Cmd
	if c.record {
		if record, err = recorder(c, to); err != nil {
			return nil, err
		}
	}
	program, err := listen(to, c.program, append([]string{"watch", "-i", receiveEnd, "-o", c.watch, "--window",
		c.window.String()}, c.flags...)...)
	if err != nil {
		return nil, err
	}
	w = &watched{recorded: c.record}
	stop := w.measure(program.Process.Pid, to, max(c.duration/points, time.Second))
	err = from.do(func() error {
		w.traffic, err = transmit(c)
		return err
	})
	last := time.Now()
	time.Sleep(after)
	stop()
	for _, p := range []*exec.Cmd{program, record} {
		if p != nil {
			err = errors.Join(err, p.Process.Signal(unix.SIGTERM))
			if ended := p.Wait(); ended != nil {
				err = errors.Join(err, fmt.Errorf("%v: %w: %s", p.Args, ended, p.Stderr))
			}
		}
	}
	if err != nil {
		return nil, err
	}
	w.finished = time.Since(last)
	return w, w.read(c, from, to, program.ProcessState)
}

// measure notes the memory of a process again and again until it is told to stop.
func (w *watched) measure(pid int, in *space, every time.Duration) (stop func()) {
	quit, done, begin := make(chan bool), make(chan bool), time.Now()
	go func() {
		defer close(done)
		for tick := time.NewTicker(every); ; {
			select {
			case <-quit:
				return
			case <-tick.C:
			}
			now, peak, err := remains.Resident(pid)
			c, counted := in.counters(receiveEnd)
			if err == nil && counted == nil {
				w.curve = append(w.curve, point{time.Since(begin), c.received, now, peak})
			}
		}
	}()
	return func() { close(quit); <-done }
}

// recorder begins to write what arrives to a file, with the times that the watch sees too: a socket that wants times
// has the kernel note them before it hands a frame to anybody.
func recorder(c config, in *space) (*exec.Cmd, error) {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetsockoptInt(s, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return nil, err
	}
	return listen(in, "tcpdump", "-i", receiveEnd, "-w", c.recording(), "--time-stamp-precision=nano", "-B", "262144", "-Z", "root")
}

// recording is the file beside the results of the watch, offline the directory of its audit.
func (c *config) recording() string { return filepath.Join(c.watch, "recorded.pcap") }
func (c *config) offline() string   { return filepath.Join(c.watch, "offline") + "/" }

// read reads what the interfaces, the watch and the audit of the recording say.
func (w *watched) read(c config, from, to *space, state *os.ProcessState) error {
	err := w.count(from, to, state)
	if err != nil {
		return err
	}
	if w.windows, err = remains.ReadWindows(filepath.Join(c.watch, "windows")); err != nil {
		return err
	}
	for _, x := range w.windows {
		w.seen += x.Packets
		w.dropped += x.Dropped
	}
	if !w.recorded {
		return nil
	}
	audit := exec.Command(c.program, append([]string{"analyze", "-q", "--window", c.window.String(), "-o", c.offline(),
		c.recording()}, c.flags...)...)
	if text, err := audit.CombinedOutput(); err != nil && audit.ProcessState.ExitCode() != 1 {
		return fmt.Errorf("%v: %w: %s", audit.Args, err, text)
	}
	offline, err := remains.ReadWindows(c.offline())
	w.differences = remains.Differences(w.windows, offline)
	return err
}

// print reports, with an error where a packet is missing, time is, or a finding differs.
func (w *watched) print(out io.Writer) (err error) {
	if err = w.result.print(out); errors.Is(err, errLost) && w.seen+w.dropped == w.arrived {
		err = nil // it was said
	}
	gaps, findings := remains.Gaps(w.windows), 0
	for _, x := range w.windows {
		findings += len(x.Findings)
	}
	fmt.Fprintf(out, "counted   %d packets and dropped %d of %d that arrived\n", w.seen, w.dropped, w.arrived)
	fmt.Fprintf(out, "windows   %d with %d findings, %d gaps between them %s\n", len(w.windows), findings, len(gaps), strings.Join(gaps, "; "))
	if w.recorded {
		fmt.Fprintf(out, "offline   %d differences from the audit of the same packets\n", len(w.differences))
		for _, d := range w.differences[:min(len(w.differences), 10)] {
			fmt.Fprintln(out, "          "+d)
		}
	}
	if len(w.curve) > 0 {
		fmt.Fprintf(out, "memory    %10s %12s %10s %10s\n", "time", "packets", "MiB now", "MiB peak")
	}
	for _, p := range w.curve {
		fmt.Fprintf(out, "          %10s %12d %10.0f %10.0f\n", p.at.Round(time.Second), p.arrived, p.now, p.peak)
	}
	switch {
	case err != nil:
	case len(gaps) > 0:
		err = errors.New("windows do not follow one another")
	case len(w.differences) > 0:
		err = errors.New("findings differ from those of the audit of the same packets")
	}
	return err
}
