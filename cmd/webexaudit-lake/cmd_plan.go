package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webexaudit/analyzer"
	"webexaudit/analyzer/site"
	"webexaudit/cmd/webexaudit-lake/plan"
	"webexaudit/cmd/webexaudit-lake/store"
	"webexaudit/reports"
)

// planFlags say what is planned and how.
type planFlags struct {
	sensor, group, vantage, policy, site, made string
	reports                                    []string
	chunk                                      int64
	window                                     time.Duration
}

func (f *planFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.sensor, "sensor", "", "`NAME` of the sensor of all captures (default: their folder: the first one, or sensor=NAME)")
	fs.StringVar(&f.group, "group", "day", "what is audited in one go: `day` (captures of a sensor that begin on one day, UTC) or sensor")
	fs.Int64Var(&f.chunk, "chunk", 1<<30, "`BYTES` of consecutive captures in a task of map")
	fs.DurationVar(&f.window, "window", 0, "audit in windows of `TIME` of the packets' clock, as webexaudit watch does, such as 1h (default: each audit as a whole)")
	fs.StringVar(&f.vantage, "vantage", "", "`PLACE` where the captures were taken: "+strings.Join(site.Vantages(), ", "))
	fs.StringVar(&f.policy, "policy", "", "signature `PACK`: its id, latest, or a date (default: what was valid when it was captured)")
	fs.StringVar(&f.site, "site", "", "YAML `FILE` that describes the network; it becomes part of the plan")
	fs.StringSliceVar(&f.reports, "report", []string{"html", "json"}, "`FORMATS` of the report of each audit; none with an empty one")
	fs.StringVar(&f.made, "analyzed-at", "", "`TIME` of the analysis in the tables, such as 2026-09-07T10:14:00Z (default: SOURCE_DATE_EPOCH, else now)")
}

// settings checks the flags.
func (f *planFlags) settings() (s plan.Settings, made time.Time, err error) {
	s = plan.Settings{Version: release, Sensor: f.sensor, Group: f.group, Chunk: f.chunk, Vantage: f.vantage}
	s.Policy, s.Window = f.policy, f.window
	s.Reports = slices.DeleteFunc(slices.Clone(f.reports), func(name string) bool { return name == "" })
	switch {
	case f.group != "day" && f.group != "sensor":
		return s, made, usage("--group %s: want day or sensor", f.group)
	case f.chunk <= 0:
		return s, made, usage("--chunk %d: want a number of bytes", f.chunk)
	case f.window != 0 && f.window < analyzer.MinWindow:
		return s, made, usage("--window %v: want at least %v", f.window, analyzer.MinWindow)
	case f.vantage != "" && !slices.Contains(site.Vantages(), f.vantage):
		return s, made, usage("--vantage %s: want one of %s", f.vantage, strings.Join(site.Vantages(), ", "))
	}
	for _, name := range s.Reports {
		if format, ok := reports.ByName(name); !ok || format.File == "" {
			return s, made, usage("--report %s: there is no report of this name", name)
		}
	}
	if f.site != "" {
		text, err := os.ReadFile(f.site)
		if err == nil {
			_, err = site.Load(strings.NewReader(string(text)), f.site)
		}
		if err != nil {
			return s, made, usage("--site: %w", err)
		}
		s.Site, s.SiteName = string(text), f.site
	}
	made, err = moment(f.made, os.Getenv("SOURCE_DATE_EPOCH"))
	return s, made, err
}

func moment(flag, epoch string) (time.Time, error) {
	if flag != "" {
		t, err := time.Parse(time.RFC3339, flag)
		if err != nil {
			return t, usage("--analyzed-at %s: want a time such as 2026-09-07T10:14:00Z", flag)
		}
		return t, nil
	}
	if epoch != "" {
		n, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil || n < 0 || n > 1<<33 {
			return time.Time{}, usage("SOURCE_DATE_EPOCH %s: want seconds since 1970", epoch)
		}
		return time.Unix(n, 0), nil
	}
	return time.Now(), nil
}

func (p *program) planCommand() *cobra.Command {
	var f planFlags
	c := &cobra.Command{
		Use:   "plan CAPTURES",
		Short: "Find captures and divide them into tasks",
		Long: `Plan looks for captures in a folder or a bucket (s3://BUCKET/PREFIX …), reads when they begin, and writes into the lake
which tasks there are. What is no capture, damaged, or twice there, it names. It prints the plan's name.`,
		Example: "  webexaudit-lake plan --lake s3://audit/lake s3://span/captures/",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			made, lake, source, err := p.plan(c.Context(), &f, args[0])
			if err != nil {
				return err
			}
			defer lake.Close()
			defer source.Close()
			fmt.Fprintln(p.stdout, made.ID)
			return p.leftOut(made)
		},
	}
	c.Flags().SortFlags = false
	f.add(c.Flags())
	return c
}

// plan makes and saves a plan. What was there before by the same name is taken.
func (p *program) plan(ctx context.Context, f *planFlags, captures string) (made *plan.Plan,
	lake, source *store.Store, err error) {
	s, now, err := f.settings()
	if err != nil {
		return nil, nil, nil, err
	}
	if lake, err = p.openLake(ctx); err != nil {
		return nil, nil, nil, err
	}
	if source, err = store.Open(ctx, captures); err != nil {
		return nil, nil, nil, usage("%w", err)
	}
	if _, err := os.Stat(source.Dir()); source.Dir() != "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil, failure{statusInput, fmt.Errorf("%s: there is no such folder", source.Name())}
	}
	if within(lake, source) {
		return nil, nil, nil, usage("the lake %s lies among the captures: it needs a place of its own", lake.Name())
	}
	made, err = plan.Make(ctx, source, "", s, now)
	if err != nil {
		return nil, nil, nil, failure{statusInput, err}
	}
	p.say("%s", made)
	for _, l := range made.LeftOut {
		p.say("left out: %s: %s", l.Key, l.Problem)
	}
	if len(made.Captures) == 0 {
		return nil, nil, nil, failure{statusInput, fmt.Errorf("%s: there is no capture that can be analysed", source.Name())}
	}
	left := made.LeftOut
	if made, err = made.Save(ctx, lake); err != nil {
		return nil, nil, nil, failure{statusOutput, err}
	}
	made.LeftOut = left
	return made, lake, source, nil
}

// within reports whether the lake is a folder in that of the captures.
func within(lake, source *store.Store) bool {
	if lake.Dir() == "" || source.Dir() == "" {
		return false
	}
	rel, err := filepath.Rel(source.Dir(), lake.Dir())
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// leftOut is the status of captures that are damaged, or were left out with a fault.
func (p *program) leftOut(made *plan.Plan) error {
	for _, c := range made.Captures {
		if c.Damage != "" {
			return failure{status: statusInput}
		}
	}
	for _, l := range made.LeftOut {
		if l.Fault {
			return failure{status: statusInput}
		}
	}
	return nil
}
