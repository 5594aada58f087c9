package analyzer_test

import (
	"net/netip"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// mirrored is a capture as an ERSPAN session delivers it, numbered before anything is removed.
func mirrored(c *pcaptest.Capture) *pcaptest.Capture {
	outer := pcaptest.Outer{Src: netip.MustParseAddr("10.9.0.1"), Dst: netip.MustParseAddr("10.9.0.2")}
	return c.Wrap(pcaptest.ERSPAN(outer, 2, 7))
}

// TestMirrorLoss: of k frames removed from an ERSPAN feed exactly k are missing by its numbers, and the gaps that they
// leave in the media are the capture's.
func TestMirrorLoss(t *testing.T) {
	whole := crowd(40, 3, true)
	eachLoss(func(seed uint64, p float64) {
		cut := thin(mirrored(whole), seed, p, inner)
		k := int64(len(whole.Frames) - len(cut.Frames))
		set := auditCapture(t, cut, "WXA-QUA-001.max_percent=1")
		h := set.Health[0]
		lost, capture := losses(set)
		if h.MirrorLost == nil || *h.MirrorLost != k || lost != 0 || capture == 0 || capture > k || !h.LossAssessable {
			t.Errorf("%d removed: %d missing, lost %d, capture lost %d, %v %v", k, *h.MirrorLost, lost, capture, h.LossAssessable, h.LossEvidence)
		}
		if q := state(set, "WXA-QUA-001"); q == record.Fail || state(set, "WXA-CAP-002") != record.Fail {
			t.Errorf("%v removed: quality %s, mirror %s", p, q, state(set, "WXA-CAP-002"))
		}
	})
}

// TestMirrorAndNetworkLoss: what the network lost stays the network's in a feed that lacks frames.
func TestMirrorAndNetworkLoss(t *testing.T) {
	whole := crowd(40, 3, true)
	lossy := thin(whole, 99, 0.08, path(15, false))
	eachLoss(func(seed uint64, p float64) {
		set := auditCapture(t, thin(mirrored(lossy), seed, p, inner))
		want := float64(len(whole.Frames)-len(lossy.Frames)) * (1 - p/4)
		lost, capture := losses(set)
		if q := state(set, "WXA-QUA-001"); q != record.Fail && p < 0.1 || q == record.Pass {
			t.Errorf("%v removed: quality %s", p, q)
		}
		if float64(lost) < want*(0.98-3*p) || float64(lost) > want*1.02 || capture == 0 {
			t.Errorf("%v removed: lost %d, want %.0f, capture lost %d, quality %s", p, lost, want, capture, state(set, "WXA-QUA-001"))
		}
	})
}

// eachLoss calls f for shares of lost frames.
func eachLoss(f func(seed uint64, share float64)) {
	for seed := range uint64(2) {
		for _, share := range []float64{0.005, 0.02, 0.1} {
			f(seed, share)
		}
	}
}

// inner is everything but the first and the last frames, whose absence no number tells.
func inner(f pcaptest.Frame) bool {
	return f.Time.After(pcaptest.Start.Add(100*time.Millisecond)) && f.Time.Before(pcaptest.Start.Add(60*time.Second))
}

// TestSensorPauses: twelve times the sensor misses 120 ms of everything. The gaps of both directions in the same
// instants are the capture's, and a client's own loss beside them stays the network's.
func TestSensorPauses(t *testing.T) {
	pause := func(f pcaptest.Frame) bool { return f.Time.Sub(pcaptest.Start)%(4*time.Second) > 3880*time.Millisecond }
	for _, clients := range []int{1, 3} {
		whole := crowd(60, clients, false)
		set := auditCapture(t, thin(whole, 1, 1, pause), "WXA-QUA-001.max_percent=1")
		lost, capture := losses(set)
		if lost*20 > capture || state(set, "WXA-QUA-001") == record.Fail {
			t.Errorf("%d clients: lost %d, capture lost %d, %v", clients, lost, capture, set.Health[0].LossEvidence)
		}
		set = auditCapture(t, thin(thin(whole, 2, 0.08, path(15, false)), 1, 1, pause))
		if more, _ := losses(set); state(set, "WXA-QUA-001") != record.Fail || more < lost+200 {
			t.Errorf("%d clients with loss of their own: lost %d, %v", clients, more, set.Health[0].LossEvidence)
		}
	}
}
