package audit

import (
	"cmp"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

const (
	maxEvidence = 5    // items of a finding; one more is of the flows behind them, whose packets it names together
	maxCited    = 20   // flows of a finding that cites packets by number
	maxListed   = 1000 // ranges of packet numbers that are spelled out
	maxInFilter = 64   // ranges that a display filter may name
)

// Packets points at the packets of a flow. Fields are what the reader should see of it; nil is allowed.
func (e *Env) Packets(kind string, f *observe.Flow, fields map[string]string) []record.Evidence {
	if f.Whole == nil {
		f.Whole = e.flowPackets(f.Flow)
	}
	items := slices.Clone(f.Whole)
	for i := range items {
		items[i].Kind, items[i].Time, items[i].CommunityID, items[i].Fields = kind, f.StartTime, f.CommunityID, fields
	}
	return items
}

// KeyPackets points at the key packets of the wanted kinds of a flow, or at nothing.
func (e *Env) KeyPackets(kind string, f *observe.Flow, fields map[string]string, want ...string) []record.Evidence {
	items := e.keyPackets(f.Flow, want)
	for i := range items {
		items[i].Kind, items[i].CommunityID, items[i].Fields = kind, f.CommunityID, fields
	}
	return items
}

// At points at single packets of a flow.
func (e *Env) At(kind string, f *observe.Flow, file int, time record.Time, packets []int64,
	fields map[string]string) record.Evidence {
	var list []record.PacketRange
	for _, n := range packets {
		list = append(list, record.PacketRange{File: file, First: n, Last: n})
	}
	item := ranged(list)
	item.Kind, item.File, item.Time, item.CommunityID, item.Fields = kind, e.fileName(file), time, f.CommunityID, fields
	item.Filter = numbersFilter(list)
	return item
}

// Numbers points at packets of a flow that lies in one file; at the whole flow where it does not, or where a filter
// cannot name them.
func (e *Env) Numbers(kind string, f *observe.Flow, packets []int64, fields map[string]string) []record.Evidence {
	var list []record.PacketRange
	for _, n := range packets {
		if n > 0 {
			list = append(list, record.PacketRange{First: n, Last: n})
		}
	}
	if list = merge(list); f.FirstFile != f.LastFile || len(list) == 0 || len(list) > maxInFilter {
		return e.Packets(kind, f, fields)
	}
	item := ranged(list)
	item.Kind, item.Time, item.CommunityID, item.Fields = kind, f.StartTime, f.CommunityID, fields
	item.File, item.Filter = cmp.Or(f.FirstFile, e.fileName(0)), numbersFilter(list)
	return []record.Evidence{item}
}

// moreFlows notes in the last item how many flows were left out.
func moreFlows(list []record.Evidence, rest int) []record.Evidence {
	if rest <= 0 {
		return list
	}
	last := &list[len(list)-1]
	fields := map[string]string{"more_flows": strconv.Itoa(rest)}
	for k, v := range last.Fields {
		fields[k] = v
	}
	last.Fields = fields
	return list
}

// flowPackets has one item for each file that holds packets of the flow.
func (e *Env) flowPackets(f *record.Flow) []record.Evidence {
	if len(f.Packets) == 0 {
		return flowEnds(f, e.fileName(0))
	}
	var list []record.Evidence
	for i, ranges := range byFile(slices.Collect(f.Packets.Ranges)) {
		item := ranged(ranges)
		item.File = e.fileName(i)
		// Inside a tunnel the 5-tuple may exist outside it as well: then name the packets.
		if (len(f.Tunnels) > 0 || f.Overlap) && len(ranges) <= maxInFilter {
			item.Filter = numbersFilter(ranges)
		} else {
			item.Filter = fmt.Sprintf("frame.number >= %d && frame.number <= %d && %s", item.FirstPacket, item.LastPacket, tuple(f))
			if f.Overlap {
				item.Packets = 0 // the network selects nearly all of them, and no others
			}
		}
		list = append(list, item)
	}
	return list
}

// byFile yields the ranges of each file, in the order of the files.
func byFile(ranges []record.PacketRange) iter.Seq2[int, []record.PacketRange] {
	slices.SortStableFunc(ranges, func(a, b record.PacketRange) int { return a.File - b.File })
	return func(yield func(int, []record.PacketRange) bool) {
		for len(ranges) > 0 {
			n := slices.IndexFunc(ranges, func(r record.PacketRange) bool { return r.File != ranges[0].File })
			if n < 0 {
				n = len(ranges)
			}
			if !yield(ranges[0].File, ranges[:n:n]) {
				return
			}
			ranges = ranges[n:]
		}
	}
}

// flowEnds is for a flow whose packet numbers were not kept: the count is known only where all lie in one file and no
// other flow has the same addresses and ports. Tunnels change nothing: what is inside and outside of one is the same
// flow, unless it overlaps. Copies of packets are not in the flow's counters, but Wireshark shows them.
func flowEnds(f *record.Flow, only string) []record.Evidence {
	if f.FirstFile != f.LastFile {
		return []record.Evidence{
			{File: f.FirstFile, FirstPacket: f.FirstPacket, Filter: fmt.Sprintf("frame.number >= %d && %s", f.FirstPacket, tuple(f))},
			{File: f.LastFile, LastPacket: f.LastPacket, Filter: fmt.Sprintf("frame.number <= %d && %s", f.LastPacket, tuple(f))},
		}
	}
	e := record.Evidence{File: only, FirstPacket: f.FirstPacket, LastPacket: f.LastPacket, Filter: tuple(f)}
	if f.FirstFile != "" {
		e.File = f.FirstFile
	}
	if f.LastPacket > 0 {
		e.Filter = fmt.Sprintf("frame.number >= %d && frame.number <= %d && %s", f.FirstPacket, f.LastPacket, tuple(f))
		if !f.Overlap {
			e.Packets = f.PacketsFwd + f.PacketsRev + f.Duplicates
		}
	}
	return []record.Evidence{e}
}

// fileName of an index into Run.Files; "" for a live capture or an unknown file.
func (e *Env) fileName(i int) string {
	if e.Run == nil || i < 0 || i >= len(e.Run.Files) {
		return ""
	}
	return e.Run.Files[i].Path
}

func (e *Env) keyPackets(f *record.Flow, want []string) []record.Evidence {
	var ranges []record.PacketRange
	times := map[int]record.Time{}
	for _, k := range f.KeyPackets {
		if !slices.Contains(want, k.Kind) {
			continue
		}
		if _, ok := times[k.File]; !ok {
			times[k.File] = k.Time
		}
		ranges = append(ranges, record.PacketRange{File: k.File, First: k.Packet, Last: k.Packet})
	}
	var list []record.Evidence
	for i, packets := range byFile(ranges) {
		merged := merge(packets)
		merged = merged[:min(len(merged), maxInFilter)]
		item := ranged(merged)
		item.File, item.Filter, item.Time = e.fileName(i), numbersFilter(merged), times[i]
		list = append(list, item)
	}
	return list
}

// merge sorts ranges and joins those that touch; most come so.
func merge(ranges []record.PacketRange) []record.PacketRange {
	apart := true
	for i := 1; i < len(ranges) && apart; i++ {
		apart = ranges[i].First > ranges[i-1].Last+1
	}
	if apart {
		return ranges
	}
	ranges = slices.Clone(ranges)
	slices.SortFunc(ranges, func(a, b record.PacketRange) int { return int(a.First - b.First) })
	var out []record.PacketRange
	for _, r := range ranges {
		if n := len(out); n > 0 && r.First <= out[n-1].Last+1 {
			out[n-1].Last = max(out[n-1].Last, r.Last)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// ranged describes packet ranges of one file.
func ranged(ranges []record.PacketRange) record.Evidence {
	ranges = merge(ranges)
	e := record.Evidence{FirstPacket: ranges[0].First, LastPacket: ranges[len(ranges)-1].Last}
	for _, r := range ranges {
		e.Packets += r.Last - r.First + 1
	}
	if len(ranges) <= maxListed {
		e.PacketNumbers = spans(ranges)
	}
	return e
}

// spans writes ranges out: "12,15-18".
func spans(ranges []record.PacketRange) string {
	var b []byte
	for i, r := range ranges {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, r.First, 10)
		if r.First != r.Last {
			b = strconv.AppendInt(append(b, '-'), r.Last, 10)
		}
	}
	return string(b)
}

// numbersFilter is a Wireshark display filter for exactly these packets.
func numbersFilter(ranges []record.PacketRange) string { return filterOf(spans(merge(ranges))) }

// filterOf is that of packet numbers that are written out, as spans does (set syntax of Wireshark 4.0).
func filterOf(numbers string) string {
	switch {
	case numbers == "":
		return ""
	case strings.ContainsAny(numbers, ",-"):
		return "frame.number in {" + numberSet.Replace(numbers) + "}"
	}
	return "frame.number == " + numbers
}

var numberSet = strings.NewReplacer(",", ", ", "-", "..")

// tuple is the display filter for the 5-tuple. An ICMP error quotes the addresses and ports of the packet that it
// answers, so Wireshark would show it as well: it is excluded.
func tuple(f *record.Flow) string {
	ip, icmp := "ip.addr", "!icmp"
	if f.SrcIP.Unmap().Is6() {
		ip, icmp = "ipv6.addr", "!icmpv6"
	}
	plain := func(a netip.Addr) string { return a.Unmap().WithZone("").String() }
	text := fmt.Sprintf("%s == %s && %s == %s", ip, plain(f.SrcIP), ip, plain(f.DstIP))
	if len(f.Networks) > 0 {
		text += " && " + anyNetwork(f.Networks)
	}
	switch f.Proto {
	case "tcp", "udp", "sctp":
		text += fmt.Sprintf(" && %[1]s.port == %[2]d && %[1]s.port == %[3]d", f.Proto, f.SrcPort, f.DstPort)
	case "icmp", "ipv6-icmp":
		return text
	}
	return text + " && " + icmp
}
