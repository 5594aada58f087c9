package main

import (
	"time"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/wording"
	"webexaudit/cmd/webexaudit-lake/compact"
)

func (p *program) compactCommand() *cobra.Command {
	var before string
	var least int
	c := &cobra.Command{
		Use:   "compact",
		Short: "Make few files of many: one for each table, day and sensor",
		Long: `Compact makes one file of what the runs of a day have left of a sensor in a table, in the order of start, with filters for
addresses and ids. Rows stay as they are. It can be broken off and given again. Readers that do not look at the markers of
the lake may see rows twice while it runs; query never does.`,
		Example: "  webexaudit-lake compact --lake lake",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o := compact.Options{Before: time.Now().UTC().Truncate(24 * time.Hour), Files: least}
			o.Note = func(text string) { p.say("%s", text) }
			if before != "" {
				day, err := time.Parse(time.DateOnly, before)
				if err != nil {
					return usage("--before %s: want a day such as 2026-09-01", before)
				}
				o.Before = day
			}
			lake, err := p.openLake(c.Context())
			if err != nil {
				return err
			}
			defer lake.Close()
			r, err := compact.All(c.Context(), lake, o)
			p.say("%s of %s became %d", wording.Count(r.Before, "file", "files"),
				wording.Count(r.Folders, "folder", "folders"), r.After)
			if err != nil {
				return failure{statusOutput, err}
			}
			return nil
		},
	}
	c.Flags().StringVar(&before, "before", "", "compact what is of before this `DAY` (default: today, UTC)")
	c.Flags().IntVar(&least, "files", 2, "leave folders of fewer than so many files as they are")
	return c
}
