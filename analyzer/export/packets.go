package export

import (
	"slices"
	"sort"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
)

// file returns the index of the input that holds a packet, and the packet's number within it. Packets of interfaces are
// numbered together.
func (n *converter) file(number int64) (index int, local int64) {
	if n.live {
		return 0, number
	}
	i := sort.Search(len(n.inputs), func(i int) bool { return n.inputs[i].Base >= number }) - 1
	for i > 0 && n.inputs[i].Read == 0 {
		i--
	}
	i = max(i, 0)
	return i, number - n.inputs[i].Base
}

// inputOf is the index of the input that holds a packet; 0 where interfaces are read.
func (n *converter) inputOf(number int64) int32 {
	if !n.many {
		return 0
	}
	i, _ := n.file(number)
	return int32(i)
}

// numbers fills packet numbers, files and key packets.
func (n *converter) numbers(f *flow.Flow, x *dissect.State, r *record.Flow, packer *record.PacketPacker) {
	var first, last int
	first, r.FirstPacket = n.file(f.PartNumber)
	last, r.LastPacket = n.file(f.LastNumber)
	if n.many {
		r.FirstFile, r.LastFile = n.inputs[first].Name, n.inputs[last].Name
	}
	for a, b := range f.Numbers.Ranges {
		n.pack(packer, a, b)
	}
	r.Packets = packer.Set()
	keys := x.Keys
	if t := f.TCP; t != nil {
		for s := range t.SYNNum {
			if t.SYNNum[s] != 0 {
				kind := "syn"
				if t.SYNACK[s] {
					kind = "syn-ack"
				}
				keys = append(keys, dissect.KeyPacket{Kind: kind, Number: t.SYNNum[s], Time: t.SYNTime[s]})
			}
		}
		if t.Reset {
			keys = append(keys, dissect.KeyPacket{Kind: "rst", Number: t.ResetNum, Time: t.ResetTime})
		}
	}
	if q := f.ICMP; q != nil {
		keys = append(keys, dissect.KeyPacket{Kind: "icmp-error", Number: q.Number, Time: q.Time})
	}
	if len(keys) == 0 {
		return
	}
	slices.SortStableFunc(keys, func(a, b dissect.KeyPacket) int { return int(a.Number - b.Number) })
	r.KeyPackets = make([]record.KeyPacket, 0, len(keys))
	for _, k := range keys {
		i, num := n.file(k.Number)
		r.KeyPackets = append(r.KeyPackets, record.KeyPacket{Kind: k.Kind, Packet: num, File: i,
			Time: record.Time(k.Time)})
	}
}

// pack splits a run of numbers where a file ends.
func (n *converter) pack(set *record.PacketPacker, a, b int64) {
	for a <= b {
		i, first := n.file(a)
		end := b
		if i+1 < len(n.inputs) && !n.live {
			end = min(end, n.inputs[i].Base+n.inputs[i].Read)
		}
		set.Add(record.PacketRange{File: i, First: first, Last: first + end - a})
		a = end + 1
	}
}
