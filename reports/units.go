package reports

import (
	"fmt"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// The nouns that screens count.
var (
	flows   = wording.Noun{One: "flow", Many: "flows"}
	packets = wording.Noun{One: "packet", Many: "packets"}
)

// grouped writes 48211 as 48,211.
func grouped[N wording.Integer](n N) string { return wording.Number(n).String() }

// count writes "1 flow", "2 flows".
func count[N wording.Integer](n N, noun wording.Noun) string {
	return wording.CountOf(n, noun).String()
}

// counted is count of a noun that is used in one place.
func counted[N wording.Integer](n N, one, many string) string {
	return wording.Count(n, one, many).String()
}

// period writes the time between two packets, always with the zone.
func period(from, to record.Time) string {
	a, b := from.Time(), to.Time()
	end := b.Format("2006-01-02 15:04:05")
	if a.Format(time.DateOnly) == b.Format(time.DateOnly) {
		end = b.Format("15:04:05")
	}
	return fmt.Sprintf("%s to %s UTC (%s)", a.Format("2006-01-02 15:04:05"), end, wording.Duration(b.Sub(a)))
}
