//go:build linux

// Command fortnight has a watch audit weeks of packet time at speed: it writes what it reads into a directory of
// rotating captures, as tcpdump does, never far ahead of the watch that follows it, and removes what was read. In goes
// a classic pcap file of gencap on standard input; out comes a line for each day of packet time: what was written, the
// windows, the memory of the watch and the disk that its results take, and at the end whether every packet is in a
// window and the windows follow one another.
//
//	gencap -o - -size 45GiB -flows 5000000 -span 336h -servers 300 |
//		go run ./analyzer/pcaptest/fortnight -dir /var/tmp/fortnight -flags "--keep 3d --max-memory 256M"
//
// Exit status 1: packets are missing, windows are, or nothing could be measured.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"webexaudit/analyzer/pcaptest/remains"
)

type config struct {
	program, dir string
	flags        []string
	size         int64 // of a capture
}

func main() {
	log.SetFlags(0)
	c := config{}
	flag.StringVar(&c.program, "program", "bin/webexaudit", "our program")
	flag.StringVar(&c.dir, "dir", "", "directory for the captures and the results, which must be empty")
	flags := flag.String("flags", "", "more flags of watch")
	flag.Int64Var(&c.size, "size", 64<<20, "bytes of a capture")
	flag.Parse()
	c.flags = strings.Fields(*flags)
	if err := run(c, os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// fortnight is a run.
type fortnight struct {
	config
	ring    *ring
	watch   *exec.Cmd
	out     io.Writer
	began   time.Time
	counted map[string]int64 // packets, by window
}

func (c *config) results() string { return filepath.Join(c.dir, "audits") }

func run(c config, in io.Reader, out io.Writer) error {
	spool := filepath.Join(c.dir, "spool")
	if err := os.MkdirAll(spool, 0o755); err != nil {
		return err
	}
	f := &fortnight{config: c, out: out, began: time.Now(), counted: map[string]int64{}}
	f.watch = exec.Command(c.program, append([]string{"watch", "-o", c.results()}, append(c.flags, spool)...)...)
	f.watch.Stderr = &strings.Builder{}
	if err := f.watch.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- f.watch.Wait() }()
	f.ring = &ring{dir: spool, size: c.size, pid: f.watch.Process.Pid, ended: ended}
	fmt.Fprintf(out, "%4s %12s %8s %9s %9s %10s %8s %8s\n", "day", "packets", "windows", "MiB now", "MiB peak", "disk MiB", "CPU", "wall")
	err := f.ring.copy(in, f.day)
	if err == nil {
		err = f.ring.drain()
	}
	if err == nil {
		f.day(-1)
	}
	err = errors.Join(err, f.watch.Process.Signal(unix.SIGTERM), <-ended)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, f.watch.Stderr)
	}
	return f.judge()
}

// day books the windows that are there and prints a line; -1: at the end.
func (f *fortnight) day(n int) {
	windows, err := f.book()
	now, peak, resident := remains.Resident(f.watch.Process.Pid)
	if err := errors.Join(err, resident); err != nil {
		fmt.Fprintln(f.out, err)
		return
	}
	name := fmt.Sprint(n)
	if n < 0 {
		name = "end"
	}
	fmt.Fprintf(f.out, "%4s %12d %8d %9.0f %9.0f %10.1f %8.0f %8.0f\n", name, f.ring.packets, len(windows), now, peak,
		float64(size(f.results()))/(1<<20), processor(f.watch.Process.Pid).Seconds(), time.Since(f.began).Seconds())
}

// book adds the windows that are new.
func (f *fortnight) book() ([]remains.Window, error) {
	windows, err := remains.ReadWindows(filepath.Join(f.results(), "windows"))
	for _, w := range windows {
		f.counted[w.Name] = w.Packets
	}
	return windows, err
}

// judge holds what was counted against what was written.
func (f *fortnight) judge() error {
	windows, err := f.book()
	if err != nil {
		return err
	}
	var packets int64
	for _, n := range f.counted {
		packets += n
	}
	gaps := remains.Gaps(windows)
	state := f.watch.ProcessState
	fmt.Fprintf(f.out, "written   %d packets in %d captures\n", f.ring.packets, f.ring.files)
	fmt.Fprintf(f.out, "counted   %d packets in %d windows, of which %d are kept; gaps: %s\n", packets, len(f.counted), len(windows), strings.Join(gaps, "; "))
	fmt.Fprintf(f.out, "program   CPU %.0f s, peak %.0f MiB, results %.1f MiB\n", (state.UserTime() + state.SystemTime()).Seconds(),
		remains.Peak(state), float64(size(f.results()))/(1<<20))
	if packets != f.ring.packets || len(gaps) > 0 {
		return errors.New("packets or windows are missing")
	}
	return nil
}

// size is what the files below a directory take.
func size(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil {
			return nil // it was removed meanwhile
		}
		if info, err := d.Info(); err == nil && !d.IsDir() {
			n += info.Size()
		}
		return nil
	})
	return n
}

// processor is the time that a process has had, by proc(5): the 14th and 15th field, in hundredths of a second.
func processor(pid int) time.Duration {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	var user, system int64
	if len(fields) > 12 {
		_, _ = fmt.Sscan(fields[11], &user)
		_, _ = fmt.Sscan(fields[12], &system)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}
