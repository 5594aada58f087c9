package export

import (
	"fmt"
	"testing"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/record"
)

// TestHealthByInput: a flow counts for the input that holds its last packet, also where names are the same; an input
// without packets holds none; interfaces are one capture.
func TestHealthByInput(t *testing.T) {
	for _, tt := range []struct {
		live bool
		want string // evicted flows by input
	}{{false, "[1 0 2]"}, {true, "[3 0 0]"}} {
		res := &ingest.Result{Live: tt.live, Inputs: []ingest.Input{
			{Name: "a", Stats: decode.Stats{Packets: 10}},
			{Name: "b", Base: 10},
			{Name: "a", Base: 10, Stats: decode.Stats{Packets: 10}},
		}}
		for _, last := range []int64{10, 11, 20} {
			f := &flow.Flow{FirstNumber: 1, LastNumber: last, End: flow.Evicted}
			res.Expired = append(res.Expired, ingest.Expired{Flow: f, Facts: new(dissect.State)})
		}
		n := newConverter(res, nil)
		var flows []*record.Flow
		for _, f := range n.convert(res.Expired, 2) {
			flows = append(flows, f.Rec)
		}
		var got []int64
		for _, h := range n.health(flows) {
			got = append(got, h.FlowsEvicted)
		}
		if fmt.Sprint(got) != tt.want {
			t.Errorf("live %v: %v, want %v", tt.live, got, tt.want)
		}
	}
}
