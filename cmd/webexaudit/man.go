package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"webexaudit/signatures"
)

func (p *program) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man [DIR]",
		Short: "Print the manual page, or write one for each command into a directory",
		Long: `Man prints the manual page of webexaudit in the form that man reads. With a directory it writes webexaudit.1 and one page
for each command, such as webexaudit-analyze.1; files of these names are replaced.`,
		Example: `  webexaudit man > webexaudit.1
  webexaudit man /usr/local/share/man/man1`,
		Args: arguments(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				_, page, err := manPage(c.Root())
				if err != nil {
					return err
				}
				return p.print(strings.TrimSuffix(string(page), "\n"))
			}
			return writeManual(c.Root(), args[0])
		},
	}
}

// writeManual writes the pages of a command and of those below it.
func writeManual(c *cobra.Command, dir string) error {
	if !c.IsAvailableCommand() && c.HasParent() {
		return nil
	}
	name, page, err := manPage(c)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, name), page, 0o644); err != nil {
		return failure{statusOutput, errors.New(dir + ": " + cause(err).Error())}
	}
	for _, sub := range c.Commands() {
		if err := writeManual(sub, dir); err != nil {
			return err
		}
	}
	return nil
}

// manPage is the page of a command and the name of its file. Equal sources give equal pages: their date is that of the
// newest signature pack.
func manPage(c *cobra.Command) (name string, page []byte, err error) {
	title := strings.ReplaceAll(c.CommandPath(), " ", "-")
	header := &doc.GenManHeader{Title: strings.ToUpper(title), Section: "1", Source: "webexaudit " + release,
		Manual: "Webexaudit manual"}
	if newest, err := signatures.Builtin().Select("latest"); err == nil {
		if day, err := time.Parse(time.DateOnly, newest.Date); err == nil {
			header.Date = &day
		}
	}
	one := *c
	one.DisableAutoGenTag = true
	if one.Long == "" {
		one.Long = one.Short + "."
	}
	if after := one.Annotations["after"]; after != "" {
		one.Long += "\n\n```\n" + after + "\n```"
	}
	var b bytes.Buffer
	err = doc.GenMan(&one, header, &b)
	return title + ".1", b.Bytes(), err
}
