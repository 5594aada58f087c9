package export

import (
	"cmp"
	"slices"
	"strconv"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
)

func (d *draft) tcpFacts(f *flow.Flow, src flow.Side) *record.TCPFacts {
	t, r, dst := f.TCP, &d.tcp, src.Other()
	x, zero := t.Trouble(), t.Zero()
	*r = record.TCPFacts{
		SYN: t.SYN[src], SYNACK: t.SYNACK[dst], RetransFwd: x.Retrans[src], RetransRev: x.Retrans[dst],
		OutOfOrder: x.OutOfOrder[src] + x.OutOfOrder[dst], ZeroWindow: zero.Packets[src] + zero.Packets[dst],
		ZeroEpisodes: int64(zero.Episodes[src] + zero.Episodes[dst]), ZeroWindowMs: msOf(zero.Time[src] + zero.Time[dst]),
	}
	if !t.Told {
		r.HandshakeRTTMs, r.NearRTTMs = msKnown(t.RTT), msKnown(t.NearRTT)
	}
	if t.SYN[src] == 1 {
		r.FarRTTMs = r.HandshakeRTTMs
	}
	if t.Reset {
		r.ResetBy, r.ResetTTL = dir(x.ResetBy, src), small(x.ResetTTL)
	}
	d.synOptions(t.Options[src], t.Options[dst])
	transfers(r, f, src)
	if d.end = tcpEnd(f, src); d.end != (record.TCPEnd{}) {
		r.End = &d.end
	}
	return r
}

func (d *draft) synOptions(fwd, rev decode.SYNOptions) {
	r := &d.tcp
	r.MSSFwd, r.MSSRev = int(fwd.MSS), int(rev.MSS)
	r.OptionsFwd, r.WindowScaleFwd = d.optionNames(fwd)
	r.OptionsRev, r.WindowScaleRev = d.optionNames(rev)
}

func (d *draft) optionNames(o decode.SYNOptions) (names []string, scale *int) {
	from := len(d.texts)
	add := func(has bool, name string) {
		if has {
			d.texts = append(d.texts, name)
		}
	}
	add(o.MSS != 0, "mss")
	add(o.HasScale, "window-scale")
	add(o.SACK, "sack")
	add(o.Timestamps, "timestamps")
	add(o.Other != 0, strconv.Itoa(int(o.Other)))
	if len(d.texts) > from {
		names = slices.Clip(d.texts[from:])
	}
	if o.HasScale {
		scale = small(o.Scale)
	}
	return names, scale
}

// transfers fills what is known of the data of both directions.
func transfers(r *record.TCPFacts, f *flow.Flow, src flow.Side) {
	var fwd, rev flow.Transfer
	if x := f.TCP.Sent(src); x != nil {
		fwd = *x
	}
	if x := f.TCP.Sent(src.Other()); x != nil {
		rev = *x
	}
	r.RTTMedianFwdMs, r.RTTMedianRevMs = msKnown(fwd.RTTMedian), msKnown(rev.RTTMedian)
	there, back := fwd.Resent(), rev.Resent()
	r.RTOFwd, r.FastFwd, r.SpuriousFwd = there.RTO, there.Fast, there.Spurious
	r.RTORev, r.FastRev, r.SpuriousRev = back.RTO, back.Fast, back.Spurious
	r.StallMaxMs, r.GapMaxFwdMs, r.GapMaxRevMs = msOf(max(there.Stall, back.Stall)), msOf(fwd.Gap), msOf(rev.Gap)
	r.KeepAlives = fwd.KeepAlives + rev.KeepAlives
	var h record.Holes
	unseen := f.TCP.Trouble().Unseen
	if f.Packets[src] > 0 { // a direction that was not mirrored at all is another fault than lost packets
		r.UnseenFwd = unseen[src]
		addHoles(&h, fwd.Holes())
	}
	if f.Packets[src.Other()] > 0 {
		r.UnseenRev = unseen[src.Other()]
		addHoles(&h, rev.Holes())
	}
	if h.Count > 0 || h.Dropped > 0 {
		sortHoles(&h)
		r.Holes = &h
	}
}

// maxHoleTimes is how many times of holes a flow's record has.
const maxHoleTimes = 16

func addHoles(h *record.Holes, x flow.Holes) {
	h.Count += x.Count
	h.Segments += x.Segments
	h.Dropped += x.Dropped
	for i, at := range x.Times {
		h.Times, h.Sizes = append(h.Times, record.Time(at)), append(h.Sizes, x.Bytes[i])
	}
}

// sortHoles puts those of both directions into the order of time.
func sortHoles(h *record.Holes) {
	order := make([]int, len(h.Times))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(h.Times[a], h.Times[b]) })
	times, sizes := make([]record.Time, 0, maxHoleTimes), make([]int64, 0, maxHoleTimes)
	for _, i := range order[:min(len(order), maxHoleTimes)] {
		times, sizes = append(times, h.Times[i]), append(sizes, h.Sizes[i])
	}
	h.Times, h.Sizes = times, sizes
}

// tcpEnd says how far the connection came.
func tcpEnd(f *flow.Flow, src flow.Side) (e record.TCPEnd) {
	t, dst := f.TCP, src.Other()
	if t.Closed {
		e.ClosedBy = dir(t.ClosedBy, src)
	}
	if t.SYNACK[dst] {
		e.SYNACKTTL = small(t.SYNACKTTL)
	}
	e.UnackedFwd, e.UnackedRev = unacked(f, src), unacked(f, dst)
	if x := t.Sent(src); x != nil {
		e.RepeatsFwd, e.LargestFwd, e.StuckFwd, e.MissingFwd = x.Repeats, x.Largest, x.Stuck, x.Missing()
	}
	if x := t.Sent(dst); x != nil {
		e.RepeatsRev, e.LargestRev, e.StuckRev, e.MissingRev = x.Repeats, x.Largest, x.Stuck, x.Missing()
	}
	return e
}

// unacked is nil where the side sent nothing, or the other side's acknowledgements were not captured.
func unacked(f *flow.Flow, s flow.Side) *int64 {
	if f.Packets[s] == 0 || f.Packets[s.Other()] == 0 {
		return nil
	}
	return copied(f.TCP.Unacked(s))
}
