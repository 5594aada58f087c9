package main

import (
	"errors"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"webexaudit/analyzer"
)

func (p *program) compareCommand() *cobra.Command {
	var f analyzeFlags
	c := &cobra.Command{
		Use:   "compare [flags] A B",
		Short: "Compare two capture points of the same calls: where packets vanish, marks change, time is lost",
		Long: `Compare takes captures of the same calls at two points of their path, A and B in any order. Each is a capture file, a
directory or a quoted pattern of files. RTP streams are matched by SSRC, and their packets by sequence number and time stamp,
through address translation; the clocks are aligned by the packets themselves. It says for each stream and direction what was
lost before the first point, between the points and, by the receiver's reports, behind the second; which marks (DSCP) change;
and the delay between the points. What cannot be compared is named with the reason.

Media servers, session border controllers that make new streams, and encrypted tunnels between the points keep packets from
being matched. Captures are read twice, so standard input cannot be one of them.`,
		Annotations: map[string]string{"after": statusHelp, "missing": "a capture file, a directory or a pattern"},
		Example: `  webexaudit compare client-switch.pcapng outside.pcapng
  webexaudit compare -o compared.html -o compared.jsonl 'inside-*.pcap' 'outside-*.pcap'
  webexaudit compare --set WXA-CMP-001.max_percent=0.1 --fail-on medium a.pcapng b.pcapng`,
		Args: arguments(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, args []string) error { return p.compare(c, &f, [2]string(args)) },
	}
	c.Flags().SortFlags = false
	f.addReading(c.Flags())
	f.addJudgement(c.Flags())
	f.gate.add(c.Flags())
	f.except.add(c.Flags())
	f.output.add(c.Flags())
	return c
}

// compare is analyze for two points. What can be known to be wrong is said before the first packet is read.
func (p *program) compare(c *cobra.Command, f *analyzeFlags, args [2]string) error {
	config, err := f.config(c.Flags(), args[:])
	if err != nil {
		return err
	}
	config.Arguments[0] = "compare"
	outs, err := f.output.plan(p)
	if err != nil {
		return err
	}
	except, err := f.except.load(c.Context(), p, ruleIDs(config.Audit.Own))
	if err != nil {
		return err
	}
	points, problem := pointsOf(args)
	if problem != nil {
		return problem
	}
	if err := outs.check(slices.Concat(points[0].Files, points[1].Files)); err != nil {
		return err
	}
	config.Files = nil
	bar := newProgress(f.output.progress, f.output.quiet, p.stderr)
	if bar != nil {
		config.Progress = bar.report
	}
	limitMemory(config.MaxMemory)
	begin(c.Context())
	paths := outs.reach()
	paths.Read, paths.Trees = slices.Concat(points[0].Files, points[1].Files), f.trees()
	spills(&config, &paths)
	p.confine(false, f.output.quiet, paths)
	set, err := analyzer.Compare(c.Context(), config, points)
	bar.stop()
	if set == nil && c.Context().Err() != nil {
		return failure{interruptStatus(c.Context()), errors.New(partly + "nothing was compared")}
	}
	return p.conclude(exit{c.Context(), false, err, except}, config.Audit, outs, set)
}

// pointsOf expands the arguments to the captures of each point, which share no file.
func pointsOf(args [2]string) (points [2]analyzer.CapturePoint, err error) {
	var seen []os.FileInfo
	for i, arg := range args {
		if arg == "-" {
			return points, usage("standard input cannot be compared, as captures are read twice: write it to a file first")
		}
		files, err := inputs([]string{arg})
		if err != nil {
			return points, err
		}
		points[i] = analyzer.CapturePoint{Name: arg, Files: files}
		for _, name := range files {
			info, err := os.Stat(name)
			if err != nil {
				continue // reading says why
			}
			if i == 1 && slices.ContainsFunc(seen, func(other os.FileInfo) bool { return os.SameFile(info, other) }) {
				return points, usage("%s belongs to both points: name a capture of each", name)
			}
			if i == 0 {
				seen = append(seen, info)
			}
		}
	}
	return points, nil
}
