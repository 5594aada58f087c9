package reports

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"webexaudit/analyzer/record"
)

// ParquetOptions say where the tables go.
type ParquetOptions struct {
	Dir        string       // DIR/<table>/v1/dt=YYYY-MM-DD/sensor=<slug>/<run>-000-000.parquet
	Sensor     string       // names the partition; empty: default
	AnalyzedAt record.Time  // when the run was judged: of two runs on the same packets the later one counts
	Overwrite  bool         // replace files of the same run instead of refusing
	Stop       func() error // asked now and then: an error breaks the tables off; nil: none does
	Note       func(string) // told what is unusual about the tables; may be nil
}

// parquetSink writes all tables of a run when it is closed: first every file under a hidden name, then, when all are
// complete, the renames, and at last the marker. A failed run leaves nothing that a reader of the lake would see.
type parquetSink struct {
	o   ParquetOptions
	set *record.Set
}

func newParquet(_ io.Writer, o Options) record.Sink {
	p := o.Parquet
	p.Sensor = cmp.Or(p.Sensor, "default")
	return &parquetSink{o: p}
}

// Write implements record.Sink.
func (s *parquetSink) Write(set *record.Set) error {
	s.set = set
	return nil
}

// Close implements record.Sink: it writes and publishes the tables.
func (s *parquetSink) Close() (err error) {
	l, err := newLake(s.o, s.set.Run)
	if err != nil {
		return err
	}
	if err := l.mark(); err != nil {
		return err
	}
	defer l.discard()
	if err := s.writeTables(l); err != nil {
		return err
	}
	if err := l.publish(); err != nil {
		return err
	}
	l.sweep()
	if len(l.whole) > 0 && s.o.Note != nil {
		slices.Sort(l.whole)
		s.o.Note(fmt.Sprintf("records of more than %d days: these tables are one file each, under the day of their first row: %s",
			maxDays, strings.Join(l.whole, ", ")))
	}
	return nil
}

// tablesAtOnce is how many goroutines write tables.
const tablesAtOnce = 2

// writeTables writes the flows, with their TLS sessions, beside all other tables: they are most of the work.
func (s *parquetSink) writeTables(l *lake) error {
	captures := s.set.Captures()
	first := firstDay(captures)
	flows, before, tls, behind := l.part(), l.part(), l.part(), l.part()
	var g sync.WaitGroup
	var failed, rest error
	g.Go(func() { failed = writeFlows(flows, tls, s.set, first) })
	rest = firstError(s.writeMedia(before, captures, first), s.writeOthers(behind, first))
	g.Wait()
	for _, p := range []*lake{flows, before, tls, behind} {
		l.files, l.whole = append(l.files, p.files...), append(l.whole, p.whole...)
	}
	return firstError(rest, failed)
}

func (s *parquetSink) writeMedia(l *lake, captures []*record.Capture, first record.Time) error {
	return firstError(
		writeTable[captureRow](l, "captures", captures, func(c *record.Capture) record.Time {
			return cmp.Or(c.FirstTime, first)
		}),
		writeTable[streamRow](l, "media_streams", s.set.Streams, func(m *record.MediaStream) record.Time {
			return m.StartTime
		}),
		writeTable[intervalRow](l, "media_intervals", s.set.Intervals, func(m *record.MediaInterval) record.Time {
			return m.StartTime
		}),
	)
}

func (s *parquetSink) writeOthers(l *lake, first record.Time) error {
	return firstError(
		writeTable[reachabilityRow](l, "reachability", s.set.Reachability, func(r *record.Reachability) record.Time {
			return cmp.Or(r.FirstSeen, first)
		}),
		writeTable[sessionRow](l, "sessions", s.set.Sessions, func(x *record.Session) record.Time { return x.StartTime }),
		writeTable[comparedRow](l, "compared_streams", s.set.Compared, func(c *record.ComparedStream) record.Time {
			return c.StartTime
		}),
		writeTable[findingRow](l, "findings", s.set.Findings, func(f *record.Finding) record.Time {
			return cmp.Or(f.FirstSeen, first)
		}),
	)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// firstDay is the time of the run's first packet; 0 (the day 1970-01-01) for a run without packets.
func firstDay(captures []*record.Capture) (first record.Time) {
	for _, c := range captures {
		if c.FirstTime != 0 && (first == 0 || c.FirstTime < first) {
			first = c.FirstTime
		}
	}
	return first
}

// runID is a short hash of the sensor and the run record: the same analysis of the same input by the same sensor has
// the same file names.
func runID(sensor string, r *record.Run) (string, error) {
	if r == nil {
		r = new(record.Run)
	}
	b, err := record.AppendJSON([]byte(sensor+"\x00"), r)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6]), nil
}

// slug makes a sensor name fit for a path: lower-case letters, digits, dot, hyphen.
func slug(name string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name)
	return cmp.Or(strings.Trim(s, ".-"), "default")
}

// dayOf counts the UTC days since the Unix epoch.
func dayOf(t record.Time) int64 {
	const day = 24 * 60 * 60
	seconds := t.Time().Unix()
	if seconds < 0 {
		seconds -= day - 1 // towards the past
	}
	return seconds / day
}
