package audit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/record"
)

// count is "1 flow", "12 flows", "3 prefixes", "2 flows with STUN requests": the noun before a preposition takes the plural.
func count[N int | int64](n N, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	rest := ""
	for _, word := range []string{" from ", " to ", " of ", " for ", " with ", " inside ", " through ", " that "} {
		if i := strings.Index(unit, word); i >= 0 {
			unit, rest = unit[:i], unit[i:]+rest
		}
	}
	switch {
	case strings.HasSuffix(unit, "y"):
		unit = unit[:len(unit)-1] + "ies"
	case strings.HasSuffix(unit, "x"):
		unit += "es"
	default:
		unit += "s"
	}
	return fmt.Sprintf("%d %s%s", n, unit, rest)
}

// number writes a threshold without a needless exponent or decimals.
func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// percent of a part in a whole, 0 to 100.
func percent[N int | int64](part, whole N) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// share writes a percentage with at most three significant digits: 0.014 %, 5.2 %, 100 %.
func share(pct float64) string {
	digits := 1
	switch {
	case pct == math.Trunc(pct):
		digits = 0
	case pct < 0.1:
		digits = 3
	case pct < 1:
		digits = 2
	}
	text := strconv.FormatFloat(pct, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text + " %"
}

// minutes writes a duration in seconds as a person would say it.
func minutes(seconds float64) string {
	if seconds < 120 {
		return fmt.Sprintf("%.0f s", seconds)
	}
	return fmt.Sprintf("%.0f min", seconds/60)
}

// volume writes a number of bytes in decimal units.
func volume(bytes int64) string {
	v := float64(bytes)
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if v < 1000 {
			return fmt.Sprintf("%.3g %s", v, unit)
		}
		v /= 1000
	}
	return fmt.Sprintf("%.3g TB", v)
}

// some joins at most three values and says how many more there are.
func some(list []string) string {
	if len(list) <= 3 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:3], ", "), len(list)-3)
}

// marks writes a histogram of marks by falling share: "EF 98 %, CS0 2 %".
func marks(d record.DSCP) string {
	keys := make([]int, 0, len(d))
	for k := range d {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b int) int { return cmp.Or(cmp.Compare(d[b], d[a]), cmp.Compare(a, b)) })
	var words []string
	for _, k := range keys {
		words = append(words, record.MarkName(k)+" "+share(percent(d[k], d.Total())))
	}
	return some(words)
}

// markNames joins the names of marks: "AF41 or AF42".
func markNames(list []int, with string) string {
	var words []string
	for _, m := range list {
		words = append(words, record.MarkName(m))
	}
	return strings.Join(words, with)
}

// where names a subject in a sentence.
func where(s record.Subject) string {
	switch s.Kind {
	case "subnet":
		return s.Key
	case "run":
		return "the capture"
	}
	return s.Kind + " " + s.Key
}
