package recordtest

import (
	"io"
	"net/netip"
	"slices"
	"testing"

	"webexaudit/analyzer/record"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestLend: what is lent is what the lists have while it is lent, and nothing afterwards.
func TestLend(t *testing.T) {
	ttl := 64
	set := &record.Set{
		Flows: []*record.Flow{
			{FlowID: "a", StartTime: 1000, SrcIP: netip.MustParseAddr("10.0.0.1"), DSCPFwd: record.DSCP{46: 3},
				TTLFwd: &ttl, STUN: &record.STUNFacts{Requests: 2}, KeyPackets: []record.KeyPacket{{Kind: "syn"}}},
			{FlowID: "b", StartTime: 2000, TTLFwd: &ttl},
		},
		TLS: []*record.TLSSession{{FlowID: "b", TLSVersion: "1.3"}},
	}
	lent := Lend(set)
	if len(lent.Flows) > 0 || len(lent.TLS) > 0 || lent.NumFlows() != 2 {
		t.Fatalf("%d flows and %d TLS sessions are in lists, %d flows in all", len(lent.Flows), len(lent.TLS),
			lent.NumFlows())
	}
	var kept []*record.Flow
	var parts []record.Flow
	err := lent.Source().Read(0, 2, func(i int, f *record.Flow, x *record.TLSSession) error {
		if d := cmp.Diff(set.Flows[i], f, cmpopts.EquateComparable(netip.Addr{})); d != "" {
			t.Error(d)
		}
		if (x != nil) != (i == 1) || x != nil && x.TLSVersion != "1.3" {
			t.Errorf("flow %d has the TLS session %+v", i, x)
		}
		kept, parts = append(kept, f), append(parts, *f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a := parts[0]
	if kept[0].FlowID != "" || a.STUN.Requests != 0 || len(a.DSCPFwd) != 0 || a.KeyPackets[0].Kind != "" ||
		*a.TTLFwd != 0 {
		t.Errorf("what was kept is as it was: %+v", kept[0])
	}
}

// TestLendSeveral: flows are lent together in the order that is wanted, of lists and packed alike; only what was packed
// is spoilt.
func TestLendSeveral(t *testing.T) {
	set := &record.Set{Flows: []*record.Flow{{FlowID: "a"}, {FlowID: "b"}, {FlowID: "c"}},
		TLS: []*record.TLSSession{{FlowID: "b", TLSVersion: "1.3"}}}
	for want, source := range map[string]record.FlowSource{"cbc": set.Source(), "": Lend(set).Source()} {
		var lent []*record.Flow
		err := source.Lend([]int{2, 1, 2}, func(flows []*record.Flow, tls []*record.TLSSession) error {
			lent = slices.Clone(flows)
			if ids(flows) != "cbc" || tls[0] != nil || tls[1] == nil || tls[1].TLSVersion != "1.3" || tls[2] != nil {
				t.Errorf("lent %s with %v", ids(flows), tls)
			}
			return io.EOF
		})
		if err != io.EOF || ids(lent) != want {
			t.Errorf("%v; %q is left, want %q", err, ids(lent), want)
		}
	}
}

func ids(flows []*record.Flow) (text string) {
	for _, f := range flows {
		text += f.FlowID
	}
	return text
}
