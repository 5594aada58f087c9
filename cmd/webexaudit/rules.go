package main

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/audit/userrule"
)

func (p *program) rulesCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{Use: "rules", Short: "The audit rules: list, show, test, validate", Args: arguments(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.PersistentFlags().StringVar(&dir, "rules-dir", "", "`DIR` with rules of your own, beside the shipped ones")
	c.AddCommand(
		&cobra.Command{Use: "list", Short: "List all rules", Args: arguments(cobra.NoArgs),
			RunE: func(*cobra.Command, []string) error { return p.listRules(dir) }},
		&cobra.Command{Use: "show ID", Short: "Explain one rule", Annotations: map[string]string{"missing": "webexaudit rules list shows them"},
			Args: arguments(cobra.ExactArgs(1)),
			RunE: func(_ *cobra.Command, args []string) error { return p.showRule(dir, args[0]) }},
		&cobra.Command{Use: "test [GLOB]", Short: "Prove the rules by their own cases: records in, findings out", Args: arguments(cobra.MaximumNArgs(1)),
			Long: `Test runs the cases that every rule carries in the program, and those of your own rules. It prints how many passed and
failed, and says of each failed one what differs. The exit status is 2 if one failed.`,
			Example: `  webexaudit rules test
  webexaudit rules test 'WXA-MED-*'
  webexaudit rules test --rules-dir own/`,
			RunE: func(_ *cobra.Command, args []string) error { return p.testRules(dir, append(args, "*")[0]) }},
		&cobra.Command{Use: "validate DIR", Short: "Check a directory of own rules: every fault with file and line", Args: arguments(cobra.ExactArgs(1)),
			RunE: func(_ *cobra.Command, args []string) error { return p.validateRules(args[0]) }},
	)
	return c
}

// ownRules reads a directory of own rules; none where no directory is named.
func ownRules(dir string) ([]*userrule.Rule, error) {
	if dir == "" {
		return nil, nil
	}
	list, err := userrule.LoadDir(dir)
	if err != nil {
		return nil, failure{statusUsage, err}
	}
	return list, nil
}

// loadRules are the own rules as the audit wants them.
func loadRules(dir string) ([]*audit.Rule, error) {
	list, err := ownRules(dir)
	var rules []*audit.Rule
	for _, r := range list {
		rules = append(rules, &r.Rule)
	}
	return rules, err
}

func (p *program) listRules(dir string) error {
	own, err := loadRules(dir)
	if err != nil {
		return err
	}
	rows := [][]string{{"RULE", "SEVERITY", "TITLE"}}
	for _, r := range append(catalogue.All().Rules(), own...) {
		rows = append(rows, []string{r.ID, string(r.Severity), safe(r.Title)})
	}
	return p.print(aligned(rows))
}

func (p *program) showRule(dir, id string) error {
	own, err := loadRules(dir)
	if err != nil {
		return err
	}
	r, ok := findRule(own, id)
	if !ok {
		return usage("no rule is called %s%s", id, nearRules(id))
	}
	return p.explainRule(r, nil)
}

// findRule finds a rule by its id as people type it.
func findRule(own []*audit.Rule, id string) (*audit.Rule, bool) {
	find := finder(own)
	if r, ok := find(strings.ToUpper(strings.TrimSpace(id))); ok {
		return r, true
	}
	return find(ruleID(id))
}

func (p *program) validateRules(dir string) error {
	list, err := ownRules(dir)
	if err != nil {
		return err
	}
	return p.print(fmt.Sprintf("%s: no fault; %d rules (webexaudit rules test --rules-dir %s runs their tests)", dir, len(list), dir))
}

// testRules runs the cases of the rules that the glob names; those that fail are an error.
func (p *program) testRules(dir, glob string) error {
	if _, err := path.Match(glob, ""); err != nil {
		return usage("%s: %w", glob, err)
	}
	named := func(id string) bool { ok, _ := path.Match(glob, id); return ok }
	own, err := ownRules(dir)
	if err != nil {
		return err
	}
	cases, err := catalogue.Fixtures()
	if err != nil {
		return err
	}
	passed, failed := 0, []error(nil)
	for _, c := range cases {
		if !named(c.Options.Only[0]) {
			continue
		}
		if err := c.Check(); err != nil {
			failed = append(failed, err)
		} else {
			passed++
		}
	}
	for _, r := range own {
		if named(r.ID) {
			n, faults := r.RunTests()
			passed, failed = passed+n, append(failed, faults...)
		}
	}
	if passed+len(failed) == 0 {
		return usage("no rule is called %s (webexaudit rules list shows them)", glob)
	}
	if err := p.print(fmt.Sprintf("%d passed, %d failed", passed, len(failed))); err != nil || len(failed) == 0 {
		return err
	}
	return failure{statusUsage, errors.Join(failed...)}
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
