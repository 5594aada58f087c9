package audit

import (
	"testing"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// The fingerprint stays from capture to capture; the finding's own id does not.
func TestIDs(t *testing.T) {
	rule := &Rule{ID: "WXA-MED-001", Remediation: "none", Thresholds: []*Limit{OneSided}}
	report := func(flow string, first record.Time, key string) *record.Finding {
		s := &Scope{Env: newEnv(nil, Options{}), Context: &Context{}, Rule: rule}
		g := NewGroup(record.Subject{Kind: "site", Key: key})
		g.Flow(s.Env, &observe.Flow{Flow: &record.Flow{FlowID: flow, StartTime: first, EndTime: first + 1}}, nil)
		s.Report(g, Verdict{State: record.Fail})
		return s.findings[0]
	}
	a, b, other := report("1", 10, "hq"), report("2", 20, "hq"), report("1", 10, "lab")
	if a.Fingerprint != b.Fingerprint || a.FindingID == b.FindingID || a.Fingerprint == other.Fingerprint ||
		len(a.Fingerprint) != 19 {
		t.Errorf("%+v\n%+v\n%+v", a, b, other)
	}
	if a.Fingerprint != "v1-"+hash("WXA-MED-001", "site", "hq") || len(a.Thresholds) != 1 || a.Remediation == "" ||
		a.FirstSeen != 10 || a.LastSeen != 11 {
		t.Errorf("%+v", a)
	}
}

func TestLimitText(t *testing.T) {
	for _, c := range []struct {
		unit string
		v    float64
		want string
	}{
		{"port", 5004, "port 5004"}, {"bytes", 100_000, "100,000 bytes (100 kB)"}, {"bytes", 0, "0 bytes"}, {"s", 45, "45 s"},
		{"s", 7260, "7,260 s (2 h 1 min)"}, {"min", 10, "10 min"}, {"min", 121, "121 min (2 h 1 min)"}, {"ms", 0.5, "0.5 ms"}, {"%", 5, "5 %"},
		{"changes", 1, "1 change"}, {"changes", 0, "0 changes"}, {"addresses", 2, "2 addresses"}, {"R", 70, "70 R"},
		{"windows of 10 s", 1, "1 window of 10 s"}, {"date", 20231206, "20231206 (2023-12-06)"}, {"packets", 1e12, "1,000,000,000,000 packets"},
	} {
		if got := (&Limit{Unit: c.unit}).Text(c.v); got != c.want {
			t.Errorf("%g %s: %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}
