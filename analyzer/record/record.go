// Package record is the vocabulary that leaves the analyzer: one type per line type of the JSON Lines contract.
//
// A record is finished when it is made: nothing changes it afterwards, so rules and reports may share it freely.
// Names in the `json` tags are the contract; names in the `parquet` tables are the same with members joined by "_".
// Unknown values are absent (nil pointer, empty string, empty list), never 0: DSCP 0, port 0 and "0 answers" are facts.
// Times are packet times in UTC; no record carries wall-clock time or a host name, so equal input gives equal bytes.
//
// A member is added in one place, its struct; go generate ./analyzer/record then writes what each format needs to know
// of it (package gen). Its comment is its meaning in docs/parquet.md; "absent" is NULL there. Its tags:
//
//	json:"name,omitempty"   name in the contract, and whether it is absent where it is empty (omitzero for times and
//	                        addresses)
//	parquet:"17,dict"       field id of its column, which is never used again for another; then as needed: dict (few
//	                        different texts), null (can be NULL), zero (0 is a value although JSON leaves it out),
//	                        json (a list as JSON text), name=column, after=N (its place is behind that field id)
//	parquet:"+24"           of a nested struct: is added to the field ids in it; without a tag they count as they are
//	parquet:"flat,null"     of a nested struct: its columns have no prefix; it may be nil
//	parquet:"-" why:"..."   no column, and the reason; json:"-" needs one too
//	pack:"packet"           in the packed form (pack.go): a packet number, told from the one before; "bytes": a text
//	                        that is no word
//
// An int is a column of 32 bits. Lists of texts and ints are lists of text; other lists, maps, and types that make
// their own JSON are JSON text.
package record

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Record is one line of the stream: a pointer to one of the types of this package.
type Record interface {
	// RecordType is the value of the line's "type" member.
	RecordType() string
}

// Sink receives the records of one run (see [Set.WriteTo]): Write is called once, then Close, also after an error. What
// could not be written one of them reports.
type Sink interface {
	Write(*Set) error
	Close() error
}

// Time is a packet time: nanoseconds since the Unix epoch. JSON shows it as RFC 3339 UTC with nine decimals.
// The zero value means "not known" and is left out where the field allows it.
type Time int64

const timeLayout = "2006-01-02T15:04:05.000000000Z"

// Time converts to the standard library's type, in UTC.
func (t Time) Time() time.Time { return time.Unix(0, int64(t)).UTC() }

// Sub returns the duration t-u.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// IsZero reports whether the time is not known; encoding/json asks it for `omitzero`.
func (t Time) IsZero() bool { return t == 0 }

func (t Time) String() string { return string(t.append(make([]byte, 0, len(timeLayout)))) }

// MarshalText implements encoding.TextMarshaler.
func (t Time) MarshalText() ([]byte, error) { return t.append(make([]byte, 0, len(timeLayout))), nil }

// append is AppendFormat(b, timeLayout) at a quarter of its cost. The years of a Time have four digits: 1677 to 2262.
func (t Time) append(b []byte) []byte {
	u := t.Time()
	year, month, day := u.Date()
	hour, minute, second := u.Clock()
	b = digits(b, year, 4, '-')
	b = digits(b, int(month), 2, '-')
	b = digits(b, day, 2, 'T')
	b = digits(b, hour, 2, ':')
	b = digits(b, minute, 2, ':')
	b = digits(b, second, 2, '.')
	return digits(b, u.Nanosecond(), 9, 'Z')
}

// digits appends n with leading zeros, and what stands behind it.
func digits(b []byte, n, width int, next byte) []byte {
	b = append(b, "000000000"[:width]...)
	for i := len(b) - 1; n > 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return append(b, next)
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Time) UnmarshalText(b []byte) error {
	v, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil {
		return err
	}
	*t = Time(v.UnixNano())
	return nil
}

// DSCP is a histogram of packets by Differentiated Services code point (0-63), zero included (RFC 2474).
type DSCP map[int]int64

// Total is the number of packets counted.
func (d DSCP) Total() int64 {
	var n int64
	for _, v := range d {
		n += v
	}
	return n
}

// Share is the part (0 to 1) of the packets that carry one of the marks; 0 for an empty histogram.
func (d DSCP) Share(marks ...int) float64 {
	var n int64
	for _, m := range marks {
		n += d[m]
	}
	if n == 0 {
		return 0
	}
	return float64(n) / float64(d.Total())
}

// MarkName is the usual name of a DSCP value: EF, AF41, CS3, CS0 … or the number.
// RFC 2474, RFC 2597, RFC 3246, RFC 5865.
func MarkName(dscp int) string {
	switch {
	case dscp == 46:
		return "EF"
	case dscp == 44:
		return "VA"
	case dscp&7 == 0 && dscp >= 0 && dscp < 64:
		return "CS" + strconv.Itoa(dscp>>3)
	case dscp >= 10 && dscp <= 38 && dscp&1 == 0 && dscp&7 != 0:
		return "AF" + strconv.Itoa(dscp>>3) + strconv.Itoa(dscp&7>>1)
	}
	return strconv.Itoa(dscp)
}

// Add counts what another histogram has.
func (d DSCP) Add(more DSCP) {
	for mark, n := range more {
		d[mark] += n
	}
}

// mainShare is the share of packets from which a mark is named.
const mainShare = 0.05

// Main are the marks that at least a twentieth of the packets have, the most frequent first.
func (d DSCP) Main() []int {
	marks := slices.Sorted(maps.Keys(d))
	slices.SortStableFunc(marks, func(a, b int) int { return cmp.Compare(d[b], d[a]) })
	return slices.DeleteFunc(marks, func(m int) bool { return d.Share(m) < mainShare })
}
