package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"webexaudit/cmd/webexaudit-lake/store"
)

// release is the version that stands in the records: that of webexaudit, whose analysis it is.
const release = "0.1.0"

// The exit statuses, with the meaning that they have in webexaudit.
const (
	statusOK          = 0
	statusUsage       = 2
	statusInput       = 3
	statusOutput      = 5
	statusInterrupted = 130
)

const statusHelp = `Exit status:
  0    all was done
  2    the command line or the plan is wrong; nothing was done
  3    a capture is missing, empty, damaged or of an unknown kind, or is not what was planned; the rest was analysed
  5    the lake cannot be read or written, or a task failed: do it again
  130  interrupted; what was finished is in the lake, the rest is done when the command is given again`

// failure is an error with the exit status that it leads to. Without err there is nothing to say beyond the status.
type failure struct {
	status int
	err    error
}

func (f failure) Error() string {
	if f.err == nil {
		return ""
	}
	return f.err.Error()
}

func (f failure) Unwrap() error { return f.err }

// usage is an error of the command line: one clear sentence.
func usage(format string, args ...any) error {
	return failure{statusUsage, fmt.Errorf(format, args...)}
}

// program is one invocation.
type program struct {
	stdout, stderr io.Writer
	lake           string
}

// run executes one command line and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	p := &program{stdout: stdout, stderr: stderr}
	root := p.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && err.Error() != "" {
		p.say("%s", err)
	}
	var f failure
	switch {
	case ctx.Err() != nil:
		return statusInterrupted
	case err == nil:
		return statusOK
	case errors.As(err, &f):
		return f.status
	}
	return statusUsage
}

// say writes to standard error, each line behind the program's name, without what could steer a terminal.
func (p *program) say(format string, args ...any) {
	for line := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
		fmt.Fprintln(p.stderr, "webexaudit-lake: "+safe(line))
	}
}

func safe(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, line)
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "webexaudit-lake",
		Short: "Audit captures of many sensors into a lake of Parquet tables, and ask it",
		Long: `Webexaudit-lake audits packet captures of many sensors as webexaudit does, on one machine or on many, and keeps flows,
calls, media quality and findings as Parquet tables: in a folder, or in S3, Google Cloud Storage or Azure. It answers
questions about them with SQL that is part of it.`,
		Example: `  webexaudit-lake run --lake lake captures/
  webexaudit-lake query --lake lake fleet-posture`,
		Version: release, SilenceErrors: true, SilenceUsage: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetHelpTemplate(root.HelpTemplate() + "\n" + statusHelp + "\n")
	root.PersistentFlags().StringVar(&p.lake, "lake", os.Getenv("WEBEXAUDIT_LAKE"),
		"the lake: a folder, s3://BUCKET/PREFIX, gs://… or azblob://… (default: WEBEXAUDIT_LAKE)")
	root.AddCommand(p.commands()...)
	return root
}

// openLake opens the lake that --lake names.
func (p *program) openLake(ctx context.Context) (*store.Store, error) {
	if p.lake == "" {
		return nil, usage("--lake is missing: the folder or bucket of the lake")
	}
	s, err := store.Open(ctx, p.lake)
	if err != nil {
		return nil, usage("--lake: %w", err)
	}
	return s, nil
}
