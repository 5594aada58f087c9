package reports

import (
	"fmt"
	"strconv"
	"time"

	"webexaudit/analyzer/record"
)

// grouped writes 48211 as 48,211.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(s) - 3; i > first; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size writes a number of bytes with a decimal unit.
func size(n int64) string {
	f, unit := float64(n), 0
	for f >= 999.5 && unit < 5 {
		f, unit = f/1000, unit+1
	}
	if unit == 0 {
		return strconv.FormatInt(n, 10) + " B"
	}
	return fmt.Sprintf("%.3g %cB", f, " kMGTP"[unit])
}

// span writes a duration as people say it: 0.4s, 48s, 35m 48s, 2h 05m, 3d 04h.
func span(d time.Duration) string {
	if d < 10*time.Second {
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	}
	s := int64(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm %02ds", s/60, s%60)
	case s < 86400:
		return fmt.Sprintf("%dh %02dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd %02dh", s/86400, s/3600%24)
}

func seconds(s float64) string { return span(time.Duration(s * float64(time.Second))) }

// period writes the time between two packets, always with the zone.
func period(from, to record.Time) string {
	a, b := from.Time(), to.Time()
	end := b.Format("2006-01-02 15:04:05")
	if a.Format(time.DateOnly) == b.Format(time.DateOnly) {
		end = b.Format("15:04:05")
	}
	return fmt.Sprintf("%s to %s UTC (%s)", a.Format("2006-01-02 15:04:05"), end, span(b.Sub(a)))
}

// count writes "1 flow", "2 flows".
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}
