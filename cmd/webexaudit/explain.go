package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/audit"
	"webexaudit/signatures"
)

func (p *program) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain ID",
		Short: "Explain a rule or a signature: what, why, limits, sources, how to check by hand",
		Example: `  webexaudit explain WXA-MED-001
  webexaudit explain med-001`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error { return p.explain(args[0]) },
	}
}

// explain prints a rule, or else a signature, of that id.
func (p *program) explain(id string) error {
	if _, ok := audit.Find(ruleID(id)); ok {
		return p.explainRule(ruleID(id))
	}
	catalog, err := signatures.Load()
	if err != nil {
		return failure{statusUsage, err}
	}
	if row, ok := catalog.Row(id); ok {
		return p.print(describeRow(row))
	}
	return usage("no rule or signature is called %s%s", id, nearRules(id))
}

func (p *program) explainRule(id string) error {
	var b strings.Builder
	if err := audit.Explain(&b, id, nil); err != nil {
		return failure{statusUsage, err}
	}
	return p.print(b.String())
}

// ruleID completes what people type: med-001 is WXA-MED-001.
func ruleID(id string) string {
	id = strings.ToUpper(strings.TrimSpace(id))
	if !strings.HasPrefix(id, "WXA-") {
		id = "WXA-" + id
	}
	return id
}

// nearRules suggests the rules of the same group.
func nearRules(id string) string {
	parts := strings.Split(ruleID(id), "-")
	var near []string
	for _, r := range audit.Rules() {
		if strings.HasPrefix(r.ID, "WXA-"+parts[1]+"-") {
			near = append(near, r.ID)
		}
	}
	if len(near) == 0 {
		return " (webexaudit rules list shows the rules, webexaudit signatures list the signatures)"
	}
	return "; there are " + strings.Join(near, ", ")
}

// print writes text to standard output, ending with a line break.
func (p *program) print(text string) error {
	if _, err := fmt.Fprintln(p.stdout, strings.TrimRight(text, "\n")); err != nil {
		return failure{statusOutput, fmt.Errorf("standard output: %w", err)}
	}
	return nil
}
