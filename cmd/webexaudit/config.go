package main

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"webexaudit/analyzer"
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/site"
)

// analyzeFlags are the flags of analyze, and of what audits as it does, as they were given.
type analyzeFlags struct {
	verb       string // of the command; "": analyze
	read       []string
	interfaces []string
	follow     string
	duration   time.Duration
	packets    int64
	snaplen    int
	ringMiB    int
	quietPort  bool
	list       bool
	hash       string
	noHash     bool
	each       bool // --per-file
	window     time.Duration
	filter     string

	vantage, siteFile, policy, signatures, profile string
	rules, skipRules, set                          []string
	workers, maxFlows                              int
	dedup, decap                                   string
	maxMemory                                      sizeFlag

	gate   gateFlags
	except exceptionFlags
	own    string
	output outputFlags
}

func (f *analyzeFlags) addInput(fs *pflag.FlagSet) {
	fs.StringArrayVarP(&f.read, "read", "r", nil, "capture `FILE`, directory, pattern or - (repeatable; the same as an argument)")
	fs.BoolVar(&f.each, "per-file", false, "audit each file by itself: captures of different calls in one folder; a line for each on standard output")
	fs.DurationVar(&f.window, "window", 0, "audit in windows of `TIME` of the packets' clock, such as 1h: a line and, below -o DIR/, a directory for each, then all of them as one. Memory holds one window")
	fs.StringVar(&f.follow, "follow", "", "read the captures in `DIR`, and go on with those that tcpdump -G or dumpcap -b write there, until Ctrl-C")
	f.addLive(fs)
	fs.DurationVar(&f.duration, "duration", 0, "stop a live capture, or following a directory, after `TIME`, such as 90s or 10m")
	fs.Int64VarP(&f.packets, "count", "c", 0, "stop after `N` packets")
	f.addReading(fs)
	fs.BoolP("numeric", "n", false, "no-op, for tcpdump compatibility: names are never looked up")
	fs.BoolVarP(&f.list, "list-interfaces", "D", false, "list the interfaces and exit")
}

// addLive adds what says which packets a live capture takes.
func (f *analyzeFlags) addLive(fs *pflag.FlagSet) {
	fs.StringArrayVarP(&f.interfaces, "interface", "i", nil, "listen on interface `IF`, or receive what is mirrored to this machine: vxlan://, geneve://, tzsp:// (with [ADDRESS][:PORT]), erspan://[ADDRESS], pcap-over-ip://ADDRESS[:PORT] (repeatable)")
	fs.IntVarP(&f.snaplen, "snaplen", "s", 0, "keep `N` bytes of each live frame (0: all)")
	fs.IntVarP(&f.ringMiB, "buffer-size", "B", 0, "kernel buffer of a live capture in `MiB` (0: 64)")
	fs.BoolVarP(&f.quietPort, "no-promiscuous-mode", "p", false, "do not put the interface into promiscuous mode")
	fs.StringVarP(&f.filter, "filter", "f", "", "live capture filter: an `EXPRESSION` in the syntax of tcpdump, or the bytecode that tcpdump -ddd prints")
}

// addReading adds what says how captures are read.
func (f *analyzeFlags) addReading(fs *pflag.FlagSet) {
	fs.IntVar(&f.workers, "workers", 0, "`N` parallel workers (0: one for each CPU; at most 64); the result does not depend on it")
	fs.IntVar(&f.maxFlows, "max-flows", 0, "hold at most `N` flows at a time; beyond that flows are evicted, counted and reported (0: 1,000,000)")
	fs.Var(&f.maxMemory, "max-memory", "bound the tables of live flows, of finished ones that tell nothing, of TCP beginnings and of fragments so that about `SIZE` is enough (bytes, or with K, M, G: powers of 1024; at least 128M); what does not fit is counted and reported. Finished flows that tell something go to a temporary file (TMPDIR) beyond it; media streams are always kept and may need more. The rings of live captures (-B) count too")
	fs.StringVar(&f.dedup, "dedup", "auto", "remove duplicate packets from port mirroring: `MODE` auto (= on), on, off")
	fs.StringVar(&f.decap, "decap", "auto", "decapsulate these tunnels (`LIST` of "+strings.Join(analyzer.Encapsulations(), ", ")+"), auto for all, or off")
	fs.StringVar(&f.hash, "hash", "auto", "tie the result to the input files by `HASH`: sha256 (proof), xxh3 (quick, no proof), none; auto: sha256 up to 64 MiB of input, else xxh3")
	fs.BoolVar(&f.noHash, "no-hash", false, "the same as --hash none")
}

