package audit

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"webexaudit/analyzer/record"
)

// explainWidth is the widest text of a rule; lines longer than that read badly.
const explainWidth = 100

// Explain writes the text of the rule for a terminal of so many columns, of which it uses 40 to 100. The thresholds are
// those of the policy in force; nil is the standard profile. Parts that an operator's rule leaves out are left out.
func (r *Rule) Explain(w io.Writer, policy *Policy, columns int) error {
	columns = min(max(columns, 40), explainWidth)
	var b strings.Builder
	b.WriteString(r.ID + "  " + strings.TrimSpace(wrap(r.Title, columns-13, strings.Repeat(" ", 13))) + "\n")
	b.WriteString(wrap(fmt.Sprintf("severity %s, group %s (%s)", r.Severity, r.Group(), groupTitle(r.Group())), columns, ""))
	writeSections(&b, r.sections(), columns)
	if limits := r.Thresholds; len(limits) > 0 {
		b.WriteString("\nThresholds (change with --set NAME=VALUE)\n")
		for _, l := range limits {
			t := policy.Threshold(l)
			fmt.Fprintf(&b, "    %s = %s\n%s", l.Name, l.Text(t.Value), wrap(l.Meaning+" ("+t.Origin+")", columns-8, "        "))
		}
	}
	list(&b, "Needs", r.Needs, columns)
	list(&b, "References", r.Refs, columns)
	_, err := io.WriteString(w, b.String())
	return err
}

// Topic is what can be explained beside rules: sections of prose below a title.
type Topic struct {
	Title    string
	Sections []Section
}

// Explain writes the topic as Rule.Explain does a rule.
func (t *Topic) Explain(w io.Writer, columns int) error {
	columns = min(max(columns, 40), explainWidth)
	var b strings.Builder
	b.WriteString(wrap(t.Title, columns, ""))
	writeSections(&b, t.Sections, columns)
	_, err := io.WriteString(w, b.String())
	return err
}

// Section is a paragraph with a heading; one without text is left out.
type Section struct{ Title, Text string }

func writeSections(b *strings.Builder, list []Section, columns int) {
	for _, s := range list {
		if s.Text != "" {
			fmt.Fprintf(b, "\n%s\n%s", s.Title, wrap(s.Text, columns-4, "    "))
		}
	}
}

const (
	titleWhat = "What"
	titleWhen = "When it fires"
)

func (r *Rule) sections() []Section {
	return []Section{
		{titleWhat, r.Doc.What}, {"Why it matters", r.Doc.Why}, {titleWhen, r.Doc.Trigger},
		{"Known look-alikes (not reported)", r.Doc.LookAlikes}, {"Check by hand", r.Doc.Verify}, {"What to do", r.Remediation},
	}
}

// Help are the paragraphs of the explanation that a report has beside what and when, each behind its heading.
func (r *Rule) Help() (list []string) {
	for _, s := range r.sections() {
		if s.Text != "" && s.Title != titleWhat && s.Title != titleWhen {
			list = append(list, s.Title+": "+s.Text)
		}
	}
	return list
}

func list(b *strings.Builder, title string, items []string, columns int) {
	if len(items) == 0 {
		return
	}
	b.WriteString("\n" + title + "\n")
	for _, i := range items {
		b.WriteString(wrap(i, columns-4, "    "))
	}
}

// wrap breaks text into lines of at most width characters behind the indent.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	n := 0
	for _, word := range strings.Fields(text) {
		switch {
		case n == 0:
			b.WriteString(indent)
		case n+1+len(word) > width:
			b.WriteString("\n" + indent)
			n = 0
		default:
			b.WriteByte(' ')
			n++
		}
		b.WriteString(word)
		n += len(word)
	}
	b.WriteByte('\n')
	return b.String()
}

