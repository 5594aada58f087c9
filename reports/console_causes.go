package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// wanted are the roots of the severity that the reader wants to see.
func (p *page) wanted(roots []*view.Root) (shown []*view.Root, hidden int) {
	for _, r := range roots {
		if r.Severity.Rank() < p.o.Severity.Rank() {
			hidden++
			continue
		}
		shown = append(shown, r)
	}
	return shown, hidden
}

// all are the findings that the reader wants to see: those about the network, then those about the capture, each before
// what follows from it.
func (p *page) all() []*record.Finding {
	network, _ := p.wanted(p.v.Roots)
	capture, _ := p.wanted(p.v.CaptureRoots)
	return append(flat(network), flat(capture)...)
}

func flat(roots []*view.Root) (list []*record.Finding) {
	for _, r := range roots {
		list = append(append(list, r.Finding), r.Follows...)
	}
	return list
}

// cards are the causes that the reader wants to see: those that ask for the same at several places are one, unless
// everything is wanted. Their numbers are those of all causes.
func (p *page) cards() (shown []*view.Card, hidden int) {
	for _, c := range view.Cards(p.v.Roots) {
		var mine *view.Card
		for _, r := range append([]view.Numbered{c.Numbered}, c.Same...) {
			switch {
			case r.Severity.Rank() < p.o.Severity.Rank():
				hidden++
			case mine == nil || p.o.Verbose:
				mine = &view.Card{Numbered: r}
				shown = append(shown, mine)
			default:
				mine.Same = append(mine.Same, r)
			}
		}
	}
	slices.SortFunc(shown, func(a, b *view.Card) int { return cmp.Compare(a.N, b.N) })
	return shown, hidden
}

// causes are the roots, by rank, with what follows from them, then what is wrong with the capture.
func (p *page) causes() {
	cards, hidden := p.cards()
	capture, more := p.wanted(p.v.CaptureRoots)
	hidden += more
	told, _ := some(cards, p.extent.causes)
	rest := 0
	for i, c := range cards {
		if i < len(told) {
			p.cause(strconv.Itoa(c.N), c.Root, c.Same)
		} else {
			rest += 1 + len(c.Same)
		}
	}
	if rest > 0 {
		p.section("", "and "+counted(rest, "more cause", "more causes")+": -v")
	}
	p.damage()
	shown, rest := some(capture, p.extent.causes)
	for _, r := range shown {
		p.cause("!", r, nil)
	}
	var notes []string
	if rest > 0 {
		notes = append(notes, counted(rest, "more fault", "more faults")+" of the capture: -v")
	}
	if n := len(p.v.Remarks); n > 0 && p.o.Severity.Rank() <= record.Info.Rank() && !p.o.Verbose {
		notes = append(notes, counted(n, "remark", "remarks")+": -v")
	}
	if hidden > 0 {
		notes = append(notes, fmt.Sprintf("%s below severity %s not shown", grouped(hidden), p.o.Severity))
	}
	if len(notes) > 0 {
		p.blanks(3)
		p.paragraph(faint, strings.Join(notes, "; "), 3)
	}
}

// damage is what is wrong with the files themselves.
func (p *page) damage() {
	for _, d := range p.v.Damage {
		text := d.Text
		if d.Input != "" {
			text = d.Input + ": " + d.Text
		}
		p.print(red, "!")
		p.blanks(2)
		p.paragraph(plain, text, 3)
	}
	for _, c := range p.v.Copies {
		p.print(yellow, "!")
		p.blanks(2)
		p.paragraph(plain, c.String(), 3)
	}
}

// cause tells a root as far as there is room, and where else the same is wrong.
func (p *page) cause(mark string, r *view.Root, same []view.Numbered) {
	p.print(severityStyle(r.Severity), mark)
	p.blanks(max(3-len(mark), 1))
	title := r.Title
	if r.State == record.Warn {
		title += " (warning)"
	}
	if p.extent.card == oneLine {
		p.paragraph(bold, title+": "+p.concerned(r.Finding)+" ("+r.Rule+")"+elsewhere(same), 3)
		return
	}
	p.paragraph(bold, title, 3)
	p.row("Who", p.who(r.Finding))
	p.row("Also", p.also(same))
	if p.extent.card >= seen {
		p.row("Seen", p.said(r.Finding))
		for i, f := range r.Follows {
			p.row([]string{"Then", ""}[min(i, 1)], p.consequence(f))
		}
	}
	if !p.answered(r) {
		p.row("Do", r.Remediation)
	}
	if p.extent.card == whole {
		p.row("Check", p.check(r.Finding))
	}
}

const placesNamed = 6

// also says where else the same is wrong: each place with the number of its cause and the rules of what follows there.
func (p *page) also(same []view.Numbered) string {
	shown, rest := some(same, placesNamed)
	var list []string
	for _, r := range shown {
		text := strconv.Itoa(r.N) + ": " + placeOf(r.Finding)
		var then []string
		for _, f := range r.Follows {
			then = append(then, f.Rule)
		}
		if then != nil {
			text += ", then " + wording.List(then).String()
		}
		list = append(list, text)
	}
	if rest > 0 {
		list = append(list, "and "+counted(rest, "more place", "more places")+": -v")
	}
	return strings.Join(list, "; ")
}

