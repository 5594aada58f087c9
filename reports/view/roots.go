package view

import (
	"encoding/json"

	"webexaudit/analyzer/record"
)

// Root is a failing or warning finding that follows from no other, and what follows from it.
type Root struct {
	*record.Finding
	Follows []*record.Finding // in the order of the records
}

// MarshalJSON writes ids: the findings stand beside the overview.
func (r *Root) MarshalJSON() ([]byte, error) {
	ids := struct {
		FindingID string   `json:"finding_id"`
		Follows   []string `json:"follows,omitempty"`
	}{FindingID: r.FindingID}
	for _, f := range r.Follows {
		ids.Follows = append(ids.Follows, f.FindingID)
	}
	return json.Marshal(ids)
}

// remark tells a root that changes no verdict.
func (r *Root) remark() bool { return r.State == record.Warn && r.Severity == record.Info }

// roots sorts the findings under what they follow from. Their order is that of the records, which is by rank.
func (v *View) roots() {
	byID, at := map[string]*record.Finding{}, map[*record.Finding]*Root{}
	for _, f := range v.All {
		byID[f.FindingID] = f
	}
	var list []*Root
	for _, f := range v.All {
		if !counts(f) {
			continue
		}
		top := topOf(f, byID)
		if at[top] == nil {
			at[top] = &Root{Finding: top}
			list = append(list, at[top])
		}
		if f != top {
			at[top].Follows = append(at[top].Follows, f)
		}
	}
	for _, r := range list {
		switch {
		case r.State == record.Waived:
			v.Waived = append(v.Waived, r)
		case r.remark():
			v.Remarks = append(v.Remarks, r)
		case r.AboutCapture():
			v.CaptureRoots = append(v.CaptureRoots, r)
		default:
			v.Roots = append(v.Roots, r)
		}
	}
	v.Severities = severities(v.Roots)
}

func counts(f *record.Finding) bool {
	return f.State == record.Fail || f.State == record.Warn || f.State == record.Waived
}

// topOf is the last finding on the way from one to what it follows from: itself where it is waived, or where the way
// leads in a circle.
func topOf(f *record.Finding, byID map[string]*record.Finding) *record.Finding {
	top := f
	for range byID {
		next := byID[top.CausedBy]
		if top.State == record.Waived || top.CausedBy == "" || next == nil || !counts(next) {
			return top
		}
		top = next
	}
	return f
}

// severities counts roots, worst first.
func severities(roots []*Root) (list []SeverityCount) {
	for _, s := range []record.Severity{record.Critical, record.High, record.Medium, record.Low, record.Info} {
		c := SeverityCount{Severity: s}
		for _, r := range roots {
			if r.Severity == s {
				c.Findings++
				if r.Confidence == record.Possible {
					c.Possible++
				}
			}
		}
		if c.Findings > 0 {
			list = append(list, c)
		}
	}
	return list
}
