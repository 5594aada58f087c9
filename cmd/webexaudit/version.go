package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/privilege"
	"webexaudit/signatures"
)

// release is the version that stands in every run record. It changes with a release, not with a build: equal sources
// give equal records.
const release = "0.1.0"

func (p *program) versionCommand() *cobra.Command {
	var verbose bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version, the build and the newest signature pack",
		Args:  arguments(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			text := "webexaudit " + release + build()
			if newest, err := signatures.Builtin().Select("latest"); err == nil {
				text += fmt.Sprintf("\nsignature pack %s of %s, sha256 %s", newest.ID, newest.Date, newest.Digest)
			}
			if verbose {
				text += "\n" + privileges()
			}
			return p.print(text)
		},
	}
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "also tell what the program may do here, and what of it analyze, report and diff give up")
	return c
}

// privileges are a line for each thing that the kernel restricts or could restrict.
func privileges() string {
	var rows [][]string
	for _, fact := range privilege.State() {
		rows = append(rows, []string{fact.Name, fact.Text})
	}
	return aligned(rows)
}

// commit is set by make build, for builds in which go does not record it.
var commit string

// build is what the build says of itself: commit, compiler.
func build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return commitText(commit)
	}
	text, recorded := ", "+info.GoVersion, false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			text, recorded = text+", commit "+s.Value, true
		case "vcs.modified":
			if s.Value == "true" {
				text += " with changes"
			}
		}
	}
	if !recorded {
		text += commitText(commit)
	}
	return text
}

func commitText(commit string) string {
	if commit == "" {
		return ", commit not recorded by the build"
	}
	return ", commit " + commit
}
