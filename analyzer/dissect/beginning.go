package dissect

import (
	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/flow"
)

// beginning is what is known of a TCP direction only while its prefix is read. Most flows live on for long after that,
// so the next flow has its space.
type beginning struct {
	stream flow.Stream
	fed    int // bytes of the prefix given to a parser
	reader tlswire.Reader
	held   int   // bytes charged to the budget
	wait   await // what the parser of a text waits for
	beyond uint8 // segments that came while the prefix had a hole
	tls    bool  // behind STARTTLS
}

// maxSpare is how many beginnings are kept for the next flows.
const maxSpare = 256

// begin gives a direction that is not past its prefix the space for its beginning, where it has none.
func (d *Dissector) begin(h *half) {
	if h.beginning != nil || h.past {
		return
	}
	if n := len(d.spare); n > 0 {
		h.beginning, d.spare = d.spare[n-1], d.spare[:n-1]
	} else {
		h.beginning = new(beginning)
	}
	h.reader.Buffers = &d.buffers
}

// recycle takes a direction's beginning back, if it has one.
func (d *Dissector) recycle(h *half) {
	if h.beginning != nil && len(d.spare) < maxSpare {
		*h.beginning = beginning{}
		d.spare = append(d.spare, h.beginning)
	}
	h.beginning = nil
}
