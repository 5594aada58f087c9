package view

import (
	"slices"

	"webexaudit/analyzer/record"
)

// longestFilter is how long a display filter may get that joins several pieces of evidence, and mostRanges how many
// ranges of packets it may name.
const (
	longestFilter = 1000
	mostRanges    = 200
)

// Check is the evidence by which a reader sees a finding for himself: its first display filter. Where the evidence is
// packets by number, all of one file are in it. ok is false where there is no filter.
func Check(f *record.Finding) (e record.Evidence, ok bool) {
	at := slices.IndexFunc(f.Evidence, func(e record.Evidence) bool { return e.Filter != "" })
	if at < 0 {
		return e, false
	}
	e = f.Evidence[at]
	var same []record.Evidence
	for _, more := range f.Evidence {
		if more.ByNumber() && more.File == e.File {
			same = append(same, more)
		}
	}
	if all, ok := record.JoinNumbers(same, mostRanges); ok && e.ByNumber() && len(all.Filter) <= longestFilter {
		e.Filter, e.Packets = all.Filter, all.Packets
	}
	return e, true
}

// Partly is " of the first flow", or flows, behind the number of packets that the display filter of an item selects, or
// that of Check; "" where it selects all that the finding is about.
func Partly(f *record.Finding, e record.Evidence) string {
	alone, more := false, f.Evidence[len(f.Evidence)-1].Fields["more_flows"] != ""
	for _, x := range f.Evidence {
		alone = alone || x.Filter == e.Filter
	}
	for _, x := range f.Evidence {
		with := x.Filter == e.Filter || !alone && x.ByNumber() && x.File == e.File
		more = more || x.Filter != "" && !with && (x.CommunityID == "" || x.CommunityID != e.CommunityID)
	}
	switch {
	case !more:
		return ""
	case alone:
		return " of the first flow"
	}
	return " of the first flows"
}
