package view

import "webexaudit/analyzer/record"

// side adds up what the streams of a call lost on one side of the capture point in each step.
type side struct{ sent, lost, told []int64 }

func newSide(n int) side { return side{make([]int64, n), make([]int64, n), make([]int64, n)} }

// sides are the client's and the cloud's.
type sides struct{ client, cloud side }

// add books a row of a stream: what is missing here was lost on the side of its sender, what reports tell of the other.
func (s *sides) add(i int, r *record.MediaInterval, upstream bool) {
	near, far := &s.cloud, &s.client
	if upstream {
		near, far = far, near
	}
	unsent := int64(0)
	if r.Unsent != nil {
		unsent = *r.Unsent
	}
	near.sent[i] += max(r.Expected-unsent, 0)
	near.lost[i] += max(r.Lost-unsent, 0)
	if r.Reported != nil && r.LostBehind != nil {
		far.told[i]++
		far.sent[i] += *r.Reported
		far.lost[i] += *r.LostBehind
	}
}

// shares are the losses of the steps in tenths of a percent, Unknown where no receiver told what lies behind, or too
// few packets set out.
func (s side) shares() []uint16 {
	list := make([]uint16, len(s.sent))
	for i := range list {
		list[i] = Unknown
		if s.told[i] > 0 && s.sent[i] >= fewPackets {
			higher(&list[i], 1000*float64(s.lost[i])/float64(s.sent[i]))
		}
	}
	return list
}

// told reports whether any step is known.
func told(list []uint16) bool {
	for _, v := range list {
		if v != Unknown {
			return true
		}
	}
	return false
}
