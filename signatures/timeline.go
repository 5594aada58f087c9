package signatures

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"sync"
	"time"
)

// Timeline gives each day the rows that judge what happened on it: those in force then, whatever pack listed them
// first, or those of the one pack that the operator chose. Safe for concurrent use.
type Timeline struct {
	Pack    *Pack  // what reports name: the chosen pack, else the newest of the release
	Newest  string // date of the newest pack of the release, YYYY-MM-DD
	periods []period
}

// period is a stretch of days in which the same rows are in force. It ends where the next one begins; the first one has
// no beginning.
type period struct {
	from time.Time
	pack func() *Pack // compiled when it is asked for first: a run needs few of them
}

// Timeline is what judges a run.
//
//	""          each day by the rows in force on it
//	else        every day by the pack that Select finds
func (c *Catalog) Timeline(spec string) (*Timeline, error) {
	e, err := c.find(spec)
	if err != nil {
		return nil, err
	}
	t := &Timeline{Pack: e.pack(), Newest: c.packs[len(c.packs)-1].date, periods: c.periods}
	if spec != "" {
		t.periods = []period{{pack: e.pack}}
	}
	return t, nil
}

// Periods are the rows of the release as they were in force, from one change to the next: the first ones are those of
// all days before.
func (c *Catalog) Periods() []*Pack {
	out := make([]*Pack, len(c.periods))
	for i, p := range c.periods {
		out[i] = p.pack()
	}
	return out
}

// At is the pack of the rows in force at a time.
func (t *Timeline) At(when time.Time) *Pack {
	next := sort.Search(len(t.periods), func(i int) bool { return t.periods[i].from.After(when) })
	return t.periods[max(next-1, 0)].pack()
}

// cutPeriods makes the periods: a new one begins with each day on which a row comes, goes or is retired, or a pack
// holds or leaves out rows whatever their dates say.
func (c *Catalog) cutPeriods() {
	dates := []string{""}
	for _, r := range c.rows {
		dates = append(dates, r.ValidFrom, r.ValidTo, r.retiredFrom)
	}
	for _, e := range c.packs {
		if len(e.with)+len(e.without) > 0 {
			dates = append(dates, e.date)
		}
	}
	for i, d := range dates {
		dates[i] = firstDay(d)
	}
	slices.Sort(dates)
	newest := c.packs[len(c.packs)-1]
	c.periods = nil
	for _, d := range slices.Compact(dates) {
		spec := packSpec{id: newest.id + " on " + cmp.Or(d, "days before all dates"), date: d, title: "Rows in force from that day on", with: c.on(d).with, without: c.on(d).without}
		p := period{pack: sync.OnceValue(func() *Pack {
			p := c.cut(spec)
			p.compile()
			return p
		})}
		p.from, _ = time.Parse(time.DateOnly, d) // the first one has no date, and the zero time
		c.periods = append(c.periods, p)
	}
}

// checkPeriods reports rows that claim the same input on days between the dates of packs. What packs hold or leave out
// was checked with them.
func (c *Catalog) checkPeriods(faults *Faults) {
	all, named := &Pack{}, []string(nil)
	for _, e := range c.packs {
		named = slices.Concat(named, e.with, e.without)
	}
	for _, id := range slices.Sorted(maps.Keys(c.rows)) {
		if !slices.Contains(named, id) {
			all.rows = append(all.rows, c.rows[id].Row)
		}
	}
	claimed := map[string][]*Row{}
	for _, r := range all.rows {
		for _, claim := range r.claims() {
			for _, other := range claimed[claim] {
				if other.Priority == r.Priority && r.meets(other) {
					faults.add(r.At, r.ID, "overlaps with %s (%s) on %s from %s on; give one a priority", other.ID, other.At, claim, max(r.ValidFrom, other.ValidFrom))
				}
			}
			claimed[claim] = append(claimed[claim], r)
		}
	}
	all.names.compile(all.byPriority())
	all.names.check("on one day", (*Row).meets, faults)
}

// meets reports whether two rows are in force on one day.
func (r *Row) meets(other *Row) bool {
	ends := func(to, from string) bool { return to != "" && to <= from }
	return !ends(r.ValidTo, other.ValidFrom) && !ends(other.ValidTo, r.ValidFrom)
}

// firstDay is the first day of a date that may be a month or a year.
func firstDay(date string) string {
	const rest = "0000-01-01"
	if date == "" {
		return ""
	}
	return date + rest[len(date):]
}
