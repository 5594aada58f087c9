package reports

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// TestPageCodec: pages and dictionaries come back that are larger than what the encoder looks back, from an encoder
// that has been used.
func TestPageCodec(t *testing.T) {
	type row struct {
		Text string `parquet:"text"`
		Word string `parquet:"word,dict"`
	}
	codec, err := newPageCodec()
	if err != nil {
		t.Fatal(err)
	}
	want := []row{{"", ""}, {string(bytes.Repeat([]byte("0123456789abcdef"), pageWindow/4)), "long"}}
	for i := range 20_000 {
		want = append(want, row{fmt.Sprint(i), fmt.Sprintf("word number %d of a dictionary", i)})
	}
	var files [2]bytes.Buffer
	for i := range files {
		w := parquet.NewGenericWriter[row](&files[i], parquet.Compression(codec))
		if _, err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0].Bytes(), files[1].Bytes()) {
		t.Error("what was compressed before shows in the file")
	}
	got, err := parquet.Read[row](bytes.NewReader(files[1].Bytes()), int64(files[1].Len()))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%d of %d rows, %v", len(got), len(want), err)
	}
}
