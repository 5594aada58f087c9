package audit

import (
	"net/netip"
	"testing"

	"webexaudit/analyzer/record"
)

// factsOf are facts with the standard thresholds.
func factsOf() *facts {
	return &facts{env: new(Env), set: new(record.Set)}
}

var client, cloud = netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("170.72.1.2")

// TestLacksSide: which flows with one direction prove that the other one exists.
func TestLacksSide(t *testing.T) {
	f := factsOf()
	media := []*record.MediaStream{{Packets: 30}, {Packets: 20}}
	little := []*record.MediaStream{{Packets: 30}, {Packets: 19}}
	asked := &record.STUNFacts{Requests: 1}
	for _, tt := range []struct {
		name    string
		flow    record.Flow
		streams []*record.MediaStream
		want    bool
	}{
		{"both directions", record.Flow{Proto: "tcp", PacketsFwd: 9, PacketsRev: 1, PayloadBytesFwd: 1}, nil, false},
		{"TCP with payload", record.Flow{Proto: "tcp", PacketsFwd: 5, PayloadBytesFwd: 1}, nil, true},
		{"TCP back", record.Flow{Proto: "tcp", PacketsRev: 5, PayloadBytesRev: 1}, nil, true},
		{"TCP without payload", record.Flow{Proto: "tcp", PacketsFwd: 9}, nil, false},
		{"TCP of few packets", record.Flow{Proto: "tcp", PacketsFwd: 4, PayloadBytesFwd: 1}, nil, false},
		{"UDP from the cloud", record.Flow{Proto: "udp", PacketsRev: 50}, nil, true},
		{"little UDP from the cloud", record.Flow{Proto: "udp", PacketsRev: 49}, nil, false},
		{"media to the cloud", record.Flow{Proto: "udp", PacketsFwd: 60, STUN: asked}, media, true},
		{"little media to the cloud", record.Flow{Proto: "udp", PacketsFwd: 60, STUN: asked}, little, false},
		{"media without checks", record.Flow{Proto: "udp", PacketsFwd: 60}, media, false},
		{"media without questions", record.Flow{Proto: "udp", PacketsFwd: 60,
			STUN: new(record.STUNFacts)}, media, false},
		{"another protocol", record.Flow{Proto: "icmp", PacketsRev: 90}, nil, false},
	} {
		fl := tt.flow
		fl.Client, fl.SrcIP, fl.DstIP = client, client, cloud
		if got := f.lacksSide(&fl, &carrier{streams: tt.streams}); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestSides: a capture is one-sided where so many flows, and such a share of them, lack a direction.
func TestSides(t *testing.T) {
	whole := &record.Flow{Webex: true, Proto: "tcp", PacketsFwd: 9, PacketsRev: 9}
	half := &record.Flow{Webex: true, Proto: "tcp", PacketsFwd: 9, PayloadBytesFwd: 1}
	silent := &record.Flow{Webex: true, Proto: "tcp", PacketsFwd: 1}
	other := &record.Flow{Proto: "tcp", PacketsFwd: 9, PayloadBytesFwd: 1}
	for _, tt := range []struct {
		whole, half int
		bad         bool
	}{{12, 3, false}, {11, 3, true}, {0, 2, false}, {0, 3, true}, {9, 0, false}} { // 20 %, 21 %
		flows := []*record.Flow{silent, other}
		for range tt.whole {
			flows = append(flows, whole)
		}
		for range tt.half {
			flows = append(flows, half)
		}
		got := newFacts(t.Context(), &record.Set{Flows: flows}, Options{Workers: 1}).oneSided
		if got.Bad != tt.bad || got.Lacking != int64(tt.half) || got.Judged != int64(tt.whole+tt.half) {
			t.Errorf("%d and %d: %+v", tt.whole, tt.half, got)
		}
	}
}

// TestMirrorLoss: what is known of the way to the sensor, and what it would take.
func TestMirrorLoss(t *testing.T) {
	e := factsOf().env
	count := func(n int64) *int64 { return &n }
	share := func(v float64) *float64 { return &v }
	for _, tt := range []struct {
		name     string
		h        record.CaptureHealth
		oneSided bool
		known    bool
		bad      bool
		missing  string
	}{
		{"tunnel at the limit", record.CaptureHealth{Packets: 999, MirrorLost: count(1)}, false, true, false,
			"TCP payload, or a mirror tunnel with sequence numbers"},
		{"tunnel beyond it", record.CaptureHealth{Packets: 998, MirrorLost: count(2)}, true, true, true,
			"both directions of the traffic (only one is visible, WXA-CAP-004), or a mirror tunnel with sequence numbers"},
		{"TCP at the limit", record.CaptureHealth{TCPBytes: 199_000, TCPUnseenBytes: 1000}, false, true, false, ""},
		{"TCP beyond it", record.CaptureHealth{TCPBytes: 199_000, TCPUnseenBytes: 1001}, false, true, true, ""},
		{"just enough TCP", record.CaptureHealth{TCPBytes: 100_000}, false, true, false, ""},
		{"too little TCP", record.CaptureHealth{TCPBytes: 99_999, TCPUnseenBytes: 90_000}, false, false, false,
			"at least 100 kB of TCP payload (found 100 kB), or mirrored traffic with sequence numbers (ERSPAN II or III)"},
		{"an estimate", record.CaptureHealth{Packets: 1000, LossLow: share(.0051), LossRate: share(.01),
			LossHigh: share(.02)}, false, true, true, "TCP payload, or a mirror tunnel with sequence numbers"},
		{"an estimate at the limit", record.CaptureHealth{Packets: 1000, LossLow: share(.005), LossRate: share(.01),
			LossHigh: share(.02)}, false, false, false, "TCP payload, or a mirror tunnel with sequence numbers"},
		{"what the sensor dropped", record.CaptureHealth{Packets: 900, KernelDrops: count(100), LossLow: share(.09),
			LossRate: share(.1), LossHigh: share(.2)}, false, false, false,
			"TCP payload, or a mirror tunnel with sequence numbers"},
	} {
		m := mirrorLoss(e, tt.oneSided, &tt.h)
		if m.Known != tt.known || m.Bad() != tt.bad || m.Missing.String() != tt.missing {
			t.Errorf("%s: known %v, bad %v, missing %q", tt.name, m.Known, m.Bad(), m.Missing)
		}
	}
}

// TestLossGate: what of a capture keeps a gap in the media from being called network loss.
func TestLossGate(t *testing.T) {
	count := func(n int64) *int64 { return &n }
	const dropped = "the sensor dropped packets itself (WXA-CAP-001): repeat the capture without drops"
	const lacking = "the capture lacks packets (WXA-CAP-002): repeat it with a TAP or a mirror that is not oversubscribed"
	const unfit = "the capture's health does not allow it (capture_health.loss_assessable): repeat the capture"
	for _, tt := range []struct {
		name   string
		health *record.CaptureHealth
		placed bool // the streams have bounds
		want   string
	}{
		{"no health", nil, false, "no record of the capture's health"},
		{"sound", &record.CaptureHealth{LossAssessable: true}, false, ""},
		{"drops at the limit", &record.CaptureHealth{Packets: 999, KernelDrops: count(1), LossAssessable: true}, false, ""},
		{"drops beyond it", &record.CaptureHealth{Packets: 998, KernelDrops: count(1), LossAssessable: true}, false, dropped},
		{"drops that were told apart", &record.CaptureHealth{Packets: 998, KernelDrops: count(1), LossAssessable: true}, true, ""},
		{"drops that were not", &record.CaptureHealth{Packets: 998, KernelDrops: count(1)}, true, dropped},
		{"a lossy mirror", &record.CaptureHealth{Packets: 900, MirrorLost: count(100), LossAssessable: true}, false, lacking},
		{"unfit", new(record.CaptureHealth), false, unfit},
	} {
		f := factsOf()
		if tt.health != nil {
			f.health = []*record.CaptureHealth{tt.health}
		}
		if f.streams = []*record.MediaStream{{}}; tt.placed {
			f.streams[0].LostLow = count(0)
		}
		if got := f.judgeLoss(); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}
