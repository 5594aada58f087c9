package export

import (
	"testing"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/media"
	"webexaudit/analyzer/record"
)

// TestCapacity: what is received while packets are lost or held up is what the path carries.
func TestCapacity(t *testing.T) {
	type second struct {
		passed, received, rtt float64
		reported, behind      int64
	}
	clean, lossy := second{1e6, .95e6, 40, 100, 0}, second{1e6, .5e6, 41, 100, 20}
	held := second{1e6, .6e6, 140, 100, 0}
	tests := []struct {
		name string
		rows []second
		want float64 // 0: not told
	}{
		{"never full", []second{clean, clean, clean, clean}, 0},
		{"loses", []second{clean, lossy, lossy, lossy, clean}, .5e6},
		{"holds up", []second{clean, held, held, held}, .6e6},
		{"for too short", []second{clean, lossy, held, clean}, 0},
		{"less, without a reason", []second{{1e6, .5e6, 41, 100, 1}, {1e6, .5e6, 41, 100, 0}, {1e6, .5e6, 41, 100, 1}}, 0},
	}
	for _, tt := range tests {
		l := &record.StreamLedger{RTTMinMs: new(40.)}
		var rows []*record.MediaInterval
		for _, s := range tt.rows {
			rows = append(rows, &record.MediaInterval{PassedBps: &s.passed, ReceivedBps: &s.received, RTTMs: &s.rtt,
				Reported: &s.reported, LostBehind: &s.behind})
		}
		rows = append(rows, &record.MediaInterval{})
		capacity(l, rows)
		if got := l.CapacityBps; got == nil && tt.want != 0 || got != nil && *got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestUnknown: why nothing is said of what is lost behind the capture point.
func TestUnknown(t *testing.T) {
	tests := []struct {
		facts      dissect.State
		contradict int64
		reports    *media.Reports
		want       string
	}{
		{dissect.State{}, 0, nil, noRTCP},
		{dissect.State{RTCP: &dissect.RTCPFacts{Sealed: 9}}, 0, nil, encrypted},
		{dissect.State{RTCP: &dissect.RTCPFacts{Clear: 9}}, 0, nil, noReports},
		{dissect.State{RTCP: &dissect.RTCPFacts{Clear: 9}}, 0, &media.Reports{N: 1}, fewReports},
		{dissect.State{RTCP: &dissect.RTCPFacts{Clear: 9}}, 5, &media.Reports{N: 9}, refused},
	}
	for _, tt := range tests {
		if got := unknown(&tt.facts, tt.contradict, tt.reports); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
