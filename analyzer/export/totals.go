package export

import (
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/loss"
	"webexaudit/analyzer/record"
)

// totals is what flows say of the inputs. Several may count the flows of a run, each some, and are added up.
type totals struct {
	tcp    loss.TCP
	inputs []inputTotals
	pauses [][]decode.Pause // of each input
	behind [][]int64        // bytes that were never seen behind each of them
}

// inputTotals are of the flows whose last packet is in an input.
type inputTotals struct{ unseen, bytes, evicted int64 }

func newTotals(inputs []ingest.Input) *totals {
	t := &totals{inputs: make([]inputTotals, len(inputs))}
	for i := range inputs {
		list := pausesOf(&inputs[i].Stats)
		t.pauses, t.behind = append(t.pauses, list), append(t.behind, make([]int64, len(list)))
	}
	return t
}

// add counts a flow, whose last packet is in the input.
func (t *totals) add(r *record.Flow, input int) {
	t.tcp.Add(r)
	in := &t.inputs[input]
	if r.EndReason == flow.Evicted.String() {
		in.evicted++
	}
	if r.TCP == nil {
		return
	}
	in.unseen += r.TCP.UnseenFwd + r.TCP.UnseenRev
	in.bytes += r.PayloadBytesFwd + r.PayloadBytesRev
	for i, list := range t.pauses {
		for k, x := range list {
			t.behind[i][k] += unseenBehind(r, record.Time(x.End))
		}
	}
}

func (t *totals) merge(o *totals) {
	t.tcp.Merge(&o.tcp)
	for i := range t.inputs {
		a, b := &t.inputs[i], &o.inputs[i]
		a.unseen, a.bytes, a.evicted = a.unseen+b.unseen, a.bytes+b.bytes, a.evicted+b.evicted
		for k := range t.behind[i] {
			t.behind[i][k] += o.behind[i][k]
		}
	}
}
