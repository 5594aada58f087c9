package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// How many lines the parts of the first screen may take, so that it stays a screen.
const (
	screenLines   = 40
	pictureRows   = 6
	causesShown   = 5
	notJudgedRows = 3
)

// picture is the table service × function × transport.
func (p *page) picture() {
	s := p.set.Summary
	if s == nil || len(s.Picture) == 0 {
		return
	}
	rows := slices.Clone(s.Picture)
	slices.SortStableFunc(rows, func(a, b record.Picture) int {
		if m := cmp.Compare(asInt(b.Function.IsMedia()), asInt(a.Function.IsMedia())); m != 0 {
			return m
		}
		return cmp.Compare(b.Bytes, a.Bytes)
	})
	hidden := 0
	if len(rows) > pictureRows && !p.o.Verbose {
		hidden, rows = len(rows)-pictureRows, rows[:pictureRows]
	}
	p.newline()
	p.section("Webex", fmt.Sprintf("%s of %s, %s%s", grouped(s.WebexFlows), count(s.Flows, flows),
		counted(s.Clients, "client", "clients"), mediaShare(s.Picture)))
	cells := make([][]string, len(rows))
	for i, r := range rows {
		cells[i] = []string{string(r.Service), string(r.Function), string(r.Transport), grouped(r.Flows),
			grouped(r.Clients), wording.Seconds(r.Seconds).String(), wording.Bytes(r.Bytes).String(), grouped(r.Published)}
	}
	p.table([]column{{"service", text}, {"function", text}, {"transport", word}, {"flows", number},
		{"clients", number}, {"time", number}, {"bytes", number}, {"in pack", number}}, cells)
	if hidden > 0 {
		p.print(faint, "and "+counted(hidden, "smaller row", "smaller rows")+" (-v shows all)")
		p.newline()
	}
}

func asInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// mediaShare says how the time of the media flows divides over the transports.
func mediaShare(rows []record.Picture) string {
	var total float64
	by := map[record.Transport]float64{}
	for _, r := range rows {
		if r.Function.IsMedia() {
			by[r.Transport] += r.Seconds
			total += r.Seconds
		}
	}
	if total <= 0 {
		return "; no media"
	}
	var parts []string
	for _, t := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, fmt.Sprintf("%s %s", t, wording.Percent(100*by[t]/total)))
	}
	return "; media time: " + strings.Join(parts, ", ")
}

// faultsFound are the failing and warning findings, worst first.
func (p *page) faultsFound() (shown []*record.Finding, hidden int) {
	for _, f := range p.set.Findings {
		switch {
		case f.State != record.Fail && f.State != record.Warn:
		case f.Severity.Rank() < p.o.Severity.Rank():
			hidden++
		default:
			shown = append(shown, f)
		}
	}
	slices.SortStableFunc(shown, func(a, b *record.Finding) int {
		return cmp.Or(
			cmp.Compare(asInt(a.State == record.Warn), asInt(b.State == record.Warn)),
			cmp.Compare(b.Severity.Rank(), a.Severity.Rank()),
			cmp.Compare(b.Confidence.Rank(), a.Confidence.Rank()),
		)
	})
	return shown, hidden
}

// causes are the findings that matter most: what, who, since when, how sure, what to do; in about so many lines.
func (p *page) causes(lines int) {
	found, hidden := p.faultsFound()
	if len(found)+hidden == 0 {
		return
	}
	p.newline()
	shown := found
	if len(shown) > causesShown && !p.o.Verbose {
		shown = shown[:causesShown]
	}
	if len(shown) == 0 {
		p.section("Causes", fmt.Sprintf("none at or above severity %s (%s below it)", p.o.Severity, grouped(hidden)))
		return
	}
	for i, f := range shown {
		room := atLeast((lines-2)/len(shown), 3)
		if i == 0 {
			room = atLeast(room, 5) // the worst one in full, if need be at the cost of the screen
		}
		p.cause(i, f, room)
	}
	var rest []string
	if n := len(found) - len(shown); n > 0 {
		rest = append(rest, counted(n, "further finding", "further findings")+" (-v shows all)")
	}
	if hidden > 0 {
		rest = append(rest, fmt.Sprintf("%s below severity %s not shown", grouped(hidden), p.o.Severity))
	}
	if len(rest) > 0 {
		p.more(faint, strings.Join(rest, "; "), 0)
	}
}

