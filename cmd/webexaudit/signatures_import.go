package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"webexaudit/signatures"
)

// maxImport is the largest saved copy that is read.
const maxImport = 16 << 20

func (p *program) importCommand(dir *string) *cobra.Command {
	var o signatures.ImportOptions
	var out string
	var overwrite bool
	c := &cobra.Command{
		Use: "import FILE", Short: "Compare a saved copy of a published list with the newest pack and write the differences as an overlay",
		Long: `Reads prefixes and names from a saved copy of a published list (text, CSV or JSON), prints what was added and removed
against the newest pack, and with --out writes an overlay with a new pack of the copy's date. Built-in packs are never changed:
use the overlay with --signatures DIR. A copy that is too short, or in which half of the newest pack is missing, is refused.`,
		Example: "  webexaudit signatures import ranges.txt --date 2026-11-01 --out own/media.yaml",
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			return p.importSignatures(*dir, args[0], out, overwrite, o)
		},
	}
	c.Flags().StringVar(&o.Date, "date", "", "`DATE` of the copy (YYYY-MM-DD)")
	c.Flags().StringVar(&o.Kind, "kind", signatures.KindMedia, "`KIND` of the list: media, calling, government")
	c.Flags().StringVarP(&out, "out", "o", "", "write the overlay to `FILE` (default: only print the differences)")
	c.Flags().BoolVar(&overwrite, "overwrite", false, "replace the file")
	return c
}

func (p *program) importSignatures(dir, path, out string, overwrite bool, o signatures.ImportOptions) error {
	if o.Date == "" {
		return usage("--date is missing: the date of the copy, YYYY-MM-DD")
	}
	target := &outputs{overwrite: overwrite}
	if out != "" {
		if filepath.Ext(out) != ".yaml" {
			return usage("--out %s: overlays are files that end in .yaml", out)
		}
		if err := target.free(out); err != nil {
			return failure{statusOutput, err}
		}
	}
	data, err := readAtMost(path)
	if err != nil {
		return failure{statusInput, err}
	}
	list, err := signatures.ReadListing(filepath.Base(path), data)
	if err != nil {
		return failure{statusInput, err}
	}
	all, err := catalog(dir)
	if err != nil {
		return failure{statusUsage, err}
	}
	o.From = filepath.Base(path)
	im, err := all.Import(list, o)
	if err != nil {
		return failure{statusInput, fmt.Errorf("%s: %w", path, err)}
	}
	return p.imported(im, out)
}

// imported prints the differences and writes the overlay.
func (p *program) imported(im *signatures.Import, out string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "against pack %s: %d prefixes kept\n", im.Against, im.Kept)
	listed := func(what string, l signatures.Listing) {
		for _, x := range l.Prefixes {
			fmt.Fprintf(&b, "%-8s %s\n", what, x)
		}
		for _, x := range l.Names {
			fmt.Fprintf(&b, "%-8s %s\n", what, x)
		}
	}
	listed("added", im.Added)
	listed("removed", im.Removed)
	switch {
	case im.YAML == nil:
		b.WriteString("nothing to write: no new entry, and no prefix is gone\n")
	case out == "":
		b.WriteString("nothing is written; --out FILE.yaml writes the overlay\n")
	default:
		if err := os.WriteFile(out, im.YAML, 0o644); err != nil {
			return failure{statusOutput, err}
		}
		fmt.Fprintf(&b, "%s: pack %s; read it, then use it with --signatures %s\n", out, im.Pack, filepath.Dir(out))
	}
	return p.print(b.String())
}

func readAtMost(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxImport+1))
	if err == nil && len(data) > maxImport {
		err = fmt.Errorf("%s: larger than %d bytes, no list of ranges", path, maxImport)
	}
	return data, err
}
