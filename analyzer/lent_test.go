package analyzer_test

import (
	"path/filepath"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
	"webexaudit/analyzer/session"
)

// ofSeveral is what several flows say together.
func ofSeveral(t *testing.T, set *record.Set) []byte {
	t.Helper()
	s := &record.Set{Run: &record.Run{Vantage: session.Vantage(set, nil, "")}}
	s.Sessions, s.Reachability = session.Sessions(t.Context(), set, nil), session.Reachability(set, nil)
	lent := *set
	lent.Sessions = s.Sessions
	session.Sides(&lent, nil)
	return lines(t, s)
}

// TestLent: flows that are lent one by one make the same of every bundled scenario as those in lists.
func TestLent(t *testing.T) {
	sessions := 0
	for _, s := range pcaptest.Scenarios() {
		path := filepath.Join(t.TempDir(), "scenario.pcapng")
		if err := s.Build().Save(path); err != nil {
			t.Fatal(err)
		}
		set, _ := run(t, analyzer.Config{Files: []string{path}})
		want, lent := ofSeveral(t, set), recordtest.Lend(set)
		if got := ofSeveral(t, lent); string(got) != string(want) {
			t.Errorf("%s: %s", s.Name, firstDifference(got, want))
		}
		sessions += len(set.Sessions)
	}
	if sessions == 0 {
		t.Error("no session in any scenario")
	}
}
