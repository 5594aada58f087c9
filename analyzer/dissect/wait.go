package dissect

import (
	"bytes"

	"webexaudit/analyzer/dissect/sip"
	"webexaudit/analyzer/flow"
)

// A parser that needs more bytes is asked again for each segment while there are few. Beyond that it says what it waits
// for, so that a head that comes byte by byte costs time in proportion to its bytes, and not to their square.
const askAlways = 256

// await is what the parser of one direction waits for.
type await struct {
	kind awaited
	size int // bytes that it needs, of awaitBody
	seen int // bytes that were looked at
}

type awaited uint8

const (
	awaitAny  awaited = iota // whatever comes
	awaitHead                // the empty line that ends a head
	awaitTag                 // the end of a tag
	awaitBody                // size bytes, or the start line of the next message
)

// startWithin is the length by which a line shows whether it begins a message of SIP: method, blank and scheme.
const startWithin = 64

// over reports whether the unread bytes hold what is awaited, as far as a look at the new ones can tell.
func (a *await) over(b []byte) bool {
	seen := a.seen
	a.seen = len(b)
	if a.kind == awaitAny || seen < askAlways || len(b) >= flow.DefaultPrefix {
		return true
	}
	from := func(before int) []byte { return b[max(min(seen, len(b))-before, 0):] }
	switch a.kind {
	case awaitHead:
		return bytes.Contains(from(1), []byte("\n\n")) || bytes.Contains(from(2), []byte("\n\r\n"))
	case awaitTag:
		return bytes.IndexByte(from(0), '>') >= 0
	}
	return len(b) >= a.size || sip.NextStart(from(startWithin)) >= 0
}
