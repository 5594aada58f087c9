package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/privilege"
	"webexaudit/reports"
)

// root is asked whether the program has rights that it does not need; scripts, whose output is the same for everybody,
// have an answer of their own.
var root = privilege.Root

// confine leaves the program, before it reads what somebody else has made, nothing to open but what the command line
// names, and of root's capabilities those to files of others; a live capture gives them up when its interfaces are
// open. It stands in the way of no result: where it fails, it says so.
func (p *program) confine(live, quiet bool, paths privilege.Paths) {
	if !p.lessen {
		return
	}
	if !live && !quiet && root() {
		p.say(errors.New("root is needed to listen on interfaces (-i), not to read files: run as a user who may read them"))
	}
	_, _ = time.Now().Zone() // reads the machine's zone, for which it is too late afterwards
	p.say(privilege.Confine(paths))
	if !live {
		p.say(privilege.KeepFiles())
	}
}

// spills adds the directory for temporary files, where flows go that a bound of memory has no room for.
func spills(c *analyzer.Config, paths *privilege.Paths) {
	if c.MaxMemory > 0 {
		paths.Publish = append(paths.Publish, os.TempDir())
	}
}

// reach are the paths at which the outputs come to be.
func (o *outputs) reach() (paths privilege.Paths) {
	for _, f := range o.files {
		if info, err := os.Lstat(f.path); err == nil && isDevice(info) {
			paths.Write = append(paths.Write, f.path)
			continue
		}
		paths.Publish = append(paths.Publish, filepath.Dir(f.path))
	}
	for _, d := range o.dirs {
		paths.Publish = append(paths.Publish, d.path)
	}
	if o.parquet != "" {
		paths.Publish = append(paths.Publish, o.parquet)
	}
	if o.evidence != nil {
		paths.Publish = append(paths.Publish, o.evidence.path)
	}
	return paths
}

// checkLive is check for a live capture, which ends as somebody without capabilities: who that is, is whoever can write
// all outputs.
func (o *outputs) checkLive() (privilege.Identity, error) {
	var first error
	for _, who := range privilege.Candidates(o.reach().Publish) {
		err := privilege.Try(who, func() error { return errors.Join(o.check(nil), o.checkTables()) })
		if err == nil {
			return who, nil
		}
		first = cmp.Or(first, err)
	}
	if err := o.check(nil); err != nil {
		return privilege.Identity{}, err
	}
	return privilege.Identity{}, failure{statusOutput, fmt.Errorf("%w: root's right to it is given up when the interface is open; "+
		"name outputs that one user may write", first)}
}

// checkTables finds out whether the directories of today's tables that are there already can be written to.
func (o *outputs) checkTables() error {
	if o.parquet == "" {
		return nil
	}
	v1 := filepath.Join("*", "v1")
	today := filepath.Join(v1, "dt="+time.Now().UTC().Format(time.DateOnly))
	var problems []error
	for _, pattern := range []string{"*", v1, today, filepath.Join(today, "sensor=*")} {
		dirs, err := filepath.Glob(filepath.Join(reports.EscapeGlob(o.parquet), pattern))
		for _, dir := range dirs {
			err = errors.Join(err, privilege.Writable(dir))
		}
		problems = append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return failure{statusOutput, err}
	}
	return nil
}
