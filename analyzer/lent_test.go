package analyzer_test

import (
	"path/filepath"
	"reflect"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
	"webexaudit/analyzer/session"
	"webexaudit/analyzer/slice"
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

// selected are what the findings and calls of a run are judged by, one by one and together.
func selected(set *record.Set) (list []slice.Selection) {
	list = append(slice.OfEach(set, set.Findings), slice.OfFindings(set, set.Findings),
		slice.OfSessions(set, set.Sessions))
	for _, f := range set.Findings {
		list = append(list, slice.OfFindings(set, []*record.Finding{f}))
	}
	return list
}

// sameSelections: what lent flows select is what lists do, and each finding selects the same alone and among others.
func sameSelections(t *testing.T, name string, set, lent *record.Set) (flows int) {
	t.Helper()
	got, want := selected(lent), selected(set)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: lent flows are selected otherwise", name)
	}
	n := len(set.Findings)
	if !reflect.DeepEqual(want[:n], want[n+2:]) {
		t.Errorf("%s: findings select otherwise among others", name)
	}
	return len(want[n].Flows) + len(want[n+1].Flows)
}

// TestLent: flows that are lent one by one make the same of every bundled scenario as those in lists.
func TestLent(t *testing.T) {
	sessions, flows := 0, 0
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
		flows += sameSelections(t, s.Name, set, lent)
	}
	if sessions == 0 || flows == 0 {
		t.Errorf("%d sessions and %d selected flows in all scenarios", sessions, flows)
	}
}
