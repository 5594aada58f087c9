package audit

import "webexaudit/analyzer/record"

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
