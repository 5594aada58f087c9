package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// How many of each the Markdown report names: a ticket is read by people. What is left out is counted.
const (
	mdCauses  = 20
	mdFollows = 10
	mdCalls   = 50
	mdInputs  = 20
)

// mdPage is the text for a ticket being written: GitHub Flavored Markdown, without HTML.
type mdPage struct {
	v *view.View
	d *view.Detail
	b bytes.Buffer
}

// writeMarkdown writes it.
func writeMarkdown(w io.Writer, set *record.Set, v *view.View, _ Options) error {
	p := &mdPage{v: v, d: v.Detail(set)}
	p.answer()
	p.input()
	p.roots("Causes", "", v.Roots)
	p.points()
	p.calls()
	p.roots("What limits the capture", "", v.CaptureRoots)
	p.roots("Remarks", "They change no verdict.", v.Remarks)
	p.waived()
	p.notJudged()
	p.rules()
	_, err := w.Write(p.b.Bytes())
	return err
}

// line writes a paragraph or an item of a list. Of the arguments every text is escaped, so that no name breaks out.
func (p *mdPage) line(format string, args ...any) {
	for i, a := range args {
		if _, number := a.(int); !number {
			args[i] = mdText(fmt.Sprint(a))
		}
	}
	fmt.Fprintf(&p.b, format+"\n", args...)
}

// heading begins a section.
func (p *mdPage) heading(level int, format string, args ...any) {
	if !bytes.HasSuffix(p.b.Bytes(), []byte("\n\n")) {
		p.b.WriteByte('\n')
	}
	p.line(strings.Repeat("#", level)+" "+format+"\n", args...)
}

// answer is both verdicts, what is wrong and what to do.
func (p *mdPage) answer() {
	p.line("# Webex audit: %s\n", p.v.Network.Word)
	p.line("| | Verdict | Why |\n|---|---|---|")
	p.line("| Network | **%s** | %s |", p.v.Network.Word, p.v.Network.Sentence)
	p.line("| Capture | **%s** | %s |", p.v.Capture.Word, p.v.Capture.Sentence)
	if s := p.v.Narrowed(); !s.IsZero() {
		p.line("\n**Note:** %s", s)
	}
	a := p.d.Answer(p.v)
	p.line("\n**Answer:** %s", a.Text)
	if a.Do != "" {
		p.line("\n**What to do:** %s", a.Do)
	}
	if s := p.v.Summary; s != nil && s.ExitCode != 0 {
		p.line("\n**Exit status:** %d, %s", s.ExitCode, s.ExitReason)
	}
}

// input says what was looked at and how far its numbers can be trusted.
func (p *mdPage) input() {
	p.heading(2, "Input")
	if r := p.v.Run; r != nil {
		for i, f := range r.Files {
			if i == mdInputs {
				p.line("- and %s", counted(len(r.Files)-i, "more file", "more files"))
				break
			}
			p.line("- %s (%s)", f.Path, wording.Bytes(f.Bytes))
			if hash, digest := f.Digest(); digest != "" {
				p.line("  - %s %s", hash, digest)
			}
		}
		for _, name := range r.Interface {
			p.line("- interface %s", name)
		}
		p.line("- vantage %s; pack %s; %s %s", vantage(r.Vantage), pack(r.Pack), r.Tool, r.Version)
	}
	t := &p.v.Totals
	if p.v.From != 0 {
		p.line("- %s", period(p.v.From, p.v.To))
	}
	p.line("- %s, %s", count(t.Packets, packets), wording.Bytes(t.Bytes))
	for _, q := range p.v.Quality {
		p.line("- %s", q)
	}
	for _, d := range p.v.Damage {
		p.line("- **damage:** %s", strings.TrimPrefix(d.Input+": "+d.Text, ": "))
	}
}

// roots are findings that follow from no other, and below each what follows from it.
func (p *mdPage) roots(title, note string, roots []*view.Root) {
	if len(roots) == 0 {
		return
	}
	p.heading(2, "%s (%d)", title, len(roots))
	if note != "" {
		p.line("%s\n", note)
	}
	for i, r := range roots {
		if i == mdCauses {
			p.line("\nAnd %s, which the run file (-o run.jsonl) has.", counted(len(roots)-i, "further finding", "further findings"))
			return
		}
		p.heading(3, "%d. %s", i+1, titleOf(r.Finding))
		p.line("**Found:** %s", view.Statement(r.Finding))
		p.b.WriteByte('\n')
		p.facts(r.Finding)
		p.follows(r)
		p.filter(r.Finding)
	}
}

