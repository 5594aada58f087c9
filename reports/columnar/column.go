package columnar

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// column is the page that grows, and those of the row group before it.
type column struct {
	path       []string
	typ        format.Type
	null, list bool
	dict       *dictionary // nil: plain

	first   int      // its first row, in the row group
	present []uint64 // a bit for each row; of columns that may be NULL
	lists   []entry  // those with values
	values  int
	plain   []byte
	ids     []int32 // in the dictionary
	bounds  bounds

	chunk chunk
}

// entry is a list that is not empty.
type entry struct{ row, n int }

// dictionary of a column's values in a row group. When it is full, the values behind it are written plain.
type dictionary struct {
	ids    map[string]int32
	words  []string
	plain  []byte
	full   bool
	recent [16]recent // by their length and ends: most columns have few words, and a look here is quicker
}

type recent struct {
	text string
	id   int32
	page int // the last one that it is in, from 1; 0: none
}

const (
	dictionaryWords = 1 << 16
	dictionaryBytes = 1 << 20
)

func newColumn(path []string, leaf parquet.LeafColumn) (*column, error) {
	c := &column{path: path, null: leaf.MaxDefinitionLevel == 1, list: leaf.MaxRepetitionLevel == 1}
	if leaf.MaxDefinitionLevel > 1 || leaf.MaxRepetitionLevel > 1 {
		return nil, fmt.Errorf("column %s: deeper than a list", path[0])
	}
	switch leaf.Node.Type().Kind() {
	case parquet.Boolean:
		c.typ = format.Boolean
	case parquet.Int32:
		c.typ = format.Int32
	case parquet.Int64:
		c.typ = format.Int64
	case parquet.Double:
		c.typ = format.Double
	case parquet.ByteArray:
		c.typ = format.ByteArray
	default:
		return nil, fmt.Errorf("column %s: type %v is not written", path[0], leaf.Node.Type())
	}
	if e := leaf.Node.Encoding(); e != nil && e.Encoding() == format.RLEDictionary && !c.list {
		c.dict = &dictionary{ids: map[string]int32{}}
	}
	return c, nil
}

// has notes that the row has a value.
func (c *column) has(row int) {
	c.values++
	if !c.null || c.list {
		return
	}
	at := row - c.first
	for len(c.present) <= at>>6 {
		c.present = append(c.present, 0)
	}
	c.present[at>>6] |= 1 << (at & 63)
}

// Int32 gives the column's value in this row.
func (w *Writer) Int32(i int, v int32) {
	c := w.columns[i]
	c.has(w.row)
	c.bounds.number(int64(v))
	c.plain = binary.LittleEndian.AppendUint32(c.plain, uint32(v))
}

// Int64 gives the column's value in this row.
func (w *Writer) Int64(i int, v int64) {
	c := w.columns[i]
	c.has(w.row)
	c.bounds.number(v)
	c.plain = binary.LittleEndian.AppendUint64(c.plain, uint64(v))
}

// Double gives the column's value in this row.
func (w *Writer) Double(i int, v float64) {
	c := w.columns[i]
	c.has(w.row)
	c.bounds.double(v)
	c.plain = binary.LittleEndian.AppendUint64(c.plain, math.Float64bits(v))
}

// Bool gives the column's value in this row.
func (w *Writer) Bool(i int, v bool) {
	c := w.columns[i]
	c.has(w.row)
	n := byte(0)
	if v {
		n = 1
	}
	c.bounds.number(int64(n))
	c.plain = append(c.plain, n) // packed when the page ends
}

// Valid is the text that is written: bytes that are not UTF-8, which engines refuse, become U+FFFD.
func Valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// Text gives the column's value in this row, made valid.
func (w *Writer) Text(i int, s string) { text(w, w.columns[i], s) }

// Bytes is Text of bytes that the caller goes on to use.
func (w *Writer) Bytes(i int, b []byte) { text(w, w.columns[i], b) }

// Addr is Text of an address.
func (w *Writer) Addr(i int, a netip.Addr) {
	w.space = a.AppendTo(w.space[:0])
	text(w, w.columns[i], w.space)
}

func text[T string | []byte](w *Writer, c *column, v T) {
	if c.dict != nil && !c.dict.full && word(w, c, v) {
		return
	}
	n := len(c.plain)
	c.plain = append(append(c.plain, 0, 0, 0, 0), v...)
	if !utf8.Valid(c.plain[n+4:]) {
		c.plain = append(c.plain[:n+4], Valid(string(v))...)
	}
	b := c.plain[n+4:]
	binary.LittleEndian.PutUint32(c.plain[n:], uint32(len(b)))
	c.has(w.row)
	c.bounds.bytes(b)
}

// word gives a value by its place in the dictionary, unless that is full now.
func word[T string | []byte](w *Writer, c *column, v T) bool {
	d := c.dict
	known := look(d, v)
	if known.text != string(v) || known.page == 0 {
		id, ok := d.ids[string(v)]
		if !ok {
			s := Valid(string(v))
			if d.full = !d.fits(s); d.full {
				w.page(c) // the rows before this one
				return false
			}
			if id, ok = d.ids[s]; !ok {
				id = d.add(s)
			}
		}
		*known = recent{d.words[id], id, 0}
	}
	if page := len(c.chunk.pages) + 1; known.page != page {
		known.page = page
		w.space = append(w.space[:0], known.text...)
		c.bounds.bytes(w.space)
	}
	c.has(w.row)
	c.ids = append(c.ids, known.id)
	return true
}

// look is where a text would be among the recent words.
func look[T string | []byte](d *dictionary, v T) *recent {
	n := len(v)
	if n == 0 {
		return &d.recent[0]
	}
	return &d.recent[(n+int(v[0])+2*int(v[n-1])+3*int(v[n/2]))%len(d.recent)]
}

func (d *dictionary) fits(s string) bool {
	return len(d.ids) < dictionaryWords && len(d.plain)+len(s) <= dictionaryBytes
}

func (d *dictionary) add(s string) int32 {
	id := int32(len(d.ids))
	s = strings.Clone(s) // the record that it is part of need not stay
	d.ids[s], d.words = id, append(d.words, s)
	d.plain = binary.LittleEndian.AppendUint32(d.plain, uint32(len(s)))
	d.plain = append(d.plain, s...)
	return id
}

// Texts gives the column's list in this row.
func Texts[S ~string](w *Writer, i int, list []S) {
	c := w.columns[i]
	c.begin(w.row, len(list))
	for _, s := range list {
		w.Text(i, string(s))
	}
}

// Numbers is Texts of numbers.
func Numbers[N ~int | ~int64](w *Writer, i int, list []N) {
	c := w.columns[i]
	c.begin(w.row, len(list))
	for _, n := range list {
		w.space = strconv.AppendInt(w.space[:0], int64(n), 10)
		w.Bytes(i, w.space)
	}
}

func (c *column) begin(row, n int) {
	if n > 0 {
		c.lists = append(c.lists, entry{row, n})
	}
}
