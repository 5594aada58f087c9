package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/audit"
)

func (p *program) rulesCommand() *cobra.Command {
	c := &cobra.Command{Use: "rules", Short: "The audit rules: list, show", Args: arguments(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(
		&cobra.Command{Use: "list", Short: "List all rules", Args: arguments(cobra.NoArgs),
			RunE: func(*cobra.Command, []string) error { return p.listRules() }},
		&cobra.Command{Use: "show ID", Short: "Explain one rule", Annotations: map[string]string{"missing": "webexaudit rules list shows them"},
			Args: arguments(cobra.ExactArgs(1)),
			RunE: func(_ *cobra.Command, args []string) error { return p.showRule(args[0]) }},
	)
	return c
}

func (p *program) listRules() error {
	rows := [][]string{{"RULE", "SEVERITY", "TITLE"}}
	for _, r := range audit.Rules() {
		rows = append(rows, []string{r.ID, string(r.Severity), r.Title})
	}
	return p.print(aligned(rows))
}

func (p *program) showRule(id string) error {
	if _, ok := audit.Find(ruleID(id)); !ok {
		return usage("no rule is called %s%s", id, nearRules(id))
	}
	return p.explainRule(ruleID(id), nil)
}

// aligned writes rows in columns.
func aligned(rows [][]string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	w.Flush()
	return b.String()
}
