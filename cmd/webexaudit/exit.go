package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"webexaudit/analyzer"
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/capture"
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
	o = e.apply(set, o)
	gateStatus, gateReason := audit.ExitCode(set.Findings, set.Summary, o)
	final := worst(status, gateStatus)
	if final == gateStatus {
		reason = gateReason
	}
	set.Summary.ExitCode, set.Summary.ExitReason = final, oneLine(reason)
	outs.nothing = status == statusInput && !anyPacket(set)
	if err := outs.write(set); err != nil {
		return failure{worst(final, statusOutput), err}
	}
	return failureOrNil(final)
}

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
	var statuses []int
	if len(lines) > 0 {
		statuses = append(statuses, problemStatus(e.err))
	}
	if errors.Is(e.err, context.Canceled) && !e.live {
		statuses = append(statuses, interruptStatus(e.ctx))
		lines = slices.Insert(lines, 0, "interrupted: the results cover what was read until then")
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
	}
	return statusInput
}

// interruptStatus tells SIGTERM from Ctrl-C by the cause that signal.NotifyContext gives.
func interruptStatus(ctx context.Context) int {
	if strings.HasPrefix(fmt.Sprint(context.Cause(ctx)), syscall.SIGTERM.String()) {
		return statusTerminated
	}
	return statusInterrupt
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
