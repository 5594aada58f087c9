package flow

import (
	"testing"
	"time"

	"webexaudit/analyzer/decode"
)

// TestBelow: the flow of RTP is found from that of its RTCP, in the same share and with the same sides, while it lives.
func TestBelow(t *testing.T) {
	for _, tt := range []struct {
		name, rtp, rtcp string
		after           time.Duration
		found           bool
	}{
		{"next above", "10.0.0.2:16500>10.0.0.1:20000", "10.0.0.2:16501>10.0.0.1:20001", time.Minute, true},
		{"the other way", "10.0.0.2:16500>10.0.0.1:20000", "10.0.0.1:20001>10.0.0.2:16501", time.Minute, true},
		{"of one host", "10.0.0.1:16500>10.0.0.1:20000", "10.0.0.1:20001>10.0.0.1:16501", 0, true},
		{"too late", "10.0.0.2:16500>10.0.0.1:20000", "10.0.0.2:16501>10.0.0.1:20001", 121 * time.Second, false},
		{"one port only", "10.0.0.2:16500>10.0.0.1:20000", "10.0.0.2:16501>10.0.0.1:20000", 0, false},
		{"below", "10.0.0.2:16500>10.0.0.1:20000", "10.0.0.2:16499>10.0.0.1:19999", 0, false},
		{"no ports below", "10.0.0.2:16500>10.0.0.1:20000", "10.0.0.2:1>10.0.0.1:1", 0, false},
	} {
		tb := NewTable(Config{}, func(*Entry[int]) {})
		rtp, rtcp := udp(tt.rtp, 0), udp(tt.rtcp, 0)
		e, of, _ := tb.Add(rtp)
		k, s := KeyOf(rtcp)
		below, ok := k.Below()
		found := ok && tb.Find(&below, int64(tt.after)) == e
		if found != tt.found {
			t.Errorf("%s: found %v", tt.name, found)
		}
		share := func(p *decode.Packet) uint8 {
			return decode.FlowShare(p.Src, p.Dst, p.SrcPort, p.DstPort, p.Proto)
		}
		same := rtcp.Src == rtp.Src && rtcp.SrcPort == rtp.SrcPort+1
		if found && (share(rtp) != share(rtcp) || (of == s) != same) {
			t.Errorf("%s: shares %d and %d, sides %d and %d", tt.name, share(rtp), share(rtcp), of, s)
		}
	}
	k, _ := KeyOf(&decode.Packet{Proto: decode.ProtoTCP, SrcPort: 5001, DstPort: 5003})
	if _, ok := k.Below(); ok {
		t.Error("RTCP over TCP")
	}
}
