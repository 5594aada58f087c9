package media

import "testing"

// TestReports: what receivers say, and the round trip by it.
func TestReports(t *testing.T) {
	s := new(Stream)
	// of a report before the capture
	s.Heard(&Report{Fraction: 3, Lost: 7, Jitter: 40, LastSR: 0xabc, Delay: 65536 / 10, Time: 5 * second})
	for i := range int64(6) {
		s.Sent(uint32(100+i), 0, (10+5*i)*second)
		s.Heard(&Report{
			Fraction: uint8(20 - i), Lost: int32(i), Jitter: uint32(30 * i), LastSR: uint32(100 + i), Delay: 65536 / 2,
			Time: (10+5*i)*second + 500*ms + (20+i)*ms,
		})
	}
	s.Heard(&Report{Lost: 5, Jitter: 1, LastSR: 100, Delay: 65536, Time: 40 * second}) // of a report long ago
	rtt, ok := s.Reports.RTT()
	if r := s.Reports; !ok || rtt/ms != 22 || r.N != 8 || r.Lost != 5 || r.Fraction != 20 || r.MaxJitter != 150 {
		t.Errorf("%v %+v", rtt, r)
	}
	if _, ok := new(Reports).RTT(); ok {
		t.Error("no reports, yet a round trip")
	}
}
