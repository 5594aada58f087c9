package view

import (
	"cmp"
	"slices"

	"webexaudit/analyzer/record"
)

// CallCount is how many calls had a transport as their worst.
type CallCount struct {
	Transport record.Transport `json:"transport"`
	Calls     int              `json:"calls"`
}

// ladder is the order of transports, worst first.
var ladder = []record.Transport{record.None, record.TLSProxied, record.TLS, record.TCP, record.UDP}

// Worst is the worst transport that a call used.
func Worst(s *record.Session) record.Transport {
	worst := slices.Index(ladder, s.Transport)
	for _, t := range s.Transports {
		worst = min(worst, slices.Index(ladder, t.Transport))
	}
	return ladder[max(worst, 0)]
}

// calls orders the calls: the worst transport first, then those with a reason, then the longest.
func (v *View) calls(all []*record.Session) {
	depth := func(s *record.Session) int { return slices.Index(ladder, Worst(s)) }
	v.Calls = slices.Clone(all)
	slices.SortStableFunc(v.Calls, func(a, b *record.Session) int {
		return cmp.Or(cmp.Compare(depth(a), depth(b)),
			cmp.Compare(asInt(b.FallbackReason != ""), asInt(a.FallbackReason != "")),
			cmp.Compare(b.EndTime.Sub(b.StartTime), a.EndTime.Sub(a.StartTime)))
	})
	for _, s := range v.Calls {
		if n := len(v.CallsBy); n == 0 || v.CallsBy[n-1].Transport != Worst(s) {
			v.CallsBy = append(v.CallsBy, CallCount{Transport: Worst(s)})
		}
		v.CallsBy[len(v.CallsBy)-1].Calls++
	}
}
