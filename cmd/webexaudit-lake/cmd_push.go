package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"webexaudit/cmd/webexaudit-lake/runs"
	"webexaudit/cmd/webexaudit-lake/store"
)

func (p *program) pushCommand() *cobra.Command {
	var remove bool
	c := &cobra.Command{
		Use:   "push FOLDER",
		Short: "Bring the windows of a watch into the lake",
		Long: `Push brings tables that webexaudit watch --parquet FOLDER has written into the lake, under the same names, each window when
all of it is there. Give it again, from a timer, while the watch goes on: what is in the lake is passed over, what came since is
brought. What is damaged or foreign is named, and the others go on. Tables of webexaudit analyze --parquet are
brought as well.`,
		Example: "  webexaudit-lake push --lake s3://audit/lake --remove /var/lib/webexaudit/tables",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			lake, err := p.openLake(c.Context())
			if err != nil {
				return err
			}
			defer lake.Close()
			return p.push(c.Context(), lake, args[0], remove)
		},
	}
	c.Flags().BoolVar(&remove, "remove", false, "remove from FOLDER the windows that are in the lake")
	return c
}

// push brings the runs of a folder into a lake, one after the other. What is wrong with one leaves the others alone;
// where the lake fails, it ends.
func (p *program) push(ctx context.Context, lake *store.Store, dir string, remove bool) error {
	dir, err := filepath.Abs(dir)
	if err == nil {
		_, err = os.ReadDir(dir)
	}
	if err != nil {
		return usage("%w", err)
	}
	if lake.Dir() == dir {
		return usage("%s is the lake itself", dir)
	}
	list, faults := runs.List(dir)
	brought, before := 0, 0
	for _, r := range list {
		_, there, err := r.Bring(ctx, lake)
		if err == nil && remove {
			err = r.Remove()
		}
		switch {
		case ofRun(err):
			faults = append(faults, err)
		case err != nil:
			return failure{statusOutput, err}
		case there:
			before++
		default:
			brought++
		}
	}
	for _, fault := range faults {
		p.say("left out: %s", fault)
	}
	fmt.Fprintf(p.stdout, "%d runs brought, %d were there, %d left out\n", brought, before, len(faults))
	if len(faults) > 0 {
		return failure{status: statusInput}
	}
	return nil
}

// ofRun tells what is wrong with a run from trouble with the lake.
func ofRun(err error) bool {
	return errors.Is(err, runs.ErrGone) || errors.Is(err, runs.ErrChanged) || errors.Is(err, runs.ErrDamaged)
}
