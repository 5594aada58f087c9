package main

import (
	"errors"
	"fmt"
	"slices"
)

// The exit statuses. They are part of the interface; scripts rely on them.
const (
	statusOK         = 0
	statusFindings   = 1
	statusUsage      = 2
	statusInput      = 3
	statusCoverage   = 4
	statusOutput     = 5
	statusCapture    = 6
	statusGone       = 7
	statusHangUp     = 129
	statusInterrupt  = 130
	statusTerminated = 143
)

const statusHelp = `Exit status:
  0    ran to the end; nothing at or above --fail-on
  1    ran to the end; a rule failed at or above --fail-on and --min-confidence (warnings never count), with --fail-on-new
       one that the baseline lacks
  2    the command line, configuration, waivers, baseline, rules or policy are wrong; nothing was analysed
  3    an input is missing, empty, unreadable, damaged (a stored run also: without its summary, cut short
       by a signal, or, with a gate, of damaged inputs) or of an unknown kind; the rest was analysed and reported
  4    ran to the end, but less could be judged than --require-coverage asks for, or nothing about the network
  5    an output cannot be written, or exists and --overwrite is not given; checked before the analysis starts
  6    a live capture could not start (permission, no such interface)
  7    a live capture failed while it ran; what was captured until then was analysed and reported
  130  interrupted (143: terminated, 129: hung up) while analysing files or reading a stored run; the partial result was
       written. A live capture that is stopped this way has ended normally
Where several apply, the first of 2, 6, 130, 143, 129, 5, 7, 3, 1, 4 counts.`

// precedence: the first of these that applies is the exit status.
var precedence = [...]int{statusUsage, statusCapture, statusInterrupt, statusTerminated, statusHangUp, statusOutput,
	statusGone, statusInput, statusFindings, statusCoverage}

// worst is the status that counts where several apply.
func worst(statuses ...int) int {
	for _, s := range precedence {
		if slices.Contains(statuses, s) {
			return s
		}
	}
	return statusOK
}

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

// statusOf is the exit status of an error. What has none of its own comes from the command line.
func statusOf(err error) int {
	if err == nil {
		return statusOK
	}
	var f failure
	if errors.As(err, &f) {
		return f.status
	}
	return statusUsage
}
