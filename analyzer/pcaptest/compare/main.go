// Compare measures the program as a whole beside others that read the same capture: ours, then the other, in turn and
// several times, so that a machine whose speed drifts does so for both. In go the programs to run; out comes a table of
// medians, of ratios taken pair by pair. Programs that are not installed are skipped, and said to be.
//
//	P='go run ./analyzer/pcaptest/compare -program bin/webexaudit'
//	$P -gencap bin/gencap            # the goals and whether they hold
//	$P -gencap bin/gencap -curves    # growth with packets and flows
//	$P -capture big.pcap -limit 5.5  # a guard for continuous integration
//
// The guard compares with a fixed piece of work in Go instead, and fails when our CPU time is more than so many times
// that of the work. Absolute times would fail with the machine, this ratio hardly moves with it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// bench is what the command line asks for.
type bench struct {
	program, gencap string
	flags           []string          // more of ours
	dir             string            // for captures and outputs; it is removed at the end
	runs, slow      int               // pairs; of programs that take tens of seconds
	scale           int               // divides sizes and flows: a quick look
	only            string            // part of the names of the goals to measure
	audits          map[string][]cost // ours that were measured, by their command
}

func main() {
	log.SetFlags(0)
	b := &bench{audits: map[string][]cost{}}
	flag.StringVar(&b.program, "program", "bin/webexaudit", "our program")
	flag.StringVar(&b.gencap, "gencap", "bin/gencap", "the program that makes captures (analyzer/pcaptest/gencap)")
	flags := flag.String("flags", "", "more flags of our program, such as --no-hash")
	dir := flag.String("dir", os.TempDir(), "where captures and outputs are written for a while")
	flag.IntVar(&b.runs, "n", 5, "pairs of runs")
	flag.IntVar(&b.slow, "slow", 1, "pairs of runs with tshark")
	flag.IntVar(&b.scale, "scale", 1, "divide sizes and flows by this for a quick look")
	flag.StringVar(&b.only, "only", "", "measure only the goals whose names contain this")
	curves := flag.Bool("curves", false, "measure growth instead of the goals")
	capture := flag.String("capture", "", "guard: capture file to read")
	limit := flag.Float64("limit", 0, "guard: the most that our CPU time may be of the fixed work's")
	work := flag.Bool("work", false, "do the fixed work and end")
	flag.Parse()
	if *work {
		fmt.Println(fixedWork())
		return
	}
	b.flags = strings.Fields(*flags)
	if err := b.main(*dir, *curves, *capture, *limit); err != nil {
		log.Fatal(err)
	}
}

// main does one of the three things.
func (b *bench) main(dir string, curves bool, capture string, limit float64) (err error) {
	if b.dir, err = os.MkdirTemp(dir, "compare"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() { // captures are large: none may stay
		<-interrupted
		time.Sleep(3 * time.Second) // the program that is running got the signal too and writes what it has
		os.RemoveAll(b.dir)
		os.Exit(130)
	}()
	switch {
	case limit > 0:
		return guard(append(b.ours(capture), "--workers=1"), b.runs, limit)
	case curves:
		return b.curves(os.Stdout)
	default:
		return b.table(os.Stdout, goals)
	}
}

// ours is a complete audit of a capture: JSON Lines and Parquet are written.
func (b *bench) ours(capture string) []string {
	return b.audit(capture, "-q", "--out", b.stored(), "--parquet", filepath.Join(b.dir, "lake"))
}

// verdict is an audit that ends in a verdict: on the console, and as report.json.
func (b *bench) verdict(capture string) []string {
	return b.audit(capture, "--out", filepath.Join(b.dir, "report.json"))
}

// stored is where ours writes JSON Lines.
func (b *bench) stored() string { return filepath.Join(b.dir, "run.jsonl") }

func (b *bench) audit(capture string, flags ...string) []string {
	return slices.Concat([]string{b.program, "analyze", capture, "--overwrite"}, flags, b.flags)
}
