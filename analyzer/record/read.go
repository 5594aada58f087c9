package record

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// parse reads one line of the stream; nil for a type that this version does not know, and for one that is left out.
// Members of other names are skipped.
func (d *reader) parse(line []byte) (Record, error) {
	d.b, d.at, d.depth, d.path, d.err, d.left = line, 0, 0, "", nil, false
	more := d.open('{')
	kind := d.kind(&more)
	var r Record
	if d.left = slices.Contains(d.without, kind); d.left {
		d.leave(kind, more)
	} else if kind == "flow" && d.packed != nil {
		d.flow = Flow{}
		d.membersFlow(&d.flow, more)
		r = &d.flow
	} else {
		r = d.record(kind, more)
	}
	if r == nil && !d.left && d.err == nil { // to its end, for its syntax
		d.at = 0
		d.skip()
	}
	if d.err == nil && d.peek() != 0 {
		d.fail("something follows the object")
	}
	if d.err == nil {
		return r, nil
	}
	if d.path == "" || kind == "" {
		return nil, d.err
	}
	return nil, fmt.Errorf("%s.%s: %w", kind, d.path, d.err)
}

// leave checks the syntax of a record that is left out, and counts the flows that it stands for.
func (d *reader) leave(kind string, more bool) {
	var flows int64
	for ; more; more = d.next('}') {
		if name := d.key(); kind == "flow" && string(name) == "flows" {
			readInt(d, &flows)
			d.within(name)
		} else {
			d.skip()
		}
	}
	if kind == "flow" {
		d.flows += int(max(flows, 1))
	}
}

// kind reads the value of "type". Where it is not the first member, the others are read after it from the beginning.
func (d *reader) kind(more *bool) (kind string) {
	for start, first := d.at, true; *more; first = false {
		name := d.key()
		if string(name) == "type" {
			readString(d, &kind)
			d.within(name)
			*more = d.next('}')
			if !first {
				d.at, *more = start, d.err == nil
			}
			return kind
		}
		d.skip()
		*more = d.next('}')
	}
	return ""
}

// The functions below read one value each. JSON's null leaves a plain value as it is, as in encoding/json.

func readString[T ~string](d *reader, p *T) {
	if d.null() {
		return
	}
	if d.peek() != '"' {
		d.want("text")
		return
	}
	*p = T(d.intern(d.text()))
}

func readBool(d *reader, p *bool) {
	switch {
	case d.null():
	case d.literal("true"):
		*p = true
	case d.literal("false"):
		*p = false
	default:
		d.want("true or false")
	}
}

func readInt[T ~int | ~int8 | ~int16 | ~int32 | ~int64](d *reader, p *T) {
	if d.null() {
		return
	}
	text := d.number()
	n, ok := small(text)
	if !ok && d.err == nil {
		var err error
		if n, err = strconv.ParseInt(string(text), 10, 64); err != nil {
			d.fail("want an integer of 64 bits, found " + string(text))
			return
		}
	}
	if *p = T(n); int64(*p) != n {
		d.fail("want a smaller integer, found " + string(text))
	}
}

func readUint[T ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](d *reader, p *T) {
	if d.null() {
		return
	}
	text := d.number()
	if d.err != nil {
		return
	}
	n, err := strconv.ParseUint(string(text), 10, 64)
	if *p = T(n); err != nil || uint64(*p) != n {
		d.fail("want an integer from 0 on that is not too large, found " + string(text))
	}
}

func readFloat(d *reader, p *float64) {
	if d.null() {
		return
	}
	text := d.number()
	if f, ok := decimal(text); ok {
		*p = f
		return
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if *p = f; err != nil {
		d.fail("want a number that float64 can hold, found " + string(text))
	}
}

func readTime(d *reader, p *Time) {
	if d.null() {
		return
	}
	if d.peek() != '"' {
		d.want("a time")
		return
	}
	text := d.text()
	if t, ok := parseTime(text); ok {
		*p = t
	} else if err := p.UnmarshalText(text); err != nil && d.err == nil {
		d.fail("want a time as in RFC 3339: " + err.Error())
	}
}

func readAddr(d *reader, p *netip.Addr) {
	if d.null() {
		return
	}
	if d.peek() != '"' {
		d.want("an IP address")
		return
	}
	if err := p.UnmarshalText(d.text()); err != nil && d.err == nil {
		d.fail("want an IP address: " + err.Error())
	}
}

// own reads a value whose type does it itself.
func (d *reader) own(v json.Unmarshaler) {
	d.peek()
	start := d.at
	d.skip()
	if d.err == nil {
		d.err = v.UnmarshalJSON(d.b[start:d.at])
	}
}

// textKey is the key of a map whose keys are texts.
func textKey[K ~string](d *reader, name []byte) K { return K(d.intern(name)) }

// numberKey is the key of a map whose keys are numbers.
func numberKey[K ~int | ~int64](d *reader, name []byte) K {
	n, err := strconv.ParseInt(string(name), 10, 64)
	if err != nil && d.err == nil {
		d.fail("want a number as name of a member, found " + strconv.Quote(string(name)))
	}
	return K(n)
}

// small is the value of a literal of at most 18 digits.
func small(text []byte) (n int64, ok bool) {
	digits := text
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if len(digits) < len(text) {
		n = -n
	}
	return n, len(digits) > 0 && len(digits) <= 18
}

// powers are those powers of ten that a float64 holds exactly and decimal needs.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// decimal is the value of a positive literal of at most 15 digits without exponent: both parts are exact, so their
// quotient is rounded once.
func decimal(text []byte) (float64, bool) {
	var n, digits, fraction int
	point := false
	for _, c := range text {
		switch {
		case c == '.':
			point = true
		case c < '0' || c > '9':
			return 0, false
		default:
			n, digits = n*10+int(c-'0'), digits+1
			if point {
				fraction++
			}
		}
		if digits > 15 {
			return 0, false
		}
	}
	return float64(n) / powers[fraction], digits > 0
}

// hasTimeForm reports whether all but the digits are as timeLayout has them.
func hasTimeForm(b []byte) bool {
	return len(b) == len(timeLayout) && b[4] == '-' && b[7] == '-' && b[10] == 'T' && b[13] == ':' && b[16] == ':' &&
		b[19] == '.' && b[29] == 'Z'
}

// parseTime reads the form that records are written in; ok is false for all others.
func parseTime(b []byte) (t Time, ok bool) {
	if !hasTimeForm(b) {
		return 0, false
	}
	var part [7]int
	for i, field := range [7][2]int{{0, 4}, {5, 7}, {8, 10}, {11, 13}, {14, 16}, {17, 19}, {20, 29}} {
		for _, c := range b[field[0]:field[1]] {
			if c < '0' || c > '9' {
				return 0, false
			}
			part[i] = part[i]*10 + int(c-'0')
		}
	}
	year, month, day, hour, minute, second := part[0], part[1], part[2], part[3], part[4], part[5]
	if year < 1678 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 ||
		second > 59 {
		return 0, false // the last days of a month are those that may not exist
	}
	return Time(time.Date(year, time.Month(month), day, hour, minute, second, part[6], time.UTC).UnixNano()), true
}
