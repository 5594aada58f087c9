package main

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/spf13/pflag"

	"webexaudit/analyzer"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/watch"
)

// watching is a watch that runs.
type watching struct {
	p       *program
	f       *watchFlags
	flags   *pflag.FlagSet // of the start
	now     *pflag.FlagSet // with what was read anew
	given   []setting      // on the command line
	start   []setting      // that take a start
	c       *analyzer.Config
	except  exceptions
	dir     string
	keep    time.Duration
	log     *slog.Logger
	store   *watch.Store
	tracker *watch.Tracker
	figures *watch.Figures
	teller  *watch.Teller
	memory  analyzer.Memory  // of names; of the goroutine that judges
	latest  record.Window    // that was settled
	read    []operated       // of the time when all was well
	renewal analyzer.Renewal // what judges from the next window on
}

// window takes the records of a window: reports, findings, figures, messages. What fails is said and counted, and is no
// reason to stop: the next window may be written again.
func (w *watching) window(set *record.Set) error {
	if set.Run.Window == nil {
		return nil // no packet came
	}
	w.jumps(*set.Run.Window)
	name, err := w.results(watch.Windows, set)
	list := w.tracker.Window(set)
	m := watch.NewMessage("window", w.f.audit.output.sensor, set, list)
	m.Report = w.path(watch.Windows, name)
	w.figures.Window(set, list, time.Now())
	w.wrote(err, w.store.Save(findingsName, list, public), w.store.Save(namesName, &w.memory, private),
		w.store.Save(stateName, w.tracker, public))
	w.prune()
	w.say(&m)
	debug.FreeOSMemory() // what the window held, rather than little by little until the next one
	return nil
}

// A gap between windows of so long is told: nobody is silent for half a day.
const silence = 12 * time.Hour

// jumps tells where the time of the windows does not go on.
func (w *watching) jumps(at record.Window) {
	before := w.latest
	w.latest = at
	switch gap := at.From.Sub(before.To); {
	case before.To == 0:
	case at.From < before.From:
		w.trouble(fmt.Sprintf("the clock of the packets was set back by %v or so: windows of times that there were have a -2",
			-at.From.Sub(before.From)))
	case gap >= silence:
		w.trouble(fmt.Sprintf("no packets for %v, or their clock was set forward", gap))
	}
}

// day takes what is about all windows of a day.
func (w *watching) day(set *record.Set) error {
	if set.Run.Window == nil {
		return nil
	}
	name, err := w.results(watch.Days, set)
	list := w.tracker.List()
	for i := range list {
		if list[i].FirstSeen >= set.Run.Window.From {
			list[i].Status = watch.New
		}
	}
	m := watch.NewMessage("day", w.f.audit.output.sensor, set, list)
	m.Report = w.path(watch.Days, name)
	w.wrote(err)
	w.say(&m)
	return nil
}

// wrote books whether all could be written; when that changes, others are told.
func (w *watching) wrote(problems ...error) {
	before, now := w.figures.Fault(), ""
	for _, err := range problems {
		if err != nil {
			now = w.dir + ": " + oneLine(cause(err).Error()) // without the hidden name
			break
		}
	}
	w.figures.Failed(now)
	switch {
	case now != "" && before == "":
		w.trouble("results cannot be written: they are lost, the audit goes on: " + now)
	case now != "":
		w.log.Error("results could not be written: they are lost", "error", now)
	case before != "":
		w.trouble("results can be written again")
	}
}

// prune removes what is too old or too much.
func (w *watching) prune() {
	if w.keep == 0 && w.f.keepSize.sizeFlag == 0 {
		return
	}
	removed, err := w.store.Prune(time.Now(), w.keep, int64(w.f.keepSize.sizeFlag))
	if err != nil {
		w.log.Error("old results could not be removed", "error", err)
	}
	if len(removed) > 0 {
		w.log.Info(fmt.Sprintf("%d old results were removed", len(removed)), "oldest", removed[0].Name)
	}
}
