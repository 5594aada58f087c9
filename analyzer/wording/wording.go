// Package wording writes values and sentences for people. In go numbers, sizes, times, addresses and names; out comes
// English text in the one form that every screen and report uses, and the sentence as data (Text), which a report may
// keep, translate or anonymise.
package wording

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Integer is what can be counted.
type Integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32
}

// Noun is a word in both numbers: "client that signals", "clients that signal". No plural is ever guessed.
type Noun struct{ One, Many string }

// Count says how many there are: "1 client", "12,000 clients".
func Count[N Integer](n N, one, many string) Arg {
	return Arg{Kind: KindCount, N: int64(n), One: valid(one), Many: valid(many)}
}

// CountOf is Count of a noun that stands in a variable.
func CountOf[N Integer](n N, noun Noun) Arg { return Count(n, noun.One, noun.Many) }

// Number writes a whole number with separators of thousands: "48,211".
func Number[N Integer](n N) Arg { return Arg{Kind: KindNumber, N: int64(n)} }

// Decimal writes any number without a needless exponent or decimals: "5,004", "0.5".
func Decimal(v float64) Arg {
	switch {
	case !finite(v):
		return Arg{Kind: KindUnknown}
	case v == math.Trunc(v) && math.Abs(v) < 1<<53:
		return Number(int64(v))
	}
	return Arg{Kind: KindNumber, F: v}
}

// Bytes writes a number of bytes with a decimal unit and three digits: "999 B", "24.1 kB", "1 MB".
func Bytes(n int64) Arg { return Arg{Kind: KindBytes, N: n} }

// Duration writes a time span with its two largest units: "34 s", "9 min 12 s", "2 h 1 min", "1 day 1 h"; below 10 s
// with a decimal, below 1 s in milliseconds.
func Duration(d time.Duration) Arg { return Seconds(d.Seconds()) }

// Seconds is Duration of seconds.
func Seconds(s float64) Arg {
	if !finite(s) {
		return Arg{Kind: KindUnknown}
	}
	return Arg{Kind: KindDuration, F: s}
}

// Percent writes a percentage (0 to 100) with at most one decimal, below 1 % with two significant digits: "0.014 %",
// "5.2 %", "100 %". What is not all is never written as 100 %, and what is something never as 0 %.
func Percent(pct float64) Arg {
	if !finite(pct) {
		return Arg{Kind: KindUnknown}
	}
	return Arg{Kind: KindPercent, F: pct}
}

// listShown is up to how many values a list names all; of more it names one less and says how many more there are.
const listShown = 3

// List joins values: "none", "a", "a and b", "a, b and c", "a, b and 3 more".
func List[T any](values []T) Arg {
	shown := len(values)
	if shown > listShown {
		shown = listShown - 1
	}
	list := Arg{Kind: KindList, N: int64(len(values) - shown), Args: make([]Arg, shown)}
	for i := range list.Args {
		list.Args[i] = argument(values[i])
	}
	return list
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func grouped(n int64) string { return separate(strconv.FormatInt(n, 10)) }

// separate sets a comma between the thousands of a decimal number: "-1234.5678" is "-1,234.5678".
func separate(s string) string {
	whole, fraction, _ := strings.Cut(s, ".")
	first := 0
	if strings.HasPrefix(whole, "-") {
		first = 1
	}
	for i := len(whole) - 3; i > first; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return whole
}

func decimal(v float64) string { return separate(strconv.FormatFloat(v, 'f', -1, 64)) }

// rounded writes v with at most so many decimals, and none that is 0.
func rounded(v float64, digits int) string {
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return separate(text)
}

func bytesText(n int64) string {
	const units = "kMGTPE"
	v := math.Abs(float64(n))
	if v < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	unit := -1
	for v >= 999.5 { // what would round to 1000
		v, unit = v/1000, unit+1
	}
	return sign(n < 0) + strconv.FormatFloat(v, 'g', 3, 64) + " " + units[unit:unit+1] + "B"
}

func durationText(s float64) string {
	minus, v := sign(s < 0), math.Abs(s)
	switch whole := math.Round(v); {
	case v == 0:
		return "0 s"
	case v < 0.00005:
		return minus + "<0.1 ms"
	case v < 0.00995:
		return minus + rounded(v*1000, 1) + " ms"
	case v < 0.9995:
		return minus + rounded(v*1000, 0) + " ms"
	case v < 9.95:
		return minus + rounded(v, 1) + " s"
	case whole < 60:
		return minus + rounded(v, 0) + " s"
	case whole < 3600:
		return minus + two(whole, 60, "min", "min", "s")
	case math.Round(v/60) < 24*60:
		return minus + two(math.Round(v/60), 60, "h", "h", "min")
	}
	return minus + two(math.Round(v/3600), 24, "day", "days", "h")
}

// two writes n small units as large and small ones: 552 s as "9 min 12 s", 540 s as "9 min".
func two(n, size float64, one, many, small string) string {
	large, rest := math.Floor(n/size), math.Mod(n, size)
	if large != 1 {
		one = many
	}
	text := rounded(large, 0) + " " + one
	if rest > 0 {
		text += " " + rounded(rest, 0) + " " + small
	}
	return text
}

func percentText(pct float64) string {
	minus, v := sign(pct < 0), math.Abs(pct)
	digits := 1
	switch {
	case v == 0:
		return "0 %"
	case v < 0.0005:
		return minus + "<0.001 %"
	case v < 0.0995:
		digits = 3
	case v < 0.995:
		digits = 2
	case v >= 99.995 && v < 100:
		return minus + ">99.99 %"
	case v >= 99.95 && v < 100:
		digits = 2
	}
	return minus + rounded(v, digits) + " %"
}

func sign(negative bool) string {
	if negative {
		return "-"
	}
	return ""
}

func listText(shown []Arg, more int64) string {
	words := make([]string, 0, len(shown)+1)
	for _, a := range shown {
		words = append(words, a.String())
	}
	if more > 0 {
		words = append(words, grouped(more)+" more")
	}
	last := len(words) - 1
	switch last {
	case -1:
		return "none"
	case 0:
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
