package columnar

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"slices"

	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// chunk is what a column has in the row group so far: its pages, and what the footer and the page index say of them.
type chunk struct {
	pages        []*packed
	size         int64 // of the pages without compression, with their headers
	values       int64 // with NULL and empty lists
	nulls        int64
	plainPages   bool
	offsets      format.OffsetIndex
	index        format.ColumnIndex
	bounds       bounds
	last         bounds // of the page before
	hasLast      bool
	falls, rises bool // some bound does
	unsorted     bool // a page has no bounds but values
}

// packed is a page as it will be in the file, once the writer has waited for it.
type packed struct {
	bytes []byte // its header, and its values compressed
	size  int64  // without compression
	first int    // its first row, in the row group
	err   error
}

// space is what a page grows in, and then its compressed form.
type space struct{ body, packed []byte }

// atOnce is how many pages are compressed at a time, or wait for that, while rows are added.
const atOnce = 8

// page ends the column's page before this row.
func (w *Writer) page(c *column) {
	rows := w.row - c.first
	if rows == 0 {
		return
	}
	if !c.null && !c.list && c.values != rows {
		w.fail(c.lacks(rows))
	}
	s := <-w.spaces
	levels, encoding := w.values(c, rows, &s)
	p := &packed{first: c.first}
	c.chunk.pages = append(c.chunk.pages, p)
	w.busy.Go(func() {
		w.compress(p, &s, format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{
			NumValues: int32(levels), Encoding: encoding,
			DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
		})})
		w.spaces <- s
	})
	c.chunk.plainPages = c.chunk.plainPages || encoding == format.Plain
	c.chunk.values += int64(levels)
	c.chunk.nulls += int64(levels - c.values)
	c.chunk.indexed(c, levels)
	c.first, c.values = w.row, 0
	c.present, c.lists, c.plain, c.ids = c.present[:0], c.lists[:0], c.plain[:0], c.ids[:0]
	c.bounds.any, c.bounds.hasDoubles = false, false
}

// values puts those of the column's page into the space, behind their levels, of which it gives the number.
func (w *Writer) values(c *column, rows int, s *space) (levels int, encoding format.Encoding) {
	body := s.body[:0]
	levels, encoding = rows, format.Plain
	if c.list {
		body, levels = c.listLevels(body, rows)
	} else if c.null {
		body = c.nullLevels(body, rows)
	}
	switch {
	case c.values == 0:
	case len(c.ids) > 0:
		encoding = format.RLEDictionary
		body = w.appendIDs(body, c)
	case c.typ == format.Boolean:
		body = appendBits(body, c.plain)
	default:
		body = append(body, c.plain...)
	}
	s.body = body
	return levels, encoding
}

// compress makes a page of what is in the space.
func (w *Writer) compress(p *packed, s *space, h format.PageHeader) {
	if s.packed, p.err = w.codec.Encode(s.packed, s.body); p.err != nil {
		return
	}
	h.UncompressedPageSize, h.CompressedPageSize = int32(len(s.body)), int32(len(s.packed))
	h.CRC = int32(crc32.ChecksumIEEE(s.packed))
	head, err := encoded(&h)
	p.bytes, p.size, p.err = slices.Concat(head, s.packed), int64(len(head)+len(s.body)), err
}

func encoded(v any) ([]byte, error) {
	var b bytes.Buffer
	var protocol thrift.CompactProtocol
	err := thrift.NewEncoder(protocol.NewWriter(&b)).Encode(v)
	return b.Bytes(), err
}

func (w *Writer) thrift(v any) []byte {
	b, err := encoded(v)
	w.fail(err)
	return b
}

// nullLevels appends which rows have a value: the definition levels, after their length.
func (c *column) nullLevels(b []byte, rows int) []byte {
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	switch c.values {
	case 0:
		b = appendRun(b, rows, 0)
	case rows:
		b = appendRun(b, rows, 1)
	default:
		size := (rows + 7) / 8
		b = binary.AppendUvarint(b, uint64(size)<<1|1)
		for i := range size {
			var word uint64
			if i/8 < len(c.present) {
				word = c.present[i/8]
			}
			b = append(b, byte(word>>(8*(i%8))))
		}
	}
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}

