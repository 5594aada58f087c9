package analyzer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/export"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/loss"
	"webexaudit/analyzer/parallel"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/session"
	"webexaudit/analyzer/site"
	"webexaudit/signatures"
)

// maxWorkers is how many goroutines do the work of one stage at most: more than there are parts of a flow table gain
// nothing in reading.
const maxWorkers = 64

// Config says what to analyse and how. The zero value of each optional field means its default.
type Config struct {
	Files      []string  // capture files, taken in the order of their first packet; "-" is Stdin
	Stdin      io.Reader // for "-"
	Interfaces []string  // live capture instead of files
	Follow     string    // directory whose captures, and those to come, are taken instead, until ctx is done
	// Files are those of one recorder, which RunWindows takes as those of Follow: they have one clock and no hashes,
	// and a window names those alone of which it has packets
	Rotated    bool
	Live       capture.LiveOptions
	Opened     func() error  // live: called when all interfaces are open, to give up privileges; may be nil
	Duration   time.Duration // live and Follow: end after this time
	MaxPackets int64         // end after this many packets
	Ring       *capture.Ring // keeps the latest packets of what can be read only once; may be nil

	Workers int         // shards; default: one for each CPU. The result does not depend on it
	Flows   flow.Config // bounds and time-outs of the flow table; MaxFlows counts over all shards
	// bytes that the run should stay below; 0: the defaults of each table. Shares are in ingest/bounds.go
	MaxMemory int64
	Dedup     Dedup
	Decap     Decap
	Hash      capture.Hash // of the files; "": capture.HashFor their size
	// Window is how long the windows are of RunWindows, in the time of the packets.
	Window time.Duration
	After  time.Time // RunWindows: packets of before are passed over; they were audited already

	Policy       string // signature pack: ID, latest, a date, or empty for the one valid at the time of the capture
	SignatureDir string // rows that are added to the built-in ones
	Site         *site.Site
	Vantage      string // declared on the command line; wins over the site's
	Audit        audit.Options

	Tool, Version string
	Arguments     []string // those that can change the result
	Progress      func(Progress)

	aside *export.Sealing // flows until they are judged
	bound int64           // bytes of them in memory; 0: their share of MaxMemory
}

// Dedup says whether mirror duplicates are looked for.
type Dedup uint8

// DedupAuto looks for them, as DedupOn does: what is taken for a copy has the same IP identification or payload and
// checksum within milliseconds, and no capture has been seen in which that ate real traffic, so there is nothing to
// decide by. The name is what configurations say who leave the choice to the program.
const (
	DedupAuto Dedup = iota
	DedupOn
	DedupOff
)

// Decap says which tunnels are decapsulated; the zero value takes all.
type Decap = decode.Decap

// ParseDecap reads auto (all), off (none) or a list of names with commas.
func ParseDecap(text string) (Decap, error) { return decode.ParseDecap(text) }

// Encapsulations lists the names that ParseDecap knows.
func Encapsulations() []string { return decode.TunnelNames() }

// Progress of reading files.
type Progress = ingest.Progress

// ConfigError says that the configuration cannot be used; nothing was analysed.
type ConfigError struct{ Err error }

func (e *ConfigError) Error() string { return e.Err.Error() }
func (e *ConfigError) Unwrap() error { return e.Err }

// ErrLinkType says that no frame of a file could be decoded because of its link type.
var ErrLinkType = ingest.ErrLinkType

// Run analyses the captures and returns all records. The set is complete for what was read even when the error is not
// nil: input errors ([capture.DamageError], [capture.ErrEmpty], [capture.ErrFormat], [ErrLinkType], a missing file) are
// joined, and cancelling the context ends reading early with context.Canceled (files) or normally (live, Follow), and
// judging of files soon after with [ErrUnjudged]. Only a [ConfigError] or [capture.ErrLive] comes without a set.
func Run(ctx context.Context, c Config) (*record.Set, error) {
	catalog, err := c.prepare()
	if err != nil {
		return nil, err
	}
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	c.aside.Full = stop
	result, readErr := ingest.Run(reading, c.ingest(knownAddr(catalog, c.Site)))
	if result == nil {
		return nil, readErr
	}
	if ctx.Err() == nil && reading.Err() != nil {
		readErr = nil // the run broke reading off, and says why where it judges
	}
	ctx, done := judging(ctx, result.Endless)
	defer done()
	packs, err := catalog.Timeline(c.Policy)
	if err != nil {
		return nil, &ConfigError{err}
	}
	set, err := c.judge(ctx, packs, result, nil, audit.RunUntil)
	return set, errors.Join(readErr, err)
}

