package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"webexaudit/analyzer"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/privilege"
	"webexaudit/analyzer/record"
)

func (p *program) analyzeCommand() *cobra.Command {
	var f analyzeFlags
	c := &cobra.Command{
		Use:   "analyze [flags] FILE...",
		Short: "Audit captures or live traffic: captures in, verdict out",
		Long: `Analyze reads capture files (pcap, pcapng, snoop; plain, gzip or zstd), directories of them, - for standard input, or listens
on interfaces, and prints a summary. Files are taken in the order of their time. Packets are read once; nothing is sent.`,
		Annotations: map[string]string{"after": statusHelp},
		Example: `  webexaudit analyze complaint.pcapng
  webexaudit analyze --vantage inside --site site.yaml --fail-on high captures/
  webexaudit analyze --client 10.20.1.15 --from 10:00 --to 10:30 --tz Europe/Berlin complaint.pcapng
  webexaudit analyze -o report.html complaint.pcapng
  webexaudit analyze -o run.jsonl -o report.json -q 'span-*.pcap.gz'
  webexaudit analyze --format json complaint.pcap | jq .summary
  tcpdump -i eth0 -w - | webexaudit analyze -
  webexaudit analyze --follow /var/spool/captures -o report.html
  sudo webexaudit analyze -i eth0 --duration 10m --parquet lake/ --sensor hq-span1`,
		RunE: func(c *cobra.Command, args []string) error { return p.analyze(c, &f, args) },
	}
	c.Flags().SortFlags = false
	f.addInput(c.Flags())
	f.addJudgement(c.Flags())
	f.gate.add(c.Flags())
	f.except.add(c.Flags())
	f.output.add(c.Flags())
	f.output.addEvidence(c.Flags())
	addConfig(c.Flags())
	return c
}

// analyze is the program's main job. What can be known to be wrong is said before the first packet is read.
func (p *program) analyze(c *cobra.Command, f *analyzeFlags, args []string) error {
	if f.list {
		return p.interfaces()
	}
	if _, err := configure("analyze", c.Flags()); err != nil {
		return err
	}
	config, err := f.config(c.Flags(), args)
	if err != nil {
		return err
	}
	if f.each {
		return p.eachFile(c.Context(), f, config)
	}
	outs, err := f.output.plan(p)
	if err != nil {
		return err
	}
	except, err := f.except.load(c.Context(), p, ruleIDs(config.Audit.Own))
	if err != nil {
		return err
	}
	problem := p.find(&config)
	if problem != nil && len(config.Files) == 0 && config.Follow == "" {
		return problem
	}
	if err := p.ready(c.Context(), outs, &config); err != nil {
		return err
	}
	outs.evidence.keep(&config, int64(f.output.evidenceMemory.sizeFlag))
	begin(c.Context())
	end := exit{c.Context(), len(config.Interfaces) > 0 || config.Follow != "", problem, except}
	set, err := p.audit(c.Context(), f, config, outs, end)
	end.err = errors.Join(problem, err)
	return p.conclude(end, config.Audit, outs, set)
}

// audit reads and judges.
func (p *program) audit(ctx context.Context, f *analyzeFlags, c analyzer.Config, outs *outputs,
	end exit) (*record.Set, error) {
	bar := newProgress(f.output.progress, f.output.quiet, p.stderr)
	if bar != nil {
		c.Progress = bar.report
	}
	defer bar.stop()
	limitMemory(c.MaxMemory)
	paths := outs.reach()
	paths.Read, paths.Trees = c.Files, f.trees()
	paths.Listen, paths.Connect = ports(c.Interfaces)
	spills(&c, &paths)
	p.confine(len(c.Interfaces) > 0, f.output.quiet, paths)
	if c.Window > 0 {
		return p.inWindows(ctx, f, c, outs, end)
	}
	return p.analyzer(ctx, c)
}

// find puts the capture files that the arguments name in their place.
func (p *program) find(c *analyzer.Config) (problem error) {
	for _, name := range twice(c.Files) {
		p.say(fmt.Errorf("%s: the same file was named twice; it is read once", name))
	}
	c.Files, problem = inputs(c.Files)
	c.Stdin = p.stdin
	c.Live.Notice = func(text string) { p.say(errors.New(text)) }
	return problem
}

// ready finds out, before anything is read, whether the outputs can be written, and arranges that a live capture gives
// up its privileges once the interfaces are open.
func (p *program) ready(ctx context.Context, outs *outputs, c *analyzer.Config) error {
	if len(c.Interfaces) > 0 && p.lessen {
		who, err := outs.checkLive()
		c.Opened = func() error { return privilege.Become(who) }
		return err
	}
	if err := outs.check(c.Files); err != nil {
		return err
	}
	if c.Follow != "" {
		return nil // what will be read, nobody knows yet
	}
	return outs.alreadyStored(ctx, *c, c.Files)
}

// twice are the files among the arguments that another argument names too, also by a link.
func twice(args []string) (list []string) {
	var seen []os.FileInfo
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil || info.IsDir() {
			continue
		}
		if slices.ContainsFunc(seen, func(other os.FileInfo) bool { return os.SameFile(info, other) }) {
			list = append(list, arg)
		}
		seen = append(seen, info)
	}
	return list
}

// inputs expands the arguments to capture files. What cannot be found is an error, but no reason to leave out the rest.
func inputs(args []string) (files []string, err error) {
	var good []string
	var problems []error
	for _, arg := range args {
		if _, err := capture.Expand([]string{arg}); err != nil {
			problems = append(problems, err)
			continue
		}
		good = append(good, arg)
	}
	files, err = capture.Expand(good)
	if problems = append(problems, err); errors.Join(problems...) == nil {
		return files, nil
	}
	return files, failure{statusInput, errors.Join(problems...)}
}
