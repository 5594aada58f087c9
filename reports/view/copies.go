package view

import (
	"cmp"
	"slices"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// copies says which files seem to hold the same packets: those that begin and end at the same nanosecond with as many
// packets do; those whose times overlap may.
func (v *View) copies() {
	if v.Run == nil {
		return
	}
	files := slices.DeleteFunc(slices.Clone(v.Run.Files), func(f record.File) bool {
		return f.Packets == 0 || f.FirstTime == 0
	})
	slices.SortStableFunc(files, func(a, b record.File) int { return cmp.Compare(a.FirstTime, b.FirstTime) })
	overlaps := 0
	var pair [2]string
	var shared time.Duration
	for i := 1; i < len(files); i++ {
		a, b := files[i-1], files[i]
		switch {
		case a.FirstTime == b.FirstTime && a.LastTime == b.LastTime && a.Packets == b.Packets:
			v.Copies = append(v.Copies, wording.New("copies",
				"%s and %s hold the same packets (%s): each is counted twice. Name one of them.", a.Path, b.Path, wording.CountOf(a.Packets, packets)))
		case b.FirstTime < a.LastTime && v.Points == nil:
			if overlaps++; overlaps == 1 {
				pair, shared = [2]string{a.Path, b.Path}, min(a.LastTime, b.LastTime).Sub(b.FirstTime)
			}
		}
	}
	if overlaps > 0 {
		v.Copies = append(v.Copies, wording.New("overlap", "%s and %s overlap by %s (%s in all): if they were taken at one place, "+
			"what they share is counted twice.", pair[0], pair[1], shared, wording.Count(overlaps, "such pair", "such pairs")))
	}
}
