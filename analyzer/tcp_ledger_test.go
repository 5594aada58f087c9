package analyzer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// TestSidesInsideTCP: of a call over TCP or TLS the handshake tells the way to both ends and back, and losses say why
// they are not told by side. Of the way behind a proxy nothing is known, and without a handshake of no way: data may be
// acknowledged late.
func TestSidesInsideTCP(t *testing.T) {
	headless := func() *pcaptest.Capture {
		return pcaptest.TLSFallback().Filter(func(_ int, f pcaptest.Frame) bool {
			return f.Time.Sub(pcaptest.Start) > 20*time.Second
		})
	}
	for _, tt := range []struct {
		name          string
		capture       *pcaptest.Capture
		client, cloud string
	}{
		{"TCP", pcaptest.TCPFallback(), "tcp 0.2 ms", "stun 30.0 ms"},
		{"TLS", pcaptest.TLSFallback(), "tcp 0.2 ms", "tcp 30.0 ms"},
		{"TLS through a proxy", pcaptest.TLSViaProxy(), "tcp 0.2 ms", " unknown"},
		{"TLS, begun before the capture", headless(), " unknown", " unknown"},
	} {
		set := watch(t, tt.capture, "", "")
		if len(set.Sessions) != 1 || set.Sessions[0].ClientSide == nil {
			t.Fatalf("%s: %d calls", tt.name, len(set.Sessions))
		}
		s := set.Sessions[0]
		if client, cloud := tripText(s.ClientSide), tripText(s.CloudSide); client != tt.client || cloud != tt.cloud {
			t.Errorf("%s: client %s, cloud %s; want %s, %s", tt.name, client, cloud, tt.client, tt.cloud)
		}
		for _, x := range []*record.Stretch{s.ClientSide, s.CloudSide} {
			if x.Packets != nil || x.Lost != nil || !strings.Contains(x.Unknown, "inside TCP") {
				t.Errorf("%s: %d packets, %d lost, %q", tt.name, count(x.Packets), count(x.Lost), x.Unknown)
			}
		}
	}
}

func tripText(x *record.Stretch) string {
	return fmt.Sprintf("%s %s", x.RTTSource, milliseconds(x.RTTMedianMs))
}