// prepare loads the signatures and fills in what was left to the program.
func (c *Config) prepare() (*signatures.Catalog, error) {
	catalog, err := loadCatalog(c)
	if err != nil {
		return nil, err
	}
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	c.Workers = min(c.Workers, maxWorkers)
	declared := c.Site
	c.aside = &export.Sealing{Site: func(int) *site.Site { return declared }}
	c.aside.Store.Bound = cmp.Or(c.bound, c.MaxMemory*sharePercentStore/100)
	return catalog, nil
}

// sharePercentStore is the share of MaxMemory for the flows of a window that wait for their verdict, or have it: in
// windows there are three such stores at a time. What is more goes to a temporary file.
const sharePercentStore = 4

// judging is the context in which results are judged.
func judging(ctx context.Context, endless bool) (context.Context, context.CancelFunc) {
	if endless {
		return context.WithoutCancel(ctx), func() {} // its end is where judging begins
	}
	return after(ctx, patience)
}

// patience is how long judging may take once the context of a run is done, which also wants to be written.
const patience = 400 * time.Millisecond

// after gives a context that is done some time after ctx is.
func after(ctx context.Context, wait time.Duration) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(wait, cancel) })
	return late, func() { stop(); cancel() }
}

// ErrUnjudged says that the context was done before all that was read was judged. The records that were made by then
// are in the set, without findings.
var ErrUnjudged = errors.New("interrupted: the results cover what was read until then, and no rule has judged it")

// judge makes the records of what was read, joins flows to sessions, and audits them with run. Memory is of the windows
// before; nil where there is only one.
func (c *Config) judge(ctx context.Context, packs *signatures.Timeline, in *ingest.Result, memory *export.Memory,
	run auditor) (*record.Set, error) {
	set := &record.Set{Run: c.about(packs, in.LastTime())}
	if in.Window != (ingest.Span{}) {
		set.Run.Window = &record.Window{From: record.Time(in.Window.From), To: record.Time(in.Window.To)}
	}
	o := export.Options{Workers: c.Workers, Packs: packs, Site: c.Site, Memory: memory}
	streams, tcp, err := export.Fill(ctx, set, in, c.aside, o)
	attributeLoss(set, streams, tcp, in.Inputs, c.Audit.Policy)
	rules := c.auditOptions()
	about, judged := *set.Run, *set // for what may go on beyond the end
	judged.Run = &about
	if parallel.Finish(ctx, func() { c.audit(ctx, &judged, streams, rules, run) }) && judged.Summary != nil {
		return &judged, errors.Join(err, judged.Err())
	}
	set.Summary = audit.Summarize(set, nil, rules)
	unjudged(set.Summary)
	return set, errors.Join(err, ErrUnjudged)
}

// unjudged says so in a summary.
func unjudged(s *record.Summary) {
	s.Verdict, s.Capture, s.Missing = record.NotEnough, record.NotEnough, ErrUnjudged.Error()
}

// audit joins the flows to sessions and judges all. It changes the set, and none of the records that are in it. When
// ctx is done, it comes to an end soon, with less.
func (c *Config) audit(ctx context.Context, set *record.Set, streams []*loss.Stream, o audit.Options, run auditor) {
	parallel.Do(c.Workers,
		func() {
			set.Sessions = session.Sessions(ctx, set, c.Site)
			session.Sides(set, trips(streams))
		},
		func() { set.Reachability = session.Reachability(set, c.Site) },
		func() { set.Run.Vantage = session.Vantage(set, c.Site, c.Vantage) },
	)
	set.Findings, set.Summary, _ = run(ctx, set, o)
	if ctx.Err() == nil {
		audit.JudgeCalls(set, set.Findings)
	}
}

// trips are the round trips of streams behind the capture point, µs, by stream.
func trips(streams []*loss.Stream) map[string][]int64 {
	list := make(map[string][]int64)
	for _, s := range streams {
		if len(s.Trips) > 0 {
			list[s.Rec.StreamID] = s.Trips
		}
	}
	return list
}

