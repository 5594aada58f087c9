package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"webexaudit/signatures"
)

func (p *program) signaturesCommand() *cobra.Command {
	var dir, policy string
	c := &cobra.Command{Use: "signatures", Short: "The signatures of Webex: list, show, validate, test, diff, import, export", Args: arguments(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.PersistentFlags().StringVar(&dir, "signatures", "", "`DIR` with signatures that are added to the built-in ones")
	list := &cobra.Command{Use: "list", Short: "List the signatures of a pack, or all packs", Args: arguments(cobra.NoArgs),
		Example: "  webexaudit signatures list --policy latest",
		RunE:    func(*cobra.Command, []string) error { return p.listSignatures(dir, policy) }}
	list.Flags().StringVar(&policy, "policy", "", "list the rows of this pack: `ID`, latest or a date (default: list the packs)")
	c.AddCommand(list,
		&cobra.Command{Use: "show ID", Short: "Show one signature with its sources and examples", Args: arguments(cobra.ExactArgs(1)),
			RunE: func(_ *cobra.Command, args []string) error { return p.showSignature(dir, args[0]) }},
		&cobra.Command{Use: "validate [DIR]", Short: "Check a directory of signatures, or the built-in ones: every fault with file and line", Args: arguments(cobra.MaximumNArgs(1)),
			RunE: func(_ *cobra.Command, args []string) error { return p.validateSignatures(append(args, dir)[0]) }},
		&cobra.Command{Use: "test", Short: "Run the examples of every signature in every pack", Args: arguments(cobra.NoArgs),
			RunE: func(*cobra.Command, []string) error { return p.testSignatures(dir) }},
		&cobra.Command{Use: "diff OLD NEW", Short: "Show what changed from one pack to another: an ID, latest or a date each", Args: arguments(cobra.ExactArgs(2)),
			Example: "  webexaudit signatures diff webex-2022-06 latest",
			RunE:    func(_ *cobra.Command, args []string) error { return p.diffSignatures(dir, args[0], args[1]) }},
		p.importCommand(&dir), p.exportCommand(&dir),
	)
	return c
}

// catalog loads the built-in signatures, with those of a directory on top where one is named.
func catalog(dir string) (*signatures.Catalog, error) {
	if dir == "" {
		return signatures.Load()
	}
	return signatures.LoadDir(dir)
}

func (p *program) listSignatures(dir, policy string) error {
	all, err := catalog(dir)
	if err != nil {
		return failure{statusUsage, err}
	}
	rows := [][]string{{"PACK", "DATE", "SIGNATURES", "DIGEST", "TITLE"}}
	if policy == "" {
		for _, pack := range all.Packs() {
			rows = append(rows, []string{pack.ID, pack.Date, fmt.Sprint(len(pack.Rows())), pack.Digest[:12],
				pack.Title})
		}
		return p.print(aligned(rows))
	}
	pack, err := all.Select(policy)
	if err != nil {
		return usage("--policy: %w", err)
	}
	rows = [][]string{{"SIGNATURE", "KIND", "SERVICE", "FUNCTION", "CONFIDENCE", "TITLE"}}
	for _, r := range pack.Rows() {
		rows = append(rows, []string{r.ID, r.Kind, r.Service, r.Function, r.Confidence, r.Title})
	}
	return p.print(aligned(rows))
}

func (p *program) showSignature(dir, id string) error {
	all, err := catalog(dir)
	if err != nil {
		return failure{statusUsage, err}
	}
	row, ok := all.Row(id)
	if !ok {
		return usage("no signature is called %s (webexaudit signatures list --policy latest shows them)", id)
	}
	return p.print(describeRow(row))
}

func (p *program) validateSignatures(dir string) error {
	all, err := catalog(dir)
	if err != nil {
		return failure{statusUsage, err}
	}
	what, with := "built-in signatures", ""
	if dir != "" {
		what, with = dir, "with it "
	}
	return p.print(fmt.Sprintf("%s: no fault; %sthere are %d signatures in %d packs", what, with, len(all.Rows()), len(all.Packs())))
}

// testSignatures runs the examples; those that fail are an error with file and line.
func (p *program) testSignatures(dir string) error {
	all, err := catalog(dir)
	if err != nil {
		return failure{statusUsage, err}
	}
	passed, failed := all.RunExamples()
	if err := p.print(fmt.Sprintf("%d passed, %d failed", passed, len(failed))); err != nil {
		return err
	}
	if len(failed) > 0 {
		return failure{statusUsage, failed}
	}
	return nil
}

func (p *program) diffSignatures(dir, before, after string) error {
	all, err := catalog(dir)
	if err != nil {
		return failure{statusUsage, err}
	}
	var packs [2]*signatures.Pack
	for i, spec := range []string{before, after} {
		if packs[i], err = all.Select(spec); err != nil {
			return usage("%w", err)
		}
	}
	rows := [][]string{{"CHANGE", "SIGNATURE", "TITLE", "WHEN"}}
	for _, c := range signatures.Diff(packs[0], packs[1]) {
		row := c.After
		if row == nil {
			row = c.Before
		}
		rows = append(rows, []string{c.What, c.ID, row.Title, when(c)})
	}
	title := fmt.Sprintf("%s (%s) to %s (%s): ", packs[0].ID, packs[0].Digest[:12], packs[1].ID, packs[1].Digest[:12])
	if len(rows) == 1 {
		return p.print(title + "no difference")
	}
	return p.print(fmt.Sprintf("%s%d changed\n\n%s", title, len(rows)-1, aligned(rows)))
}

// when is the date of a change, where the row tells it.
func when(c signatures.Change) string {
	switch {
	case c.What == "retired":
		return c.After.Retired
	case c.What == "added" && c.After.ValidFrom != "":
		return "from " + c.After.ValidFrom
	case c.What == "removed" && c.Before.ValidTo != "":
		return "until " + c.Before.ValidTo
	}
	return ""
}

// describeRow is a signature in words, with what it matches as JSON.
func describeRow(r *signatures.Row) string {
	var b strings.Builder
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-12s %s\n", name, text)
		}
	}
	fmt.Fprintf(&b, "%s  %s\n\n", r.ID, r.Title)
	line("kind", r.Kind)
	line("service", r.Service)
	line("function", r.Function)
	line("confidence", r.Confidence)
	line("valid", validity(r))
	if date, why := r.RetiredSince(); date != "" {
		line("retired", date+": "+why)
	}
	line("notes", r.Notes)
	for _, system := range slices.Sorted(maps.Keys(r.AlsoKnownAs)) {
		line("known as", r.AlsoKnownAs[system]+" in "+system)
	}
	line("matches", spec(r))
	for _, s := range r.Sources {
		line("source", strings.TrimSpace(fmt.Sprintf("%s (%s) %s", s.Title, s.Date, s.URL)))
	}
	for _, e := range r.Examples.Match {
		line("example", e)
	}
	for _, e := range r.Examples.Differ {
		line("but not", e)
	}
	return b.String()
}

func validity(r *signatures.Row) string {
	switch {
	case r.ValidFrom != "" && r.ValidTo != "":
		return "from " + r.ValidFrom + " until " + r.ValidTo
	case r.ValidFrom != "":
		return "from " + r.ValidFrom
	case r.ValidTo != "":
		return "until " + r.ValidTo
	}
	return ""
}

// spec is the member that the row's kind names.
func spec(r *signatures.Row) string {
	text, err := json.Marshal(r)
	if err != nil {
		return ""
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return ""
	}
	return string(members[strings.ReplaceAll(r.Kind, "-", "_")])
}
