package export

import (
	"slices"
	"strconv"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
)

func tcpFacts(f *flow.Flow, src flow.Side) *record.TCPFacts {
	t, dst := f.TCP, src.Other()
	r := &record.TCPFacts{
		SYN: t.SYN[src], SYNACK: t.SYNACK[dst], RetransFwd: t.Retrans[src], RetransRev: t.Retrans[dst],
		OutOfOrder: t.OutOfOrder[src] + t.OutOfOrder[dst], ZeroWindow: t.ZeroWindow[src] + t.ZeroWindow[dst],
		ZeroEpisodes: int64(t.ZeroEpisodes[src] + t.ZeroEpisodes[dst]), ZeroWindowMs: msOf(t.ZeroTime[src] + t.ZeroTime[dst]),
	}
	r.HandshakeRTTMs, r.NearRTTMs = msKnown(t.RTT), msKnown(t.NearRTT)
	if t.SYN[src] == 1 {
		r.FarRTTMs = r.HandshakeRTTMs
	}
	if t.Reset {
		v := int(t.ResetTTL)
		r.ResetBy, r.ResetTTL = dir(t.ResetBy, src), &v
	}
	synOptions(r, t.Options[src], t.Options[dst])
	transfers(r, f, src)
	return r
}

func synOptions(r *record.TCPFacts, fwd, rev decode.SYNOptions) {
	r.MSSFwd, r.MSSRev = int(fwd.MSS), int(rev.MSS)
	r.OptionsFwd, r.WindowScaleFwd = optionNames(fwd)
	r.OptionsRev, r.WindowScaleRev = optionNames(rev)
}

func optionNames(o decode.SYNOptions) (names []string, scale *int) {
	add := func(has bool, name string) {
		if has {
			names = append(names, name)
		}
	}
	add(o.MSS != 0, "mss")
	add(o.HasScale, "window-scale")
	add(o.SACK, "sack")
	add(o.Timestamps, "timestamps")
	add(o.Other != 0, strconv.Itoa(int(o.Other)))
	if o.HasScale {
		v := int(o.Scale)
		scale = &v
	}
	return names, scale
}

// transfers fills what is known of the data of both directions.
func transfers(r *record.TCPFacts, f *flow.Flow, src flow.Side) {
	var fwd, rev flow.Transfer
	if x := f.TCP.Sent[src]; x != nil {
		fwd = *x
	}
	if x := f.TCP.Sent[src.Other()]; x != nil {
		rev = *x
	}
	r.RTTMedianFwdMs, r.RTTMedianRevMs = msKnown(fwd.RTTMedian), msKnown(rev.RTTMedian)
	r.RTOFwd, r.FastFwd, r.SpuriousFwd = fwd.RTO, fwd.Fast, fwd.Spurious
	r.RTORev, r.FastRev, r.SpuriousRev = rev.RTO, rev.Fast, rev.Spurious
	r.StallMaxMs, r.GapMaxFwdMs, r.GapMaxRevMs = msOf(max(fwd.Stall, rev.Stall)), msOf(fwd.Gap), msOf(rev.Gap)
	r.KeepAlives = fwd.KeepAlives + rev.KeepAlives
	var h record.Holes
	if f.Packets[src] > 0 { // a direction that was not mirrored at all is another fault than lost packets
		r.UnseenFwd = f.TCP.Unseen[src]
		addHoles(&h, fwd.Holes)
	}
	if f.Packets[src.Other()] > 0 {
		r.UnseenRev = f.TCP.Unseen[src.Other()]
		addHoles(&h, rev.Holes)
	}
	if h.Count > 0 || h.Dropped > 0 {
		slices.Sort(h.Times)
		h.Times = h.Times[:min(len(h.Times), maxHoleTimes)]
		r.Holes = &h
	}
}

// maxHoleTimes is how many times of holes a flow's record has.
const maxHoleTimes = 16

func addHoles(h *record.Holes, x flow.Holes) {
	h.Count += x.Count
	h.Segments += x.Segments
	h.Dropped += x.Dropped
	for _, at := range x.Times {
		h.Times = append(h.Times, record.Time(at))
	}
}