// listLevels appends the repetition and the definition levels: an empty list has one entry, of level 0.
func (c *column) listLevels(b []byte, rows int) ([]byte, int) {
	levels := rows
	for _, l := range c.lists {
		levels += l.n - 1
	}
	repeat, define := make([]byte, levels), make([]byte, levels)
	at, row := 0, c.first
	for _, l := range c.lists {
		at += l.row - row
		for i := range l.n {
			define[at+i] = 1
			if i > 0 {
				repeat[at+i] = 1
			}
		}
		at, row = at+l.n, l.row+1
	}
	b = appendLevels(b, repeat)
	return appendLevels(b, define), levels
}

func appendLevels(b, levels []byte) []byte {
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	if bytes.IndexByte(levels, 1) < 0 {
		b = appendRun(b, len(levels), 0)
	} else {
		b = binary.AppendUvarint(b, uint64((len(levels)+7)/8)<<1|1)
		b = appendBits(b, levels)
	}
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}

// appendRun appends a run of equal levels of one bit.
func appendRun(b []byte, n int, level byte) []byte {
	return append(binary.AppendUvarint(b, uint64(n)<<1), level)
}

// appendBits packs bytes that are 0 or 1, the first one lowest.
func appendBits(b, list []byte) []byte {
	for len(list) > 0 {
		n, v := min(8, len(list)), byte(0)
		for i := range n {
			v |= list[i] << i
		}
		b, list = append(b, v), list[n:]
	}
	return b
}

// appendIDs appends places in the dictionary after the width of one.
func (w *Writer) appendIDs(b []byte, c *column) []byte {
	width := max(bits.Len(uint(len(c.dict.ids)-1)), 1)
	b = append(b, byte(width))
	e := rle.Encoding{BitWidth: width}
	ids, err := e.EncodeInt32(nil, c.ids)
	w.fail(err)
	return append(b, ids...)
}

// indexed notes what the page index says of the page.
func (k *chunk) indexed(c *column, levels int) {
	k.index.NullPages = append(k.index.NullPages, c.values == 0)
	k.index.NullCounts = append(k.index.NullCounts, int64(levels-c.values))
	least, most := c.bounds.encoded(c.typ)
	if least == nil {
		k.unsorted = k.unsorted || c.values > 0
		least, most = []byte{}, []byte{}
	}
	if c.typ == format.ByteArray {
		least, most = below(least), above(most)
	}
	k.index.MinValues = append(k.index.MinValues, least)
	k.index.MaxValues = append(k.index.MaxValues, most)
	if c.values == 0 {
		return
	}
	if k.hasLast {
		lower, higher := k.last.beside(&c.bounds, c.typ)
		k.falls, k.rises = k.falls || lower, k.rises || higher
	}
	k.hasLast = true
	k.last.any, k.last.hasDoubles = false, false
	k.last.join(&c.bounds, c.typ)
	k.bounds.join(&c.bounds, c.typ)
}

// beside reports whether a bound of the other falls, and whether one rises.
func (b *bounds) beside(o *bounds, t format.Type) (falls, rises bool) {
	switch t {
	case format.ByteArray:
		low, high := bytes.Compare(o.least, b.least), bytes.Compare(o.most, b.most)
		return low < 0 || high < 0, low > 0 || high > 0
	case format.Double:
		return o.low < b.low || o.high < b.high, o.low > b.low || o.high > b.high
	}
	return o.min < b.min || o.max < b.max, o.min > b.min || o.max > b.max
}

// order of the bounds over the pages.
func (k *chunk) order() format.BoundaryOrder {
	switch {
	case !k.falls && !k.unsorted:
		return format.Ascending
	case !k.rises && !k.unsorted:
		return format.Descending
	}
	return format.Unordered
}
