package audit

import (
	"testing"

	"webexaudit/analyzer/record"
)

func TestWording(t *testing.T) {
	for got, want := range map[string]string{
		count(1, "flow"): "1 flow", count(2, "media prefix"): "2 media prefixes", count(3, "proxy"): "3 proxies", count(0, "try"): "0 tries",
		count(2, "flow with STUN requests"): "2 flows with STUN requests", count(2, "media flow of an app or room device"): "2 media flows of an app or room device",
		count(2, "media stream from the cloud at the Internet edge"): "2 media streams from the cloud at the Internet edge",
		share(100): "100 %", share(5.25): "5.2 %", share(0.14): "0.14 %", share(0.0141): "0.014 %", share(0): "0 %",
		minutes(59): "59 s", minutes(600): "10 min", volume(999): "999 B", volume(1_230_000): "1.23 MB", volume(7e12): "7 TB",
		some([]string{"a", "b", "c", "d"}): "a, b, c and 1 more", some(nil): "",
		marks(record.DSCP{46: 98, 0: 2}): "EF 98 %, CS0 2 %", number(1e12): "1000000000000",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The fingerprint stays from capture to capture; the finding's own id does not.
func TestIDs(t *testing.T) {
	rule := &Rule{ID: "WXA-MED-001", Remediation: "none", Limits: []string{"WXA-MED-001.min_bytes"}}
	report := func(flow string, first record.Time, key string) *record.Finding {
		p := &Pass{facts: newFacts(&record.Set{}, Options{}), Rule: rule}
		c := newCause(record.Subject{Kind: "site", Key: key})
		c.flow(&record.Flow{FlowID: flow, StartTime: first, EndTime: first + 1})
		p.report(c, verdict{state: record.Fail})
		return p.findings[0]
	}
	a, b, other := report("1", 10, "hq"), report("2", 20, "hq"), report("1", 10, "lab")
	if a.Fingerprint != b.Fingerprint || a.FindingID == b.FindingID || a.Fingerprint == other.Fingerprint || len(a.Fingerprint) != 19 {
		t.Errorf("%+v\n%+v\n%+v", a, b, other)
	}
	if a.Fingerprint != "v1-"+hash("WXA-MED-001", "site", "hq") || len(a.Thresholds) != 1 || a.Remediation == "" || a.FirstSeen != 10 || a.LastSeen != 11 {
		t.Errorf("%+v", a)
	}
}
