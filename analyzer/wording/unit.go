package wording

import (
	"fmt"
	"strconv"
)

// units are the nouns among the units of thresholds, by their plural, which is what a table of thresholds shows.
var units = map[string]Noun{}

func init() {
	for _, n := range []Noun{
		{One: "address", Many: "addresses"}, {One: "attempt", Many: "attempts"}, {One: "answer", Many: "answers"}, {One: "burst", Many: "bursts"}, {One: "change", Many: "changes"},
		{One: "line", Many: "lines"}, {One: "client", Many: "clients"}, {One: "connection", Many: "connections"}, {One: "day", Many: "days"}, {One: "flow", Many: "flows"},
		{One: "handshake", Many: "handshakes"}, {One: "hop", Many: "hops"}, {One: "message", Many: "messages"}, {One: "packet", Many: "packets"},
		{One: "prefix", Many: "prefixes"}, {One: "question", Many: "questions"}, {One: "request", Many: "requests"},
		{One: "router", Many: "routers"}, {One: "segment", Many: "segments"}, {One: "server", Many: "servers"}, {One: "session", Many: "sessions"}, {One: "socket", Many: "sockets"},
		{One: "step", Many: "steps"}, {One: "time", Many: "times"}, {One: "time-out", Many: "time-outs"}, {One: "try", Many: "tries"}, {One: "tunnel", Many: "tunnels"},
		{One: "window of 10 s", Many: "windows of 10 s"},
	} {
		units[n.Many] = n
	}
}

// Quantity writes a value with its unit, such that the number itself is in it: "5 %", "port 5004", "300 s (5 min)",
// "100,000 bytes (100 kB)", "1 step", "20231206 (2023-12-06)".
func Quantity(v float64, unit string) string {
	number := Bare(v, unit)
	switch unit {
	case "":
		return number
	case "port", "payload type":
		return unit + " " + number
	case "date":
		return dated(number)
	case "bytes":
		return alsoAs(Count(int64(v), "byte", "bytes").String(), Bytes(int64(v)), v >= 1000)
	case "s":
		return alsoAs(number+" s", Seconds(v), v >= 120)
	case "min":
		return alsoAs(number+" min", Seconds(60*v), v >= 120)
	}
	if noun, ok := units[unit]; ok && v == 1 {
		return "1 " + noun.One
	}
	return number + " " + unit
}

// Bare writes a value without its unit. Ports and dates have no separators of thousands.
func Bare(v float64, unit string) string {
	if unit == "port" || unit == "date" {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return Decimal(v).String()
}

// alsoAs adds the form that is easier to read, where it is.
func alsoAs(exact string, readable Arg, add bool) string {
	if !add {
		return exact
	}
	return fmt.Sprintf("%s (%s)", exact, readable)
}

// dated adds the date to its number: "20231206 (2023-12-06)".
func dated(digits string) string {
	if len(digits) != len("20060102") {
		return digits
	}
	return fmt.Sprintf("%s (%s-%s-%s)", digits, digits[:4], digits[4:6], digits[6:])
}
