package main

import (
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
)

// shownFlags narrow what is shown and exported, and say in which zone times are shown. They change no judgement.
type shownFlags struct {
	client, from, to, tz string
}

func (f *shownFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.client, "client", "", "show and export what concerns this `ADDRESS` (or prefix) alone; the verdicts stay those of all")
	fs.StringVar(&f.from, "from", "", "the same from this `TIME` on: 10:14 or 10:14:30 of the first day, 2026-09-07T10:14, or with a zone")
	fs.StringVar(&f.to, "to", "", "the same up to this `TIME`")
	fs.StringVar(&f.tz, "tz", "", "`ZONE` of the times of text and of --from and --to: local, utc or a name such as Europe/Berlin (default: local on a terminal, else utc)")
}

// shown is what they say, checked before anything is analysed.
type shown struct {
	clients  netip.Prefix
	from, to moment
	zone     *time.Location // of text on standard output
	named    *time.Location // as --tz has it, for files; nil: not given
}

func (f *shownFlags) parse(stdout io.Writer) (s shown, err error) {
	if s.named, err = zoneOf(f.tz); err != nil {
		return s, err
	}
	switch s.zone = s.named; {
	case s.zone == nil && isTerminal(stdout):
		s.zone = time.Local
	case s.zone == nil:
		s.zone = time.UTC
	}
	if s.clients, err = clientsOf(f.client); err != nil {
		return s, err
	}
	if s.from, err = momentOf("from", f.from, s.zone); err != nil {
		return s, err
	}
	s.to, err = momentOf("to", f.to, s.zone)
	return s, err
}

// span is a window in words, as those read it that standard output is for.
func (s *shown) span(w *record.Window) string {
	from, to := w.From.Time().In(s.zone), w.To.Time().In(s.zone)
	return from.Format("2006-01-02 15:04:05") + " to " + to.Format("15:04:05 MST")
}

func zoneOf(name string) (*time.Location, error) {
	switch strings.ToLower(name) {
	case "":
		return nil, nil
	case "utc", "z":
		return time.UTC, nil
	case "local":
		return time.Local, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, usage("--tz %s: want local, utc or the name of a time zone such as Europe/Berlin", name)
	}
	return zone, nil
}

func clientsOf(text string) (netip.Prefix, error) {
	if text == "" {
		return netip.Prefix{}, nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, usage("--client %s: want an address such as 10.20.1.15, or a prefix such as 10.20.1.0/24", text)
	}
	return p.Masked(), nil
}

// moment is a time, or a time of day of the capture's first day.
type moment struct {
	at    time.Time
	clock bool
}

var (
	dated   = []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly}
	ofClock = []string{time.TimeOnly, "15:04"}
)

func momentOf(flag, text string, zone *time.Location) (m moment, err error) {
	if text == "" {
		return m, nil
	}
	for _, layout := range dated {
		if m.at, err = time.ParseInLocation(layout, text, zone); err == nil {
			return m, nil
		}
	}
	for _, layout := range ofClock {
		if m.at, err = time.ParseInLocation(layout, text, zone); err == nil {
			return moment{m.at, true}, nil
		}
	}
	return m, usage("--%s %s: want a time such as 10:14, 10:14:30 or 2026-09-07T10:14", flag, text)
}

// on is the moment of a capture that begins then; 0 where none was given.
func (m moment) on(first record.Time, zone *time.Location) record.Time {
	if m.at.IsZero() && !m.clock {
		return 0
	}
	at := m.at
	if m.clock {
		day := first.Time().In(zone)
		at = time.Date(day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute(), at.Second(), 0, zone)
	}
	return record.Time(at.UnixNano())
}

// narrows reports whether that may be less than all.
func (s shown) narrows() bool {
	return s.clients.IsValid() || s.from != (moment{}) || s.to != (moment{})
}

// narrow is the part of a run that is shown.
func (s shown) narrow(set *record.Set, o audit.Options) *record.Set {
	return audit.Narrow(set, s.bounds(set), o)
}

// bounds are client and time as the capture has them. A time of day to which it is shown that lies before the one from
// which it is is that of the next day.
func (s shown) bounds(set *record.Set) audit.Shown {
	first := record.Time(0)
	for _, h := range set.Health {
		if first == 0 || h.StartTime != 0 && h.StartTime < first {
			first = h.StartTime
		}
	}
	show := audit.Shown{Clients: s.clients, From: s.from.on(first, s.zone), To: s.to.on(first, s.zone)}
	if s.to.clock && show.To < show.From {
		show.To += record.Time(24 * time.Hour)
	}
	return show
}
