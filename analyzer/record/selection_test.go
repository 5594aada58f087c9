package record_test

import (
	"fmt"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
)

// TestSelect: the flows that are kept come with their TLS sessions and in their order, of lists and packed alike, and
// of a selection once more; those of the other set stay.
func TestSelect(t *testing.T) {
	set := new(record.Set)
	for _, id := range strings.Split("a b c d e f", " ") {
		set.Flows = append(set.Flows, &record.Flow{FlowID: id, Webex: id != "b"})
		set.TLS = append(set.TLS, &record.TLSSession{FlowID: id})
	}
	for _, from := range []*record.Set{set, recordtest.Lend(set)} {
		var some, fewer record.Set
		some.Select(from, func(f *record.Flow) bool { return f.Webex && f.FlowID != "e" })
		fewer.Select(&some, func(f *record.Flow) bool { return f.FlowID != "c" })
		if len(some.Flows) != 4*len(from.Flows)/6 {
			t.Errorf("%d of %d flows are in a list", len(some.Flows), len(from.Flows))
		}
		for _, c := range []struct {
			set  *record.Set
			want string
		}{{from, "abcdef"}, {&some, "acdf"}, {&fewer, "adf"}} {
			if got := readIn(t, c.set); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		}
		_ = fewer.Source().Lend([]int{2, 1}, func(flows []*record.Flow, tls []*record.TLSSession) error {
			if flows[0].FlowID != "f" || tls[1].FlowID != "d" {
				t.Errorf("lent %s, and the TLS session of %s", flows[0].FlowID, tls[1].FlowID)
			}
			return nil
		})
	}
}

// readIn reads the ids of all flows.
func readIn(t *testing.T, set *record.Set) (ids string) {
	t.Helper()
	n := 0
	err := set.Source().Read(0, set.NumFlows(), func(i int, f *record.Flow, x *record.TLSSession) error {
		if i != n || x.FlowID != f.FlowID {
			return fmt.Errorf("flow %d: %s with the TLS session of %s", i, f.FlowID, x.FlowID)
		}
		n, ids = n+1, ids+f.FlowID
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return ids
}
