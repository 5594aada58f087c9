package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"webexaudit/cmd/webexaudit-lake/query"
)

// queryFlags say what is asked and how the answer is written.
type queryFlags struct {
	format, sql, since, until, date, cache, memory string
	show                                           bool
}

func (p *program) queryCommand() *cobra.Command {
	var f queryFlags
	var about strings.Builder
	for _, q := range query.All() {
		fmt.Fprintf(&about, "\n  %-18s %s", q.Name, q.Answers)
	}
	c := &cobra.Command{
		Use:   "query [NAME]",
		Short: "Ask the lake",
		Long: `Query answers a question about the tables of a lake with DuckDB, which is built in. Tables of a bucket are fetched first,
of the days that are asked for and as far as the question needs them. Questions:` + about.String(),
		Example: `  webexaudit-lake query --lake lake fleet-posture
  webexaudit-lake query --lake s3://audit/lake new-and-fixed --date 2026-09-01 --format md
  webexaudit-lake query --lake lake --sql 'SELECT service, count(*) AS flows FROM newest_flows GROUP BY service'
  webexaudit-lake query --show worst-calls`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return p.query(c.Context(), &f, args) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.format, "format", "table", "`FORMAT` of the answer: "+strings.Join(query.Formats, ", "))
	fs.StringVar(&f.since, "since", "", "first `DAY` (UTC) of the rows, as 2026-09-01")
	fs.StringVar(&f.until, "until", "", "last `DAY` (UTC) of the rows")
	fs.StringVar(&f.date, "date", "", "`DAY` that new-and-fixed compares with (default: a week ago)")
	fs.StringVar(&f.sql, "sql", "", "ask this `STATEMENT` of SQL instead")
	fs.BoolVar(&f.show, "show", false, "print the SQL of the question and ask nothing; without a name that of the views")
	fs.StringVar(&f.cache, "cache", "", "`FOLDER` that keeps what is fetched from a bucket for the next time")
	fs.StringVar(&f.memory, "memory", "", "`SIZE` that DuckDB's memory stays below, such as 4GB")
	return c
}

func (p *program) query(ctx context.Context, f *queryFlags, args []string) error {
	if f.show && len(args) == 0 {
		_, err := fmt.Fprint(p.stdout, query.Views())
		return err
	}
	q, o, err := f.question(args)
	if err != nil {
		return err
	}
	if f.show {
		_, err := fmt.Fprint(p.stdout, q.SQL)
		return err
	}
	lake, err := p.openLake(ctx)
	if err != nil {
		return err
	}
	defer lake.Close()
	answer, err := query.Ask(ctx, lake, q, o)
	if err != nil {
		return failure{statusOutput, err}
	}
	return answer.Write(p.stdout, f.format)
}

// question is what the command line asks.
func (f *queryFlags) question(args []string) (q query.Question, o query.Options, err error) {
	switch {
	case f.sql != "" && len(args) > 0:
		return q, o, usage("either --sql or the name of a question")
	case f.sql != "":
		q = query.Own(f.sql)
	case len(args) == 0:
		return q, o, usage("the name of a question is missing (query --help lists them), or --sql")
	default:
		if q, err = query.Find(args[0]); err != nil {
			return q, o, usage("%w", err)
		}
	}
	if !slices.Contains(query.Formats, f.format) {
		return q, o, usage("--format %s: want one of %s", f.format, strings.Join(query.Formats, ", "))
	}
	o.Cache, o.Memory = f.cache, f.memory
	for _, day := range []struct {
		name, text string
		to         *time.Time
	}{{"since", f.since, &o.Since}, {"until", f.until, &o.Until}, {"date", f.date, &o.Date}} {
		if day.text == "" {
			continue
		}
		if *day.to, err = time.Parse(time.DateOnly, day.text); err != nil {
			return q, o, usage("--%s %s: want a day such as 2026-09-01", day.name, day.text)
		}
	}
	return q, o, nil
}
