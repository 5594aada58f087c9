package audit

import "sync"

// Where published thresholds come from.
const (
	analytics = "published: Control Hub analytics, calling quality: poor from 5 % loss, 400 ms latency or 150 ms jitter (2025)"
	netreq    = "published: Network Requirements for Webex Services, WBX000028782 (2026-03-16)"
)

// legacyLimits is the table of the thresholds of rules that are not folds yet, in the order of their names. Columns:
// name, unit, values of the profiles quick, standard and strict, the range that --set may give, the origin of the
// standard value, and what it means.
func legacyLimits() []Limit {
	const big = 1e12
	return []Limit{
		{"WXA-MED-001.min_bytes", "bytes", 200_000, 50_000, 50_000, 10_000, big, "ours: none of 415 measured probes exceeded 10 kB", "least payload from the server"},
		{"WXA-MED-001.min_seconds", "s", 60, 30, 30, 5, 86_400, "ours: 90 % of 415 measured probes were under 49 s and under 10 kB", "least duration"},
		{"WXA-MED-001.min_windows", "windows of 10 s", 4, 2, 2, 1, 1e6, "ours: signalling bursts are shorter", "least windows with the cadence of media"},
		{"WXA-MED-004.port", "port", 5004, 5004, 5004, 1, 65535, netreq, "the UDP port judged"},
		{"WXA-MED-004.settle_seconds", "s", 5, 2, 2, 0, 600, "ours: an answer needs time to arrive", "flows that begin in the last seconds of the capture are left out"},
		{"WXA-SIG-007.max_per_hour", "connections", 20, 6, 4, 0, 3600, "ours: one every ten minutes", "WebSockets that a client may open in an hour"},
		{"WXA-SIG-007.min_opened", "connections", 6, 4, 4, 2, 1000, "ours: a restart or two are normal", "least WebSockets of a client, one after the other"},
		{"WXA-SIG-007.min_seconds", "s", 900, 300, 300, 10, 86_400, "ours: a rate needs some time", "least time of the client in the capture"},
	}
}

// values are these thresholds in force by their names: rules ask for them flow by flow.
func (p *Policy) values() map[string]float64 {
	m := make(map[string]float64, len(limitByName()))
	for name, l := range limitByName() {
		m[name], _ = p.value(l)
	}
	return m
}

func findLimit(name string) *Limit {
	l, ok := limitByName()[name]
	if !ok {
		panic("audit: no threshold " + name)
	}
	return l
}

// limitByName indexes the table once: every finding names its thresholds.
var limitByName = sync.OnceValue(func() map[string]*Limit {
	m := make(map[string]*Limit)
	for _, l := range legacyLimits() {
		m[l.Name] = &l
	}
	for _, l := range contextLimits() {
		m[l.Name] = l
	}
	return m
})
