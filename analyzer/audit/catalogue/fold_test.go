package catalogue

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"testing"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"

	"github.com/google/go-cmp/cmp"
)

// However the flows of a run are dealt over folds that are judged by themselves and merged, the findings are the same.
func TestFoldsMerge(t *testing.T) {
	random := rand.New(rand.NewPCG(12, 7))
	for _, c := range fixtures(t) {
		want, _ := audit.Run(c.Set, c.Options)
		for _, n := range []int{1, 2, 7} {
			parts := make([][]int, n)
			for _, i := range random.Perm(len(c.Set.Flows)) {
				k := random.IntN(n)
				parts[k] = append(parts[k], i)
			}
			if d := cmp.Diff(want, audit.RunDealt(c.Set, c.Options, parts)); d != "" {
				t.Errorf("%s: %s: %d parts: %s", c.File, c.Name, n, d)
			}
		}
	}
}

// What was found in a window stays as it is when its folds are merged with those of others.
func TestFindingsStay(t *testing.T) {
	list := fixtures(t)
	for i, c := range list {
		all := audit.NewRolling(c.Options)
		findings, _, err := all.Run(context.Background(), c.Set)
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(findings)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range list[max(i-3, 0):min(i+4, len(list))] {
			if (other.Set.Comparison == nil) != (c.Set.Comparison == nil) {
				continue // other rules judge it
			}
			if _, _, err := all.Run(context.Background(), other.Set); err != nil {
				t.Fatal(err)
			}
		}
		all.Close(&record.Set{Run: c.Set.Run})
		got, err := json.Marshal(findings)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s: %s: %s", c.File, c.Name, d)
		}
	}
}
