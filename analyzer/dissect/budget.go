package dissect

// Budget bounds what the beginnings of TCP streams may take together. It belongs to a set of flows that one goroutine
// owns; which flows share it must not depend on how many goroutines there are.
type Budget struct {
	Max     int64 // bytes; 0: no bound
	Held    int64
	Refused int64 // directions whose beginning was given up
}

// charge notes what a direction holds now and reports whether it may go on.
func (b *Budget) charge(h *beginning) bool {
	held := h.stream.Held() + h.reader.Held()
	b.Held += int64(held - h.held)
	h.held = held
	return b.Max == 0 || b.Held <= b.Max
}

func (b *Budget) refund(h *beginning) {
	b.Held -= int64(h.held)
	h.held = 0
}