// groupTitle names a rule family.
func groupTitle(group string) string {
	title, ok := map[string]string{
		"CAP": "capture health", "DAT": "policy data", "MED": "media transport", "QOS": "quality of service",
		"TLS": "TLS and interception", "PRX": "proxy", "SIG": "signalling and names", "QUA": "media quality",
		"CAL": "Webex Calling", "NAT": "address translation and refusals", "EXP": "Expressway and Edge Audio", "VMN": "Video Mesh",
		"EDG": "Edge Connect", "POL": "allow lists",
	}[group]
	if !ok {
		return "own rules"
	}
	return title
}

// Document writes the whole catalogue as Markdown: docs/rules.md.
func (c *Catalogue) Document(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Audit rules\n\nWritten by `go test ./analyzer/audit/catalogue -update` from the rule values; edit those.\n\n" +
		"A rule answers for every run with one of these states: *pass*, *fail*, *warn* (a failure against a recommendation that does\n" +
		"not bind), *not-observed* (no traffic that it speaks of), *not-assessable* (such traffic, but an ingredient is missing, which\n" +
		"the finding names) or *waived*. Severity: " + severities() + ".\n\n| rule | severity | title |\n|---|---|---|\n")
	for _, r := range c.rules {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.ID, strings.ToLower(r.ID), r.Severity, r.Title)
	}
	b.WriteString("\n## What each rule rests on\n\n" +
		"Rows are those of the policy pack (files of `signatures/webex`, ids of policies), in force on the day of the flow; by\n" +
		"them flows are known, too. A threshold is ours where nothing is published.\n\n" +
		"| rule | rows | published thresholds | our thresholds | published sources |\n|---|---|---|---|---|\n")
	for _, r := range c.rules {
		b.WriteString(r.foundation())
	}
	for _, r := range c.rules {
		r.markdown(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// foundation is the line of the table of what rules rest on.
func (r *Rule) foundation() string {
	var published, ours []string
	for _, l := range r.Thresholds {
		name := "`" + l.Name + "`"
		if own, ok := strings.CutPrefix(l.Name, r.ID+"."); ok {
			name = own
		}
		if strings.HasPrefix(l.Origin, "published") {
			published = append(published, name)
		} else {
			ours = append(ours, name)
		}
	}
	list := func(words []string, none, between string) string {
		return escape(cmp.Or(strings.Join(words, between), none))
	}
	return fmt.Sprintf("| [%s](#%s) | %s | %s | %s | %s |\n", r.ID, strings.ToLower(r.ID), list(r.Rows, "none: packets alone", ", "),
		list(published, "none", ", "), list(ours, "none", ", "), list(r.Refs, "none: the judgement is ours", "; "))
}

func severities() string {
	var words []string
	for _, s := range []record.Severity{record.Critical, record.High, record.Medium, record.Low, record.Info} {
		words = append(words, string(s))
	}
	return strings.Join(words, ", ")
}

func (r *Rule) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n**%s.** Severity %s, %s.\n", r.ID, r.Title, r.Severity, groupTitle(r.Group()))
	for _, s := range r.sections() {
		fmt.Fprintf(b, "\n*%s.* %s\n", s.Title, escape(s.Text))
	}
	if limits := r.Thresholds; len(limits) > 0 {
		b.WriteString("\n| threshold | unit | quick | standard | strict | meaning | origin |\n|---|---|---|---|---|---|---|\n")
		for _, l := range limits {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s | %s | %s |\n", l.Name, l.Unit, l.number(l.Quick), l.number(l.Standard),
				l.number(l.Strict), l.Meaning, l.Origin)
		}
	}
	fmt.Fprintf(b, "\n*Needs.* %s.\n", strings.Join(r.Needs, "; "))
	if len(r.Refs) > 0 {
		fmt.Fprintf(b, "\n*References.* %s.\n", strings.Join(r.Refs, "; "))
	}
}

// escape keeps Markdown from reading stars and pipes of patterns. What stands in backquotes is a display filter, which
// Markdown leaves alone.
func escape(text string) string {
	plain := strings.NewReplacer("*", `\*`, "|", `\|`, "<", "&lt;", "_", `\_`)
	parts := strings.Split(text, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = plain.Replace(parts[i])
	}
	return strings.Join(parts, "`")
}
