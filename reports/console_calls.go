package reports

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/reports/view"
)

// callsShown is how many calls the first screen names where there is room, callsAlways where there is none.
const (
	callsShown  = 10
	callsAlways = 3
)

// calls is one paragraph per call, worst first: when, who, and its story; in about so many lines.
func (p *page) calls(lines int) {
	all := p.v.Calls
	if len(all) == 0 {
		return
	}
	p.newline()
	p.section("Calls", byWay(p.v.CallsBy))
	before := p.lines()
	for i, s := range all {
		if !p.o.Verbose && (i == callsShown || i >= callsAlways && p.lines()-before >= lines) {
			p.more(faint, fmt.Sprintf("and %s more (-v shows all)", grouped(len(all)-i)))
			break
		}
		p.heading(worstStyle(view.Worst(s)), p.clock(s.StartTime))
		p.text(plain, s.Client.String()+"  "+cmp.Or(s.Story, string(s.Service)+" over "+string(s.Transport)))
	}
}

func worstStyle(t record.Transport) style {
	switch t {
	case record.None, record.TLSProxied:
		return red
	case record.UDP:
		return green
	}
	return yellow
}

// byWay counts calls by the worst transport they used.
func byWay(list []view.CallCount) string {
	names := map[record.Transport]string{record.None: "without media", record.TLSProxied: "through a proxy", record.TLS: "over TLS",
		record.TCP: "over TCP", record.UDP: "over UDP"}
	var parts []string
	for _, c := range list {
		parts = append(parts, grouped(c.Calls)+" "+names[c.Transport])
	}
	return strings.Join(parts, ", ")
}

// clock is a time of day, with the date where the capture spans several days.
func (p *page) clock(t record.Time) string {
	from, to := p.v.From, p.v.To
	if from.Time().Format(time.DateOnly) == to.Time().Format(time.DateOnly) {
		return t.Time().Format("15:04:05")
	}
	return t.Time().Format("01-02 15:04")
}
