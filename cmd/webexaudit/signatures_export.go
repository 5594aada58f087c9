package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"webexaudit/signatures"
)

func (p *program) exportCommand(dir *string) *cobra.Command {
	var format, policy, out string
	var overwrite bool
	c := &cobra.Command{
		Use: "export --format FORMAT", Short: "Hand a pack to other tools: filters, IDS rules, tables, an allow list",
		Long: "Export writes the ranges, names and ports of a pack that are in force on its date:\n\n" + exportList() + `
Ranges are the published ones. Names that others use too (class weak and never) are in csv, json and allow-list alone: they
make no traffic Webex. Rules and filters find traffic; they do not judge it.`,
		Example: `  webexaudit signatures export --format allow-list
  webexaudit signatures export --format suricata -o webex.rules
  webexaudit signatures export --format bpf --policy 2026-01-31`,
		Args: arguments(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.exportSignatures(c.Context(), *dir, policy, format, out, overwrite)
		},
	}
	c.Flags().StringVarP(&format, "format", "T", "", "`FORMAT`: "+strings.Join(exportNames(), ", "))
	c.Flags().StringVar(&policy, "policy", "latest", "signature pack: `ID`, latest or a date")
	c.Flags().StringVarP(&out, "out", "o", "", "write to `FILE` (default: standard output)")
	c.Flags().BoolVar(&overwrite, "overwrite", false, "replace the file")
	return c
}

func exportNames() (names []string) {
	for _, f := range signatures.ExportFormats() {
		names = append(names, f.Name)
	}
	return names
}

// exportList explains each format on a line.
func exportList() string {
	var b strings.Builder
	for _, f := range signatures.ExportFormats() {
		fmt.Fprintf(&b, "  %-17s %s\n", f.Name, f.Description)
	}
	return b.String()
}

func (p *program) exportSignatures(ctx context.Context, dir, policy, format, out string, overwrite bool) error {
	if format == "" {
		return usage("signatures export: --format is missing: one of %s", strings.Join(exportNames(), ", "))
	}
	if err := oneOf("format", format, exportNames()...); err != nil {
		return err
	}
	all, err := catalog(dir)
	if err != nil {
		return failure{statusUsage, err}
	}
	pack, err := all.Select(policy)
	if err != nil {
		return usage("--policy: %w", err)
	}
	var text bytes.Buffer
	if err := pack.Export(&text, format); err != nil {
		return failure{statusUsage, err}
	}
	if out == "" {
		if _, err := p.stdout.Write(text.Bytes()); err != nil {
			return failure{statusOutput, fmt.Errorf("standard output: %w", err)}
		}
		return nil
	}
	if err := (&outputs{overwrite: overwrite}).free(out); err != nil {
		return failure{statusOutput, err}
	}
	err = writing{ctx: ctx, overwrite: overwrite}.replace(out, func(w io.Writer) error {
		_, err := w.Write(text.Bytes())
		return err
	})
	if err != nil {
		return failure{statusOutput, err}
	}
	return nil
}
