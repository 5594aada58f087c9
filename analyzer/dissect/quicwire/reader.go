package quicwire

import "math"

// reader takes values off the front of bytes. After a value that is not there it is nil, and so are all that follow:
// one check at the end is enough. A reader with nothing left is empty but not nil.
type reader []byte

func (r *reader) take(n int) []byte {
	if *r == nil || n > len(*r) {
		*r = nil
		return nil
	}
	v := (*r)[:n:n]
	*r = (*r)[n:]
	return v
}

func (r *reader) byte() byte {
	if v := r.take(1); v != nil {
		return v[0]
	}
	return 0
}

// varint reads a variable-length integer (RFC 9000 section 16). Values beyond any buffer come out as the largest int.
func (r *reader) varint() int {
	first := r.byte()
	v := uint64(first & 0x3f)
	for _, c := range r.take(1<<(first>>6) - 1) {
		v = v<<8 | uint64(c)
	}
	if v > math.MaxInt {
		return math.MaxInt
	}
	return int(v)
}
