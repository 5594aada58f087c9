package reports

import (
	"errors"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// pageWindow is how far zstd looks back, and the largest block it makes: a page and what it grows by are within it.
const pageWindow = 128 << 10

// pageCodec compresses the pages of one run's tables. It is zstd of parquet-go at its fastest level with a window that
// fits a page: that of 4 MiB, which only dictionaries could use, costs 8 MiB for each table that is written at the same
// time. Both forms are read alike.
//
// The fastest level costs a third less than the default one and gives files of the same size here, where dictionaries
// have done most of the work.
type pageCodec struct{ encoder *zstd.Encoder }

func newPageCodec() (pageCodec, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(tablesAtOnce),
		zstd.WithWindowSize(pageWindow), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false),
		zstd.WithZeroFrames(true))
	return pageCodec{e}, err
}

// String implements compress.Codec.
func (pageCodec) String() string { return "ZSTD" }

// CompressionCodec implements compress.Codec.
func (pageCodec) CompressionCodec() format.CompressionCodec { return format.Zstd }

// Encode implements compress.Codec.
func (c pageCodec) Encode(dst, src []byte) ([]byte, error) {
	return c.encoder.EncodeAll(src, dst[:0]), nil
}

// Decode implements compress.Codec. Tables are written only.
func (pageCodec) Decode(_, _ []byte) ([]byte, error) {
	return nil, errors.New("reports: a page is to be read by the writer of tables")
}
