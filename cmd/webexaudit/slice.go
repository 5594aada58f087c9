package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/privilege"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/slice"
)

// sliceFlags say what is cut and where it goes.
type sliceFlags struct {
	findings, calls, flows []string
	shown                  shownFlags
	out                    string
	overwrite, headers     bool
	size                   fileSize
	analyze                analyzeFlags
	paths                  privilege.Paths // of the output
}

func (p *program) sliceCommand() *cobra.Command {
	var f sliceFlags
	c := &cobra.Command{
		Use:   "slice [flags] FILE...",
		Short: "Cut the packets of a finding, call, client, flow or time out of a capture",
		Long: `Slice writes a pcapng file with packets of captures as they were captured, for a ticket or for Wireshark. FILE is a stored run
(analyze -o run.jsonl), whose captures are looked for where they were and may also be named behind it; or captures, which
are audited first. The captures must be those that were audited: their hashes are compared.

A finding is cut with what it is judged by: its flows and evidence, and of the clients that it names all Webex flows and
other TLS from ten minutes before to ten minutes after, and their DNS lookups of Webex names; a call likewise. Whom a
finding only compares these clients with is left out. --client takes every packet of a client. --client, --from and --to
narrow --finding, --call and --flow. Findings about the capture as a whole (most CAP, DAT) have no packets of their own.

The file says in its section comment what was cut out of which capture, and in a packet comment what each finding is, at
the first packet of its evidence. In Wireshark: frame.comment.

--headers cuts payload off: media, application data of TLS, bodies of HTTP, whatever is not known. Kept are link to
transport headers, and what the rules read: RTP headers with extensions, RTCP, STUN, DNS, NTP, the handshakes of TLS, DTLS
and QUIC with names and certificates, heads of HTTP messages, SIP with SDP. Addresses and names stay.`,
		Example: `  webexaudit slice --finding WXA-MED-001 -o evidence.pcapng complaint.pcapng
  webexaudit slice --finding 3f0c9a7be1d25486 --headers -o evidence.pcapng run.jsonl
  webexaudit slice --client 10.20.1.15 --from 10:14 --to 10:20 -o call.pcapng run.jsonl complaint.pcapng
  webexaudit slice --call 5b1e0c22d7a94f10 -o - run.jsonl | tshark -r - -Y frame.comment`,
		Annotations: map[string]string{"missing": "a stored run or captures"},
		Args:        arguments(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return p.slice(c.Context(), c.Flags(), &f, args)
		},
	}
	c.Flags().SortFlags = false
	f.add(c.Flags())
	return c
}

func (f *sliceFlags) add(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.findings, "finding", nil, "cut the finding with this `ID` (finding_id), or all that fail or warn of a rule such as WXA-MED-001 (repeatable)")
	fs.StringArrayVar(&f.calls, "call", nil, "cut the call with this `ID` (session_id; repeatable)")
	fs.StringArrayVar(&f.flows, "flow", nil, "cut the flow with this `ID` (flow_id or Community ID; repeatable)")
	fs.StringVar(&f.shown.client, "client", "", "cut the packets of this `ADDRESS` (or prefix)")
	fs.StringVar(&f.shown.from, "from", "", "cut from this `TIME` on: 10:14 or 10:14:30 of the first day, 2026-09-07T10:14, or with a zone")
	fs.StringVar(&f.shown.to, "to", "", "cut up to this `TIME`")
	fs.StringVar(&f.shown.tz, "tz", "", "`ZONE` of --from and --to: local, utc or a name such as Europe/Berlin (default: local on a terminal, else utc)")
	fs.StringVarP(&f.out, "out", "o", "", "pcapng file to write to, or - for standard output: `PATH`")
	fs.BoolVar(&f.overwrite, "overwrite", false, "replace an existing file")
	fs.BoolVar(&f.headers, "headers", false, "cut payload off")
	fs.Var(&f.size, "max-size", "write at most about `SIZE` of packets (bytes, or with K, M, G); what had no room is counted")
	f.analyze.addReading(fs)
	f.analyze.addJudgement(fs)
}

// slice cuts packets. What can be known to be wrong is said before the first packet is read.
func (p *program) slice(ctx context.Context, fs *pflag.FlagSet, f *sliceFlags, args []string) error {
	show, err := f.shown.parse(p.stdout)
	if err != nil {
		return err
	}
	if len(f.findings)+len(f.calls)+len(f.flows) == 0 && f.shown == (shownFlags{tz: f.shown.tz}) {
		return usage("say what to cut: --finding, --call, --flow, --client, --from or --to")
	}
	if f.out == "" {
		return usage("say where to: -o FILE.pcapng (- for standard output)")
	}
	outs := &outputs{overwrite: f.overwrite}
	if f.out != "-" {
		outs.files = []outFile{{path: f.out}}
	}
	if err := outs.check(args); err != nil {
		return err
	}
	begin(ctx)
	f.paths = outs.reach()
	run, problem := p.audited(ctx, fs, f, args)
	if run == nil {
		return problem
	}
	p.say(problem)
	job, err := run.job(f, show)
	if err != nil {
		return err
	}
	out := &sliceOutput{p: p, x: writing{ctx: ctx, overwrite: f.overwrite}, path: f.out}
	job.Begin = func(n slice.Count) (io.WriteCloser, capture.Section, error) {
		return out.begin(n, run.section(job, n))
	}
	err = slice.Cut(ctx, run.source, []*slice.Job{&job.Job})
	return out.finish(ctx, err, statusOf(problem), run)
}

// job turns the flags into what is cut.
func (r *slicedRun) job(f *sliceFlags, show shown) (*sliceJob, error) {
	var parts []slice.Selection
	var picked []*record.Finding
	j := &sliceJob{about: []string{}}
	for _, id := range f.findings {
		list, err := r.findings(id)
		if err != nil {
			return nil, err
		}
		picked = append(picked, list...)
		for _, x := range list {
			j.about = append(j.about, fmt.Sprintf("finding %s (%s)", x.Rule, x.FindingID))
		}
	}
	if len(picked) > 0 {
		parts = append(parts, slice.OfFindings(r.set, picked))
	}
	for _, id := range f.calls {
		x, err := r.call(id)
		if err != nil {
			return nil, err
		}
		parts = append(parts, slice.OfSessions(r.set, []*record.Session{x}))
		j.about = append(j.about, "call "+x.SessionID)
	}
	for _, id := range f.flows {
		list, err := r.flows(id)
		if err != nil {
			return nil, err
		}
		parts = append(parts, slice.Selection{Flows: list})
		j.about = append(j.about, "flow "+id)
	}
	j.narrow(r, parts, show)
	j.Headers, j.MaxBytes = f.headers, int64(f.size.sizeFlag)
	j.comment(r.set, picked)
	if j.empty() {
		return nil, usage("%s: about the whole capture, and without packets of its own; cut by --client or --from and --to", strings.Join(f.findings, ", "))
	}
	return j, nil
}

// finish settles the output and the exit status.
func (o *sliceOutput) finish(ctx context.Context, err error, earlier int, run *slicedRun) error {
	if ctx.Err() != nil {
		o.discard()
		return failure{interruptStatus(ctx), errors.New("interrupted: no slice was written")}
	}
	if o.err != nil {
		o.discard()
		return o.err
	}
	if !o.closed {
		o.discard()
		return failure{statusInput, err}
	}
	note := o.note(run)
	if err := o.publish(); err != nil {
		return failure{statusOutput, err}
	}
	if perr := o.tell(note); perr != nil {
		return perr
	}
	if err != nil {
		return failure{worst(statusInput, earlier), err}
	}
	return failureOrNil(earlier)
}