// titleOf is a finding's title; a guess reads as one.
func titleOf(f *record.Finding) string {
	if f.Confidence == record.Possible {
		return "Possibly: " + f.Title
	}
	return f.Title
}

// facts are a finding's rule and weight, and whom it concerns.
func (p *mdPage) facts(f *record.Finding) {
	sure := "confidence not stated"
	if f.Confidence != "" {
		sure = string(f.Confidence)
	}
	p.line("- **%s**, %s, %s, %s", f.Rule, f.State, f.Severity, sure)
	p.line("- Concerns: %s%s", wording.Subject(f.Subject.Kind, f.Subject.Key), mdAffected(f))
	if len(f.Clients) > 0 {
		p.line("- Clients: %s", wording.List(f.Clients))
	}
	if f.FirstSeen != 0 {
		if f.LastSeen > f.FirstSeen {
			p.line("- Seen: %s", period(f.FirstSeen, f.LastSeen))
		} else {
			p.line("- Seen: %s UTC", f.FirstSeen.Time().Format("2006-01-02 15:04:05"))
		}
	}
	for _, row := range [][2]string{{"Expected", f.Expected}, {"Actual", f.Actual}, {"Against the baseline", f.Baseline},
		{"What to do", f.Remediation}} {
		if row[1] != "" {
			p.line("- "+row[0]+": %s", row[1])
		}
	}
}

