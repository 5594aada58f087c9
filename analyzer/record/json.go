package record

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strconv"
)

//go:generate go run ./gen

// AppendJSON appends the record as one JSON object with its "type" first, without a newline: the bytes of
// encoding/json, at a fraction of its cost, with [EscapeJSON].
func AppendJSON(b []byte, r Record) ([]byte, error) {
	w := writer{b: append(append(append(b, `{"type":"`...), r.RecordType()...), '"')}
	if !w.record(r) {
		return b, errors.New("record: not a type of this package")
	}
	if w.err != nil {
		return b, w.err
	}
	return append(w.b, '}'), nil
}

// AppendValue appends the JSON of a list or map that is a member of a record.
func AppendValue(b []byte, v any) ([]byte, error) {
	w := writer{b: b}
	if !w.value(v) {
		text, err := json.Marshal(v)
		return EscapeJSON(b, text), err
	}
	return w.b, w.err
}

// writer appends JSON as encoding/json writes it. err is the first value that JSON cannot show.
type writer struct {
	b   []byte
	err error
}

func (w *writer) null()         { w.b = append(w.b, "null"...) }
func (w *writer) int(n int64)   { w.b = strconv.AppendInt(w.b, n, 10) }
func (w *writer) uint(n uint64) { w.b = strconv.AppendUint(w.b, n, 10) }
func (w *writer) bool(v bool)   { w.b = strconv.AppendBool(w.b, v) }

// closeObject makes an object of the members that were appended since start, each with a comma before it.
func (w *writer) closeObject(start int) {
	if len(w.b) == start {
		w.b = append(w.b, '{')
	}
	w.b[start] = '{'
	w.b = append(w.b, '}')
}

// key appends a member's name, with the comma before it.
func (w *writer) key(name string) {
	w.b = append(w.b, ',')
	w.string(name)
	w.b = append(w.b, ':')
}

// plain are the bytes that stand for themselves in a JSON string of encoding/json, which also escapes what HTML would
// take for markup; without DEL, which is escaped here.
var plain = func() (t [256]bool) {
	for c := 0x20; c < 0x7f; c++ {
		t[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
	}
	return t
}()

// string appends a quoted text. Texts with anything to escape are rare enough for encoding/json itself.
func (w *writer) string(s string) {
	for i := range len(s) {
		if !plain[s[i]] {
			text, _ := json.Marshal(s) // a string cannot fail
			w.b = EscapeJSON(w.b, text)
			return
		}
	}
	w.b = append(w.b, '"')
	w.b = append(w.b, s...)
	w.b = append(w.b, '"')
}

// float appends a number in the form of ECMAScript, as encoding/json does.
func (w *writer) float(f float64) {
	size := math.Abs(f)
	switch {
	case size < 1<<53 && f == math.Trunc(f) && (f != 0 || !math.Signbit(f)):
		w.b = strconv.AppendInt(w.b, int64(f), 10)
	case size >= 1e-6 && size < 1e21:
		w.b = strconv.AppendFloat(w.b, f, 'f', -1, 64)
	default: // NaN, infinities, very small and very large ones
		text, err := json.Marshal(f)
		w.b = append(w.b, text...)
		w.err = cmp.Or(w.err, err)
	}
}

func (w *writer) time(t Time) {
	w.b = append(w.b, '"')
	w.b = t.append(w.b)
	w.b = append(w.b, '"')
}

func (w *writer) addr(a netip.Addr) {
	if a.Zone() != "" { // free text
		w.string(a.String())
		return
	}
	w.b = append(w.b, '"')
	w.b, _ = a.AppendText(w.b)
	w.b = append(w.b, '"')
}

// own appends a value whose type does it itself.
func (w *writer) own(v json.Marshaler) {
	text, err := json.Marshal(v) // checks it, and escapes what HTML would take for markup
	w.b = EscapeJSON(w.b, text)
	w.err = cmp.Or(w.err, err)
}

// mapKey is a key of a map and its name in the object.
type mapKey[K comparable] struct {
	key  K
	text string
}

// byText appends a map's keys in the order of encoding/json: by their text. The caller's space keeps small maps off the
// heap.
func byText[K ~string, V any](m map[K]V, keys []mapKey[K]) []mapKey[K] {
	for k := range m {
		keys = append(keys, mapKey[K]{k, string(k)})
	}
	return sorted(keys)
}

// byNumber does the same for keys that are numbers: 10 stands before 9.
func byNumber[K ~int | ~int64, V any](m map[K]V, keys []mapKey[K]) []mapKey[K] {
	for k := range m {
		keys = append(keys, mapKey[K]{k, strconv.FormatInt(int64(k), 10)})
	}
	return sorted(keys)
}

func sorted[K comparable](keys []mapKey[K]) []mapKey[K] {
	slices.SortFunc(keys, func(a, b mapKey[K]) int { return cmp.Compare(a.text, b.text) })
	return keys
}
