package audit

import (
	"context"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

// Assess judges a part of a stored run by one rule, with the thresholds that a finding was judged by: keep says which
// flows belong to the part, and what hangs on flows follows them. It answers whether the rule had such traffic and what
// it made of it: the finding that weighs most.
func Assess(set *record.Set, r *Rule, thresholds []record.Threshold, keep func(*record.Flow) bool) *record.Finding {
	policy := &Policy{profile: "standard", set: map[string]float64{}}
	for _, t := range thresholds {
		policy.set[t.Name] = t.Value
	}
	o := Options{Policy: policy, Workers: 1}
	shared, rules := newFacts(context.Background(), part(set, keep), o), []*Rule{r}
	findings := judgeAll(shared, rules, shared.fold(rules, 1), o)
	return slices.MaxFunc(findings, func(a, b *record.Finding) int { return weight(a.State) - weight(b.State) })
}

// part is the run without the flows that are not kept and what belongs to them.
func part(set *record.Set, keep func(*record.Flow) bool) *record.Set {
	out := &record.Set{Run: set.Run, Health: set.Health}
	kept := owners(set)
	out.Select(set, func(f *record.Flow) bool {
		if !keep(f) {
			return false
		}
		if _, ok := kept[f.FlowID]; ok {
			kept[strings.Clone(f.FlowID)] = true
		}
		return true
	})
	some := func(ids []string) bool { return slices.ContainsFunc(ids, func(id string) bool { return kept[id] }) }
	out.Streams = only(set.Streams, func(r *record.MediaStream) bool { return kept[r.FlowID] })
	out.Intervals = only(set.Intervals, func(r *record.MediaInterval) bool { return kept[r.FlowID] })
	out.Reachability = only(set.Reachability, func(r *record.Reachability) bool { return some(r.FlowIDs) })
	out.Sessions = only(set.Sessions, func(r *record.Session) bool { return some(r.FlowIDs) })
	return out
}

// owners are the flows that other records belong to.
func owners(set *record.Set) map[string]bool {
	list := map[string]bool{}
	for _, r := range set.Streams {
		list[r.FlowID] = false
	}
	for _, r := range set.Intervals {
		list[r.FlowID] = false
	}
	for _, r := range set.Sessions {
		for _, id := range r.FlowIDs {
			list[id] = false
		}
	}
	for _, r := range set.Reachability {
		for _, id := range r.FlowIDs {
			list[id] = false
		}
	}
	return list
}

func only[R any](list []*R, keep func(*R) bool) (out []*R) {
	for _, r := range list {
		if keep(r) {
			out = append(out, r)
		}
	}
	return out
}
