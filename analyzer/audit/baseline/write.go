package baseline

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"webexaudit/analyzer/record"
)

// WriteJSON writes the comparison as one document.
func (d *Diff) WriteJSON(w io.Writer) error {
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(record.EscapeJSON(nil, b), '\n'))
	return err
}

// WriteText writes the comparison for people: the counts, then a row for each finding and its reason.
func (d *Diff) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintln(&b, d.Tally())
	if len(d.Findings) > 0 {
		b.WriteByte('\n')
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "CHANGE\tRULE\tSEVERITY\tSUBJECT\tTITLE")
		for _, c := range d.Findings {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", c.Change, c.Rule, c.severities(), c.Subject.Kind+" "+c.Subject.Key, c.Title)
		}
		if err := t.Flush(); err != nil {
			return err
		}
		d.reasons(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Tally is the comparison in one line: the counts, and why nothing could be compared.
func (d *Diff) Tally() string {
	var counts []string
	for _, c := range Changes() {
		if n := d.Counts[c]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, c))
		}
	}
	text := strings.Join(counts, ", ")
	if text == "" {
		text = "no failure or warning in either run"
	}
	if d.Reason != "" {
		text += " (" + d.Reason + ")"
	}
	return text
}

// severities shows the step where there is one.
func (c Change) severities() string {
	word := func(s *Side) string {
		text := string(s.Severity) + " " + string(s.State)
		if s.Waiver != nil {
			text += " (waived)"
		}
		return text
	}
	switch {
	case c.Old == nil:
		return word(c.New)
	case c.New == nil:
		return word(c.Old)
	case word(c.Old) == word(c.New):
		return word(c.New)
	}
	return word(c.Old) + " -> " + word(c.New)
}

// reasons tells each reason that is not that of the whole comparison.
func (d *Diff) reasons(b *strings.Builder) {
	head := "\n"
	for _, c := range d.Findings {
		if c.Reason == "" || c.Reason == d.Reason {
			continue
		}
		fmt.Fprintf(b, "%s%s %s %s: %s\n", head, c.Rule, c.Subject.Kind, c.Subject.Key, c.Reason)
		head = ""
	}
}
