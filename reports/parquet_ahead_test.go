package reports

import (
	"errors"
	"fmt"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
)

// TestReadOrdered: flows come in the order of their time, each as it is while it is shown; after an error none does.
func TestReadOrdered(t *testing.T) {
	const n = 10*ahead + 7
	set := &record.Set{}
	for i := range n {
		set.Flows = append(set.Flows, &record.Flow{FlowID: fmt.Sprint(i), StartTime: record.Time(n - i/2)})
	}
	lent := recordtest.Lend(set)
	order, err := startsOf(lent)
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("full")
	for _, most := range []int{n, 3*ahead + 5, 0} {
		seen := 0
		err := readOrdered(lent.Source(), order, func(f *record.Flow, _ *record.TLSSession) error {
			if i := int(order[seen].record); f.FlowID != fmt.Sprint(i) || f.StartTime != record.Time(n-i/2) {
				t.Fatalf("flow %q of %d, want %d", f.FlowID, f.StartTime, i)
			}
			if seen == most {
				return full
			}
			seen++
			return nil
		})
		if want := min(most, n); seen != want || errors.Is(err, full) != (most < n) {
			t.Errorf("%d flows, %v; want %d", seen, err, want)
		}
	}
}
