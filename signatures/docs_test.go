package signatures

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/signatures.md")

const docsPath = "../docs/signatures.md"

// TestDocs keeps docs/signatures.md equal to the packs.
func TestDocs(t *testing.T) {
	got := docs(load(t))
	if *update {
		if err := os.WriteFile(docsPath, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(docsPath)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is out of date: go test ./signatures -run TestDocs -update", docsPath)
	}
}

// Every row is in the list.
func TestDocsHoldEveryRow(t *testing.T) {
	c := load(t)
	text := docs(c)
	for _, r := range c.Rows() {
		if !strings.Contains(text, "| `"+r.ID+"` |") {
			t.Errorf("%s is missing", r.ID)
		}
	}
}

func docs(c *Catalog) string {
	var s strings.Builder
	fmt.Fprintf(&s, `# Signatures

Every row of the embedded packs with its sources and dates. Made from `+"`signatures/webex/*.yaml`"+` by
`+"`go test ./signatures -run TestDocs -update`"+`; do not edit. How rows are written: `+"`signatures/README.md`"+`.

Confidence says how well the fact is sourced: confirmed, probable (inferred or one secondary source), possible (recalled).
Validity is the range of dates in which the row belongs to a pack; a retired row stays in younger packs, marked as retired.

## Packs

| Pack | Date | Rows | What it stands for | Digest |
|---|---|---|---|---|
`)
	for _, p := range c.Packs() {
		fmt.Fprintf(&s, "| `%s` | %s | %d | %s | `%s` |\n", p.ID, p.Date, len(p.Rows()), p.Title, p.Digest[:16])
	}
	docsChanges(&s, c.Packs())
	docsRows(&s, c)
	s.WriteString("\n## Errors in the sources\n\n| Printed | Where | Right row | Why |\n|---|---|---|---|\n")
	for _, m := range c.Errata() {
		fmt.Fprintf(&s, "| `%s` | %s (%s) | `%s` | %s |\n", m.Printed, cell(m.Place), m.Source, m.Row, cell(m.Why))
	}
	s.WriteString("\n## Sources\n\n| Source | Date | Document |\n|---|---|---|\n")
	for _, src := range c.Sources() {
		title := cell(src.Title)
		if src.URL != "" {
			title = "[" + title + "](" + src.URL + ")"
		}
		fmt.Fprintf(&s, "| `%s` | %s | %s |\n", src.ID, src.Date, title)
	}
	return s.String()
}

func docsChanges(s *strings.Builder, packs []*Pack) {
	for i := 1; i < len(packs); i++ {
		fmt.Fprintf(s, "\n### From %s to %s\n\n", packs[i-1].ID, packs[i].ID)
		for _, c := range Diff(packs[i-1], packs[i]) {
			r := c.After
			if r == nil {
				r = c.Before
			}
			fmt.Fprintf(s, "- %s: `%s`, %s\n", c.What, c.ID, r.Title)
		}
	}
}

func docsRows(s *strings.Builder, c *Catalog) {
	rows := slices.Clone(c.Rows())
	slices.SortStableFunc(rows, func(a, b *Row) int {
		return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line))
	})
	file := ""
	for _, r := range rows {
		if r.At.File != file {
			file = r.At.File
			fmt.Fprintf(s, "\n## %s\n\n| Row | Title | Matches | Service, function | Says | Confidence | Valid | Sources |\n|---|---|---|---|---|---|---|---|\n", file)
		}
		match, says := describe(r)
		if r.Notes != "" {
			says = append(says, r.Notes)
		}
		fmt.Fprintf(s, "| `%s` | %s | %s | %s, %s | %s | %s | %s | %s |\n", r.ID, cell(r.Title), code(match), r.Service, r.Function,
			cell(strings.Join(says, "; ")), r.Confidence, validity(r), sourceList(r))
	}
}

// said are the values that there are, each behind its label: label, value, label, value.
func said(labelled ...string) (out []string) {
	for i := 0; i < len(labelled); i += 2 {
		if label, value := labelled[i], labelled[i+1]; value != "" {
			out = append(out, strings.TrimSpace(label+" "+value))
		}
	}
	return out
}

