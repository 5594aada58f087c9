package catalogue

import (
	"math/rand/v2"
	"testing"

	"webexaudit/analyzer/audit"

	"github.com/google/go-cmp/cmp"
)

// However the flows of a run are dealt over folds that are merged, the findings are the same.
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
