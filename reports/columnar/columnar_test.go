package columnar_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"pgregory.net/rapid"

	"webexaudit/reports/columnar"
)

type row struct {
	I32  int32    `parquet:"i32,id(1)"`
	I64  int64    `parquet:"i64,timestamp(microsecond),id(2)"`
	F    *float64 `parquet:"f,optional,id(3)"`
	B    *bool    `parquet:"b,optional,id(4)"`
	S    string   `parquet:"s,id(5)"`
	D    *string  `parquet:"d,optional,dict,id(6)"`
	R    string   `parquet:"r,dict,id(7)"`
	L    []string `parquet:"l,list,id(8)" parquet-element:",id(1008)"`
	Null *int64   `parquet:"null,optional,id(9)"`
}

// put gives a row to the writer, texts in one of the ways that there are.
func put(w *columnar.Writer, r row) error {
	w.Int32(0, r.I32)
	w.Int64(1, r.I64)
	if r.F != nil {
		w.Double(2, *r.F)
	}
	if r.B != nil {
		w.Bool(3, *r.B)
	}
	w.Bytes(4, []byte(r.S))
	if r.D != nil {
		w.Text(5, *r.D)
	}
	w.Bytes(6, []byte(r.R))
	columnar.Texts(w, 7, r.L)
	if r.Null != nil {
		w.Int64(8, *r.Null)
	}
	return w.Next()
}

