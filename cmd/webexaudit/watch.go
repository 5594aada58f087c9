package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webexaudit/analyzer"
	"webexaudit/analyzer/doctor"
	"webexaudit/analyzer/privilege"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/watch"
)

// watchFlags are the flags of watch as they were given.
type watchFlags struct {
	audit     analyzeFlags
	keep      string
	keepSize  fileSize
	onFinding []string
	listen    string
	log       string
}

func (p *program) watchCommand() *cobra.Command {
	f := watchFlags{audit: analyzeFlags{verb: "watch"}}
	c := &cobra.Command{
		Use:   "watch [flags] -o DIR {-i IF | CAPTURES}",
		Short: "Audit a mirror port or a directory of rotating captures for weeks",
		Long: `Watch listens on interfaces, or follows a directory in which tcpdump -G or dumpcap -b writes captures, and audits what it
sees in windows of the packets' clock. Each window and each day (UTC) gets a directory of reports below DIR, which is
there whole or not at all; a day is judged by what its windows found, not by their packets again. A finding is followed
over windows: it is new, ongoing, quiet while no window could judge it, and resolved when a window judged such clients
again and found nothing. DIR/findings.json has those that are open; a watch that begins anew goes on with them.

It ends when SIGTERM or SIGINT comes, with the window that is open. At SIGHUP it reads signatures, site file, waivers
and own rules anew: from the next window on they are in force, or, where any of them has a fault, those before stay, and
the fault is told. With --on-finding, a process of its own tells others, so
that the one that reads packets has neither network nor shell.`,
		Example: `  sudo webexaudit watch -i span0 -o /var/lib/webexaudit
  webexaudit watch -o audits/ --window 15m --keep 90d /var/spool/captures
  webexaudit watch -i span0 -o audits/ --on-finding https://hooks.example.com/webex --listen 127.0.0.1:9877
  webexaudit watch -i span0 -o audits/ --on-finding 'mail -s "Webex audit" noc@example.com'`,
		Args: arguments(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return p.watch(c, &f, args) },
	}
	c.Flags().SortFlags = false
	f.add(c.Flags())
	return c
}

func (f *watchFlags) add(fs *pflag.FlagSet) {
	a := &f.audit
	fs.StringArrayVarP(&a.output.out, "out", "o", nil, "keep the results in `DIR`, and what is known of findings")
	fs.DurationVar(&a.window, "window", time.Hour, "audit in windows of `TIME` of the packets' clock")
	fs.StringVar(&f.keep, "keep", "", "remove windows and days that are older than `TIME`, such as 30d or 12h (default: keep all)")
	fs.Var(&f.keepSize, "keep-size", "remove the oldest windows, then days, when they take more than `SIZE` together (bytes, or with K, M, G)")
	fs.StringArrayVar(&f.onFinding, "on-finding", nil, "when findings are new or resolved, and for each day, tell `WHOM`: an address of a webhook (http://, https://; signed with WEBEXAUDIT_WEBHOOK_SECRET if that is set) or of a syslog server (syslog://, by TCP syslog+tcp://; RFC 5424), or a command of the shell that gets the message as JSON on standard input (repeatable)")
	fs.StringVar(&f.listen, "listen", "", "serve the list of windows, their reports, /metrics (Prometheus), /healthz and /readyz over HTTP at `ADDRESS:PORT`")
	fs.StringVar(&f.log, "log", "text", "`FORMAT` of what is logged on standard error: text, json")
	a.addLive(fs)
	fs.DurationVar(&a.duration, "duration", 0, "end after `TIME`, such as 24h (default: when a signal comes)")
	a.addReading(fs)
	a.addJudgement(fs)
	fs.StringVar(&a.except.waivers, "waivers", "", "YAML `FILE` of accepted findings, with owner, reason and expiry")
	fs.StringVar(&a.output.parquet, "parquet", "", "add Parquet tables of the windows below `DIR`, which --keep does not touch")
	fs.StringVar(&a.output.sensor, "sensor", "default", "`NAME` of the sensor in tables and messages")
	fs.BoolVar(&a.output.anonymous, "anonymize", false, "write the reports of windows and days without addresses and names, which others stand for; findings.json, state.json, names.json and the log have them")
	fs.StringVar(&a.output.keyFile, "key-file", "", "`FILE` with the key of --anonymize, 64 hexadecimal digits (default: a new key for each window and day)")
	addConfig(fs)
}

