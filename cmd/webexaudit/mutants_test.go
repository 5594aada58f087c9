package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

var (
	mutants     = flag.Int("mutants", 40, "mutated captures of TestMutants")
	firstMutant = flag.Int("first", 0, "number of the first mutated capture; its bytes depend on the number alone")
	keepMutants = flag.String("keep", "", "directory for every 50th mutated capture, and for those that fail")
)

// What one mutated capture may take, and its size.
const (
	mutantTime  = 20 * time.Second
	mutantLimit = 16 << 10
)

// TestMutants audits whole captures with faults through all outputs: no panic, no hang, the right status, nothing that
// another reader would refuse, and the same bytes with one worker as with three. "-mutants 1 -first N" repeats the Nth.
func TestMutants(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(300)) // a tenth of the time
	x := mutantTest{t: t, bases: mutantBases(t), dir: t.TempDir(), schemas: closedSchema(t)}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for n := *firstMutant; n < *firstMutant+*mutants; n++ {
		g.Go(func() error { x.audit(n); return nil })
	}
	_ = g.Wait()
	t.Logf("%d mutated captures of %d: %d with status 0, %d with 3; the longest took %v", *mutants, len(x.bases),
		x.whole.Load(), x.damaged.Load(), time.Duration(x.longest.Load()))
	if *mutants >= 40 && (x.whole.Load() < int64(*mutants/10) || x.damaged.Load() < int64(*mutants/10)) {
		t.Error("the mutants are all of one kind")
	}
}

// mutantBases are captures to mutate: generated ones in three formats, the bundled ones, and real ones where there are
// some beside the repository. A mutant of a number below 5,000 is one of the first two kinds, and the same everywhere.
func mutantBases(t *testing.T) (bases []mutantBase) {
	for _, s := range pcaptest.Scenarios() {
		c := s.Build()
		var ng bytes.Buffer
		if err := c.WritePcapng(&ng); err != nil {
			t.Fatal(err)
		}
		for i, file := range [][]byte{c.Pcap(), ng.Bytes(), c.Snoop()} {
			bases = append(bases, mutantBase{[]string{"pcap ", "pcapng ", "snoop "}[i] + s.Name, file, true})
		}
	}
	bundled, _ := filepath.Glob("../../testdata/pcaps/*.gz")
	for _, name := range bundled {
		bases = append(bases, mutantBase{filepath.Base(name), unzipped(t, name), true})
	}
	real, _ := filepath.Glob("../../../shared/captures/*/*.pcap*")
	for _, name := range real {
		if text, err := os.ReadFile(name); err == nil && len(text) < 4<<20 {
			bases = append(bases, mutantBase{filepath.Base(name), text, false})
		}
	}
	return bases
}

type mutantBase struct {
	name  string
	file  []byte
	sound bool // made by us
}

