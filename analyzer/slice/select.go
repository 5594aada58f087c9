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

// OfFindings selects what the findings are judged by: their flows and evidence, and of their clients all Webex flows
// and other TLS around that time, which certificates are compared with, and the DNS lookups of Webex names. Findings
// without flows and clients select their evidence alone, or nothing.
func OfFindings(set *record.Set, findings []*record.Finding) Selection {
	var s Selection
	ids, who := map[string]bool{}, map[netip.Addr]*window{}
	for _, f := range findings {
		w := window{f.FirstSeen, f.LastSeen}
		for _, id := range f.FlowIDs {
			ids[id] = true
		}
		for _, c := range f.Clients {
			if a, err := netip.ParseAddr(c); err == nil {
				w.addTo(who, a)
			}
		}
		s.Packets = append(s.Packets, evidence(set, f)...)
	}
	for _, f := range set.Flows {
		if ids[f.FlowID] {
			(&window{f.StartTime, f.EndTime}).addTo(who, f.ClientAddr())
		}
	}
	s.Flows = around(set, ids, who)
	return s
}

// OfSessions selects the flows of calls, and what they are judged by.
func OfSessions(set *record.Set, sessions []*record.Session) Selection {
	ids, who := map[string]bool{}, map[netip.Addr]*window{}
	for _, x := range sessions {
		(&window{x.StartTime, x.EndTime}).addTo(who, x.Client)
		for _, id := range x.FlowIDs {
			ids[id] = true
		}
	}
	return Selection{Flows: around(set, ids, who)}
}

// window is a stretch of time.
type window struct{ from, to record.Time }

func (w *window) addTo(who map[netip.Addr]*window, a netip.Addr) {
	switch old := who[a]; {
	case w.from == 0: // not known: whenever it was
		who[a] = &window{0, 1<<63 - 1 - beside}
	case old == nil:
		who[a] = &window{w.from, w.to}
	default:
		old.from, old.to = min(old.from, w.from), max(old.to, w.to)
	}
}

func (w *window) covers(f *record.Flow) bool {
	return w != nil && f.EndTime >= w.from-beside && f.StartTime <= w.to+beside
}

// around are the flows with these ids, and those of the clients that the judgement looks at beside them.
func around(set *record.Set, ids map[string]bool, who map[netip.Addr]*window) (list []*record.Flow) {
	for _, f := range set.Flows {
		near := who[f.SrcIP].covers(f) || who[f.DstIP].covers(f)
		switch {
		case ids[f.FlowID], near && (f.Webex || f.App == "tls"), who[f.SrcIP] != nil && len(f.Lookups) > 0:
			list = append(list, f)
		}
	}
	return list
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