// check finds what is missing or does not fit together.
func (f *watchFlags) check(args []string) (keep time.Duration, err error) {
	a := &f.audit
	if len(args) == 1 {
		a.follow = args[0]
	}
	switch {
	case len(a.output.out) != 1:
		return 0, usage("watch needs one directory for its results: -o DIR")
	case a.follow == "" && len(a.interfaces) == 0:
		return 0, usage("no input: name a directory of captures, or -i INTERFACE for live traffic")
	case a.follow != "" && len(a.interfaces) > 0:
		return 0, usage("a directory and -i cannot be combined")
	case a.follow != "" && !isDirectory(a.follow):
		return 0, usage("%s: not a directory; to audit a capture: webexaudit analyze %s", a.follow, a.follow)
	case f.audit.output.anonymous && len(f.onFinding) > 0:
		return 0, usage("--on-finding tells addresses, which --anonymize hides: leave out one of them")
	}
	if keep, err = age(f.keep); err != nil {
		return 0, err
	}
	return keep, oneOf("log", f.log, "text", "json")
}

// age reads a duration that may be in days.
func age(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	var days int
	if n, err := fmt.Sscanf(text+"\n", "%dd\n", &days); n == 1 && err == nil && days > 0 && days < 100_000 {
		return time.Duration(days) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, usage("--keep %s: want a time such as 30d or 12h", text)
	}
	return d, nil
}

// watch audits until a signal comes.
func (p *program) watch(c *cobra.Command, f *watchFlags, args []string) error {
	asked := hangUps(c.Context())
	given := settingsOf(c.Flags(), func(x *pflag.Flag) bool { return x.Changed })
	if _, err := configure("watch", c.Flags()); err != nil {
		return err
	}
	begun := settingsOf(c.Flags(), notJudging)
	keep, err := f.check(args)
	if err != nil {
		return err
	}
	read := f.audit.operated()
	config, err := f.audit.config(c.Flags(), nil)
	if err != nil {
		return err
	}
	out := filepath.Clean(f.audit.output.out[0])
	f.audit.output.out = []string{out + string(filepath.Separator)}
	outs, err := f.audit.output.plan(p)
	if err != nil {
		return err
	}
	except, err := f.audit.except.load(c.Context(), p, ruleIDs(config.Audit.Own))
	if err != nil {
		return err
	}
	_ = p.find(&config)
	w := &watching{p: p, f: f, flags: c.Flags(), now: c.Flags(), given: given, start: begun, read: read,
		c: &config, except: except, dir: out, keep: keep,
		log:     p.logger(f.log),
		figures: watch.NewFigures(release, time.Now()), tracker: watch.NewTracker(finder(config.Audit.Own))}
	config.Live.Notice = w.trouble
	if err := p.ready(c.Context(), outs, &config); err != nil {
		return err
	}
	over, end := context.WithCancel(c.Context())
	defer end()
	go w.renewals(over, asked)
	return w.run(c.Context(), outs)
}

func (p *program) logger(format string) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(p.stderr, nil))
	}
	return slog.New(slog.NewTextHandler(p.stderr, nil))
}

// run starts what stands beside the audit, gives up what is not needed, and audits.
func (w *watching) run(ctx context.Context, outs *outputs) error {
	if err := w.startTelling(); err != nil {
		return err
	}
	defer w.stopTelling()
	listener, err := w.startListening()
	if err != nil {
		return err
	}
	live := len(w.c.Interfaces) > 0
	begin(ctx)
	limitMemory(w.c.MaxMemory)
	w.p.confine(live, true, w.reach(outs, listener != nil))
	lessen := w.c.Opened
	w.c.Opened = func() error { // results belong to whom the program has become
		if lessen != nil {
			if err := lessen(); err != nil {
				return err
			}
		}
		return w.open(listener)
	}
	if !live {
		if err := w.c.Opened(); err != nil {
			return failure{statusOutput, err}
		}
	}
	set, err := analyzer.RunWindows(ctx, *w.c,
		analyzer.Windows{Settle: w.window, Day: w.day, Renewal: &w.renewal, Memory: &w.memory})
	if set != nil && w.store != nil {
		err = errors.Join(err, w.day(set))
	}
	status, reason := exit{ctx: ctx, live: true, err: err}.status()
	if reason != "" {
		return failure{status, errors.New(reason)}
	}
	return failureOrNil(status)
}

// reach are the paths and ports that a watch needs.
func (w *watching) reach(outs *outputs, serves bool) (paths privilege.Paths) {
	config, _ := configPath(w.flags)
	paths.Keep, paths.Trees, paths.Within = []string{w.dir}, w.f.audit.trees(), w.f.audit.operates(config)
	if w.f.audit.own != "" {
		paths.Trees = append(paths.Trees, w.f.audit.own)
	}
	if outs.parquet != "" {
		paths.Publish = []string{outs.parquet}
	}
	if serves {
		paths.Trees = append(paths.Trees, "/proc/self", "/sys/fs/cgroup") // for the figures of the process
	}
	paths.Listen, paths.Connect = ports(w.c.Interfaces)
	spills(w.c, &paths)
	return paths
}

