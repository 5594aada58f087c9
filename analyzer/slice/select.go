package slice

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"webexaudit/analyzer/record"
)

// beside is how long before and after what a finding is about its surroundings are cut: flows that began within ten
// minutes of each other are judged together.
const beside = record.Time(10 * time.Minute)

// Flow is what the packets of a flow are found by.
type Flow struct {
	Proto      string
	Src, Dst   netip.AddrPort
	Start, End record.Time
	First      int64 // number of its first packet, within its file
}

// FlowOf is that of a record, of which nothing is kept.
func FlowOf(f *record.Flow) *Flow {
	src, dst := netip.AddrPortFrom(f.SrcIP, uint16(f.SrcPort)), netip.AddrPortFrom(f.DstIP, uint16(f.DstPort))
	return &Flow{f.Proto, src, dst, f.StartTime, f.EndTime, f.FirstPacket}
}

// OfFindings selects what the findings are judged by: their flows and evidence, and of their clients all Webex flows
// and other TLS around that time, which certificates are compared with, and the DNS lookups of Webex names. Findings
// without flows and clients select their evidence alone, or nothing.
func OfFindings(set *record.Set, findings []*record.Finding) Selection {
	w := newWish()
	for _, f := range findings {
		w.finding(set, f)
	}
	fill(set, []*wish{w}, true)
	return w.Selection
}

// OfEach selects what each of the findings is judged by. The flows are looked through as often as for one.
func OfEach(set *record.Set, findings []*record.Finding) []Selection {
	wishes := make([]*wish, len(findings))
	for i, f := range findings {
		wishes[i] = newWish()
		wishes[i].finding(set, f)
	}
	fill(set, wishes, true)
	list := make([]Selection, len(wishes))
	for i, w := range wishes {
		list[i] = w.Selection
	}
	return list
}

// OfSessions selects the flows of calls, and what they are judged by.
func OfSessions(set *record.Set, sessions []*record.Session) Selection {
	w := newWish()
	for _, x := range sessions {
		w.add(x.Client, window{x.StartTime, x.EndTime})
		for _, id := range x.FlowIDs {
			w.ids[id] = true
		}
	}
	fill(set, []*wish{w}, false)
	return w.Selection
}

// wish is a selection while its flows are looked for: by their ids, and by clients and the times of these.
type wish struct {
	Selection
	ids  map[string]bool
	who  map[netip.Addr]*window
	seen int // number of the flow that was looked at last
}

func newWish() *wish { return &wish{ids: map[string]bool{}, who: map[netip.Addr]*window{}} }

func (w *wish) finding(set *record.Set, f *record.Finding) {
	for _, id := range f.FlowIDs {
		w.ids[id] = true
	}
	for _, c := range f.Clients {
		if a, err := netip.ParseAddr(c); err == nil {
			w.add(a, window{f.FirstSeen, f.LastSeen})
		}
	}
	w.Packets = append(w.Packets, evidence(set, f)...)
}

// window is a stretch of time.
type window struct{ from, to record.Time }

// add wants what a client did at some time.
func (w *wish) add(a netip.Addr, at window) {
	switch old := w.who[a]; {
	case at.from == 0: // not known: whenever it was
		w.who[a] = &window{0, 1<<63 - 1 - beside}
	case old == nil:
		w.who[a] = &at
	default:
		old.from, old.to = min(old.from, at.from), max(old.to, at.to)
	}
}

func (w *window) covers(f *record.Flow) bool {
	return w != nil && f.EndTime >= w.from-beside && f.StartTime <= w.to+beside
}

// wants reports whether the flow is one of those with the ids, or one of the clients' that the judgement looks at
// beside them.
func (w *wish) wants(f *record.Flow) bool {
	near := w.who[f.SrcIP].covers(f) || w.who[f.DstIP].covers(f)
	return w.ids[f.FlowID] || near && (f.Webex || f.App == "tls") || w.who[f.SrcIP] != nil && len(f.Lookups) > 0
}

// fill looks for the flows of the wishes. Owners asks first whose the flows with the ids are, and when.
func fill(set *record.Set, wishes []*wish, owners bool) {
	byID, byAddr := map[string][]*wish{}, map[netip.Addr][]*wish{}
	for _, w := range wishes {
		for id := range w.ids {
			byID[id] = append(byID[id], w)
		}
	}
	if owners && len(byID) > 0 {
		for f := range set.EachFlow {
			for _, w := range byID[f.FlowID] {
				w.add(f.ClientAddr(), window{f.StartTime, f.EndTime})
			}
		}
	}
	for _, w := range wishes {
		for a := range w.who {
			byAddr[a] = append(byAddr[a], w)
		}
	}
	if len(byID)+len(byAddr) == 0 {
		return
	}
	n := 0
	for f := range set.EachFlow {
		var found *Flow
		n++
		for _, list := range [][]*wish{byID[f.FlowID], byAddr[f.SrcIP], byAddr[f.DstIP]} {
			found = take(list, n, f, found)
		}
	}
}

// take adds a flow, the nth, to the wishes that want it. Those share what is found, which may be there already.
func take(list []*wish, n int, f *record.Flow, found *Flow) *Flow {
	for _, w := range list {
		if w.seen == n {
			continue
		}
		if w.seen = n; w.wants(f) {
			if found == nil {
				found = FlowOf(f)
			}
			w.Flows = append(w.Flows, found)
		}
	}
	return found
}

// CommentOf is what is said of a finding at the first packet of its evidence. Readers of captures print comments on
// terminals as they are, and end them at a NUL: characters that show as nothing become "?", as in texts of reports.
func CommentOf(set *record.Set, f *record.Finding) Comment {
	text := string(f.State) + " " + f.Rule + ": " + f.Summary + " (finding " + f.FindingID + ")"
	return Comment{Packets: evidence(set, f), Text: visible(text)}
}

// visible puts "?" for each character that shows as nothing or acts on a terminal.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if record.Visible(r) {
			return r
		}
		return '?'
	}, text)
}

// evidence are the packets that a finding cites, in its order.
func evidence(set *record.Set, f *record.Finding) (list []record.PacketRange) {
	if set.Run == nil {
		return nil
	}
	for _, e := range f.Evidence {
		file := slices.IndexFunc(set.Run.Files, func(x record.File) bool { return x.Path == e.File })
		if file < 0 {
			continue
		}
		for _, r := range ranges(e) {
			list = append(list, record.PacketRange{File: file, First: r[0], Last: r[1]})
		}
	}
	return list
}

// ranges reads the packet numbers of evidence, "12,15-18". Of what is too long to be spelled out the ends are known.
func ranges(e record.Evidence) (list [][2]int64) {
	if e.PacketNumbers == "" {
		for _, n := range []int64{e.FirstPacket, e.LastPacket} {
			if n > 0 {
				list = append(list, [2]int64{n, n})
			}
		}
		return list
	}
	for text := range strings.SplitSeq(e.PacketNumbers, ",") {
		low, high, ranged := strings.Cut(text, "-")
		if !ranged {
			high = low
		}
		first, err := strconv.ParseInt(low, 10, 64)
		last, err2 := strconv.ParseInt(high, 10, 64)
		if err == nil && err2 == nil && first > 0 {
			list = append(list, [2]int64{first, last})
		}
	}
	return list
}
