package audit

import (
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// What rules of the older form took from families that are folds now.

// sequence keeps of flows in order of time those that begin after the one before has ended.
func sequence(flows []*record.Flow) []*record.Flow {
	list := flows[:1:1]
	for _, f := range flows[1:] {
		if f.StartTime >= list[len(list)-1].EndTime {
			list = append(list, f)
		}
	}
	return list
}

// age is how long a flow that began and ended in the capture lasted, else 0.
func age(f *record.Flow) float64 { return observe.Age(f).Seconds() }

// inspected reports whether the session's inspection is at least probable.
func inspected(t *record.TLSSession) bool { return observe.Inspected(t) }