// describe is what a row matches, and what it says of a match.
func describe(r *Row) (match, says []string) {
	match, says = describeSpec(r)
	for _, system := range nameSystems {
		says = append(says, said(system+":", r.AlsoKnownAs[system])...)
	}
	return match, says
}

func describeSpec(r *Row) (match, says []string) {
	switch {
	case r.Name != nil:
		return r.Name.Patterns, said("", r.Name.Class, "role", r.Name.Role, "inspection", r.Name.Inspection)
	case r.Prefix != nil:
		return texts(r.Prefix.Prefixes), said("", r.Prefix.Kind, "", r.Prefix.Tier, "", r.Prefix.Region)
	case r.Port != nil:
		return describePort(r.Port)
	case r.STUN != nil:
		return []string{describeSTUN(r.STUN)}, said("", r.STUN.Class)
	case r.PayloadType != nil:
		return describePayload(r.PayloadType)
	case r.Issuer != nil:
		return slices.Concat(prefixedAs("O=", r.Issuer.Organisations), r.Issuer.Strings),
			said("", r.Issuer.Kind, "", r.Issuer.Product, "from", r.Issuer.From, "to", r.Issuer.To)
	case r.Cipher != nil:
		return texts(r.Cipher.Suites), said("TLS", r.Cipher.Version)
	case r.Policy != nil:
		return []string{r.Policy.Key}, said("", strings.Join(r.Policy.Values, ", "))
	case r.ASN != nil:
		return prefixedAs("AS", texts(r.ASN.Numbers)), nil
	case r.UserAgent != nil:
		return prefixedAs("User-Agent: ", r.UserAgent.Prefixes), nil
	case r.Datagram != nil:
		return append([]string{fmt.Sprint("udp ", r.Datagram.Port)}, r.Datagram.Prefixes...), nil
	case r.BlockPage != nil:
		return r.BlockPage.Addresses, said("", r.BlockPage.Product)
	}
	return nil, nil
}

func describePort(p *PortSpec) (match, says []string) {
	text := strings.Join(p.Proto, "/") + " "
	if len(p.Client) > 0 {
		text += strings.Join(texts(p.Client), ",") + " > "
	}
	says = said("needs", strings.Join(p.Needs, " or "), "from", strings.Join(p.From, ", "), "to", strings.Join(p.To, ", "),
		"", p.Media, "DSCP", strings.Join(texts(p.DSCP), " or "), "", p.Rank, "SNI", p.SNI)
	if p.Plan {
		says = append(says, "port plan")
	}
	return []string{text + strings.Join(texts(p.Server), ",")}, says
}

func describePayload(s *PayloadSpec) (match, says []string) {
	says = said("", s.Media, "", s.Codec)
	if s.ClockRate > 0 {
		says = append(says, fmt.Sprint(s.ClockRate, " Hz"))
	}
	if s.Companion {
		says = append(says, "native companion")
	}
	return []string{fmt.Sprint("PT ", s.Type), s.Direction, s.Client}, says
}

func describeSTUN(s *STUNSpec) string {
	switch {
	case s.Software != "":
		return "SOFTWARE " + s.Software
	case s.Username != "":
		return "USERNAME " + s.Username
	}
	return fmt.Sprintf("attribute 0x%04X", s.Attribute)
}

func validity(r *Row) string {
	var out []string
	if r.ValidFrom != "" {
		out = append(out, "from "+r.ValidFrom)
	}
	if r.ValidTo != "" {
		out = append(out, "to "+r.ValidTo)
	}
	if date, why := r.RetiredSince(); date != "" {
		out = append(out, "retired since "+date+": "+cell(why))
	}
	return strings.Join(out, ", ")
}

func sourceList(r *Row) string {
	out := make([]string, len(r.Sources))
	for i, s := range r.Sources {
		out[i] = s.ID + " (" + s.Date + ")"
	}
	return strings.Join(out, ", ")
}

func prefixedAs(prefix string, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = prefix + s
	}
	return out
}

func code(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = "`" + cell(s) + "`"
	}
	return strings.Join(out, " ")
}

// cell keeps a text inside its table cell.
func cell(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "|", "\\|"), "\n", " ") }
