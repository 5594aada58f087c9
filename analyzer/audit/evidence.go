package audit

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/record"
)

const (
	maxEvidence = 5    // items of a finding; the last one says how many flows more there are
	maxListed   = 1000 // ranges of packet numbers that are spelled out
	maxInFilter = 64   // ranges that a display filter may name
)

// cite points at the packets of flows, the first ones given. Fields are what the reader should see of a flow; nil is
// allowed.
func (p *Pass) cite(kind string, flows []*record.Flow, fields func(*record.Flow) map[string]string) []record.Evidence {
	return p.each(flows, func(f *record.Flow) []record.Evidence {
		items := p.flowPackets(f)
		for i := range items {
			items[i].Kind, items[i].Time, items[i].CommunityID = kind, f.StartTime, f.CommunityID
			if fields != nil {
				items[i].Fields = fields(f)
			}
		}
		return items
	})
}

// citeKeys points at the key packets of the wanted kinds; a flow without such packets is cited whole.
func (p *Pass) citeKeys(kind string, flows []*record.Flow, fields func(*record.Flow) map[string]string, want ...string) []record.Evidence {
	return p.each(flows, func(f *record.Flow) []record.Evidence {
		if items := p.keys(kind, f, fields, want...); len(items) > 0 {
			return items
		}
		return p.cite(kind, []*record.Flow{f}, fields)
	})
}

// keys are the key packets of the wanted kinds of one flow, or nothing.
func (p *Pass) keys(kind string, f *record.Flow, fields func(*record.Flow) map[string]string, want ...string) []record.Evidence {
	items := p.keyPackets(f, want)
	for i := range items {
		items[i].Kind, items[i].CommunityID = kind, f.CommunityID
		if fields != nil {
			items[i].Fields = fields(f)
		}
	}
	return items
}

// at points at single packets of a flow.
func (p *Pass) at(kind string, f *record.Flow, file int, time record.Time, packets []int64, fields map[string]string) record.Evidence {
	var list []record.PacketRange
	for _, n := range packets {
		list = append(list, record.PacketRange{File: file, First: n, Last: n})
	}
	e := ranged(list)
	e.Kind, e.File, e.Time, e.CommunityID, e.Fields = kind, p.fileName(file), time, f.CommunityID, fields
	e.Filter = numbersFilter(list)
	return e
}

// each collects the items of the flows up to the limit and notes in the last item how many flows were left out.
func (p *Pass) each(flows []*record.Flow, of func(*record.Flow) []record.Evidence) []record.Evidence {
	var list []record.Evidence
	for i, f := range flows {
		list = append(list, of(f)...)
		if len(list) < maxEvidence {
			continue
		}
		list = list[:maxEvidence]
		if rest := len(flows) - i - 1; rest > 0 {
			last := &list[maxEvidence-1]
			fields := map[string]string{"more_flows": strconv.Itoa(rest)}
			for k, v := range last.Fields {
				fields[k] = v
			}
			last.Fields = fields
		}
		break
	}
	return list
}

// flowPackets has one item for each file that holds packets of the flow.
func (p *Pass) flowPackets(f *record.Flow) []record.Evidence {
	if len(f.Packets) == 0 {
		return flowEnds(f, p.fileName(0))
	}
	files := map[int][]record.PacketRange{}
	var order []int
	for r := range f.Packets.Ranges {
		if files[r.File] == nil {
			order = append(order, r.File)
		}
		files[r.File] = append(files[r.File], r)
	}
	slices.Sort(order)
	var list []record.Evidence
	for _, i := range order {
		e := ranged(files[i])
		e.File = p.fileName(i)
		// Inside a tunnel the 5-tuple may exist outside it as well: then name the packets.
		if (len(f.Tunnels) > 0 || f.Overlap) && len(files[i]) <= maxInFilter {
			e.Filter = numbersFilter(files[i])
		} else {
			e.Filter = fmt.Sprintf("frame.number >= %d && frame.number <= %d && %s", e.FirstPacket, e.LastPacket, tuple(f))
			if f.Overlap {
				e.Packets = 0 // the network selects nearly all of them, and no others
			}
		}
		list = append(list, e)
	}
	return list
}

// flowEnds is for a flow whose packet numbers were not kept: the count is known only where all lie in one file and no other flow has
// the same addresses and ports. Tunnels change nothing: what is inside and outside of one is the same flow, unless it overlaps. Copies of
// packets are not in the flow's counters, but Wireshark shows them.
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
func (p *Pass) fileName(i int) string {
	if p.set.Run == nil || i < 0 || i >= len(p.set.Run.Files) {
		return ""
	}
	return p.set.Run.Files[i].Path
}

func (p *Pass) keyPackets(f *record.Flow, want []string) []record.Evidence {
	files := map[int][]record.PacketRange{}
	times := map[int]record.Time{}
	var order []int
	for _, k := range f.KeyPackets {
		if !slices.Contains(want, k.Kind) {
			continue
		}
		if files[k.File] == nil {
			order = append(order, k.File)
			times[k.File] = k.Time
		}
		files[k.File] = append(files[k.File], record.PacketRange{File: k.File, First: k.Packet, Last: k.Packet})
	}
	slices.Sort(order)
	var list []record.Evidence
	for _, i := range order {
		merged := merge(files[i])
		if len(merged) > maxInFilter {
			merged = merged[:maxInFilter]
		}
		e := ranged(merged)
		e.File, e.Filter, e.Time = p.fileName(i), numbersFilter(merged), times[i]
		list = append(list, e)
	}
	return list
}

// merge sorts ranges and joins those that touch.
func merge(ranges []record.PacketRange) []record.PacketRange {
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
	var words []string
	for _, r := range ranges {
		e.Packets += r.Last - r.First + 1
		words = append(words, span(r, "-"))
	}
	if len(words) <= maxListed {
		e.PacketNumbers = strings.Join(words, ",")
	}
	return e
}

func span(r record.PacketRange, to string) string {
	if r.First == r.Last {
		return strconv.FormatInt(r.First, 10)
	}
	return fmt.Sprintf("%d%s%d", r.First, to, r.Last)
}

// numbersFilter is a Wireshark display filter for exactly these packets (set syntax of Wireshark 4.0).
func numbersFilter(ranges []record.PacketRange) string {
	ranges = merge(ranges)
	if len(ranges) == 1 && ranges[0].First == ranges[0].Last {
		return fmt.Sprintf("frame.number == %d", ranges[0].First)
	}
	words := make([]string, len(ranges))
	for i, r := range ranges {
		words[i] = span(r, "..")
	}
	return "frame.number in {" + strings.Join(words, ", ") + "}"
}

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
