package analyzer

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/compare"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/record"
)

// CapturePoint names the captures of one of two points.
type CapturePoint struct {
	Name  string
	Files []string // no standard input: they are read twice
}

// Compare analyses two capture points of the same calls and compares them. All but the files is that of c. The set
// holds the comparison with its findings, and the health of both captures; flows and calls are those of [Run] for each
// point. As with Run, the set is complete for what was read even when the error is not nil.
func Compare(ctx context.Context, c Config, points [2]CapturePoint) (*record.Set, error) {
	var sides [2]compare.Point
	var problems []error
	for i, p := range points {
		one := c
		one.Files = p.Files
		set, err := Run(ctx, one)
		if set == nil {
			return nil, err
		}
		problems = append(problems, err)
		sides[i] = compare.Point{Name: p.Name, Set: set, Packets: func(show func(*decode.Packet)) error {
			return ingest.Packets(ctx, one.ingest(nil), show)
		}}
	}
	if ctx.Err() != nil {
		return nil, errors.Join(problems...)
	}
	a, b := sides[0].Set, sides[1].Set
	run := *a.Run
	run.Files, run.Arguments = slices.Concat(a.Run.Files, b.Run.Files), c.Arguments
	run.Vantage = record.Vantage{Value: "unknown", Reason: "two capture points are compared"}
	set := &record.Set{Run: &run, Health: slices.Concat(a.Health, b.Health)}
	var err error
	if set.Comparison, set.Compared, err = compare.Streams(sides[0], sides[1]); err != nil {
		return nil, errors.Join(append(problems, err)...)
	}
	o := c.Audit
	o.Site, o.Workers, o.Catalogue = c.Site, c.Workers, cmp.Or(o.Catalogue, catalogue.All())
	set.Findings, set.Summary = audit.Run(set, o)
	return set, errors.Join(problems...)
}
