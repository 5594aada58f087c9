package audit

import (
	"cmp"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// irregular are plurals that count does not find.
var irregular = map[string]string{
	"client that signals with Webex Calling": "clients that signal with Webex Calling",
}

// count is wording.Count for rules that do not say the plural yet: "3 prefixes", "2 flows with STUN requests".
func count[N int | int64](n N, unit string) string {
	return wording.Count(n, unit, plural(unit)).String()
}

// plural of a noun; one before a preposition takes it.
func plural(unit string) string {
	if many, ok := irregular[unit]; ok {
		return many
	}
	rest := ""
	for _, word := range []string{" from ", " to ", " of ", " for ", " with ", " inside ", " through ", " that "} {
		if i := strings.Index(unit, word); i >= 0 {
			unit, rest = unit[:i], unit[i:]+rest
		}
	}
	switch {
	case strings.HasSuffix(unit, "y") && !strings.HasSuffix(unit, "ay"):
		return strings.TrimSuffix(unit, "y") + "ies" + rest
	case strings.HasSuffix(unit, "x"):
		return unit + "es" + rest
	}
	return unit + "s" + rest
}

// number writes a threshold without a needless exponent or decimals.
func number(v float64) string { return wording.Decimal(v).String() }

// percent of a part in a whole, 0 to 100.
func percent[N int | int64](part, whole N) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// share writes a percentage: 0.014 %, 5.2 %, 100 %.
func share(pct float64) string { return wording.Percent(pct).String() }

// minutes writes a duration in seconds as a person would say it.
func minutes(seconds float64) string { return wording.Seconds(seconds).String() }

// volume writes a number of bytes in decimal units.
func volume(bytes int64) string { return wording.Bytes(bytes).String() }

// some names at most three values, with commas alone since the values may be lists, or a few and how many more there
// are.
func some(list []string) string {
	if len(list) <= 3 {
		return strings.Join(list, ", ")
	}
	return wording.List(list).String()
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

// where names a subject in a sentence.
func where(s record.Subject) string { return wording.Subject(s.Kind, s.Key).String() }
