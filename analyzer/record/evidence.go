package record

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ByNumber tells evidence that is packets by their numbers alone.
func (e *Evidence) ByNumber() bool {
	return strings.HasPrefix(e.Filter, "frame.number in {") && strings.HasSuffix(e.Filter, "}") ||
		strings.HasPrefix(e.Filter, "frame.number == ") && !strings.Contains(e.Filter, "&")
}

// JoinNumbers makes one item of several that are packets by number of one file: each packet once, in at most so many
// ranges. ok is false where it cannot.
func JoinNumbers(items []Evidence, most int) (e Evidence, ok bool) {
	var all []span
	for _, item := range items {
		list, plain := spansOf(item.PacketNumbers)
		if !plain || !item.ByNumber() || item.File != items[0].File {
			return e, false
		}
		all = append(all, list...)
	}
	if len(all) == 0 {
		return e, false
	}
	e, all = items[0], joined(all)
	e.Packets, e.FirstPacket, e.LastPacket = 0, all[0].first, all[len(all)-1].last
	listed, shown := make([]string, len(all)), make([]string, len(all))
	for i, s := range all {
		e.Packets += s.last - s.first + 1
		listed[i] = strconv.FormatInt(s.first, 10)
		if shown[i] = listed[i]; s.last > s.first {
			listed[i], shown[i] = fmt.Sprintf("%d-%d", s.first, s.last), fmt.Sprintf("%d..%d", s.first, s.last)
		}
	}
	e.PacketNumbers, e.Filter = strings.Join(listed, ","), "frame.number in {"+strings.Join(shown, ", ")+"}"
	if e.Packets == 1 {
		e.Filter = "frame.number == " + shown[0]
	}
	return e, len(all) <= most
}

// span is packets from one number to another.
type span struct{ first, last int64 }

// spansOf reads "12,15-18".
func spansOf(text string) (list []span, ok bool) {
	for part := range strings.SplitSeq(text, ",") {
		a, b, is := strings.Cut(part, "-")
		first, err := strconv.ParseInt(a, 10, 64)
		last := first
		if err == nil && is {
			last, err = strconv.ParseInt(b, 10, 64)
		}
		if err != nil {
			return nil, false
		}
		list = append(list, span{first, last})
	}
	return list, true
}

// joined sorts spans and makes one of those that touch.
func joined(list []span) (out []span) {
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	for _, s := range list {
		if n := len(out); n > 0 && s.first <= out[n-1].last+1 {
			out[n-1].last = max(out[n-1].last, s.last)
			continue
		}
		out = append(out, s)
	}
	return out
}
