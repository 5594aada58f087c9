package analyzer_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/record"
)

// nativeCall is a real call of Webex's native app, taken at the client on 2023-06-21: 51 s, RTCP in clear with a tag
// behind it.
const nativeCall = capturesAt + "/webex/rtpeeker__webex1-2023-native.pcapng"

// realCall analyses the call, or skips the test where it is not present.
func realCall(t *testing.T) *record.Set {
	t.Helper()
	if _, err := os.Stat(filepath.FromSlash(nativeCall)); err != nil {
		t.Skipf("real call not present: %v", err)
	}
	set, err := run(t, analyzer.Config{Files: []string{filepath.FromSlash(nativeCall)}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestNativeCallReports: what the receivers say of each stream; the numbers are those of its report blocks, read by
// another program.
func TestNativeCallReports(t *testing.T) {
	set := realCall(t)
	got := map[uint32]string{}
	for _, m := range set.Streams {
		x := m.RTCP
		if x == nil {
			t.Fatalf("stream %d: no reports", m.SSRC)
		}
		got[m.SSRC] = fmt.Sprintf("upstream %v, %d reports, %d lost, worst %.3f, jitter %.1f ms", m.Upstream, x.Reports, x.Lost, x.WorstShare, *x.JitterMs)
		if m.Upstream && (x.RTTMs == nil || *x.RTTMs < 30 || *x.RTTMs > 50) {
			t.Errorf("stream %d: round trip %v", m.SSRC, x.RTTMs)
		}
	}
	for ssrc, want := range map[uint32]string{
		3452861622: "upstream true, 51 reports, 2 lost, worst 0.020, jitter 6.8 ms",
		3167459914: "upstream true, 29 reports, 1 lost, worst 0.000, jitter 8.7 ms",
		4208727861: "upstream false, 51 reports, 5 lost, worst 0.000, jitter 11.3 ms",
		1512531020: "upstream false, 13 reports, 5 lost, worst 0.000, jitter 13.7 ms", // the first came before the stream was known
	} {
		if got[ssrc] != want {
			t.Errorf("stream %d: %s\nwant %s", ssrc, got[ssrc], want)
		}
	}
}

// TestNativeCallKinds: a call that began before the capture, from ports of no plan and without DTLS or STUN, is still
// the app's.
func TestNativeCallKinds(t *testing.T) {
	set := realCall(t)
	flows := map[string]*record.Flow{}
	for _, f := range set.Flows {
		flows[f.FlowID] = f
	}
	got := map[string]int{}
	for _, m := range set.Streams {
		f := flows[m.FlowID]
		got[fmt.Sprintf("%s %s plan %s: upstream %v, %d %s %d Hz", f.Device, f.MediaClass, f.PortPlan, m.Upstream, m.PayloadType, m.Kind, m.ClockRate)]++
		if !strings.HasSuffix(f.Reason, "native app by RTCP feedback MARI") {
			t.Errorf("reason %q", f.Reason)
		}
	}
	want := map[string]int{
		"app audio plan out: upstream true, 101 audio 48000 Hz":  1,
		"app audio plan out: upstream false, 101 audio 48000 Hz": 2,
		"app video plan out: upstream true, 97 video 90000 Hz":   1,
		"app video plan out: upstream false, 117 video 90000 Hz": 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