// auditor judges a set: audit.RunUntil, or its like.
type auditor func(context.Context, *record.Set, audit.Options) ([]*record.Finding, *record.Summary, error)

func (c *Config) auditOptions() audit.Options {
	o := c.Audit
	o.Site, o.Workers, o.Catalogue = c.Site, c.judges(), cmp.Or(o.Catalogue, catalogue.All())
	return o
}

// bytesPerJudge is what the folds of one goroutine may take where there are many flows and hosts, with garbage.
const bytesPerJudge = 512 << 20

// judges is how many goroutines judge: each has folds of its own, so that with a bound of memory they are fewer.
func (c *Config) judges() int {
	if c.MaxMemory == 0 {
		return c.Workers
	}
	return min(c.Workers, int(max(c.MaxMemory/bytesPerJudge, 1)))
}

// about is the record of a run whose last packet is of this time.
func (c *Config) about(packs *signatures.Timeline, last time.Time) *record.Run {
	return &record.Run{
		Tool: c.Tool, Version: c.Version, Arguments: c.Arguments, Site: c.Site.Digest(),
		Pack:      record.Pack{ID: packs.Pack.ID, Date: packs.Pack.Date, Digest: packs.Pack.Digest, Chosen: c.Policy != "", Newest: packs.Newest},
		AllowList: c.Site.CompareAllowList(inForce(packs, last)),
	}
}

// inForce are the rows of a day; where nothing was captured, those of the newest pack.
func inForce(packs *signatures.Timeline, day time.Time) *signatures.Pack {
	if day.IsZero() {
		return packs.Pack
	}
	return packs.At(day)
}

// attributeLoss tells the losses of the capture from those of the network, and rates the streams by what is left.
func attributeLoss(set *record.Set, streams []*loss.Stream, tcp *loss.TCP, inputs []ingest.Input,
	policy *audit.Policy) {
	in := &loss.Input{
		Health: set.Health, TCP: tcp, Streams: streams,
		Limits: loss.Limits{
			Drops: policy.Value(audit.SensorDrops) / 100, Mirror: policy.Value(audit.MirrorGaps) / 100,
			Unseen: policy.Value(audit.UnseenTCP) / 100, TCPBytes: int64(policy.Value(audit.UnseenFrom)),
		},
	}
	in.Mirror, in.Placed = export.MirrorGaps(inputs)
	loss.Judge(in)
	loss.Rate(streams)
}

// ingest is the part of the configuration that says what to read and how.
func (c *Config) ingest(known func(netip.Addr) bool) ingest.Config {
	return ingest.Config{
		Files: c.Files, Stdin: c.Stdin, Interfaces: c.Interfaces, Follow: c.Follow, Rotated: c.Rotated, Live: c.Live,
		Opened: c.Opened, Duration: c.Duration, After: since(c.After), MaxPackets: c.MaxPackets, Ring: c.Ring, Hash: c.Hash, Progress: c.Progress,
		Workers: c.Workers, Flows: c.Flows, MaxMemory: c.MaxMemory,
		NoDeduplicate: c.Dedup == DedupOff, Decap: c.Decap, Known: known, Take: c.aside.Take,
	}
}

// since is a time in nanoseconds; 0: none.
func since(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// knownAddr tells whether an address means anything to a pack or to the operator.
func knownAddr(catalog *signatures.Catalog, s *site.Site) func(netip.Addr) bool {
	listed := catalog.Listed()
	return func(a netip.Addr) bool { return s.Role(a) != "" || listed(a) }
}

// loadCatalog loads the signatures that a configuration names.
func loadCatalog(c *Config) (*signatures.Catalog, error) {
	catalog, err := loadSignatures(c.SignatureDir)
	if err == nil {
		err = catalog.Check(c.Policy)
	}
	if err != nil {
		return nil, &ConfigError{err}
	}
	return catalog, nil
}

func loadSignatures(dir string) (*signatures.Catalog, error) {
	if dir == "" {
		return signatures.Builtin(), nil
	}
	c, err := signatures.BuiltinDir(dir)
	if err != nil {
		return nil, fmt.Errorf("signatures in %s: %w", dir, err)
	}
	return c, nil
}
