package columnar

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/format"
)

// bounds are the least and the greatest value of a page or a column chunk.
type bounds struct {
	any        bool
	min, max   int64
	low, high  float64
	least      []byte
	most       []byte
	hasDoubles bool // one that is a number
}

func (b *bounds) number(v int64) {
	if !b.any {
		b.any, b.min, b.max = true, v, v
		return
	}
	b.min, b.max = min(b.min, v), max(b.max, v)
}

// double leaves out what is not a number, which has no order.
func (b *bounds) double(v float64) {
	b.any = true
	if math.IsNaN(v) {
		return
	}
	if !b.hasDoubles {
		b.hasDoubles, b.low, b.high = true, v, v
		return
	}
	b.low, b.high = min(b.low, v), max(b.high, v)
}

func (b *bounds) bytes(s []byte) {
	switch {
	case !b.any:
		b.any, b.least, b.most = true, append(b.least[:0], s...), append(b.most[:0], s...)
	case string(s) < string(b.least):
		b.least = append(b.least[:0], s...)
	case string(s) > string(b.most):
		b.most = append(b.most[:0], s...)
	}
}

// join takes in the bounds of a page.
func (b *bounds) join(o *bounds, t format.Type) {
	if !o.any {
		return
	}
	switch t {
	case format.ByteArray:
		b.bytes(o.least)
		b.bytes(o.most)
	case format.Double:
		b.any = true
		if o.hasDoubles {
			b.double(o.low)
			b.double(o.high)
		}
	default:
		b.number(o.min)
		b.number(o.max)
	}
}

// encoded are the bounds as the format writes them, whole; nil where there are none.
func (b *bounds) encoded(t format.Type) (least, most []byte) {
	if !b.any {
		return nil, nil
	}
	switch t {
	case format.Boolean:
		return []byte{byte(b.min)}, []byte{byte(b.max)}
	case format.Int32:
		return little32(b.min), little32(b.max)
	case format.Int64:
		return little64(uint64(b.min)), little64(uint64(b.max))
	case format.Double:
		if !b.hasDoubles {
			return nil, nil
		}
		// zeros have the sign that takes in both (parquet.thrift, ColumnOrder)
		low, high := b.low, b.high
		if low == 0 {
			low = math.Copysign(0, -1)
		}
		if high == 0 {
			high = 0
		}
		return little64(math.Float64bits(low)), little64(math.Float64bits(high))
	}
	return append([]byte{}, b.least...), append([]byte{}, b.most...)
}

func little32(v int64) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(v)) }

func little64(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

// longBound is the size from where on a text is cut as a bound of the page index, which allows that.
const longBound = 64

// below is a text that is not greater.
func below(s []byte) []byte {
	if len(s) <= longBound {
		return s
	}
	return s[:wholeRunes(s)]
}

// above is a text that is not less: the cut one with its last letter of ASCII raised, or the whole.
func above(s []byte) []byte {
	if len(s) <= longBound {
		return s
	}
	for n := wholeRunes(s); n > 0; n-- {
		if s[n-1] < 0x7f {
			up := append([]byte{}, s[:n]...)
			up[n-1]++
			return up
		}
	}
	return s
}

// wholeRunes is where the cut falls: not within a letter.
func wholeRunes(s []byte) int {
	n := longBound
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}
