package audit

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

// testdata holds the templates of records from which fixtures begin.
//
//go:embed testdata/templates.jsonl
var testdata embed.FS

// Check judges the records of the case; the error says what differs from what is wanted.
func (c Fixture) Check() error {
	if c.Want == "" && c.Golden == "" {
		return fmt.Errorf("%s: %s: has neither findings nor want", c.File, c.Name)
	}
	findings, _ := Run(c.Set, c.Options)
	if c.Want != "" {
		if got := Outline(findings); got != trimmed(c.Want) {
			return fmt.Errorf("%s: %s: got\n%swant\n%s", c.File, c.Name, got, trimmed(c.Want))
		}
	}
	if got := Describe(findings); c.Golden != "" && got != c.Golden {
		return fmt.Errorf("%s: %s: got\n%swant\n%s", c.File, c.Name, got, c.Golden)
	}
	return nil
}

// trimmed drops empty lines and spaces around lines.
func trimmed(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// Outline has one line for each finding: state, severity, confidence (- where there is none), kind and key of the
// subject.
func Outline(findings []*record.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		conf := f.Confidence
		if conf == "" {
			conf = "-"
		}
		fmt.Fprintf(&b, "%s %s %s %s %s\n", f.State, f.Severity, conf, f.Subject.Kind, f.Subject.Key)
	}
	return b.String()
}

// Describe is the readable form of findings in full.
func Describe(findings []*record.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s %s, %s %s, count %d\n  %s\n", f.State, f.Severity, f.Confidence, f.Subject.Kind, f.Subject.Key, f.Count, f.Summary)
		for _, line := range [][2]string{{"expected", f.Expected}, {"actual", f.Actual}, {"missing", f.Missing},
			{"do", f.Messages.Remediation.String()},
			{"clients", strings.Join(f.Clients, " ")}, {"hosts", strings.Join(f.Hosts, " ")}, {"flows", strings.Join(f.FlowIDs, " ")}} {
			if line[1] != "" {
				fmt.Fprintf(&b, "  %s: %s\n", line[0], line[1])
			}
		}
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, "  evidence: %s %s %d %s", e.Kind, e.File, e.Packets, e.Filter)
			for _, k := range slices.Sorted(maps.Keys(e.Fields)) {
				fmt.Fprintf(&b, " %s=%q", k, e.Fields[k])
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}
