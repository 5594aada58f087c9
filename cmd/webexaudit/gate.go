package main

import (
	"github.com/spf13/pflag"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
)

// gateFlags decide when an audit that ran to its end has failed.
type gateFlags struct {
	failOn, minConfidence string
	coverage              float64
}

func (f *gateFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.failOn, "fail-on", "none", "exit with 1 if a rule of this `SEVERITY` or worse fails: none, low, medium, high, critical")
	fs.StringVar(&f.minConfidence, "min-confidence", "probable", "least `CONFIDENCE` of the findings that count: possible, probable, confirmed")
	fs.Float64Var(&f.coverage, "require-coverage", 0, "exit with 4 if less than this `PERCENT` of the applicable rules could be judged")
}

// options are the gates as the audit wants them.
func (f *gateFlags) options() (o audit.Options, err error) {
	if err := oneOf("fail-on", f.failOn, "none", "low", "medium", "high", "critical"); err != nil {
		return o, err
	}
	if err := oneOf("min-confidence", f.minConfidence, "possible", "probable", "confirmed"); err != nil {
		return o, err
	}
	if !(f.coverage >= 0 && f.coverage <= 100) {
		return o, usage("--require-coverage %v: want a percentage between 0 and 100", f.coverage)
	}
	if f.failOn != "none" {
		o.FailOn = record.Severity(f.failOn)
	}
	o.MinConfidence, o.Coverage = record.Confidence(f.minConfidence), f.coverage
	return o, nil
}
