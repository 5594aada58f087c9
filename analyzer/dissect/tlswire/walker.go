package tlswire

// RecordWalker follows the record boundaries of a long TLS stream without keeping payload: at most four header bytes
// are carried from one segment to the next. The zero value starts at a record boundary. It allocates nothing.
type RecordWalker struct {
	left int32 // payload bytes of the current record still to come
	have uint8 // header bytes carried
	hdr  [HeaderLen]byte
	lost bool
}

// Next takes the next bytes of the stream and calls emit for each record whose header ends in them, with its type and
// the length of its payload, header not counted. It returns false where the boundaries are lost: after a header that
// cannot be one, or after a gap. While they are lost each call first tries [RecordWalker.Resync].
func (w *RecordWalker) Next(seg []byte, emit func(typ byte, size int)) bool {
	if w.lost && !w.Resync(seg) {
		return false
	}
	for len(seg) > 0 {
		if w.left > 0 {
			n := min(int(w.left), len(seg))
			w.left -= int32(n)
			seg = seg[n:]
			continue
		}
		n := copy(w.hdr[w.have:], seg)
		w.have += uint8(n)
		seg = seg[n:]
		if w.have < HeaderLen {
			return true
		}
		w.have = 0
		h, ok := ParseRecordHeader(w.hdr[:])
		if !ok {
			w.lost = true
			return false
		}
		w.left = int32(h.Length)
		emit(h.Type, h.Length)
	}
	return true
}

// Skip says that the next n bytes of the stream were not captured. Inside a record that is no harm; else the boundaries
// are lost, and Skip returns false.
func (w *RecordWalker) Skip(n int) bool {
	if w.lost || n < 0 || n > int(w.left) {
		w.lost = true
		return false
	}
	w.left -= int32(n)
	return true
}

// Reset makes the walker expect a record boundary at the next byte.
func (w *RecordWalker) Reset() { *w = RecordWalker{} }

// Resync looks whether a record starts at the start of seg, and if so walks on from there. Senders mostly write whole
// records, so a segment that starts a record is never far. Every header that the segment holds whole has to be
// possible, and there has to be one.
func (w *RecordWalker) Resync(seg []byte) bool {
	*w = RecordWalker{lost: true}
	for at := 0; at == 0 || at+HeaderLen <= len(seg); {
		h, ok := ParseRecordHeader(seg[at:])
		if !ok {
			return false
		}
		at += HeaderLen + h.Length
	}
	w.lost = false
	return true
}

// Lost reports whether the record boundaries are not known.
func (w *RecordWalker) Lost() bool { return w.lost }
