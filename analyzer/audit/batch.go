package audit

import "webexaudit/analyzer/audit/observe"

// batch is some flows as rules see them: all, those with RTP streams, and those with a TLS handshake. Most rules speak
// of streams or handshakes, which few flows have.
type batch struct {
	loan
	by [showNone][]*observe.Flow
}

// shown is which of the flows that a rule reads its fold has to see. Folds that do not say see all of them.
type shown uint8

const (
	showFlows shown = iota
	showStreams
	showTLS
	showNone
)

func newBatch() *batch { return new(batch) }

// sort takes the flows.
func (b *batch) sort(units []observe.Flow) {
	for i := range b.by {
		b.by[i] = b.by[i][:0]
	}
	for i := range units {
		u := &units[i]
		b.by[showFlows] = append(b.by[showFlows], u)
		if len(u.Streams) > 0 {
			b.by[showStreams] = append(b.by[showStreams], u)
		}
		if u.TLS != nil {
			b.by[showTLS] = append(b.by[showTLS], u)
		}
	}
}

// shownTo are the flows that a fold has to see.
func (b *batch) shownTo(fold Fold) []*observe.Flow {
	x, says := fold.(interface{ shows() shown })
	switch {
	case !says:
		return b.by[showFlows]
	case x.shows() == showNone:
		return nil
	}
	return b.by[x.shows()]
}