// placeOf is what a finding is about, and how many clients it concerns there.
func placeOf(f *record.Finding) string {
	text := wording.Subject(f.Subject.Kind, f.Subject.Key).String()
	if n := max(f.AffectedClients, int64(len(f.Clients))); n > 0 && f.Subject.Kind != "client" {
		text += " (" + counted(n, "client", "clients") + ")"
	}
	if f.Confidence == record.Possible {
		text += ", possibly"
	}
	return text
}

func elsewhere(same []view.Numbered) string {
	if len(same) == 0 {
		return ""
	}
	return ", and at " + counted(len(same), "more place", "more places")
}

// row is a fact of a cause under its name; nothing where there is no fact.
func (p *page) row(name, text string) {
	if text == "" {
		return
	}
	p.blanks(3)
	p.print(faint, name)
	p.blanks(max(indent-3-len(name), 1))
	p.text(plain, text)
}

// answered reports whether the answer tells what to do about a root.
func (p *page) answered(r *view.Root) bool {
	_, do := p.v.Said()
	return do.String() == r.Remediation
}

// who is whom a finding is about: addresses up to five, else how many and some of them; since when, how sure, and by
// which rule.
func (p *page) who(f *record.Finding) string {
	text := p.concerned(f)
	if f.FirstSeen != 0 {
		text += ", since " + p.clock(f.FirstSeen)
	}
	text += lasting(f) + "; " + string(f.Severity) + ", " + cmp.Or(string(f.Confidence), "confidence not stated")
	if f.Baseline != "" {
		text += ", baseline: " + f.Baseline
	}
	return text + ", " + f.Rule
}

// lasting is how much time a finding concerns.
func lasting(f *record.Finding) string {
	if f.AffectedSeconds < 1 {
		return ""
	}
	return ", for " + wording.Seconds(f.AffectedSeconds).String()
}

const clientsNamed = 5

// concerned is whom a finding is about.
func (p *page) concerned(f *record.Finding) string {
	subject := wording.Subject(f.Subject.Kind, f.Subject.Key).String()
	n := max(f.AffectedClients, int64(len(f.Clients)))
	switch {
	case f.AboutCapture() && (f.Subject.Kind == "capture" || f.Subject.Kind == "run"):
		return "the capture"
	case f.Subject.Kind == "client":
		return f.Subject.Key
	case len(f.Clients) == 0:
		return subject
	case n > clientsNamed:
		return fmt.Sprintf("%s (%s), among them %s", counted(n, "client", "clients"), subject,
			strings.Join(f.Clients[:min(len(f.Clients), 2)], " and "))
	case f.Subject.Kind == "subnet" || f.Subject.Kind == "site":
		return fmt.Sprintf("%s (%s of %s)", strings.Join(f.Clients, ", "), counted(n, "client", "clients"), subject)
	}
	return strings.Join(f.Clients, ", ")
}

// said is what was seen, as a sentence; a guess reads as one.
func (p *page) said(f *record.Finding) string { return view.Statement(f) }

// consequence is what follows from a cause, in a line.
func (p *page) consequence(f *record.Finding) string {
	text := f.Title
	if f.Confidence == record.Possible {
		text = "possibly: " + text
	}
	return text + " (" + f.Rule + p.affected(f) + ")"
}

// filterLines is the longest display filter that the first screen shows. A shortened one would select other packets.
const filterLines = 3

// check is how to see the cause in Wireshark: the display filter of all its evidence, else the first one that is short
// enough to copy.
func (p *page) check(f *record.Finding) string {
	list := f.Evidence
	if e, ok := view.Check(f); ok {
		list = append([]record.Evidence{e}, list...)
	}
	for _, e := range list {
		where := "Wireshark" + whichFile(p.v.Run, e) + howMany(f, e) + ": " + e.Filter
		if selects(p.v.Run, e) && len(wrap(clean(where, p.o.ASCII), p.o.Width-indent)) <= filterLines {
			return where
		}
	}
	return ""
}

// whichFile names the file of the evidence where the run has several.
func whichFile(r *record.Run, e record.Evidence) string {
	if e.File == "" || r == nil || len(r.Files) < 2 {
		return ""
	}
	return ", in " + e.File
}

// howMany says how many packets the filter of the evidence selects, and where it is not all that the finding is about.
func howMany(f *record.Finding, e record.Evidence) string {
	if e.Packets == 0 {
		return ""
	}
	return " (" + count(e.Packets, packets) + view.Partly(f, e) + ")"
}

// exceptions are what somebody has answered for, and what is to be said about waivers and the baseline.
func (p *page) exceptions() {
	for i, f := range p.v.Waived {
		p.label([]string{"Waived", ""}[min(i, 1)])
		p.text(plain, waiverText(f.Finding))
		for _, c := range f.Follows {
			p.more(plain, "leads to "+p.consequence(c))
		}
	}
	if p.v.Summary == nil {
		return
	}
	for i, n := range p.v.Summary.Notices {
		p.label([]string{"Notices", ""}[min(i, 1)])
		p.text(plain, n)
	}
}

func waiverText(f *record.Finding) string {
	text := fmt.Sprintf("%s, %s", f.Rule, wording.Subject(f.Subject.Kind, f.Subject.Key))
	w := f.Waiver
	if w == nil {
		return text
	}
	text += fmt.Sprintf(" (%s, %s): %s until %s: %s", f.Severity, w.State, w.Owner, w.Expires, w.Reason)
	if w.Ticket != "" {
		text += " [" + w.Ticket + "]"
	}
	return text
}
