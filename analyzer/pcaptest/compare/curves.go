package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"webexaudit/analyzer/pcaptest/remains"
)

// point is a capture of the curves and the flags that it needs.
type point struct {
	recipe
	flags []string
}

// points grow in packets at the same flows, then in flows. The tables of a default run hold 1,000,000 flows; 5,000,000
// would take more memory than a machine for tests has, so the last is bounded: flows that have no room are only
// counted.
var points = []point{
	{recipe{"packets", 60, 5_000, "uplink"}, nil},
	{recipe{"packets", 600, 5_000, "uplink"}, nil},
	{recipe{"packets", 6_100, 5_000, "uplink"}, nil},
	{recipe{"packets", 61_000, 5_000, "uplink"}, nil},
	{recipe{"flows", 500, 1_000, "short"}, nil},
	{recipe{"flows", 500, 10_000, "short"}, nil},
	{recipe{"flows", 500, 100_000, "short"}, nil},
	{recipe{"flows", 500, 1_000_000, "short"}, []string{"--max-flows=2000000"}},
	{recipe{"flows", 2_000, 5_000_000, "short"}, []string{"--max-flows=6000000", "--max-memory=8G"}},
}

// pipedMiB is the size of captures that come through a pipe, as the page cache may not hold them.
const pipedMiB = 2048

// curves prints the table of growth, as Markdown.
func (b *bench) curves(w io.Writer) error {
	fmt.Fprintln(w, "| grows | packets | flows | workers | wall s | CPU s | CPU µs a packet | peak MiB | only counted | flags, input |")
	fmt.Fprintln(w, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
	for _, p := range points {
		for _, workers := range []int{1, 2} {
			if err := b.point(w, p, workers); err != nil {
				return fmt.Errorf("%s, %d MiB, %d flows: %w", p.name, p.mib, p.flows, err)
			}
		}
	}
	return nil
}

// point measures one run and prints its line.
func (b *bench) point(w io.Writer, p point, workers int) error {
	flags := append([]string{"--workers=" + strconv.Itoa(workers)}, p.flags...)
	input, measured := "file", b.fromFile
	if p.mib/b.scale > pipedMiB {
		input, measured = "pipe", b.fromPipe
	}
	c, flows, err := measured(p.recipe, flags)
	if err != nil {
		return err
	}
	h, err := b.health()
	if err != nil {
		return err
	}
	for _, f := range p.flags {
		input = f + " " + input
	}
	_, err = fmt.Fprintf(w, "| %s | %d | %d | %d | %.2f | %.2f | %.2f | %.0f | %d | %s |\n", p.name, h.Packets, flows, workers,
		c.wall.Seconds(), c.cpu.Seconds(), c.cpu.Seconds()*1e6/float64(max(h.Packets, 1)), c.peakMiB, h.FlowsSummarised,
		input)
	return err
}

// fromFile reads a capture that lies in the page cache.
func (b *bench) fromFile(r recipe, flags []string) (c cost, flows int, err error) {
	path := filepath.Join(b.dir, "curve.pcap")
	defer os.Remove(path)
	said, err := exec.Command(b.gencap, r.arguments(path, b.scale)...).CombinedOutput()
	if err != nil {
		return c, 0, fmt.Errorf("%s: %w: %s", b.gencap, err, said)
	}
	c, err = run(append(b.ours(path), flags...))
	return c, generated(said), err
}

// fromPipe reads what gencap writes at the same time: no disk has to hold it, but the two share the processors, so the
// wall time is that of the slower.
func (b *bench) fromPipe(r recipe, flags []string) (c cost, flows int, err error) {
	source := exec.Command(b.gencap, r.arguments("-", b.scale)...)
	out, err := source.StdoutPipe()
	if err != nil {
		return c, 0, err
	}
	var said tail
	source.Stderr = &said
	if err := source.Start(); err != nil {
		return c, 0, err
	}
	command := append(b.ours("-"), flags...)
	sink := exec.Command(command[0], command[1:]...)
	sink.Stdin = out
	c, err = measure(sink)
	out.Close() // where ours ended early, so that gencap ends too
	if werr := source.Wait(); err == nil {
		err = werr
	}
	return c, generated(said), err
}

// tail is what a command says on standard error.
type tail []byte

func (t *tail) Write(b []byte) (int, error) { *t = append(*t, b...); return len(b), nil }

var flowsSaid = regexp.MustCompile(`, (\d+) flows, `)

// generated finds the number of flows in what gencap says.
func generated(said []byte) int {
	m := flowsSaid.FindSubmatch(said)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}

// health reads the record from the last run's output and removes the output.
func (b *bench) health() (remains.Health, error) {
	path := filepath.Join(b.dir, "run.jsonl")
	defer os.RemoveAll(filepath.Join(b.dir, "lake"))
	defer os.Remove(path)
	return remains.ReadHealth(path)
}
