package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"webexaudit/analyzer"
	"webexaudit/analyzer/record"
)

// run executes one command line and returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := program{analyzer: analyzer.Run, stdin: stdin, stdout: stdout, stderr: stderr, lessen: true}
	return p.run(ctx, args)
}

// program is one invocation: its streams, and what does the work. Tests put a stand-in for the analyzer, and go on
// after it, so that nothing may be given up.
type program struct {
	analyzer       func(context.Context, analyzer.Config) (*record.Set, error)
	stdin          io.Reader
	stdout, stderr io.Writer
	lessen         bool // give up what is not needed any more
}

func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	err := root.ExecuteContext(ctx)
	p.say(err)
	return statusOf(err)
}

// say writes an error to standard error, each of its lines behind the program's name.
func (p *program) say(err error) {
	if err == nil || err.Error() == "" {
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintln(p.stderr, "webexaudit: "+safe(shorten(line)))
	}
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "webexaudit",
		Short: "Audit Cisco Webex traffic in packet captures",
		Long: `Webexaudit reads packet captures (pcap, pcapng, snoop; also compressed) or listens on interfaces, finds Cisco
Webex traffic and judges how the network treats it. It is passive: it sends nothing and resolves no names.`,
		Annotations: map[string]string{"after": statusHelp},
		Example: `  webexaudit analyze complaint.pcapng
  webexaudit analyze --vantage inside --fail-on high -o results/ captures/
  webexaudit explain WXA-MED-001`,
		Version:                    release,
		SilenceErrors:              true,
		SuggestionsMinimumDistance: 2,
		SilenceUsage:               true,
		Args:                       p.unknownCommand,
	}
	list := root.Flags().BoolP("list-interfaces", "D", false, "list the interfaces, as the command interfaces does")
	root.RunE = func(c *cobra.Command, _ []string) error {
		if *list {
			return p.interfaces()
		}
		return c.Help()
	}
	root.SetHelpTemplate(root.HelpTemplate() + "{{with .Annotations}}{{with .after}}\n{{.}}\n{{end}}{{end}}")
	root.SetVersionTemplate("webexaudit {{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		switch words := c.Flags().Args(); {
		case !c.HasParent() && len(words) > 0:
			return p.unknownCommand(c, words)
		case !c.HasParent():
			return usage("%w; flags stand behind a command, as in webexaudit analyze -r FILE", err)
		}
		return usage("%w (%s --help lists the flags)", err, c.CommandPath())
	})
	root.AddCommand(p.analyzeCommand(), p.watchCommand(), p.compareCommand(),
		p.reportCommand(), p.diffCommand(), p.sliceCommand(),
		p.anonymizeCommand(), p.explainCommand(), p.rulesCommand(), p.signaturesCommand(), p.interfacesCommand(),
		p.doctorCommand(), p.configCommand(),
		p.schemaCommand(), p.manCommand(), p.versionCommand(), p.tellCommand())
	foldHelp(root, screen(p.stdout))
	return root
}

// unknownCommand helps those who forget the verb.
func (p *program) unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if _, err := os.Stat(args[0]); err == nil {
		return usage("unknown command %q; to audit a capture: webexaudit analyze %s", args[0], args[0])
	}
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return usage("unknown command %q; did you mean webexaudit %s?", args[0], near[0])
	}
	return usage("unknown command %q (webexaudit --help lists the commands)", args[0])
}

// arguments is cobra's argument check with our exit status and words. The annotation "missing" says where to find what
// is missing; its name stands in the command's usage.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if check(c, args) == nil {
			return nil
		}
		command := strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
		words := strings.Fields(c.Use)
		want := slices.DeleteFunc(words[1:], func(w string) bool { return strings.HasPrefix(w, "[") })
		switch {
		case len(args) < len(want) && c.Annotations["missing"] != "":
			return usage("%s: %s is missing (%s)", command, want[len(args)], c.Annotations["missing"])
		case len(args) < len(want):
			return usage("%s: %s is missing", command, want[len(args)])
		case c.HasSubCommands():
			return usage("%s: there is no %q (%s --help lists what there is)", command, args[0], c.CommandPath())
		}
		return usage("%s: one argument too many: %s", command, args[len(args)-1])
	}
}
