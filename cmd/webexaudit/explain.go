package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/reports"
)

func (p *program) explainCommand() *cobra.Command {
	var dir, profile, rules string
	var set []string
	c := &cobra.Command{
		Use:   "explain ID",
		Short: "Explain a rule or a signature: what, why, limits, sources, how to check by hand",
		Long: "Explain a rule or a signature: what, why, limits, sources, how to check by hand.\n\n" +
			`The ID "ledger" explains the line of a call that tells the sides of the capture point apart,` + "\n" +
			`as in "client 0 %, 0.5 ms · here · cloud 2.1 %, 41 ms": how it is known, and what is not.`,
		Example: `  webexaudit explain WXA-MED-001
  webexaudit explain med-001
  webexaudit explain ledger`,
		Annotations: map[string]string{"missing": "webexaudit rules list and webexaudit signatures list show them"},
		Args:        arguments(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			policy, err := newPolicy(profile, set)
			if err != nil {
				return err
			}
			own, err := loadRules(rules)
			if err != nil {
				return err
			}
			return p.explain(args[0], dir, own, policy)
		},
	}
	c.Flags().StringVar(&dir, "signatures", "", "`DIR` with signatures that are added to the built-in ones")
	c.Flags().StringVar(&rules, "rules-dir", "", "`DIR` with rules of your own, beside the shipped ones")
	c.Flags().StringVar(&profile, "profile", "standard", "`NAME` of the thresholds: "+strings.Join(audit.Profiles(), ", "))
	c.Flags().StringArrayVar(&set, "set", nil, "change a threshold: `RULE.param=value` (repeatable)")
	return c
}

// explain prints a rule, or else a signature, of that id, or a topic of that name.
func (p *program) explain(id, dir string, own []*audit.Rule, policy *audit.Policy) error {
	if t, ok := topics[strings.ToLower(id)]; ok {
		var b strings.Builder
		_ = t.Explain(&b, columns(p.stdout)) // a Builder takes all
		return p.print(b.String())
	}
	if r, ok := findRule(own, id); ok {
		return p.explainRule(r, policy)
	}
	all, err := catalog(dir)
	if err != nil {
		return failure{statusUsage, err}
	}
	if row, ok := all.Row(id); ok {
		return p.print(describeRow(row))
	}
	return usage("no rule or signature is called %s%s", id, nearRules(id))
}

func (p *program) explainRule(r *audit.Rule, policy *audit.Policy) error {
	var b strings.Builder
	if err := r.Explain(&b, policy, columns(p.stdout)); err != nil {
		return failure{statusUsage, err}
	}
	return p.print(safeText(b.String()))
}

// ruleText is how explain tells a shipped rule.
func ruleText(id string) (t reports.RuleText) {
	r, ok := catalogue.All().Find(id)
	if !ok {
		return t
	}
	return reports.RuleText{What: r.Doc.What, Help: r.Help()}
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
	for _, r := range catalogue.All().Rules() {
		if strings.HasPrefix(r.ID, "WXA-"+parts[1]+"-") {
			near = append(near, r.ID)
		}
	}
	if len(near) == 0 {
		return " (webexaudit rules list shows the rules, webexaudit signatures list the signatures)"
	}
	return "; there are " + strings.Join(near, ", ")
}

// print writes text to standard output, no wider than a screen, ending with a line break.
func (p *program) print(text string) error { return p.printTo(p.stdout, text) }

// printTo writes a text as it fits standard output, by way of w.
func (p *program) printTo(w io.Writer, text string) error {
	text = folded(strings.TrimRight(text, "\n"), screen(p.stdout))
	if _, err := fmt.Fprintln(w, text); err != nil {
		return failure{statusOutput, fmt.Errorf("standard output: %w", err)}
	}
	return nil
}
