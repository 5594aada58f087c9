package reports

import (
	"cmp"
	"fmt"
	"strings"

	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

const (
	pictureRows   = 6
	notJudgedRows = 3
)

// picture is the table service × function × transport.
func (p *page) picture() {
	s, rows := p.v.Summary, p.v.Picture
	if len(rows) == 0 || !p.extent.picture {
		return
	}
	hidden := 0
	if len(rows) > pictureRows && !p.o.Verbose {
		hidden, rows = len(rows)-pictureRows, rows[:pictureRows]
	}
	p.section("Webex", counted(s.Clients, "client", "clients")+mediaShare(p.v.MediaTime))
	cells := make([][]string, len(rows))
	for i, r := range rows {
		cells[i] = []string{string(r.Service), string(r.Function), string(r.Transport), grouped(r.Flows),
			grouped(r.Clients), wording.Seconds(r.Seconds).String(), wording.Bytes(r.Bytes).String(),
			grouped(r.Published)}
	}
	p.table([]column{{"service", text}, {"function", text}, {"over", word}, {"connections", number},
		{"clients", number}, {"time", number}, {"bytes", number}, {"listed", number}}, cells)
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

// groupNames are the families of rules, by the middle of their ids.
var groupNames = map[string]string{
	"CAP": "the capture", "DAT": "the data of the pack", "MED": "media transport", "QOS": "marks", "TLS": "TLS",
	"PRX": "proxies", "SIG": "signalling and names", "QUA": "media quality", "CAL": "Webex Calling",
	"NAT": "address translation", "CMP": "two capture points", "EXP": "Expressway", "VMN": "Video Mesh", "EDG": "Edge Connect", "POL": "allow lists",
}

// fine says what was checked and found in order, so that silence does not read as unchecked.
func (p *page) fine() {
	if !p.extent.fine || len(p.v.Passed)+len(p.v.Unseen) == 0 || p.v.Packetless() {
		return
	}
	if text, n := groups(p.v.Passed); n > 0 {
		p.section("Fine", counted(n, "rule", "rules")+" passed: "+text+".")
	} else {
		p.section("Fine", "No rule passed.")
	}
	if text, _ := groups(p.v.Unseen); text != "" && p.o.Verbose {
		p.section("Not seen", "No such traffic for "+text+".")
	}
}

func groups(list []view.GroupCount) (text string, rules int) {
	parts := make([]string, len(list))
	for i, g := range list {
		parts[i] = fmt.Sprintf("%s %d", cmp.Or(groupNames[g.Group], g.Group), g.Rules)
		if g.Applicable > g.Rules {
			parts[i] += fmt.Sprintf(" of %d", g.Applicable)
		}
		rules += g.Rules
	}
	return strings.Join(parts, ", "), rules
}

const whereToCapture = "If a call or meeting did take place, capture where its packets pass (the client's switch port, or inside of " +
	"the firewall) and begin before joining."

// notKnown says what could not be judged, and which capture would settle it.
func (p *page) notKnown() {
	if !p.extent.open || p.v.Packetless() || p.v.NoWebex() && !p.o.Verbose {
		return
	}
	for i, n := range p.v.Needs {
		if i == notJudgedRows && !p.o.Verbose {
			p.more(faint, "and "+counted(len(p.v.Needs)-i, "more reason", "more reasons")+": -v")
			return
		}
		p.section([]string{"Not known", ""}[min(i, 1)], p.someRules(n.Rules)+needs(len(n.Rules))+n.Missing)
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
