package media

import "testing"

// TestReports: what receivers say, and the round trip by it.
func TestReports(t *testing.T) {
	s := new(Stream)
	s.Heard(3, 7, 40, 0xabc, 65536/10, 5*second) // of a report before the capture
	for i := range int64(6) {
		s.Sent(uint32(100+i), (10+5*i)*second)
		s.Heard(uint8(20-i), int32(i), uint32(30*i), uint32(100+i), 65536/2, (10+5*i)*second+500*ms+(20+i)*ms)
	}
	s.Heard(0, 5, 1, 100, 65536, 40*second) // of a report long ago
	rtt, ok := s.Reports.RTT()
	if r := s.Reports; !ok || rtt/ms != 22 || r.N != 8 || r.Lost != 5 || r.Fraction != 20 || r.MaxJitter != 150 {
		t.Errorf("%v %+v", rtt, r)
	}
	if _, ok := new(Reports).RTT(); ok {
		t.Error("no reports, yet a round trip")
	}
}
