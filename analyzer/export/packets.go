package export

import (
	"slices"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
)

// file returns the index of the input that holds a packet, and the packet's number within it.
func (n *converter) file(number int64) (index int, local int64) { return n.numbers.File(number) }

// packets fills packet numbers and key packets.
func (n *converter) packets(f *flow.Flow, x *dissect.State, d *draft) {
	r := &d.rec
	_, r.FirstPacket = n.file(f.PartNumber)
	_, r.LastPacket = n.file(f.LastNumber)
	for a, b := range f.Numbers.Ranges {
		n.numbers.Ranges(a, b, func(file int, first, last int64) {
			n.packer.Add(record.PacketRange{File: file, First: first, Last: last})
		})
	}
	r.Packets = n.packer.Set()
	keys := append(d.found, x.Keys...)
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
			x := t.Trouble()
			keys = append(keys, dissect.KeyPacket{Kind: "rst", Number: x.ResetNum, Time: x.ResetTime})
		}
	}
	if q := f.ICMP; q != nil {
		keys = append(keys, dissect.KeyPacket{Kind: "icmp-error", Number: q.Number, Time: q.Time})
	}
	if d.found = keys; len(keys) == 0 {
		return
	}
	slices.SortStableFunc(keys, func(a, b dissect.KeyPacket) int { return int(a.Number - b.Number) })
	for _, k := range keys {
		i, num := n.file(k.Number)
		d.keys = append(d.keys, record.KeyPacket{Kind: k.Kind, Packet: num, File: i, Time: record.Time(k.Time)})
	}
	r.KeyPackets = d.keys
}