func file(t require, rows []row, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := columnar.New[row](&b, options...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := put(w, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// require is what tests of both kinds have.
type require interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func read(t require, b []byte) []row {
	t.Helper()
	rows, err := parquet.Read[row](bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestPropertyReadBack: whatever the rows are, parquet-go reads them back.
func TestPropertyReadBack(t *testing.T) {
	one := rapid.Custom(func(t *rapid.T) row {
		return row{
			I32: rapid.Int32().Draw(t, "i32"), I64: rapid.Int64().Draw(t, "i64"),
			F: rapid.Ptr(rapid.Float64(), true).Draw(t, "f"), B: rapid.Ptr(rapid.Bool(), true).Draw(t, "b"),
			S: rapid.String().Draw(t, "s"), D: rapid.Ptr(rapid.StringN(0, 2, -1), true).Draw(t, "d"),
			R: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "r"), L: rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "l"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(one, 1, 300).Draw(t, "rows")
		limit := rapid.Int64Range(1, 200).Draw(t, "row group")
		got := read(t, file(t, rows, parquet.MaxRowsPerRowGroup(limit), parquet.Compression(&zstd.Codec{})))
		for i := range rows {
			if len(rows[i].L) == 0 {
				rows[i].L, got[i].L = nil, nil
			}
		}
		if diff := cmp.Diff(rows, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// many rows end pages, row groups and dictionaries.
func many(n int) (rows []row) {
	for i := range n {
		r := row{I32: int32(i), I64: -int64(i), S: strings.Repeat("x", i%300), R: fmt.Sprint("value ", i)}
		if i%3 == 0 {
			f, b, d := float64(i)/2, i%2 == 0, fmt.Sprint(i%7)
			r.F, r.B, r.D, r.L = &f, &b, &d, []string{"one", fmt.Sprint(i)}
		}
		rows = append(rows, r)
	}
	return rows
}

func TestManyRows(t *testing.T) {
	rows := many(80_000)
	b := file(t, rows, parquet.MaxRowsPerRowGroup(70_000))
	for i, got := range read(t, b) {
		if len(got.L) == 0 {
			got.L = nil
		}
		if diff := cmp.Diff(rows[i], got); diff != "" {
			t.Fatalf("row %d: %s", i, diff)
		}
	}
	f := open(t, b)
	if n := f.NumRows(); n != 80_000 || len(f.RowGroups()) != 2 {
		t.Errorf("%d rows in %d groups", n, len(f.RowGroups()))
	}
	// column r has more words than a dictionary takes: its first pages refer to it, the others are plain
	r := f.Metadata().RowGroups[0].Columns[6].MetaData
	if want := []format.Encoding{format.RLEDictionary, format.Plain, format.RLE}; !slices.Equal(r.Encoding, want) {
		t.Errorf("encodings of column r: %v", r.Encoding)
	}
	if least, most := string(r.Statistics.MinValue), string(r.Statistics.MaxValue); least != "value 0" || most != "value 9999" {
		t.Errorf("bounds of column r: %q, %q", least, most)
	}
	null := f.Metadata().RowGroups[1].Columns[8].MetaData
	if null.Statistics.NullCount != 10_000 || null.NumValues != 10_000 {
		t.Errorf("column null: %+v", null)
	}
}

func open(t *testing.T, b []byte) *parquet.File {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestPageIndex: what the index says of each page is so of its rows, and pages are no larger than they should be.
func TestPageIndex(t *testing.T) {
	rows := many(30_000)
	f := open(t, file(t, rows))
	columns := f.RowGroups()[0].ColumnChunks()
	numbers, err := columns[0].ColumnIndex()
	if err != nil {
		t.Fatal(err)
	}
	offsets, err := columns[0].OffsetIndex()
	if err != nil {
		t.Fatal(err)
	}
	if offsets.NumPages() != 4 || !numbers.IsAscending() {
		t.Errorf("column i32: %d pages, ascending %v", offsets.NumPages(), numbers.IsAscending())
	}
	for p := range offsets.NumPages() {
		first := offsets.FirstRowIndex(p)
		last := int64(len(rows)) - 1
		if p+1 < offsets.NumPages() {
			last = offsets.FirstRowIndex(p+1) - 1
		}
		if numbers.MinValue(p).Int32() != rows[first].I32 || numbers.MaxValue(p).Int32() != rows[last].I32 {
			t.Errorf("page %d: %v to %v, rows %d to %d", p, numbers.MinValue(p), numbers.MaxValue(p), first, last)
		}
	}
	falling, _ := columns[1].ColumnIndex()
	if !falling.IsDescending() {
		t.Error("column i64 does not fall")
	}
	texts, _ := columns[4].ColumnIndex()
	for p := range texts.NumPages() {
		least, most := texts.MinValue(p).ByteArray(), texts.MaxValue(p).ByteArray()
		if len(least) > 64 || string(most) != strings.Repeat("x", 63)+"y" {
			t.Errorf("page %d of column s: %q to %q", p, least, most)
		}
	}
	nulls, _ := columns[8].ColumnIndex()
	if !nulls.NullPage(0) || nulls.NullCount(0) != 8192 {
		t.Errorf("column null: %v, %d", nulls.NullPage(0), nulls.NullCount(0))
	}
}

func TestDoubles(t *testing.T) {
	nan, zero, one := math.NaN(), 0.0, 1.0
	for name, c := range map[string]struct {
		values     []*float64
		least, top []byte
	}{
		"one that is none is left out": {[]*float64{&nan, &one}, double(1), double(1)},
		"no bounds":                    {[]*float64{&nan}, nil, nil},
		"both zeros":                   {[]*float64{&zero}, double(math.Copysign(0, -1)), double(0)},
	} {
		var rows []row
		for _, v := range c.values {
			rows = append(rows, row{F: v})
		}
		s := open(t, file(t, rows)).Metadata().RowGroups[0].Columns[2].MetaData.Statistics
		if !bytes.Equal(s.MinValue, c.least) || !bytes.Equal(s.MaxValue, c.top) {
			t.Errorf("%s: %v to %v", name, s.MinValue, s.MaxValue)
		}
	}
}

func double(v float64) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)) }

func TestTexts(t *testing.T) {
	var b bytes.Buffer
	w, err := columnar.New[struct {
		A string   `parquet:"a,dict,id(1)"`
		V string   `parquet:"v,id(2)"`
		N []string `parquet:"n,list,id(3)"`
	}](&b)
	if err != nil {
		t.Fatal(err)
	}
	w.Addr(0, netip.MustParseAddr("2001:db8::1"))
	w.Bytes(1, []byte("a\xff\xfeb"))
	columnar.Numbers(w, 2, []int{7, -1})
	if err := errors.Join(w.Next(), w.Close()); err != nil {
		t.Fatal(err)
	}
	rows, err := parquet.Read[struct {
		A string   `parquet:"a"`
		V string   `parquet:"v"`
		N []string `parquet:"n,list"`
	}](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || fmt.Sprint(rows) != "[{2001:db8::1 a\ufffd\ufffdb [7 -1]}]" {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestErrors(t *testing.T) {
	var b bytes.Buffer
	w, err := columnar.New[row](&b)
	if err != nil {
		t.Fatal(err)
	}
	w.Int32(0, 1) // and none of the others
	if err := errors.Join(w.Next(), w.Close()); err == nil || !strings.Contains(err.Error(), "column i64: 0 values in 1 rows") {
		t.Errorf("a value is missing: %v", err)
	}
	if _, err := columnar.New[struct {
		Deep []struct {
			L []string `parquet:"l,list"`
		} `parquet:"deep,list"`
	}](&b); err == nil {
		t.Error("a list of lists is taken")
	}
	full := errors.New("disk full")
	if _, err := columnar.New[row](broken{full}); !errors.Is(err, full) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }
