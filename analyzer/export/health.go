package export

import (
	"cmp"
	"slices"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/record"
)

// Describe fills the run record: what was read, or what of it belongs to a window.
func Describe(run *record.Run, res *ingest.Result) {
	for i := range res.Inputs {
		in := &res.Inputs[i]
		if res.Live {
			run.Interface = append(run.Interface, in.Name)
			continue
		}
		f := record.File{
			Path: in.Name, Bytes: in.Bytes, Packets: in.Stats.Packets, FirstTime: record.Time(in.Stats.FirstTime),
			LastTime: record.Time(in.Stats.LastTime), Snaplen: in.Info.Snaplen, Damage: in.Problem(),
		}
		if in.Hash == capture.XXH3 {
			f.XXH3 = in.Digest
		} else {
			f.SHA256 = in.Digest
		}
		if f.Bytes == 0 {
			f.Bytes = in.Info.Bytes
		}
		for _, l := range in.Info.LinkTypes {
			f.LinkTypes = append(f.LinkTypes, l.String())
		}
		run.Files = append(run.Files, f)
	}
}

// health makes one record per input, with what the flows say of it.
func health(in *ingest.Result, t *totals) []*record.CaptureHealth {
	list := make([]*record.CaptureHealth, len(in.Inputs))
	for i := range in.Inputs {
		h, x := captureHealth(&in.Inputs[i], in.Live), &t.inputs[i]
		h.TCPUnseenBytes, h.TCPBytes, h.FlowsEvicted = h.TCPUnseenBytes+x.unseen, h.TCPBytes+x.bytes,
			h.FlowsEvicted+x.evicted
		h.Pauses = pauses(&in.Inputs[i].Stats, t.behind[i])
		list[i] = h
	}
	return list
}

// captureHealth is what the input itself tells, and the flows of it that were not retained.
func captureHealth(in *ingest.Input, live bool) *record.CaptureHealth {
	s, a := &in.Stats, &in.Aggregated
	h := &record.CaptureHealth{
		Packets: s.Packets, Bytes: s.WireBytes, StartTime: record.Time(s.FirstTime), EndTime: record.Time(s.LastTime),
		KernelDrops: in.Info.KernelDrops, InterfaceDrops: in.Info.InterfaceDrops, Duplicates: s.Duplicates, DuplicatePairs: s.DupPairs.Names(),
		Truncated: s.Truncated, TruncatedNeed: s.CutHeader, Undecodable: s.Undecodable(), Unknown: s.Unopened.Map(), NotIP: s.NotIP(),
		FragmentsEvicted: s.Fragments.Evicted, FragmentOverlaps: s.Fragments.Overlaps, ClockSteps: s.ClockSteps, Damage: in.Problem(),
		FlowsSummarised: a.Flows, PacketsSummarised: a.Packets, FlowsEvicted: a.Evicted, TCPBytes: a.TCPBytes,
		PrefixesRefused: in.PrefixesRefused,
	}
	if h.File = in.Name; live {
		h.File, h.Interface = "", in.Name
	}
	if s.MirrorSeen > 0 {
		lost := max(s.MirrorLost, 0)
		h.MirrorLost = &lost
	}
	return h
}

// behindPause is the time in which what TCP acknowledges without its being seen is taken for what passed during a
// pause.
const behindPause = 2 * time.Second

// pauses tells pauses of a sensor from times in which nobody sent: by the bytes behind each that were never seen, or
// because the interface was down.
func pauses(in *decode.Stats, unseen []int64) (list []record.Pause) {
	for i, x := range pausesOf(in) {
		if down := outage(in, x); unseen[i] > 0 || down {
			list = append(list, record.Pause{Start: record.Time(x.Start), Seconds: round(float64(x.End-x.Start) / 1e9),
				UnseenBytes: unseen[i], Packet: x.Number, InterfaceDown: down})
		}
	}
	return list
}

// pausesOf are the times without frames, and those in which the interface was down, in their order.
func pausesOf(in *decode.Stats) []decode.Pause {
	all := slices.Concat(slices.DeleteFunc(slices.Clone(in.Pauses), func(x decode.Pause) bool { return outage(in, x) }),
		in.Outages)
	slices.SortFunc(all, func(a, b decode.Pause) int { return cmp.Compare(a.Start, b.Start) })
	return all
}

// outage reports whether the interface was down.
func outage(in *decode.Stats, x decode.Pause) bool {
	return slices.ContainsFunc(in.Outages, func(o decode.Pause) bool { return o.Number == x.Number })
}

// unseenBehind sums up the bytes of holes that were noticed soon behind a time in a connection that began before it.
func unseenBehind(f *record.Flow, end record.Time) (n int64) {
	if f.TCP == nil || f.TCP.Holes == nil || f.StartTime >= end {
		return 0
	}
	for i, at := range f.TCP.Holes.Times {
		if since := at.Sub(end); since >= 0 && since < behindPause {
			n += f.TCP.Holes.Sizes[i]
		}
	}
	return n
}
