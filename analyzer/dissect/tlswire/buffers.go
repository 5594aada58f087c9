package tlswire

// Buffers lend Readers the space for messages that span several records or segments: of many streams few are amid such
// a message. They belong to one goroutine.
type Buffers struct{ spare [][]byte }

// maxSpare is how many buffers are kept for the next messages.
const maxSpare = 64

// add takes more bytes of the message at hand.
func (r *Reader) add(p []byte) {
	if b := r.Buffers; b != nil && r.msg == nil {
		if n := len(b.spare); n > 0 {
			r.msg, b.spare = b.spare[n-1], b.spare[:n-1]
		}
	}
	r.msg = append(r.msg, p...)
}

// release lets the message go.
func (r *Reader) release() {
	r.msg = r.msg[:0]
	if b := r.Buffers; b != nil && cap(r.msg) > 0 {
		if len(b.spare) < maxSpare {
			b.spare = append(b.spare, r.msg)
		}
		r.msg = nil
	}
}
