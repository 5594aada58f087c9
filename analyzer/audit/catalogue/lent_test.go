package catalogue

import (
	"net/netip"
	"testing"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestLent: rules keep nothing of flows and TLS sessions that they are lent. The findings of all rules, what is said of
// calls, and what of it is shown of one client, are those of lists, though what was lent is spoilt afterwards.
func TestLent(t *testing.T) {
	for i, c := range fixtures(t) {
		c.Options.Only, c.Options.Workers = nil, 1+i%2
		lists, lent := *c.Set, *recordtest.Lend(c.Set)
		for _, set := range []*record.Set{&lists, &lent} {
			set.Findings, set.Summary = audit.Run(set, c.Options)
			audit.JudgeCalls(set, set.Findings)
		}
		differ(t, &c, "", &lists, &lent)
		if lists.Run == nil || len(lists.Flows) == 0 || len(lists.Sessions) == 0 {
			continue
		}
		client := lists.Flows[0].ClientAddr()
		show := audit.Shown{Clients: netip.PrefixFrom(client, client.BitLen())}
		differ(t, &c, "of "+client.String(), audit.Narrow(&lists, show, c.Options), audit.Narrow(&lent, show, c.Options))
	}
}

// differ holds a judged set whose flows are lent against the same of lists.
func differ(t *testing.T, c *audit.Fixture, what string, want, got *record.Set) {
	t.Helper()
	type judged struct {
		Findings []*record.Finding
		Summary  *record.Summary
		Sessions []*record.Session
		Flows    []string
	}
	of := func(s *record.Set) judged {
		j := judged{s.Findings, s.Summary, s.Sessions, nil}
		for f := range s.EachFlow {
			j.Flows = append(j.Flows, f.FlowID)
		}
		return j
	}
	if d := cmp.Diff(of(want), of(got), cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})); d != "" {
		t.Errorf("%s, %s %s: %s", c.File, c.Name, what, d)
	}
}

// TestLentWindows: so it is where windows are judged, and all of them as one.
func TestLentWindows(t *testing.T) {
	for _, c := range fixtures(t) {
		lists, lent := *c.Set, *recordtest.Lend(c.Set)
		var all [2]record.Set
		for i, set := range []*record.Set{&lists, &lent} {
			r := audit.NewRolling(c.Options)
			var err error
			if set.Findings, set.Summary, err = r.Run(t.Context(), set); err != nil {
				t.Fatal(err)
			}
			all[i].Run = set.Run
			r.Close(&all[i])
		}
		differ(t, &c, "as a window", &lists, &lent)
		differ(t, &c, "as all windows", &all[0], &all[1])
	}
}
