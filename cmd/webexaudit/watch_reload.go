package main

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// renewals reads what judges anew, each time that SIGHUP asks for it.
func (w *watching) renewals(ctx context.Context, asked <-chan struct{}) {
	for {
		select {
		case <-asked:
			w.renew(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// renew reads what judges, checks all of it, and has it judge from the next window on; where anything is wrong, what
// was read before stays. It is told either way.
func (w *watching) renew(ctx context.Context) {
	changed, err := w.reload(ctx)
	failed := w.figures.Reloaded(err == nil)
	switch {
	case err != nil:
		w.trouble("reload: what was read before stays in force: " + oneLine(err.Error()))
		return
	case len(changed) == 0:
		w.log.Info("reload: nothing has changed")
	default:
		w.log.Info("reload: in force from the next window on", "changed", strings.Join(changed, ", "))
	}
	if failed {
		w.trouble("reload: all that was to be read anew is in order again")
	}
}

// reload reads all of it and says what has changed since the last time that all was well.
func (w *watching) reload(ctx context.Context) (changed []string, err error) {
	f, flags, err := w.anew()
	if err != nil {
		return nil, err
	}
	read := f.operated()
	config, err := f.config(flags, nil)
	if err != nil {
		return nil, err
	}
	except, err := f.except.load(ctx, w.p, ruleIDs(config.Audit.Own))
	if err != nil {
		return nil, err
	}
	judge := &config
	for i, o := range read {
		if o != w.read[i] {
			changed = append(changed, o.name)
		}
	}
	for _, name := range judging {
		if flags.Lookup(name).Value.String() != w.now.Lookup(name).Value.String() {
			changed = append(changed, "--"+name)
		}
	}
	if !slices.ContainsFunc(changed, func(name string) bool { return name != operatedWaivers }) {
		judge = nil // waivers do not judge
	}
	if len(changed) == 0 {
		return nil, nil
	}
	err = w.renewal.Renew(judge, func() {
		w.except, w.c.Audit = except, config.Audit
		w.tracker.Rules(finder(config.Audit.Own))
	})
	if err == nil {
		w.read, w.now = read, flags
	}
	return changed, err
}

// judging are the flags that say what judges; others take a start.
var judging = []string{"vantage", "site", "policy", "signatures", "profile", "rules", "skip-rules", "rules-dir", "set",
	"waivers"}

func notJudging(x *pflag.Flag) bool { return configurable(x.Name) && !slices.Contains(judging, x.Name) }

// anew are the flags as the configuration file has them now.
func (w *watching) anew() (*analyzeFlags, *pflag.FlagSet, error) {
	f := &watchFlags{audit: analyzeFlags{verb: "watch", follow: w.f.audit.follow}}
	flags := pflag.NewFlagSet("watch", pflag.ContinueOnError)
	f.add(flags)
	for _, s := range w.given {
		if err := s.apply(flags); err != nil {
			return nil, nil, err
		}
	}
	if _, err := configure("watch", flags); err != nil {
		return nil, nil, err
	}
	var start []string
	for _, before := range w.start {
		now := settingsOf(flags, func(x *pflag.Flag) bool { return x.Name == before.name })
		if !slices.Equal(now[0].values, before.values) {
			start = append(start, "--"+before.name)
			_ = before.apply(flags) // what cannot be set was not given
			flags.Lookup(before.name).Changed = w.flags.Lookup(before.name).Changed
		}
	}
	if len(start) > 0 {
		w.log.Warn("reload: these take a start of the watch: " + strings.Join(start, ", "))
	}
	return &f.audit, flags, nil
}

// operated is something that the operator may change while a watch runs, with a digest of what it holds.
type operated struct {
	name   string
	digest [sha256.Size]byte
}

const operatedWaivers = "waivers"

// operated are the files that are read anew.
func (f *analyzeFlags) operated() []operated {
	return []operated{
		{"site file", digestOf(f.siteFile)}, {operatedWaivers, digestOf(f.except.waivers)},
		{"signatures", digestOf(f.signatures)}, {"own rules", digestOf(f.own)},
	}
}

// digestOf is a digest of a file, or of the YAML files of a directory. What cannot be read is told by who needs it.
func digestOf(path string) (sum [sha256.Size]byte) {
	files := []string{path}
	if isDirectory(path) {
		entries, _ := os.ReadDir(path)
		files = nil
		for _, e := range entries {
			if ext := filepath.Ext(e.Name()); ext == ".yaml" || ext == ".yml" {
				files = append(files, filepath.Join(path, e.Name()))
			}
		}
	}
	h := sha256.New()
	for _, name := range files {
		text, err := os.ReadFile(name)
		one := sha256.Sum256(text)
		if h.Write(append([]byte(name), one[:]...)); err != nil {
			h.Write([]byte(err.Error()))
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// operates are the directories of the files that are read anew: a file is often replaced by another one of its name.
func (f *analyzeFlags) operates(config string) (dirs []string) {
	for _, path := range []string{config, f.siteFile, f.except.waivers, f.output.keyFile} {
		if path == "" {
			continue
		}
		dirs = append(dirs, filepath.Dir(path))
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	return dirs
}
