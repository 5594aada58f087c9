package view

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/record"
)

// longestFilter is how long a display filter may get that joins several pieces of evidence.
const longestFilter = 1000

// Check is the evidence by which a reader sees a finding for himself: its first display filter. Where the evidence is
// packets by number, all of one file are in it. ok is false where there is no filter.
func Check(f *record.Finding) (e record.Evidence, ok bool) {
	at := slices.IndexFunc(f.Evidence, func(e record.Evidence) bool { return e.Filter != "" })
	if at < 0 {
		return e, false
	}
	e = f.Evidence[at]
	if !byNumber(e) {
		return e, true
	}
	var all []span
	for _, more := range f.Evidence {
		if list, ok := spansOf(more.PacketNumbers); ok && byNumber(more) && more.File == e.File {
			all = append(all, list...)
		}
	}
	filter, packets := numbers(all)
	if len(filter) <= longestFilter && packets > 0 {
		e.Filter, e.Packets = filter, packets
	}
	return e, true
}

// byNumber tells evidence that is packets by their numbers alone.
func byNumber(e record.Evidence) bool {
	return strings.HasPrefix(e.Filter, "frame.number in {") && strings.HasSuffix(e.Filter, "}") ||
		strings.HasPrefix(e.Filter, "frame.number == ") && !strings.Contains(e.Filter, "&")
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

// numbers is the display filter of packets by number, each once, and how many there are.
func numbers(list []span) (filter string, packets int64) {
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	var joined []span
	for _, s := range list {
		if n := len(joined); n > 0 && s.first <= joined[n-1].last+1 {
			joined[n-1].last = max(joined[n-1].last, s.last)
			continue
		}
		joined = append(joined, s)
	}
	parts := make([]string, len(joined))
	for i, s := range joined {
		packets += s.last - s.first + 1
		parts[i] = strconv.FormatInt(s.first, 10)
		if s.last > s.first {
			parts[i] = fmt.Sprintf("%d..%d", s.first, s.last)
		}
	}
	if packets == 1 {
		return "frame.number == " + parts[0], 1
	}
	return "frame.number in {" + strings.Join(parts, ", ") + "}", packets
}
