package view

import (
	"cmp"
	"slices"

	"webexaudit/analyzer/record"
)

// CallVerdict is the verdict on a call, as it is written.
type CallVerdict string

// The verdicts on a call; record.CallVerdict says what they mean.
const (
	CallBad       CallVerdict = "BAD"
	CallWarn      CallVerdict = "WARN"
	CallNotJudged CallVerdict = "NOT JUDGED"
	CallGood      CallVerdict = "GOOD"
)

// CallVerdicts are the verdicts, worst first.
var CallVerdicts = []CallVerdict{CallBad, CallWarn, CallNotJudged, CallGood}

// CallVerdictCount is how many calls have a verdict.
type CallVerdictCount struct {
	Verdict CallVerdict
	Calls   int
}

// Call is a session with what is said of it.
type Call struct {
	*record.Session
	Verdict CallVerdict
	Causes  []int // numbers of the roots that concern its media, from 1, in their order
	Line    *Timeline
	Steps   *Series // loss, jitter and rate over time; nil where no stream was seen
}

// JudgedCalls are the calls of a run, the worst first, then the longest, and how many have each verdict; without what
// only a page of many draws.
func (v *View) JudgedCalls() (calls []*Call, by []CallVerdictCount) {
	number := map[string]int{}
	for i, r := range v.Roots {
		number[r.FindingID] = i + 1
	}
	for _, s := range v.Calls {
		c := &Call{Session: s, Verdict: verdictWord(s.Verdict)}
		for _, id := range s.CauseIDs {
			if n := number[id]; n > 0 {
				c.Causes = append(c.Causes, n)
			}
		}
		slices.Sort(c.Causes)
		calls = append(calls, c)
	}
	slices.SortStableFunc(calls, func(a, b *Call) int {
		return cmp.Or(cmp.Compare(slices.Index(CallVerdicts, a.Verdict), slices.Index(CallVerdicts, b.Verdict)),
			cmp.Compare(b.EndTime.Sub(b.StartTime), a.EndTime.Sub(a.StartTime)))
	})
	for _, c := range calls {
		if n := len(by); n == 0 || by[n-1].Verdict != c.Verdict {
			by = append(by, CallVerdictCount{Verdict: c.Verdict})
		}
		by[len(by)-1].Calls++
	}
	return calls, by
}

// verdictWord is the verdict of a record; a run that breaks off before it was judged has none.
func verdictWord(v record.CallVerdict) CallVerdict {
	switch v {
	case record.CallBad:
		return CallBad
	case record.CallWarn:
		return CallWarn
	case record.CallGood:
		return CallGood
	}
	return CallNotJudged
}
