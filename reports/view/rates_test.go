package view

import (
	"fmt"
	"testing"

	"webexaudit/analyzer/record"
)

// TestRoundTrips: those that the record tells one by one come before those of kept packets.
func TestRoundTrips(t *testing.T) {
	s := oneCall()
	s.Flows[0].STUN.RTTs = []record.RoundTrip{{Time: t0 - 50*sec, Ms: 9}, {Time: t0 + 3*sec, Ms: 31},
		{Time: t0 + 9*sec, Ms: 32}}
	if l := detailOf(s).Calls[0].Line; len(l.RTT) != 2 || l.RTT[0].Value != 31 || l.RTT[1].At != t0+9*sec {
		t.Errorf("%+v", l.RTT)
	}
}

// TestHiddenRates: media inside TLS has no loss and jitter, but its rate over time, by direction.
func TestHiddenRates(t *testing.T) {
	s := oneCall()
	f := s.Flows[0]
	s.Streams, s.Sessions[0].StreamIDs, s.Sessions[0].Transport, f.Transport = nil, nil, record.TLS, record.TLS
	if steps := detailOf(s).Calls[0].Steps; steps != nil {
		t.Errorf("without rates: %+v", steps)
	}
	f.SrcIP, f.DstIP = node, alice // the capture began amid the connection
	f.RateSeries = []record.FlowRate{{Time: t0 + 2*sec, BpsFwd: 400_000, BpsRev: 90_000},
		{Time: t0 + 22*sec, BpsFwd: 300_000, BpsRev: 0}}
	steps := detailOf(s).Calls[0].Steps
	if steps == nil || !steps.RateOnly || steps.StepS != 10 {
		t.Fatalf("%+v", steps)
	}
	if up, down := fmt.Sprint(steps.Up.Rate), fmt.Sprint(steps.Down.Rate); up != "[90 65535 0 65535 65535 65535 65535]" ||
		down != "[400 65535 300 65535 65535 65535 65535]" || steps.Up.Loss[0] != Unknown {
		t.Errorf("up %s, down %s", up, down)
	}
	s = oneCall()
	s.Flows[0].RateSeries = f.RateSeries // whose streams have rows
	rows(s, "up", [4]int64{0, 50, 0, 0}, [4]int64{1, 50, 0, 0})
	if steps := detailOf(s).Calls[0].Steps; steps.RateOnly || steps.Up.Rate[0] != 40 || steps.Down.Rate[0] != Unknown {
		t.Errorf("of streams: %v, %v", steps.Up.Rate[:3], steps.Down.Rate[:3])
	}
}
