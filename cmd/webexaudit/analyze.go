package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/capture"
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
  sudo webexaudit analyze -i eth0 --duration 10m --parquet lake/ --sensor hq-span1`,
		RunE: func(c *cobra.Command, args []string) error { return p.analyze(c, &f, args) },
	}
	c.Flags().SortFlags = false
	f.addInput(c.Flags())
	f.addJudgement(c.Flags())
	f.gate.add(c.Flags())
	f.except.add(c.Flags())
	f.output.add(c.Flags())
	return c
}

// analyze is the program's main job. What can be known to be wrong is said before the first packet is read.
func (p *program) analyze(c *cobra.Command, f *analyzeFlags, args []string) error {
	if f.list {
		return p.interfaces()
	}
	config, err := f.config(c.Flags(), args)
	if err != nil {
		return err
	}
	outs, err := f.output.plan(p)
	if err != nil {
		return err
	}
	except, err := f.except.load(c.Context(), p, ruleIDs(config.Audit.Own))
	if err != nil {
		return err
	}
	for _, name := range twice(config.Files) {
		p.say(fmt.Errorf("%s: the same file was named twice; it is read once", name))
	}
	given := len(config.Files)
	files, problem := inputs(config.Files)
	if given > 0 && len(files) == 0 {
		return problem
	}
	if err := outs.check(files); err != nil {
		return err
	}
	if err := outs.alreadyStored(c.Context(), config, files); err != nil {
		return err
	}
	config.Files, config.Stdin = files, p.stdin
	bar := newProgress(f.output.progress, f.output.quiet, p.stderr)
	if bar != nil {
		config.Progress = bar.report
	}
	limitMemory(config.MaxMemory)
	begin(c.Context())
	set, err := p.analyzer(c.Context(), config)
	bar.stop()
	live := len(config.Interfaces) > 0
	return p.conclude(exit{c.Context(), live, errors.Join(problem, err), except}, config.Audit, outs, set)
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
