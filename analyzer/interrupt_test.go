package analyzer_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/audit"
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
	set, err := analyzer.Run(ctx, analyzer.Config{Files: []string{path}, Workers: 2,
		Audit: audit.Options{Own: []*audit.Rule{slow}}})
	if took := time.Since(began); !errors.Is(err, analyzer.ErrUnjudged) || took > 3*time.Second {
		t.Fatalf("%v after %v", err, took)
	}
	if len(set.Flows) == 0 || len(set.Findings) > 0 || set.Summary.Verdict != record.NotEnough {
		t.Errorf("%d flows, %d findings, verdict %s", len(set.Flows), len(set.Findings), set.Summary.Verdict)
	}
}
