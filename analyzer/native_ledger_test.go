package analyzer_test

import (
	"fmt"
	"math"
	"testing"

	"webexaudit/analyzer/record"
)

// TestNativeCallLedger: in the real call every clock that a receiver returned had passed; the cloud lacks two packets
// that were here, and nothing was lost before.
func TestNativeCallLedger(t *testing.T) {
	set := realCall(t)
	echoes := map[bool]int64{}
	got := map[uint32]string{}
	for _, m := range set.Streams {
		l := m.Ledger
		if l == nil || l.Unknown != "" || l.Unsent == nil || *l.Unsent != 0 {
			t.Fatalf("stream %d: %+v", m.SSRC, l)
		}
		checkAsked(t, m)
		_, behind, _ := rowsOf(set, m.StreamID)
		echoes[m.Upstream] += l.Echoes
		got[m.SSRC] = fmt.Sprintf("%d numbers, %d before, %d here, %d (by time %d) behind, %d received, "+
			"%s %.1f ms, %d refused", l.Numbers, l.LostBefore, l.CaptureLost, *l.LostBehind, behind, *l.Received,
			l.RTTSource, *l.RTTMedianMs, l.Refused)
	}
	for ssrc, want := range map[uint32]string{
		3452861622: "1901 numbers, 0 before, 0 here, 1 (by time 1) behind, 1900 received, echo 41.4 ms, 0 refused",
		3167459914: "2203 numbers, 0 before, 0 here, 1 (by time 1) behind, 2202 received, echo 40.5 ms, 0 refused",
		4208727861: "293 numbers, 0 before, 0 here, 0 (by time 0) behind, 293 received, echo 0.5 ms, 0 refused",
		4068134964: "724 numbers, 0 before, 0 here, 0 (by time 0) behind, 724 received, echo 0.5 ms, 0 refused",
		1512531020: "307 numbers, 0 before, 0 here, 0 (by time 0) behind, 307 received, echo 0.4 ms, 0 refused",
	} {
		if got[ssrc] != want {
			t.Errorf("stream %d: %s\nwant %s", ssrc, got[ssrc], want)
		}
	}
	if echoes[true] != 319 || echoes[false] != 250 {
		t.Errorf("%d clocks returned by the cloud, %d by the client", echoes[true], echoes[false])
	}
	checkRates(t, set)
	checkSides(t, set.Sessions[0])
}

// checkSides: the call's sum.
func checkSides(t *testing.T, s *record.Session) {
	t.Helper()
	if s.ClientSide == nil || *s.ClientSide.Lost != 0 || *s.CloudSide.Lost != 2 || *s.CloudSide.Packets != 5428 ||
		math.Abs(*s.CloudSide.RTTMedianMs-41.15) > .1 || math.Abs(*s.ClientSide.RTTMedianMs-.46) > .01 {
		t.Errorf("client side %+v, cloud side %+v", s.ClientSide, s.CloudSide)
	}
}

// checkAsked: of the client's video the cloud asked 3.2 Mbit/s, and no path was ever full.
func checkAsked(t *testing.T, m *record.MediaStream) {
	t.Helper()
	l, video := m.Ledger, m.SSRC == 3167459914
	if video != (l.AskedBps != nil) || video && *l.AskedBps != 3.2e6 || l.CapacityBps != nil {
		t.Errorf("stream %d: %v asked, capacity %v", m.SSRC, l.AskedBps, l.CapacityBps)
	}
}

// rowsOf adds up what the intervals of one second of a stream say.
func rowsOf(set *record.Set, stream string) (reported, behind int64, rows []*record.MediaInterval) {
	for _, r := range set.Intervals {
		if r.StreamID != stream || r.IntervalS != 1 {
			continue
		}
		rows = append(rows, r)
		if r.Reported != nil {
			reported, behind = reported+*r.Reported, behind+*r.LostBehind
		}
	}
	return reported, behind, rows
}

// checkRates: the rates that receivers report follow what passed in the second before.
func checkRates(t *testing.T, set *record.Set) {
	t.Helper()
	byFlow := map[string][2][]float64{}
	for _, m := range set.Streams {
		x := byFlow[m.FlowID+m.Direction]
		_, _, rows := rowsOf(set, m.StreamID)
		for _, r := range rows {
			if r.ReceivedBps != nil && r.StartTime > m.StartTime+1e9 { // else less than a second passed
				x[0], x[1] = append(x[0], *r.ReceivedBps), append(x[1], *r.PassedBps)
			}
		}
		byFlow[m.FlowID+m.Direction] = x
	}
	for key, x := range byFlow {
		r, ratio := correlation(x[0], x[1]), mean(x[0])/mean(x[1])
		if r < .96 || ratio < .9 || ratio > 1.04 {
			t.Errorf("%s: correlation %.3f, ratio %.3f in %d seconds", key, r, ratio, len(x[0]))
		}
	}
}

func mean(list []float64) (m float64) {
	for _, v := range list {
		m += v / float64(len(list))
	}
	return m
}

func correlation(x, y []float64) float64 {
	var sx, sy, xx, yy, xy float64
	for i := range x {
		sx, sy, xx, yy, xy = sx+x[i], sy+y[i], xx+x[i]*x[i], yy+y[i]*y[i], xy+x[i]*y[i]
	}
	n := float64(len(x))
	return (n*xy - sx*sy) / math.Sqrt((n*xx-sx*sx)*(n*yy-sy*sy))
}
