package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/pflag"

	"webexaudit/analyzer/anonymize"
	"webexaudit/analyzer/record"
	"webexaudit/reports"
)

// outputFlags say what is written and how it looks.
type outputFlags struct {
	out, formats    []string
	parquet, sensor string
	analyzedAt      string
	overwrite       bool
	evidence        string
	evidenceMemory  fileSize
	severity        string
	color, progress string
	quiet, verbose  bool
	shown           shownFlags
	anonymous       bool
	keyFile         string
	signatures      string // directory of the pack that says what is published
}

func (f *outputFlags) add(fs *pflag.FlagSet) {
	fs.StringArrayVarP(&f.out, "out", "o", nil, "write to `PATH` (repeatable): "+extensions()+" is one file, anything else a directory of reports")
	fs.StringArrayVarP(&f.formats, "format", "T", nil, "`FORMAT` of standard output, or of the reports in a directory (repeatable): "+strings.Join(fileFormats(), ", "))
	fs.StringVar(&f.parquet, "parquet", "", "add Parquet tables below `DIR`")
	fs.StringVar(&f.sensor, "sensor", "default", "`NAME` of the sensor in the Parquet tables")
	fs.StringVar(&f.analyzedAt, "analyzed-at", "", "`TIME` of the analysis in the Parquet tables, such as 2026-09-07T10:14Z (default: SOURCE_DATE_EPOCH, else now)")
	fs.BoolVar(&f.overwrite, "overwrite", false, "replace existing outputs")
	fs.StringVar(&f.severity, "severity", "", "show causes of this `SEVERITY` or worse: info, low, medium, high, critical (display only)")
	fs.StringVar(&f.color, "color", "auto", "`WHEN` to use colour: auto, always, never")
	fs.StringVar(&f.progress, "progress", "auto", "`WHEN` to show progress on a terminal: auto, none")
	f.shown.add(fs)
	fs.BoolVar(&f.anonymous, "anonymize", false, "write all reports without addresses and names, which others stand for, as the command anonymize does with captures")
	fs.StringVar(&f.keyFile, "key-file", "", "`FILE` with the key of --anonymize, 64 hexadecimal digits (default: a new key)")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "print both verdicts and the causes on one line, whatever its length, and no progress")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "print everything: details of each finding and all rules")
}

// fileFormats are the formats that are files or streams.
func fileFormats() (names []string) {
	for _, f := range reports.Formats() {
		if f.Extension != "" || f.Parts != nil {
			names = append(names, f.Name)
		}
	}
	return names
}

func extensions() string {
	var list []string
	for _, f := range reports.Formats() {
		if f.Extension != "" {
			list = append(list, f.Extension)
		}
	}
	return strings.Join(list, " ")
}

// outputs are what a run writes. Nothing is written before check.
type outputs struct {
	stdout    io.Writer
	stdoutAs  reports.Format
	options   reports.Options // of standard output
	files     []outFile
	dirs      []outDir
	parquet   string
	sensor    string
	analyzed  record.Time // for the Parquet tables
	overwrite bool
	say       func(error)
	shown     shown
	evidence  *evidenceDir      // nil: no slices
	mapper    *anonymize.Mapper // nil: addresses and names are shown
	nothing   bool              // not a packet was read: no page on standard output, which could only repeat the error
}

// outFile is one report file.
type outFile struct {
	path   string
	format reports.Format
}

// outDir is a directory of reports with fixed names and a manifest.
type outDir struct {
	path    string
	formats []reports.Format
}

const manifestName = "manifest.json"

// plan turns the flags into outputs, without touching anything.
func (f *outputFlags) plan(p *program) (*outputs, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	o := &outputs{stdout: p.stdout, say: p.say, parquet: f.parquet, sensor: f.sensor, overwrite: f.overwrite}
	analyzed, err := analyzedAt(f.analyzedAt, os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return nil, err
	}
	o.analyzed = analyzed
	chosen, err := f.chosen()
	if err != nil {
		return nil, err
	}
	for _, path := range f.out {
		if err := o.add(path, chosen); err != nil {
			return nil, err
		}
	}
	o.stdoutAs, _ = reports.ByName("console")
	if len(o.dirs) == 0 && len(chosen) > 1 {
		return nil, usage("standard output takes one --format; for several name a directory with -o DIR")
	}
	if len(o.dirs) == 0 && len(chosen) == 1 {
		o.stdoutAs = chosen[0]
	}
	if o.shown, err = f.shown.parse(p.stdout); err != nil {
		return nil, err
	}
	o.options.Rule = ruleText
	o.options.Console = reports.ConsoleOptions{
		Width: columns(p.stdout), Rows: rows(p.stdout), Color: colored(f.color, p.stdout), ASCII: plainLocale(),
		Zone:     o.shown.zone,
		Severity: record.Severity(f.severity), Quiet: f.quiet, Verbose: f.verbose,
	}
	if o.evidence, err = f.evidenceDir(p); err != nil {
		return nil, err
	}
	if f.anonymous {
		if o.mapper, err = newMapper(f.keyFile, f.signatures); err != nil {
			return nil, err
		}
	}
	return o, o.distinct()
}

