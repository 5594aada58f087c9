package dtls

import "encoding/binary"

// reader takes values off the front of b. Once something did not fit it is broken: b is empty and all values are zero.
type reader struct {
	b      []byte
	broken bool
}

func (r *reader) ok() bool   { return !r.broken }
func (r *reader) more() bool { return len(r.b) > 0 }

// take returns the next n bytes, nil where there are fewer.
func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.broken, r.b = true, nil
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

// upTo returns the next n bytes, or as many of them as there are and marks the reader broken.
func (r *reader) upTo(n int) []byte {
	if n > len(r.b) {
		v := r.b
		r.take(n)
		return v
	}
	return r.take(n)
}

func (r *reader) uint8() uint8 {
	if v := r.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (r *reader) uint16() uint16 {
	if v := r.take(2); v != nil {
		return binary.BigEndian.Uint16(v)
	}
	return 0
}