func (f *analyzeFlags) addJudgement(fs *pflag.FlagSet) {
	fs.StringVar(&f.vantage, "vantage", "", "`PLACE` where the capture was taken: "+strings.Join(site.Vantages(), ", "))
	fs.StringVar(&f.siteFile, "site", "", "YAML `FILE` that describes the network (prefixes, proxies, corporate CAs)")
	fs.StringVar(&f.policy, "policy", "", "signature pack that judges: `ID`, latest or a date (default: the one valid at the time of the capture)")
	fs.StringVar(&f.signatures, "signatures", "", "`DIR` with signatures that are added to the built-in ones")
	fs.StringVar(&f.profile, "profile", "standard", "`NAME` of the thresholds: "+strings.Join(audit.Profiles(), ", "))
	fs.StringSliceVar(&f.rules, "rules", nil, "judge by these rules only (`GLOB`, repeatable), such as 'WXA-MED-*'")
	fs.StringSliceVar(&f.skipRules, "skip-rules", nil, "do not judge by these rules (`GLOB`, repeatable)")
	fs.StringVar(&f.own, "rules-dir", "", "`DIR` with rules of your own, judged beside the shipped ones")
	fs.StringArrayVar(&f.set, "set", nil, "change a threshold: `RULE.param=value` (repeatable)")
}

// hashing is the hash of the input files; "" lets their size decide.
func (f *analyzeFlags) hashing() (capture.Hash, error) {
	switch h := capture.Hash(f.hash); {
	case f.noHash:
		return capture.NoHash, nil
	case h == "auto":
		return "", nil
	case h == capture.SHA256, h == capture.XXH3, h == capture.NoHash:
		return h, nil
	}
	return "", usage("--hash %s: want auto, sha256, xxh3 or none", f.hash)
}

// config turns flags and arguments into what the analyzer wants.
func (f *analyzeFlags) config(fs *pflag.FlagSet, args []string) (c analyzer.Config, err error) {
	c = analyzer.Config{
		Files: slices.Concat(f.read, args), Interfaces: f.interfaces, Follow: f.follow, Window: f.window,
		Duration: f.duration, MaxPackets: f.packets,
		Live:    capture.LiveOptions{Snaplen: f.snaplen, RingMiB: f.ringMiB, Promiscuous: !f.quietPort},
		Workers: f.workers, Policy: f.policy, SignatureDir: f.signatures, Vantage: f.vantage,
		Tool: "webexaudit", Version: release, Arguments: resultArguments(cmp.Or(f.verb, "analyze"), fs),
	}
	f.output.signatures = f.signatures
	if c.Hash, err = f.hashing(); err != nil {
		return c, err
	}
	c.Flows.MaxFlows, c.MaxMemory = f.maxFlows, besideRings(int64(f.maxMemory), c.Live, f.interfaces)
	if c.Decap, err = analyzer.ParseDecap(f.decap); err != nil {
		return c, usage("--decap: %w", err)
	}
	if c.Dedup, err = parseDedup(f.dedup); err != nil {
		return c, err
	}
	if err := cmp.Or(f.check(len(c.Files)), f.output.sliceable(c), f.checkWindows()); err != nil {
		return c, err
	}
	if f.filter != "" {
		if c.Live.Filter, err = parseFilter(f.filter); err != nil {
			return c, err
		}
	}
	if c.Site, err = f.loadSite(); err != nil {
		return c, err
	}
	c.Audit, err = f.auditOptions()
	return c, err
}

// check finds what does not fit together.
func (f *analyzeFlags) check(files int) error {
	live := f.snaplen != 0 || f.ringMiB != 0 || f.quietPort || f.filter != "" || f.duration != 0 && f.follow == ""
	switch {
	case files > 0 && len(f.interfaces) > 0:
		return usage("files and -i cannot be combined: arguments are capture files; pass a capture filter with -f")
	case len(f.interfaces) == 0 && live:
		return usage("--duration, -s, -B, -p and -f are for live captures (-i)")
	case f.duration < 0 || min(f.packets, int64(min(f.snaplen, f.ringMiB, f.workers, f.maxFlows))) < 0:
		return usage("a number below 0 makes no sense for --duration, -c, -s, -B, --workers or --max-flows")
	}
	return cmp.Or(f.checkInputs(files), oneOf("vantage", f.vantage, site.Vantages()...))
}

