package analyzer_test

import (
	"net/netip"
	"testing"

	"webexaudit/analyzer/pcaptest"
)

// TestLossInsideTCP: TCP delivers what it is given. What a sender drops before it is no loss of the capture; what the
// capture lacks of the connection is.
func TestLossInsideTCP(t *testing.T) {
	s := pcaptest.New(5, pcaptest.Start)
	p := pcaptest.Framed(s.TCP(netip.AddrPortFrom(pcaptest.ClientA, 52_000), netip.AddrPortFrom(pcaptest.NodeA, 5004),
		pcaptest.Path{}).Open())
	s.STUN(p, s.WebexBinding())
	up := pcaptest.RTPStream{Start: p.Now(), Packets: 2000, SSRC: 1, PT: pcaptest.PTAudioUp,
		Loss: pcaptest.EveryNth(20)}
	down := pcaptest.RTPStream{From: pcaptest.Server, Start: p.Now(), Packets: 2000, SSRC: 2, PT: pcaptest.PTAudioDown}
	pcaptest.Play(p, up.Events(), down.Events())
	whole := s.Capture()
	for _, tt := range []struct {
		name string
		of   int // of so many segments with audio one is not captured
		gone int64
	}{{"all captured", 0, 0}, {"one in 50 segments not captured", 50, 78}} {
		n, gone := 0, int64(0)
		c := whole.Filter(func(_ int, f pcaptest.Frame) bool {
			if len(f.Data) < 100 {
				return true
			}
			if n++; tt.of == 0 || n%tt.of != 0 {
				return true
			}
			gone++
			return false
		})
		lost, capture := losses(auditCapture(t, c))
		if gone != tt.gone || lost != 99 || capture != max(gone-1, 0) { // the last packet is missed by nobody
			t.Errorf("%s: %d segments gone; lost %d, capture lost %d", tt.name, gone, lost, capture)
		}
	}
}
