package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer/record"
)

// callsShown is how many calls the first screen names where there is room, callsAlways where there is none.
const (
	callsShown  = 10
	callsAlways = 3
)

// ladder is the order of transports, worst first.
var ladder = []record.Transport{record.None, record.TLSProxied, record.TLS, record.TCP, record.UDP}

// calls is one line per call, worst first: when, who, and its story; in about so many lines.
func (p *page) calls(lines int) {
	all := slices.Clone(p.set.Sessions)
	if len(all) == 0 {
		return
	}
	slices.SortStableFunc(all, func(a, b *record.Session) int {
		return cmp.Or(cmp.Compare(depth(a), depth(b)), cmp.Compare(asInt(b.FallbackReason != ""), asInt(a.FallbackReason != "")),
			cmp.Compare(b.EndTime.Sub(b.StartTime), a.EndTime.Sub(a.StartTime)))
	})
	p.newline()
	p.section("Calls", byWay(all))
	shown := all
	if most := min(atLeast(lines, callsAlways), callsShown); len(all) > most && !p.o.Verbose {
		shown = all[:most]
	}
	for _, s := range shown {
		p.heading(depthStyle(depth(s)), p.clock(s.StartTime))
		p.text(plain, s.Client.String()+"  "+cmp.Or(s.Story, string(s.Service)+" over "+string(s.Transport)), 1)
	}
	if n := len(all) - len(shown); n > 0 {
		p.more(faint, fmt.Sprintf("and %s more (-v shows all)", grouped(n)), 0)
	}
}

// depth is how far down the ladder a call was at its worst: 0 is no media at all.
func depth(s *record.Session) int {
	worst := slices.Index(ladder, s.Transport)
	for _, t := range s.Transports {
		worst = min(worst, slices.Index(ladder, t.Transport))
	}
	return worst
}

func depthStyle(depth int) style {
	switch {
	case depth <= 1:
		return red
	case depth < len(ladder)-1:
		return yellow
	}
	return green
}

// byWay counts calls by the worst transport they used.
func byWay(all []*record.Session) string {
	n := map[int]int64{}
	for _, s := range all {
		n[depth(s)]++
	}
	names := map[record.Transport]string{record.None: "without media", record.TLSProxied: "through a proxy", record.TLS: "over TLS",
		record.TCP: "over TCP", record.UDP: "over UDP"}
	var parts []string
	for i, t := range ladder {
		if n[i] > 0 {
			parts = append(parts, grouped(n[i])+" "+names[t])
		}
	}
	return strings.Join(parts, ", ")
}

// clock is a time of day, with the date where the capture spans several days.
func (p *page) clock(t record.Time) string {
	from, to := p.window()
	if from.Time().Format(time.DateOnly) == to.Time().Format(time.DateOnly) {
		return t.Time().Format("15:04:05")
	}
	return t.Time().Format("01-02 15:04")
}