// checkInputs finds what is wrong with files, interfaces or a directory to follow.
func (f *analyzeFlags) checkInputs(files int) error {
	switch {
	case f.follow == "" && files == 0 && len(f.interfaces) == 0:
		return usage("no input: name capture files, or -i INTERFACE for live traffic")
	case f.follow != "" && (files > 0 || len(f.interfaces) > 0 || f.each):
		return usage("--follow reads one directory; files, -i and --per-file cannot be combined with it")
	case f.follow != "" && !isDirectory(f.follow):
		return usage("--follow %s: not a directory", f.follow)
	}
	for _, name := range f.interfaces {
		if _, _, err := capture.ParseRemote(name); err != nil {
			return usage("-i %w", err)
		}
	}
	return nil
}

// ports are those that an interface of another machine takes: of UDP to listen at, and of TCP to connect to.
func ports(interfaces []string) (listen, connect []uint16) {
	for _, name := range interfaces {
		switch r, remote, _ := capture.ParseRemote(name); {
		case remote && r.Connects():
			connect = append(connect, r.Port)
		case remote && r.Port != 0:
			listen = append(listen, r.Port)
		}
	}
	return listen, connect
}

// trees are the directories that the analyzer itself reads.
func (f *analyzeFlags) trees() []string {
	return slices.DeleteFunc([]string{f.signatures, f.follow}, func(dir string) bool { return dir == "" })
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func (f *analyzeFlags) loadSite() (*site.Site, error) {
	if f.siteFile == "" {
		return nil, nil
	}
	file, err := os.Open(f.siteFile)
	if err != nil {
		return nil, usage("--site %s: %w", f.siteFile, cause(err))
	}
	defer file.Close()
	s, err := site.Load(file, f.siteFile)
	if err != nil {
		return nil, failure{statusUsage, err}
	}
	return s, nil
}

// auditOptions are rules, thresholds and gates; all faults are said at once.
func (f *analyzeFlags) auditOptions() (o audit.Options, err error) {
	if o, err = f.gate.options(); err != nil {
		return o, err
	}
	policy, err := newPolicy(f.profile, f.set)
	o.Catalogue, o.Policy, o.Only, o.Skip, o.FailOnNew = catalogue.All(), policy, f.rules, f.skipRules,
		f.except.failOnNew
	own, oerr := loadRules(f.own)
	o.Own = own
	if err := errors.Join(err, oerr, o.Validate()); err != nil {
		return o, failure{statusUsage, err}
	}
	return o, nil
}

// newPolicy makes thresholds of a profile and of assignments; all faults are said at once.
func newPolicy(profile string, set []string) (*audit.Policy, error) {
	policy, err := catalogue.All().NewPolicy(profile)
	if err != nil {
		return nil, usage("--profile: %w", err)
	}
	var faults []error
	for _, s := range set {
		if err := policy.Set(s); err != nil {
			faults = append(faults, usage("--set %w", err))
		}
	}
	return policy, errors.Join(faults...)
}

// oneOf checks the value of a flag against a list; the empty string stands for not given.
func oneOf(flag, value string, allowed ...string) error {
	if value == "" || slices.Contains(allowed, value) {
		return nil
	}
	return usage("--%s %s: want one of %s", flag, value, strings.Join(allowed, ", "))
}

// resultFlags are the flags that can change what is found. They stand in the run record; output paths and the number of
// workers do not, so that equal analyses give equal bytes.
var resultFlags = []string{"interface", "follow", "duration", "count", "per-file", "window", "snaplen",
	"no-promiscuous-mode", "filter", "max-flows",
	"max-memory", "hash", "no-hash", "dedup", "decap", "vantage", "site", "policy",
	"signatures", "profile", "rules", "skip-rules", "rules-dir", "set", "waivers", "as-of", "baseline", "min-confidence", "fail-on", "fail-on-new",
	"require-coverage"}

// resultArguments writes the flags that were given, in the order of resultFlags.
func resultArguments(verb string, fs *pflag.FlagSet) []string {
	list := []string{verb}
	for _, name := range resultFlags {
		if flag := fs.Lookup(name); flag != nil && flag.Changed {
			list = append(list, "--"+name+"="+flag.Value.String())
		}
	}
	return list
}