func (p *page) cause(i int, f *record.Finding, lines int) {
	p.heading(severityStyle(f.Severity), strconv.Itoa(i+1)+" "+strings.ToUpper(string(f.Severity)))
	before := p.lines()
	p.text(plain, fmt.Sprintf("%s (%s): %s", f.Rule, p.sureness(f), cmp.Or(f.Summary, f.Title)), lines-1)
	if f.Remediation != "" {
		p.more(bold, "Do: "+p.sentences(f.Remediation, lines-(p.lines()-before)), 0)
	}
}

// sureness says how sure a finding is, since when, and whether it only warns.
func (p *page) sureness(f *record.Finding) string {
	var parts []string
	if f.State == record.Warn {
		parts = append(parts, "warning")
	}
	if f.Baseline != "" {
		parts = append(parts, "baseline: "+f.Baseline)
	}
	parts = append(parts, cmp.Or(string(f.Confidence), "confidence not stated"))
	if f.FirstSeen != 0 {
		from, to := p.window()
		layout := "2006-01-02 15:04:05"
		if from.Time().Format(time.DateOnly) == to.Time().Format(time.DateOnly) {
			layout = "15:04:05"
		}
		parts = append(parts, "since "+f.FirstSeen.Time().Format(layout))
	}
	return strings.Join(parts, ", ")
}

// fine says what was checked and found in order, so that silence does not read as unchecked.
func (p *page) fine() {
	s := p.set.Summary
	if s == nil || len(s.Groups) == 0 || p.packetless() {
		return
	}
	var passed, unseen []string
	for _, g := range slices.Sorted(maps.Keys(s.Groups)) {
		if n := s.Groups[g].Pass; n > 0 {
			passed = append(passed, fmt.Sprintf("%s %d", g, n))
		}
		if n := s.Groups[g].NotObserved; n > 0 {
			unseen = append(unseen, fmt.Sprintf("%s %d", g, n))
		}
	}
	p.newline()
	p.label("Passed")
	if len(passed) == 0 {
		p.text(plain, "no rule", 0)
	} else {
		p.text(green, strings.Join(passed, ", "), 0)
	}
	if len(unseen) > 0 {
		p.section("Not observed", strings.Join(unseen, ", "))
	}
}

const whereToCapture = "If a call or meeting did take place, capture where its packets pass (the client's switch port, or inside of " +
	"the firewall) and begin before joining."

// notJudged says what could not be judged, and which capture would settle it.
func (p *page) notJudged() {
	if p.packetless() {
		p.newline()
		p.section("Not assessed", "Without packets there is nothing to assess. "+whereToCapture)
		return
	}
	rules := map[string][]string{}
	var reasons []string
	for _, f := range p.set.Findings {
		if f.State != record.NotAssessable {
			continue
		}
		why := cmp.Or(f.Missing, "no reason given")
		if rules[why] == nil {
			reasons = append(reasons, why)
		}
		if !slices.Contains(rules[why], f.Rule) {
			rules[why] = append(rules[why], f.Rule)
		}
	}
	if s := p.set.Summary; s != nil && s.WebexFlows == 0 {
		p.section("Not assessed", "Without Webex traffic there is nothing to assess. "+whereToCapture)
	} else if len(reasons) > 0 {
		p.label("Not assessed")
	} else {
		return
	}
	slices.SortStableFunc(reasons, func(a, b string) int { return cmp.Compare(len(rules[b]), len(rules[a])) })
	for i, why := range reasons {
		if i == notJudgedRows && !p.o.Verbose {
			p.more(faint, "and "+counted(len(reasons)-i, "more reason", "more reasons")+" (-v shows all)", 0)
			return
		}
		if i > 0 || p.set.Summary != nil && p.set.Summary.WebexFlows == 0 {
			p.margin()
		}
		p.text(plain, p.someRules(rules[why])+needs(len(rules[why]))+why, 0)
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