// brief reports whether no output shows records of single flows, or needs them to choose what it shows.
func (o *outputs) brief() bool {
	return o.stdoutAs.Brief && len(o.dirs) == 0 && o.parquet == "" && o.evidence == nil && o.mapper == nil &&
		!o.shown.narrows() && !slices.ContainsFunc(o.files, func(f outFile) bool { return !f.format.Brief })
}

// chosen are the formats of --format; one of several files stands for these.
func (f *outputFlags) chosen() (chosen []reports.Format, err error) {
	for _, name := range f.formats {
		format, ok := reports.ByName(name)
		if !ok || format.Extension == "" && format.Parts == nil {
			return nil, usage("--format %s: want one of %s%s", name, strings.Join(fileFormats(), ", "), parquetHint(name))
		}
		if format.Parts != nil && len(f.out) == 0 {
			return nil, usage("--format %s is %d files: name a directory for them with -o DIR", name, len(format.Parts))
		}
		if chosen = append(chosen, format.Parts...); format.Parts == nil {
			chosen = append(chosen, format)
		}
	}
	return chosen, nil
}

// analyzedAt is when the analysis happens for those who will read its tables: as the flag says, else as the environment
// of a reproducible build does (seconds since 1970), else now.
func analyzedAt(flag, epoch string) (record.Time, error) {
	if flag != "" {
		m, err := momentOf("analyzed-at", flag, time.UTC)
		if err == nil && m.clock {
			err = usage("--analyzed-at %s: want a time with its date, such as 2026-09-07T10:14Z", flag)
		}
		return record.Time(m.at.UnixNano()), err
	}
	if epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil || seconds < 0 || seconds > 1<<33 {
			return 0, usage("SOURCE_DATE_EPOCH %s: want seconds since 1970", epoch)
		}
		return record.Time(time.Unix(seconds, 0).UnixNano()), nil
	}
	return record.Time(time.Now().UnixNano()), nil
}

func parquetHint(name string) string {
	if name == "parquet" {
		return "; Parquet has a flag of its own, --parquet DIR"
	}
	return ""
}

func (f *outputFlags) check() error {
	if f.quiet && f.verbose {
		return usage("-q and -v exclude each other")
	}
	if f.keyFile != "" && !f.anonymous {
		return usage("--key-file is the key of --anonymize, which is not given")
	}
	if f.anonymous && f.evidence == "slices" {
		return usage("--evidence slices writes packets as they are, which --anonymize is to hide: see webexaudit anonymize --help for captures")
	}
	if err := oneOf("severity", f.severity, "info", "low", "medium", "high", "critical"); err != nil {
		return err
	}
	if err := oneOf("progress", f.progress, "auto", "none"); err != nil {
		return err
	}
	return oneOf("color", f.color, "auto", "always", "never")
}

// fileFormat is the format of a path that names one file.
func fileFormat(path string) (reports.Format, bool) { return reports.ByExtension(filepath.Ext(path)) }

// add sorts a path into files and directories.
func (o *outputs) add(path string, chosen []reports.Format) error {
	if path == "-" || path == "" {
		return usage("-o %q: want a path; --format chooses what goes to standard output", path)
	}
	ext := filepath.Ext(path)
	if format, ok := fileFormat(path); ok {
		o.files = append(o.files, outFile{path, format})
		return nil
	}
	if looksLikeFile(path, ext) {
		return usage("-o %s: no format writes %s (there are %s); for a directory of this name write %s/", path, ext, extensions(), path)
	}
	d := outDir{path: path, formats: chosen}
	if len(chosen) == 0 {
		for _, f := range reports.Formats() {
			if f.File != "" {
				d.formats = append(d.formats, f)
			}
		}
	}
	o.dirs = append(o.dirs, d)
	return nil
}

// looksLikeFile guards against a directory that was meant to be a file of a format that does not exist.
func looksLikeFile(path, ext string) bool {
	if len(ext) < 3 || strings.ContainsFunc(ext[1:], func(r rune) bool { return !unicode.IsLetter(r) }) {
		return false
	}
	info, err := os.Stat(path)
	return err != nil || !info.IsDir()
}

// all are the paths of all files, those in directories included.
func (o *outputs) all() (paths []string) {
	for _, f := range o.files {
		paths = append(paths, f.path)
	}
	for _, d := range o.dirs {
		for _, f := range d.formats {
			paths = append(paths, filepath.Join(d.path, f.File))
		}
		paths = append(paths, filepath.Join(d.path, manifestName))
	}
	return paths
}

// distinct refuses two outputs in one place.
func (o *outputs) distinct() error {
	seen := map[string]bool{}
	for _, path := range o.all() {
		if clean := filepath.Clean(path); seen[clean] {
			return usage("%s would be written twice", path)
		}
		seen[filepath.Clean(path)] = true
	}
	return nil
}