// mdAffected says how many clients and how much time a finding is about.
func mdAffected(f *record.Finding) string {
	var parts []string
	if f.AffectedClients > 0 {
		parts = append(parts, counted(f.AffectedClients, "client", "clients"))
	}
	if f.AffectedSeconds >= 1 {
		parts = append(parts, wording.Seconds(f.AffectedSeconds).String())
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// follows lists what follows from a root.
func (p *mdPage) follows(r *view.Root) {
	for i, f := range r.Follows {
		if i == mdFollows {
			p.line("- Leads to %s more", wording.Number(len(r.Follows)-i))
			return
		}
		p.line("- Leads to **%s** %s%s: %s", f.Rule, titleOf(f), mdAffected(f), view.Statement(f))
	}
}

// filter is the display filter by which a reader sees the finding for himself, in a fence that it cannot close.
func (p *mdPage) filter(f *record.Finding) {
	e, ok := view.Check(f)
	if !ok || !selects(p.v.Run, e) {
		return
	}
	p.line("\nWireshark%s%s:\n", whichFile(p.v.Run, e), howMany(f, e))
	fence := "```"
	for strings.Contains(e.Filter, fence) {
		fence += "`"
	}
	fmt.Fprintf(&p.b, "%s\n%s\n%s\n", fence, clean(e.Filter, false), fence)
}

// calls is the table of calls, worst first.
func (p *mdPage) calls() {
	if len(p.d.Calls) == 0 {
		return
	}
	p.heading(2, "Calls (%d)", len(p.d.Calls))
	var parts []string
	for _, c := range p.d.CallsBy {
		parts = append(parts, grouped(c.Calls)+" "+string(c.Verdict))
	}
	p.line("%s. Loss and jitter are those of the worst stream, from the client / to it; – was not measured.\n",
		strings.Join(parts, ", "))
	p.line("| Verdict | Start (UTC) | Client | Length | Over | Loss | Jitter | Round trip | Marks | What went wrong |")
	p.line("|---|---|---|---|---|---|---|---|---|---|")
	for i, c := range p.d.Calls {
		if i == mdCalls {
			p.line("\nAnd %s, which the run file (-o run.jsonl) has.", counted(len(p.d.Calls)-i, "further call", "further calls"))
			return
		}
		loss := measured(c.Up.LossPercent, percentText) + " / " + measured(c.Down.LossPercent, percentText)
		if !p.v.Totals.LossAssessable {
			loss = "not judged"
		}
		p.line("| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |", c.Verdict,
			c.StartTime.Time().Format("2006-01-02 15:04:05"), c.Client, wording.Duration(c.EndTime.Sub(c.StartTime)),
			wayWord(c.Transport), loss, measured(c.Up.JitterMs, milliseconds)+" / "+measured(c.Down.JitterMs, milliseconds),
			measured(c.RTTMs, milliseconds), markList(c.Up.Marks)+" / "+markList(c.Down.Marks), p.why(c))
	}
}

// why is what is said of a call.
func (p *mdPage) why(c *view.Call) string {
	var parts []string
	for _, n := range c.Causes {
		parts = append(parts, fmt.Sprintf("Cause %d: %s.", n, titleOf(p.v.Roots[n-1].Finding)))
	}
	if c.Why != "" {
		parts = append(parts, c.Why)
	}
	if c.Story != "" {
		parts = append(parts, view.Sentence(c.Story))
	}
	if text := ledgerText(c.Session); text != "" {
		parts = append(parts, "Lost where: "+text+".")
	}
	return strings.Join(parts, " ")
}

func percentText(v float64) string { return wording.Percent(v).String() }

// measured is a number's text, or a dash: what was not measured is not 0.
func measured(v *float64, text func(float64) string) string {
	if v == nil {
		return "–"
	}
	return text(*v)
}

// waived says what somebody has answered for, and what is to be said about waivers and the baseline.
func (p *mdPage) waived() {
	if len(p.v.Waived) > 0 {
		p.heading(2, "Waived (%d)", len(p.v.Waived))
		for _, r := range p.v.Waived {
			p.line("- %s", waiverText(r.Finding))
			for _, f := range r.Follows {
				p.line("  - leads to **%s** %s%s", f.Rule, f.Title, mdAffected(f))
			}
		}
	}
	if s := p.v.Summary; s != nil && len(s.Notices) > 0 {
		p.heading(2, "Notices")
		for _, n := range s.Notices {
			p.line("- %s", n)
		}
	}
}

// notJudged says what rules that were not assessed lack.
func (p *mdPage) notJudged() {
	if len(p.v.Needs) == 0 {
		return
	}
	p.heading(2, "Not judged")
	for _, n := range p.v.Needs {
		p.line("- %s: %s", strings.Join(n.Rules, ", "), n.Missing)
	}
}

// rules counts the rules by the worst that they found.
func (p *mdPage) rules() {
	if len(p.d.Rules) == 0 {
		return
	}
	p.heading(2, "Rules (%d)", len(p.d.Rules))
	p.line("| Outcome | Rules | Which |\n|---|---|---|")
	for _, s := range p.d.States {
		var ids []string
		for _, r := range p.d.Rules {
			if r.State == s.State {
				ids = append(ids, strings.TrimPrefix(r.ID, "WXA-"))
			}
		}
		p.line("| %s | %d | %s |", s.State, s.Rules, strings.Join(ids, ", "))
	}
}

// mdSpecial begins markup: GitHub Flavored Markdown, and the HTML, entities and formulas within it.
const mdSpecial = "\\`*_[]<>|&#~$@"

// mdText makes a text safe for one line of Markdown, a cell of a table included. Addresses of web pages lose what makes
// links of them: a name that a stranger chose shall not be one click away.
func mdText(s string) string {
	s = clean(s, false)
	var b strings.Builder
	for i, r := range s {
		if strings.ContainsRune(mdSpecial, r) || beginsLink(s, i) || beginsItem(s, i) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// beginsLink tells the character of "://" and "www." that makes a link (GFM section 6.9).
func beginsLink(s string, i int) bool {
	return strings.HasPrefix(s[i:], "://") || s[i] == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www")
}

// beginsItem tells the character that makes an item of a list of a text, or underlines a heading: "-", "+", "=", "1.".
func beginsItem(s string, i int) bool {
	if i == 0 {
		return strings.IndexByte("-+=", s[0]) >= 0
	}
	return (s[i] == '.' || s[i] == ')') && strings.Trim(s[:i], "0123456789") == "" && (i+1 == len(s) || s[i+1] == ' ')
}
