package export

import (
	"strconv"

	"webexaudit/analyzer/flow"
)

// hex16 is fmt.Sprintf("%016x", h).
func hex16(h uint64) string {
	b := strconv.AppendUint(make([]byte, 0, 32), h, 16)
	return "0000000000000000"[len(b):] + string(b)
}

// fnv64 is FNV-1a over the parts, each ended by a byte that no text has.
func fnv64(parts ...string) uint64 {
	h := uint64(14695981039346656037)
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211
	}
	return h
}

// smalls are the values that the records' pointers point at: records do not change.
var smalls = func() (t [256]int) {
	for i := range t {
		t[i] = i
	}
	return t
}()

func small(v uint8) *int { return &smalls[v] }

func ttl(v uint8, packets int64) *int {
	if packets == 0 {
		return nil
	}
	return small(v)
}

// copied is a pointer to a copy: one into the live state would keep all of it until the run ends.
func copied[T any](v T) *T { return &v }

var truths = [...]bool{false, true}

// truth is a pointer to the value, one for all records: they do not change.
func truth(v bool) *bool {
	if v {
		return &truths[1]
	}
	return &truths[0]
}

// ms is a time in milliseconds, to the microsecond.
func ms(ns int64) *float64 {
	v := float64(ns/1000) / 1000
	return &v
}

// dir is the direction of what a side sent.
func dir(s, src flow.Side) string {
	if s == src {
		return "fwd"
	}
	return "rev"
}

// round keeps three decimals.
func round(v float64) float64 { return float64(int64(v*1000+0.5)) / 1000 }

// msOf is ms for a value whose 0 says nothing.
func msOf(ns int64) float64 { return *ms(ns) }

// msKnown is nil for 0.
func msKnown(ns int64) *float64 {
	if ns <= 0 {
		return nil
	}
	return ms(ns)
}
