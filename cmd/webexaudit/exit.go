package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/parallel"
	"webexaudit/analyzer/record"
)

// exit is how an analysis ended.
type exit struct {
	ctx  context.Context
	live bool
	err  error
	exceptions
}

// conclude settles the exit status, puts it into the summary, and writes the outputs.
func (p *program) conclude(e exit, o audit.Options, outs *outputs, set *record.Set) error {
	status, reason := e.status()
	if set == nil || status == statusUsage || status == statusCapture {
		return failure{status, errors.New(reason)}
	}
	if reason != "" {
		p.say(errors.New(reason))
	}
	if !errors.Is(e.err, analyzer.ErrUnjudged) {
		o = e.apply(set, o)
	}
	gateStatus, gateReason := audit.ExitCode(set.Findings, set.Summary, o)
	final := worst(status, gateStatus)
	if final == gateStatus {
		reason = gateReason
	}
	set.Summary.ExitCode, set.Summary.ExitReason = final, oneLine(reason)
	if strings.HasPrefix(reason, partly) {
		set.Summary.Notices = slices.Insert(set.Summary.Notices, 0, oneLine(reason))
	}
	outs.nothing = status == statusInput && !anyPacket(set)
	return p.finish(e.ctx, e.live, outs, outs.shown.narrow(set, o), final)
}

// finish writes the outputs. A signal that comes meanwhile leaves them a moment.
func (p *program) finish(ctx context.Context, live bool, outs *outputs, set *record.Set, status int) error {
	if live {
		ctx = context.WithoutCancel(ctx)
	}
	var problem error
	late := later(lastMoment(ctx), func() time.Duration { return 2 * writingMoment }) // for what only computes
	err := errBroken
	if parallel.Finish(late, func() { problem = outs.write(lastMoment(ctx), set) }) {
		err = problem
	}
	if err != nil {
		status = worst(status, statusOutput)
	}
	if ctx.Err() != nil {
		status = worst(status, interruptStatus(ctx))
	}
	if err == nil {
		return failureOrNil(status)
	}
	return failure{status, err}
}

// partly begins what is said of a run that a signal has cut short.
const partly = "interrupted: "

func anyPacket(set *record.Set) bool {
	return slices.ContainsFunc(set.Health, func(h *record.CaptureHealth) bool { return h.Packets > 0 })
}

// status is the exit status that it leads to, and why, a line for each problem. A live capture that is interrupted
// has ended as it should.
func (e exit) status() (status int, reason string) {
	if e.err == nil {
		return statusOK, ""
	}
	lines := slices.DeleteFunc(strings.Split(e.err.Error(), "\n"), func(line string) bool {
		return strings.HasSuffix(line, context.Canceled.Error())
	})
	unjudged := analyzer.ErrUnjudged.Error()
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == unjudged })
	var statuses []int
	if len(lines) > 0 {
		statuses = append(statuses, problemStatus(e.err))
	}
	switch {
	case e.live:
	case errors.Is(e.err, analyzer.ErrUnjudged):
		statuses, lines = append(statuses, interruptStatus(e.ctx)), slices.Insert(lines, 0, unjudged)
	case errors.Is(e.err, context.Canceled):
		statuses = append(statuses, interruptStatus(e.ctx))
		lines = slices.Insert(lines, 0, partly+"the results cover what was read until then")
	}
	return worst(statuses...), strings.Join(lines, "\n")
}

// problemStatus sorts the errors of an analysis. All that is not known otherwise is trouble with an input.
func problemStatus(err error) int {
	var config *analyzer.ConfigError
	switch {
	case errors.As(err, &config):
		return statusUsage
	case errors.Is(err, capture.ErrLive):
		return statusCapture
	case errors.Is(err, capture.ErrGone):
		return statusGone
	}
	return statusInput
}

func oneLine(text string) string {
	line, rest, more := strings.Cut(text, "\n")
	if more {
		return fmt.Sprintf("%s (and %d more)", line, strings.Count(rest, "\n")+1)
	}
	return line
}

// failureOrNil is an error that says no more than its status.
func failureOrNil(status int) error {
	if status == statusOK {
		return nil
	}
	return failure{status: status}
}
