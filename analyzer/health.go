package analyzer

import (
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
)

// describe fills the run record: what was read.
func (p *pipeline) describe(set *record.Set) {
	if p.live {
		set.Run.Interface = p.c.Interfaces
		return
	}
	for _, in := range p.inputs {
		f := record.File{
			Path: in.name, SHA256: in.sum, Bytes: in.bytes, Packets: in.stats.Packets, FirstTime: record.Time(in.stats.FirstTime),
			LastTime: record.Time(in.stats.LastTime), Snaplen: in.info.Snaplen, Damage: in.problem(),
		}
		if f.Bytes == 0 {
			f.Bytes = in.info.Bytes
		}
		for _, l := range in.info.LinkTypes {
			f.LinkTypes = append(f.LinkTypes, l.String())
		}
		set.Run.Files = append(set.Run.Files, f)
	}
}

// problem is what is wrong with the input, in words.
func (in *input) problem() string {
	switch {
	case in.damage != nil:
		return in.damage.Error()
	case in.err != nil:
		return in.err.Error()
	}
	return ""
}

// health makes one record per input.
func (p *pipeline) health(set *record.Set) {
	list := make([]*record.CaptureHealth, len(p.inputs))
	for i, in := range p.inputs {
		s := &in.stats
		h := &record.CaptureHealth{
			Packets: s.Packets, Bytes: s.WireBytes, StartTime: record.Time(s.FirstTime), EndTime: record.Time(s.LastTime),
			KernelDrops: in.info.KernelDrops, InterfaceDrops: in.info.InterfaceDrops, Duplicates: s.Duplicates, DuplicatePairs: s.DupPairs.Names(), Truncated: s.Truncated,
			TruncatedNeed: s.CutHeader, Undecodable: s.Undecodable(), Unknown: s.Unopened.Map(), NotIP: s.NotIP(), FragmentsEvicted: s.Fragments.Evicted, FragmentOverlaps: s.Fragments.Overlaps, ClockSteps: s.ClockSteps, Damage: in.problem(),
		}
		if h.File = in.name; p.live {
			h.File, h.Interface = "", in.name
		}
		if s.MirrorSeen > 0 {
			lost := max(s.MirrorLost, 0)
			h.MirrorLost = &lost
		}
		list[i] = h
	}
	n := newConverter(p)
	for _, r := range set.Flows {
		i := 0
		if n.many {
			i = n.indexOf(r.LastFile)
		}
		if h := list[i]; r.TCP != nil {
			h.TCPUnseenBytes += r.TCP.UnseenFwd + r.TCP.UnseenRev
			h.TCPBytes += r.PayloadBytesFwd + r.PayloadBytesRev
		}
		if r.EndReason == flow.Evicted.String() {
			list[i].FlowsEvicted++
		}
	}
	p.addAggregated(list)
	set.Health = list
}

// addSummed counts the flows that were not kept.
func (p *pipeline) addAggregated(list []*record.CaptureHealth) {
	for _, w := range p.workers {
		for i, s := range w.aggregated {
			h := list[i]
			h.FlowsSummarised += s.flows
			h.PacketsSummarised += s.packets
			h.FlowsEvicted += s.evicted
			h.TCPBytes += s.tcpBytes
		}
		for _, part := range w.parts {
			if part != nil {
				list[len(list)-1].PrefixesRefused += part.budget.Refused
			}
		}
	}
}

func (n *converter) indexOf(name string) int {
	for i, in := range n.inputs {
		if in.name == name {
			return i
		}
	}
	return 0
}