func unzipped(t *testing.T, name string) []byte {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

type mutantTest struct {
	t                       *testing.T
	bases                   []mutantBase
	dir                     string
	schemas                 schemas
	whole, damaged, longest atomic.Int64
}

// audit runs the program on the mutant of a number.
func (x *mutantTest) audit(n int) {
	r := pcaptest.NewRand(uint64(n))
	bases := x.bases
	if n < 5000 {
		bases = ours(bases)
	}
	base, other := bases[r.Intn(len(bases))], bases[r.Intn(len(bases))]
	m := pcaptest.Mutate(r, base.file, other.file, mutantLimit)
	a := mutantAudit{x: x, n: n, sound: m.Sound && base.sound, name: fmt.Sprintf("mutant %d (%s: %s)", n, base.name, m.Steps),
		path: filepath.Join(x.dir, fmt.Sprintf("%06d.cap", n))}
	if err := os.WriteFile(a.path, m.File, 0o600); err != nil {
		x.t.Fatal(err)
	}
	defer os.Remove(a.path)
	stuck := time.AfterFunc(6*mutantTime, func() { panic(a.name + " hangs") })
	defer stuck.Stop()
	began := time.Now()
	a.run()
	took := time.Since(began)
	if took > mutantTime {
		a.fault("took %v", took)
	}
	x.longest.Store(max(x.longest.Load(), int64(took)))
	if *keepMutants != "" && (n%50 == 0 || a.faults > 0) {
		if err := os.WriteFile(filepath.Join(*keepMutants, fmt.Sprintf("%06d.pcap", n)), m.File, 0o600); err != nil {
			x.t.Error(err)
		}
	}
}

func ours(bases []mutantBase) []mutantBase {
	n := 0
	for n < len(bases) && bases[n].sound {
		n++
	}
	return bases[:n]
}

// mutantAudit is one run of the program.
type mutantAudit struct {
	x          *mutantTest
	n          int
	name, path string
	sound      bool
	set        *record.Set
	err        error
	faults     int
}

func (a *mutantAudit) fault(format string, args ...any) {
	a.faults++
	a.x.t.Errorf("%s: "+format, append([]any{a.name}, args...)...)
}

// run gives the capture to the whole program, one format after the other on standard output as the numbers go up, the
// tables with every fourth.
func (a *mutantAudit) run() {
	formats := []string{"json", "html", "md", "sarif", "junit", "console", "jsonl"}
	format := formats[a.n%len(formats)]
	out := filepath.Join(a.x.dir, fmt.Sprintf("%06d.out", a.n))
	defer os.RemoveAll(out)
	args := []string{"analyze", "-T", format, "-v", a.path}
	switch a.n % 8 {
	case 0, 1:
		args = append(args, "--parquet", out)
	case 2, 3:
		format = "console"
		args = []string{"analyze", "-T", "csv", "-o", out + "/", a.path}
	}
	status, stdout, stderr := invoke(context.Background(), a.twice, args...)
	a.status(status, stdout, stderr)
	if a.set == nil {
		return
	}
	if stdout != "" {
		a.checkText(format, stdout)
	}
	switch a.n % 8 {
	case 0, 1:
		a.checkTables(out)
	case 2, 3:
		a.checkCSV(out)
	}
}

// twice analyses with one worker and with three.
func (a *mutantAudit) twice(ctx context.Context, c analyzer.Config) (*record.Set, error) {
	c.Workers = 1
	one, oneErr := analyzer.Run(ctx, c)
	c.Workers = 3
	three, threeErr := analyzer.Run(ctx, c)
	if fmt.Sprint(oneErr) != fmt.Sprint(threeErr) {
		a.fault("errors depend on the workers: %v, %v", oneErr, threeErr)
	}
	x, y := jsonLines(one), jsonLines(three)
	if !bytes.Equal(x, y) {
		a.fault("workers matter:\n%s\n%s", x, y)
	}
	if three != nil {
		a.checkText("jsonl", string(y))
	}
	a.set, a.err = three, threeErr
	return three, threeErr
}

func jsonLines(set *record.Set) (b []byte) {
	if set == nil {
		return nil
	}
	for r := range set.All {
		b, _ = record.AppendJSON(b, r)
		b = append(b, '\n')
	}
	return b
}

// status checks the exit status beside what the analysis said: 0 without a word for a whole capture, 3 for a damaged
// one, and what was written says the same.
func (a *mutantAudit) status(status int, stdout, stderr string) {
	a.checkText("standard error", stderr)
	switch status {
	case statusOK:
		a.x.whole.Add(1)
		if a.err != nil || strings.Contains(stderr, a.path) {
			a.fault("status 0, but %v; %s", a.err, stderr)
		}
	case statusInput:
		a.x.damaged.Add(1)
		if a.err == nil || !strings.HasPrefix(stderr, "webexaudit: ") || a.sound {
			a.fault("status 3, and %v; %s", a.err, stderr)
		}
	default:
		a.fault("status %d: %s", status, stderr)
	}
	if a.set == nil {
		return
	}
	if a.set.Summary.ExitCode != status {
		a.fault("status %d, and %d in the summary", status, a.set.Summary.ExitCode)
	}
	if stdout == "" && packets(a.set) > 0 {
		a.fault("nothing on standard output")
	}
}

func packets(set *record.Set) (n int64) {
	for _, h := range set.Health {
		n += h.Packets
	}
	return n
}
