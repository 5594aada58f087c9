package audit

import (
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// SensorDropped sums the drop counters of a capture that are known.
func SensorDropped(h *record.CaptureHealth) (drops int64, known bool) {
	for _, c := range []*int64{h.KernelDrops, h.InterfaceDrops} {
		if c != nil {
			drops, known = drops+*c, true
		}
	}
	return drops, known
}

// MirrorLoss is what can be said of the way to the sensor. Shares are percent.
type MirrorLoss struct {
	Known             bool
	Missing           wording.Text // where it is not known: what it takes
	MaxGap, MaxUnseen float64

	lost        int64         // packets of the tunnel
	total       *wording.Text // what else says that the capture lacks packets
	gap, unseen float64
}

// Bad reports whether the capture lacks so many packets that a loss of media proves nothing.
func (m MirrorLoss) Bad() bool { return m.gap > m.MaxGap || m.unseen > m.MaxUnseen || m.total != nil }

// Text says what is missing.
func (m MirrorLoss) Text() wording.Text {
	switch {
	case m.gap > m.MaxGap:
		return wording.New("mirror.gap", "%s of the tunnel's packets (%d) are missing by sequence number", wording.Percent(m.gap), m.lost)
	case m.unseen <= m.MaxUnseen && m.total != nil:
		return *m.total
	}
	return wording.New("mirror.unseen", "receivers acknowledged bytes that were never captured: %s of all TCP bytes", wording.Percent(m.unseen))
}

// Count is what Text speaks of: packets of the tunnel, bytes, or packets by estimate.
func (m MirrorLoss) Count(h *record.CaptureHealth) int64 {
	switch {
	case m.gap > m.MaxGap:
		return m.lost
	case m.unseen <= m.MaxUnseen && h.LossRate != nil && *h.LossRate < 1:
		return int64(float64(h.Packets) * *h.LossRate / (1 - *h.LossRate))
	}
	return h.TCPUnseenBytes
}

// MirrorLoss judges the way to the sensor of one capture.
func (s *Scope) MirrorLoss(h *record.CaptureHealth) MirrorLoss {
	return mirrorLoss(s.Env, s.Sides.Bad, h)
}

func mirrorLoss(e *Env, oneSided bool, h *record.CaptureHealth) MirrorLoss {
	m := MirrorLoss{MaxGap: e.Value(MirrorGaps), MaxUnseen: e.Value(UnseenTCP)}
	if h.MirrorLost != nil {
		m.Known, m.lost = true, *h.MirrorLost
		m.gap = percent(m.lost, h.Packets+m.lost)
	}
	switch from := e.Value(UnseenFrom); {
	case oneSided:
		m.Missing = wording.New("mirror.sides",
			"both directions of the traffic (only one is visible, WXA-CAP-004), or a mirror tunnel with sequence numbers")
	case h.TCPBytes == 0:
		m.Missing = wording.New("mirror.tcp", "TCP payload, or a mirror tunnel with sequence numbers")
	case float64(h.TCPBytes) < from:
		m.Missing = wording.New("mirror.more",
			"at least %s of TCP payload (found %s), or mirrored traffic with sequence numbers (ERSPAN II or III)",
			wording.Bytes(int64(from)), wording.Bytes(h.TCPBytes))
	default:
		m.Known = true
		m.unseen = percent(h.TCPUnseenBytes, h.TCPBytes+h.TCPUnseenBytes)
	}
	drops, _ := SensorDropped(h)
	if !h.LossAssessable && h.LossLow != nil && *h.LossLow*100 > max(m.MaxUnseen, percent(drops, h.Packets+drops)) {
		m.Known = true
		t := wording.New("mirror.estimate", "an estimated %s of all packets (%s to %s; %s)", wording.Percent(*h.LossRate*100),
			wording.Percent(*h.LossLow*100), wording.Percent(*h.LossHigh*100), strings.Join(h.LossEvidence, "; "))
		m.total = &t
	}
	return m
}

// judgeLoss is the reason why a gap in the media cannot be called network loss, or "". Where the streams have bounds,
// what the mirror lost has been told apart by its place, and capture_health says whether that was enough.
func (f *facts) judgeLoss() string {
	if len(f.health) == 0 {
		return "no record of the capture's health"
	}
	placed := slices.ContainsFunc(f.streams, func(m *record.MediaStream) bool { return m.LostLow != nil })
	for _, h := range f.health {
		drops, _ := SensorDropped(h)
		switch {
		case placed && h.LossAssessable:
		case percent(drops, h.Packets+drops) > f.env.Value(SensorDrops):
			return "the sensor dropped packets itself (WXA-CAP-001): repeat the capture without drops"
		case mirrorLoss(f.env, f.oneSided.Bad, h).Bad():
			return "the capture lacks packets (WXA-CAP-002): repeat it with a TAP or a mirror that is not oversubscribed"
		case !h.LossAssessable:
			return "the capture's health does not allow it (capture_health.loss_assessable): repeat the capture"
		}
	}
	return ""
}