// The files beside the windows: the findings that are open, and what the next start needs.
const (
	findingsName = "findings.json"
	stateName    = "state.json"
	namesName    = "names.json" // what clients asked for by DNS, which is nobody else's business

	public, private = 0o644, 0o600
)

// open makes the store, goes on with what is known there, and begins to serve it.
func (w *watching) open(listener net.Listener) (err error) {
	if w.store, err = watch.OpenStore(w.dir); err != nil {
		return err
	}
	if err := w.goOn(); err != nil {
		return err
	}
	w.log.Info("watching", "interfaces", w.c.Interfaces, "directory", w.c.Follow, "window", w.c.Window, "results", w.dir)
	w.offloads()
	if listener != nil {
		server := watch.NewServer(watch.NewSite(w.store, w.figures))
		go func() { w.log.Error("no more is served over HTTP", "error", server.Serve(listener)) }()
	}
	return nil
}

// offloads tells where packets are joined before they are seen: figures of media, or only numbers of packets, differ
// from those of the wire then.
func (w *watching) offloads() {
	for _, name := range w.c.Interfaces {
		c, known := doctor.Offload(name)
		switch {
		case !known:
		case c.State == doctor.OK:
			w.log.Info(c.Text)
		default:
			w.log.Warn(c.Text, "remedy", c.Do)
		}
	}
}

// goOn takes up what is known of earlier windows. Where that is lost, the windows that are there count as audited.
func (w *watching) goOn() error {
	if err := w.store.Load(namesName, &w.memory); err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.log.Error("the names that clients asked for before cannot be read", "error", err)
	}
	err := w.store.Load(stateName, w.tracker)
	if err == nil {
		w.log.Info("going on with earlier windows", "findings", len(w.tracker.List()))
		if w.c.Follow == "" {
			return nil
		}
		w.c.After = w.tracker.Settled() // packets are there still: windows that were not booked are made anew
		return w.store.Forget(w.c.After)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		w.log.Error("what is known of earlier windows cannot be read; every finding will be new", "error", err)
	}
	earlier, err := w.store.Entries(watch.Windows)
	if n := len(earlier); n > 0 {
		w.tracker.Begin(earlier[n-1].Time.Add(w.c.Window))
		w.c.After = w.tracker.Settled()
	}
	return errors.Join(err, w.store.Save(stateName, w.tracker, public))
}

func (w *watching) startListening() (net.Listener, error) {
	if w.f.listen == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", w.f.listen)
	if err != nil {
		return nil, usage("--listen %s: %w", w.f.listen, err)
	}
	if a := l.Addr().(*net.TCPAddr); !a.IP.IsLoopback() {
		w.log.Warn("anybody who reaches this address can read the reports: "+a.String(), "flag", "--listen")
	}
	return l, nil
}

// results writes the reports of a window or a day into a directory that gets its name when they are there.
func (w *watching) results(kind string, set *record.Set) (name string, err error) {
	return w.store.Fill(kind, set.Run.Window.From.Time(), func(dir string) error {
		one := w.f.audit.output
		one.quiet, one.overwrite, one.out = true, true, []string{dir + string(filepath.Separator)}
		if kind == watch.Days {
			one.parquet = "" // its tables are those of the windows
		}
		o, err := one.plan(w.p)
		if err != nil {
			return err
		}
		o.stdout = io.Discard
		e := exit{ctx: context.Background(), live: true, exceptions: w.except}
		if err := w.p.conclude(e, w.c.Audit, o, set); statusOf(err) == statusOutput {
			return err
		}
		return nil
	})
}

// say logs a message to whom it may concern: the journal, and others.
func (w *watching) say(m *watch.Message) {
	at := slog.Group("window")
	if m.Window != nil {
		at = slog.Group("window", "from", m.Window.From.Time(), "to", m.Window.To.Time())
	}
	w.log.Info(m.Text, "kind", m.Kind, at, "new", len(m.New), "resolved", len(m.Resolved), "ongoing", m.Ongoing,
		"report", m.Report)
	if m.Worth() {
		w.tell(m)
	}
}

// path is where a result lies, as messages name it.
func (w *watching) path(kind, name string) string {
	if name == "" {
		return ""
	}
	path := filepath.Join(w.dir, kind, name)
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	return path
}
