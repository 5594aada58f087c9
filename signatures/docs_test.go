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

// describe is what a row matches, and what it says of a match.
func describe(r *Row) (match, says []string) {
	add := func(label, value string) {
		if value != "" {
			says = append(says, strings.TrimSpace(label+" "+value))
		}
	}
	switch {
	case r.Name != nil:
		match = r.Name.Patterns
		add("", r.Name.Class)
		add("role", r.Name.Role)
		add("inspection", r.Name.Inspection)
	case r.Prefix != nil:
		match = texts(r.Prefix.Prefixes)
		add("", r.Prefix.Kind)
		add("", r.Prefix.Tier)
		add("", r.Prefix.Region)
	case r.Port != nil:
		match = describePort(r.Port)
		add("needs", strings.Join(r.Port.Needs, " or "))
		add("from", strings.Join(r.Port.From, ", "))
		add("to", strings.Join(r.Port.To, ", "))
		add("", r.Port.Media)
		add("DSCP", strings.Join(texts(r.Port.DSCP), " or "))
		add("", r.Port.Rank)
		add("SNI", r.Port.SNI)
		if r.Port.Plan {
			add("", "port plan")
		}
	case r.STUN != nil:
		match = []string{describeSTUN(r.STUN)}
		add("", r.STUN.Class)
	case r.PayloadType != nil:
		s := r.PayloadType
		match = []string{fmt.Sprint("PT ", s.Type), s.Direction, s.Client}
		add("", s.Media)
		add("", s.Codec)
		if s.ClockRate > 0 {
			add("", fmt.Sprint(s.ClockRate, " Hz"))
		}
		if s.Companion {
			add("", "native companion")
		}
	case r.Issuer != nil:
		match = slices.Concat(prefixedAs("O=", r.Issuer.Organisations), r.Issuer.Strings)
		add("", r.Issuer.Kind)
		add("", r.Issuer.Product)
		add("from", r.Issuer.From)
		add("to", r.Issuer.To)
	case r.Cipher != nil:
		match = texts(r.Cipher.Suites)
		add("TLS", r.Cipher.Version)
	case r.Policy != nil:
		match = []string{r.Policy.Key}
		add("", strings.Join(r.Policy.Values, ", "))
	case r.ASN != nil:
		match = prefixedAs("AS", texts(r.ASN.Numbers))
	case r.UserAgent != nil:
		match = prefixedAs("User-Agent: ", r.UserAgent.Prefixes)
	case r.Datagram != nil:
		match = append([]string{fmt.Sprint("udp ", r.Datagram.Port)}, r.Datagram.Prefixes...)
	case r.BlockPage != nil:
		match = r.BlockPage.Addresses
		add("", r.BlockPage.Product)
	}
	for _, system := range nameSystems {
		if v := r.AlsoKnownAs[system]; v != "" {
			add(system+":", v)
		}
	}
	return match, says
}

func describePort(p *PortSpec) []string {
	text := strings.Join(p.Proto, "/") + " "
	if len(p.Client) > 0 {
		text += strings.Join(texts(p.Client), ",") + " > "
	}
	return []string{text + strings.Join(texts(p.Server), ",")}
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
