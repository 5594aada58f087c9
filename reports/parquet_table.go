package reports

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sort"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"webexaudit/analyzer/record"
	"webexaudit/reports/columnar"
)

// row is a row of a table as a reader sees it, which gives the columns the values of a record.
type row[R any] interface {
	put(*columnar.Writer, R)
}

// maxDays is how many files a table has in a run at most, one for each day: a year. A capture that claims packets of
// more days, of which a few bytes can hold thousands, has one file for each table.
const maxDays = 366

// table writes the records of one table in order of time, a file for each day, or one if it is whole. Without rows it
// has no file.
type table[T row[R], R any] struct {
	lake  *lake
	name  string
	whole bool

	file        *os.File // of the day at hand; nil: none
	w           *columnar.Writer
	rows        int
	first, last record.Time
}

// add writes a record. It is not kept.
func (t *table[T, R]) add(at record.Time, r R) error { return t.fault(t.append(at, r)) }

func (t *table[T, R]) fault(err error) error {
	if err != nil {
		return fmt.Errorf("table %s: %w", t.name, err)
	}
	return nil
}

func (t *table[T, R]) append(at record.Time, r R) error {
	if t.file != nil && !t.whole && dayOf(at) != dayOf(t.last) {
		if err := t.end(); err != nil {
			return err
		}
	}
	if t.file == nil {
		if err := t.begin(at); err != nil {
			return err
		}
	}
	if t.rows%64 == 0 {
		if err := t.lake.stopped(); err != nil {
			return err
		}
	}
	t.rows++
	t.last = at
	t.lake.head.put(t.w)
	var row T
	row.put(t.w, r)
	return t.w.Next()
}

// begin makes the file of a day.
func (t *table[T, R]) begin(at record.Time) (err error) {
	if t.whole {
		t.lake.whole = append(t.lake.whole, t.name)
	}
	t.rows, t.first, t.last = 0, at, at
	if t.file, err = t.lake.create(t.name, at.Time().Format(time.DateOnly)); err != nil {
		return err
	}
	t.w, err = columnar.New[T](t.file, t.lake.settings(t.name)...)
	return err
}

// end completes the file at hand.
func (t *table[T, R]) end() error {
	if t.file == nil {
		return nil
	}
	t.w.Tell(footerFirst, t.first.String())
	t.w.Tell(footerLast, t.last.String())
	f := t.file
	t.file = nil
	err := t.w.Close()
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// close ends the table after the error of what was added, which may be nil.
func (t *table[T, R]) close(err error) error {
	if err == nil {
		return t.fault(t.end())
	}
	if t.file != nil {
		_ = t.file.Close()
	}
	return err
}

// writeTable writes the records of a list.
func writeTable[T row[R], R any](l *lake, name string, list []R, start func(R) record.Time) (err error) {
	rows := byTime(list, start)
	n := days(len(rows), func(i int) record.Time { return rows[i].at })
	t := &table[T, R]{lake: l, name: name, whole: n > maxDays}
	for _, r := range rows {
		if err = t.add(r.at, r.record); err != nil {
			break
		}
	}
	return t.close(err)
}

// writeFlows writes the flows and their TLS sessions. Sessions without a flow have the time of the first packet.
func writeFlows(l, forTLS *lake, set *record.Set, first record.Time) error {
	starts, err := startsOf(set)
	if err != nil {
		return err
	}
	n := days(len(starts), func(i int) record.Time { return starts[i].at })
	flows := &table[flowRow, *record.Flow]{lake: l, name: "flows", whole: n > maxDays}
	tls := &table[tlsRow, *record.Handshake]{lake: forTLS, name: "tls_sessions", whole: n > maxDays}
	loose := set.Loose()
	addLoose := func() (err error) {
		for _, t := range loose {
			err = cmp.Or(err, tls.add(first, &record.Handshake{Session: t}))
		}
		loose = nil
		return err
	}
	err = readOrdered(set.Source(), starts, func(f *record.Flow, t *record.TLSSession) (err error) {
		if f.StartTime >= first {
			err = addLoose()
		}
		if t != nil {
			h := &record.Handshake{StartTime: f.StartTime, Client: f.Client, ClientSubnet: f.ClientSubnet, Site: f.Site,
				Session: t}
			err = cmp.Or(err, tls.add(cmp.Or(f.StartTime, first), h))
		}
		return cmp.Or(err, flows.add(f.StartTime, f))
	})
	err = cmp.Or(err, addLoose())
	return firstError(flows.close(err), tls.close(err))
}

// startsOf are the numbers of the flows in order of time.
func startsOf(set *record.Set) ([]timed[int32], error) {
	list, err := set.Starts()
	starts := make([]timed[int32], len(list))
	for i, at := range list {
		starts[i] = timed[int32]{at, int32(i)}
	}
	sortByTime(starts)
	return starts, err
}

// ahead is how many flows are read while others are written.
const ahead = 128

// readOrdered reads the flows in this order, some while f is called with those before them. An error of f ends it.
func readOrdered(source record.FlowSource, order []timed[int32],
	f func(*record.Flow, *record.TLSSession) error) error {
	g, ctx := errgroup.WithContext(context.Background())
	g.SetLimit(2)
	turn := make(chan error, 1)
	turn <- nil
	for some := range slices.Chunk(order, ahead) {
		if ctx.Err() != nil {
			break
		}
		before, behind := turn, make(chan error, 1)
		turn = behind
		g.Go(func() error {
			wait := sync.OnceValue(func() error { return <-before })
			err := source.Lend(numbersOf(some), func(flows []*record.Flow, tls []*record.TLSSession) error {
				err := wait()
				for i := 0; i < len(flows) && err == nil; i++ {
					err = f(flows[i], tls[i])
				}
				return err
			})
			err = cmp.Or(wait(), err)
			behind <- err
			return err
		})
	}
	return g.Wait()
}

func numbersOf(order []timed[int32]) []int {
	numbers := make([]int, len(order))
	for i, x := range order {
		numbers[i] = int(x.record)
	}
	return numbers
}

// timed is a record and when it began.
type timed[R any] struct {
	at     record.Time
	record R
}

// byTime are the records in order of time. Order among equal times is kept.
func byTime[R any](list []R, start func(R) record.Time) []timed[R] {
	all := make([]timed[R], len(list))
	for i, r := range list {
		all[i] = timed[R]{start(r), r}
	}
	sortByTime(all)
	return all
}

func sortByTime[R any](all []timed[R]) {
	if earlier := func(a, b timed[R]) int { return cmp.Compare(a.at, b.at) }; !slices.IsSortedFunc(all, earlier) {
		slices.SortStableFunc(all, earlier)
	}
}

// days counts the UTC days of n rows in order of time, which are looked up by their number; more than maxDays are not
// counted to their end.
func days(n int, at func(i int) record.Time) (count int) {
	for i := 0; i < n && count <= maxDays; count++ {
		day := dayOf(at(i))
		i += sort.Search(n-i, func(k int) bool { return dayOf(at(i+k)) > day })
	}
	return count
}
