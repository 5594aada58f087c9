package columnar

import (
	"encoding/binary"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// index is the page index of a column chunk, which stands behind all row groups.
type index struct {
	group, column int
	offsets       format.OffsetIndex
	pages         format.ColumnIndex
	bounded       bool // every page with values has bounds
}

// group ends the row group.
func (w *Writer) group() {
	g := format.RowGroup{NumRows: int64(w.row), FileOffset: w.offset, Ordinal: int16(len(w.meta.RowGroups))}
	for _, c := range w.columns {
		w.page(c)
	}
	w.busy.Wait()
	for i, c := range w.columns {
		chunk := w.chunk(c)
		g.Columns = append(g.Columns, chunk)
		g.TotalByteSize += chunk.MetaData.TotalUncompressedSize
		g.TotalCompressedSize += chunk.MetaData.TotalCompressedSize
		c.chunk.index.BoundaryOrder = c.chunk.order()
		w.indexes = append(w.indexes, index{len(w.meta.RowGroups), i, c.chunk.offsets, c.chunk.index,
			!c.chunk.unsorted})
		c.restart()
	}
	w.meta.RowGroups = append(w.meta.RowGroups, g)
	w.meta.NumRows += g.NumRows
	w.row = 0
}

// restart empties the column for the next row group.
func (c *column) restart() {
	c.first, c.chunk = 0, chunk{}
	if c.dict != nil {
		*c.dict = dictionary{ids: c.dict.ids, words: c.dict.words[:0], plain: c.dict.plain[:0]}
		clear(c.dict.ids)
	}
}

// chunk writes the column's part of the row group: the dictionary, then the pages.
func (w *Writer) chunk(c *column) format.ColumnChunk {
	start := w.offset
	meta := format.ColumnMetaData{Type: c.typ, PathInSchema: c.path, Codec: w.codec.CompressionCodec(),
		NumValues: c.chunk.values, Statistics: format.Statistics{NullCount: c.chunk.nulls}}
	if c.dict != nil && len(c.dict.ids) > 0 {
		meta.DictionaryPageOffset = start
		meta.Encoding = append(meta.Encoding, format.RLEDictionary)
		var p packed
		w.compress(&p, &space{body: c.dict.plain}, format.PageHeader{Type: format.DictionaryPage,
			DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(len(c.dict.ids)),
				Encoding: format.Plain})})
		w.put(c, &p)
	}
	if c.chunk.plainPages || meta.DictionaryPageOffset != 0 {
		meta.Encoding = append(meta.Encoding, format.Plain)
	}
	meta.Encoding = append(meta.Encoding, format.RLE)
	meta.DataPageOffset = w.offset
	for _, p := range c.chunk.pages {
		c.chunk.offsets.PageLocations = append(c.chunk.offsets.PageLocations, format.PageLocation{Offset: w.offset,
			CompressedPageSize: int32(len(p.bytes)), FirstRowIndex: int64(p.first)})
		w.put(c, p)
	}
	meta.TotalUncompressedSize, meta.TotalCompressedSize = c.chunk.size, w.offset-start
	if least, most := c.chunk.bounds.encoded(c.typ); len(least) <= longBound && len(most) <= longBound {
		meta.Statistics.MinValue, meta.Statistics.MaxValue = least, most
	}
	return format.ColumnChunk{MetaData: meta}
}

// put writes a page.
func (w *Writer) put(c *column, p *packed) {
	w.fail(p.err)
	w.write(p.bytes)
	c.chunk.size += p.size
}

// footer writes the page index and the footer.
func (w *Writer) footer() {
	for _, x := range w.indexes {
		if !x.bounded {
			continue
		}
		b := w.thrift(&x.pages)
		c := &w.meta.RowGroups[x.group].Columns[x.column]
		c.ColumnIndexOffset, c.ColumnIndexLength = w.offset, int32(len(b))
		w.write(b)
	}
	for _, x := range w.indexes {
		b := w.thrift(&x.offsets)
		c := &w.meta.RowGroups[x.group].Columns[x.column]
		c.OffsetIndexOffset, c.OffsetIndexLength = w.offset, int32(len(b))
		w.write(b)
	}
	b := w.thrift(w.meta)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(b)))
	w.write(append(b, "PAR1"...))
}
