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
		some([]string{"a", "b", "c", "d"}): "a, b and 2 more", some(nil): "",
		count(2, "client that signals with Webex Calling"): "2 clients that signal with Webex Calling", count(2, "gateway"): "2 gateways",
		minutes(7260): "2 h 1 min", minutes(90_000): "1 day 1 h", volume(999_600): "1 MB", count(1200, "relay"): "1,200 relays",
		where(record.Subject{Kind: "issuer", Key: `O=Zscaler\, Inc.`}): "issuer O=Zscaler, Inc.",
		marks(record.DSCP{46: 98, 0: 2}):                               "EF 98 %, CS0 2 %", number(1e12): "1,000,000,000,000",
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
