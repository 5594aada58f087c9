package analyzer_test

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// TestInterruptedJudging: a context that is done while rules judge leaves the records of what was read, and no verdict.
func TestInterruptedJudging(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	end := make(chan struct{})
	defer close(end)
	slow := &audit.Rule{ID: "TST-SLOW-001", Title: "Takes for ever", Judge: audit.Whole(func(*audit.Scope) {
		cancel()
		<-end
	})}
	path := filepath.Join(t.TempDir(), "call.pcap")
	write(t, path, pcaptest.HealthyMeeting().Pcap())
	began := time.Now()
	set, err := runListed(ctx, analyzer.Config{Files: []string{path}, Workers: 2,
		Audit: audit.Options{Own: []*audit.Rule{slow}}})
	if took := time.Since(began); !errors.Is(err, analyzer.ErrUnjudged) || took > 3*time.Second {
		t.Fatalf("%v after %v", err, took)
	}
	if len(set.Flows) == 0 || len(set.Findings) > 0 || set.Summary.Verdict != record.NotEnough {
		t.Errorf("%d flows, %d findings, verdict %s", len(set.Flows), len(set.Findings), set.Summary.Verdict)
	}
}

// lingering is a fold that takes its time with each flow, and interrupts the run at the first.
type lingering struct {
	shown     *atomic.Int64
	interrupt func()
}

func (l lingering) Add(*observe.Flow) {
	l.shown.Add(1)
	l.interrupt()
	time.Sleep(time.Millisecond)
}
func (lingering) Merge(audit.Fold)   {}
func (lingering) Close(*audit.Scope) {}

// lengthy is a run over so many flows with a rule that takes its time, and interrupts the run at the first.
func lengthy(t *testing.T, flows int, interrupt func()) (c analyzer.Config, shown *atomic.Int64) {
	t.Helper()
	shown = new(atomic.Int64)
	slow := &audit.Rule{ID: "TST-SLOW-002", Title: "Takes long", Reads: audit.ReadAll,
		Judge: audit.Custom(func(*audit.Env) audit.Fold { return lingering{shown, interrupt} })}
	path := filepath.Join(t.TempDir(), "flood.pcap")
	i := slices.IndexFunc(growthFloods, func(f growthFlood) bool { return f.name == "questions for names" })
	if err := growthFloods[i].make(flows).Save(path); err != nil {
		t.Fatal(err)
	}
	return analyzer.Config{Files: []string{path}, Workers: 2, Audit: audit.Options{Own: []*audit.Rule{slow}}}, shown
}

// TestInterruptedJudgingStops: judging that nobody waits for comes to its end as well.
func TestInterruptedJudgingStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const flows = 20_000 // ten seconds of two goroutines
	c, shown := lengthy(t, flows, cancel)
	before := runtime.NumGoroutine()
	set, err := runListed(ctx, c)
	if !errors.Is(err, analyzer.ErrUnjudged) || len(set.Flows) != flows {
		t.Fatalf("%v, %d flows", err, len(set.Flows))
	}
	ends := time.Now().Add(3 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(ends) {
		time.Sleep(5 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before || shown.Load() > flows/2 {
		t.Errorf("%d goroutines, %d before; %d flows were judged after all", n, before, shown.Load())
	}
}

// TestInterruptedWindows: a run in windows that is interrupted before its first window was judged says so.
func TestInterruptedWindows(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	settled := 0
	c, _ := lengthy(t, 10_000, cancel)
	c.Window = time.Hour
	set, err := analyzer.RunWindows(ctx, c, analyzer.Windows{Settle: func(*record.Set) error { settled++; return nil }})
	if !errors.Is(err, analyzer.ErrUnjudged) || settled != 1 {
		t.Fatalf("%v, %d windows", err, settled)
	}
	if s := set.Summary; s.Verdict != record.NotEnough || s.Missing != analyzer.ErrUnjudged.Error() {
		t.Errorf("verdict %s, missing %q", s.Verdict, s.Missing)
	}
}
