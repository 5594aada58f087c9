package reports

import (
	"fmt"
	"strings"

	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// How many lines the parts of the first screen may take, so that it stays a screen.
const (
	screenLines   = 40
	pictureRows   = 6
	notJudgedRows = 3
)

// picture is the table service × function × transport.
func (p *page) picture() {
	s, rows := p.v.Summary, p.v.Picture
	if len(rows) == 0 {
		return
	}
	hidden := 0
	if len(rows) > pictureRows && !p.o.Verbose {
		hidden, rows = len(rows)-pictureRows, rows[:pictureRows]
	}
	p.newline()
	p.section("Webex", fmt.Sprintf("%s of %s, %s%s", grouped(s.WebexFlows), count(s.Flows, flows),
		counted(s.Clients, "client", "clients"), mediaShare(p.v.MediaTime)))
	cells := make([][]string, len(rows))
	for i, r := range rows {
		cells[i] = []string{string(r.Service), string(r.Function), string(r.Transport), grouped(r.Flows),
			grouped(r.Clients), wording.Seconds(r.Seconds).String(), wording.Bytes(r.Bytes).String(),
			grouped(r.Published)}
	}
	p.table([]column{{"service", text}, {"function", text}, {"transport", word}, {"flows", number},
		{"clients", number}, {"time", number}, {"bytes", number}, {"in pack", number}}, cells)
	if hidden > 0 {
		p.print(faint, "and "+counted(hidden, "smaller row", "smaller rows")+" (-v shows all)")
		p.newline()
	}
}

// mediaShare says how the time of the media flows divides over the transports.
func mediaShare(list []view.Share) string {
	if len(list) == 0 {
		return "; no media"
	}
	var parts []string
	for _, s := range list {
		parts = append(parts, fmt.Sprintf("%s %s", s.Transport, wording.Percent(s.Percent)))
	}
	return "; media time: " + strings.Join(parts, ", ")
}

// fine says what was checked and found in order, so that silence does not read as unchecked.
func (p *page) fine() {
	if len(p.v.Passed)+len(p.v.Unseen) == 0 || p.v.Packetless() {
		return
	}
	p.newline()
	p.label("Passed")
	if len(p.v.Passed) == 0 {
		p.text(plain, "no rule")
	} else {
		p.text(green, groups(p.v.Passed))
	}
	if len(p.v.Unseen) > 0 {
		p.section("Not observed", groups(p.v.Unseen))
	}
}

func groups(list []view.GroupCount) string {
	parts := make([]string, len(list))
	for i, g := range list {
		parts[i] = fmt.Sprintf("%s %d", g.Group, g.Rules)
		if g.Applicable > g.Rules {
			parts[i] += fmt.Sprintf("/%d", g.Applicable)
		}
	}
	return strings.Join(parts, ", ")
}

const whereToCapture = "If a call or meeting did take place, capture where its packets pass (the client's switch port, or inside of " +
	"the firewall) and begin before joining."

// notJudged says what could not be judged, and which capture would settle it.
func (p *page) notJudged() {
	if p.v.Packetless() {
		p.newline()
		p.section("Not assessed", "Without packets there is nothing to assess. "+whereToCapture)
		return
	}
	noWebex := p.v.Summary != nil && p.v.Summary.WebexFlows == 0
	switch {
	case noWebex:
		p.section("Not assessed", "Without Webex traffic there is nothing to assess. "+whereToCapture)
	case len(p.v.Needs) > 0:
		p.label("Not assessed")
	}
	for i, n := range p.v.Needs {
		if i == notJudgedRows && !p.o.Verbose {
			p.more(faint, "and "+counted(len(p.v.Needs)-i, "more reason", "more reasons")+" (-v shows all)")
			return
		}
		if i > 0 || noWebex {
			p.margin()
		}
		p.text(plain, p.someRules(n.Rules)+needs(len(n.Rules))+n.Missing)
	}
}

// someRules names rules, three at most unless everything is wanted.
func (p *page) someRules(ids []string) string {
	switch {
	case p.o.Verbose:
		return strings.Join(ids, ", ")
	case len(ids) > 3:
		return wording.List(ids).String() + " rules"
	}
	return wording.List(ids).String()
}

func needs(rules int) string {
	if rules == 1 {
		return " needs "
	}
	return " need "
}
