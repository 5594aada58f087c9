package classify

import (
	"net/netip"
	"slices"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// Edge Audio lives on an Expressway-E: flows between the host and the cloud are judged by the rows of all its roles.
func TestSeveralRoles(t *testing.T) {
	edge := netip.MustParseAddr("192.0.2.10")
	for _, tt := range []struct {
		roles            []string
		expressway, edge bool
	}{
		{[]string{roleE, roleEdgeAudio}, true, true},
		{[]string{roleE}, true, false},
		{[]string{roleEdgeAudio}, false, true},
	} {
		of := func(a netip.Addr) []string {
			if a == edge {
				return tt.roles
			}
			return nil
		}
		c := &Classifier{Packs: packs(t), Roles: of, Role: func(a netip.Addr) string {
			return slices.Concat(of(a), []string{""})[0]
		}}
		f := &Flow{Rec: &record.Flow{
			SrcIP: edge, SrcPort: 40000, DstIP: netip.MustParseAddr("170.72.1.2"), DstPort: 5061, Proto: "tcp", Initiator: "seen",
			StartTime: record.Time(1_788_000_000_000_000_000), // 2026-08-29
		}, Hints: &Hints{}}
		c.Flow(f)
		rows := c.rowsBetween(f, tt.roles[0], roleCloud)
		has := func(service string) bool {
			return slices.ContainsFunc(rows, func(r *signatures.Row) bool { return r.Service == service })
		}
		if has("expressway") != tt.expressway || has("edge-audio") != tt.edge {
			t.Errorf("%v: rows of Expressway %v, of Edge Audio %v", tt.roles, has("expressway"), has("edge-audio"))
		}
		if c.among([]string{roleEdgeAudio}, edge) != tt.edge || c.among([]string{roleEdgeAudio}, f.Rec.DstIP) {
			t.Errorf("%v: whether it is Edge Audio", tt.roles)
		}
	}
}
