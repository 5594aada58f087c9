package analyzer_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// crowd is a meeting of several clients, one minute long: audio and video up and down, and with signalling also the TLS
// of the start.
func crowd(seed uint64, clients int, signalling bool) *pcaptest.Capture {
	var all []*pcaptest.Capture
	for i := range clients {
		s := pcaptest.New(seed+uint64(i), pcaptest.Start.Add(time.Duration(i)*137*time.Millisecond))
		client := netip.AddrFrom4([4]byte{10, 20, 1, byte(15 + i)})
		if signalling {
			s.Webex(client, 50*time.Second)
			s.Probe(client, pcaptest.NodeB)
			s.Advance(2 * time.Second)
		}
		call := pcaptest.WebexCall(client, netip.AddrPortFrom(pcaptest.NodeA, 5004))
		call.Lasting = time.Minute
		s.Call(call)
		all = append(all, s.Capture())
	}
	return pcaptest.Merge(all...)
}

// thin removes a share of the frames that hit says yes to; nil: all.
func thin(c *pcaptest.Capture, seed uint64, p float64, hit func(f pcaptest.Frame) bool) *pcaptest.Capture {
	gone := pcaptest.Chance(seed, p)
	return c.Filter(func(i int, f pcaptest.Frame) bool { return !(hit == nil || hit(f)) || !gone(i) })
}

// path matches the UDP packets of one client in one direction.
func path(client byte, up bool) func(pcaptest.Frame) bool {
	return func(f pcaptest.Frame) bool {
		b := f.Data[14:]
		at := 16
		if up {
			at = 12
		}
		return b[9] == pcaptest.ProtoUDP && b[at] == 10 && b[at+3] == client && binary.BigEndian.Uint16(b[20:])+
			binary.BigEndian.Uint16(b[22:]) > 50_000
	}
}

func auditCapture(t *testing.T, c *pcaptest.Capture, set ...string) *record.Set {
	t.Helper()
	file := filepath.Join(t.TempDir(), "c.pcap")
	if err := c.Save(file); err != nil {
		t.Fatal(err)
	}
	policy, err := catalogue.All().NewPolicy("")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range set {
		if err := policy.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	out, err := run(t, analyzer.Config{Files: []string{file}, Workers: 2, Audit: audit.Options{Policy: policy}})
	if err != nil {
		t.Fatal(err)
	}
	checkSplit(t, out)
	return out
}

// checkSplit: what is missing is the network's or the capture's, on streams and on intervals, and the bounds hold it.
func checkSplit(t *testing.T, set *record.Set) {
	t.Helper()
	type key struct {
		id     string
		length int
	}
	lost, capture := map[key]int64{}, map[key]int64{}
	for _, i := range set.Intervals {
		if i.Lost < 0 || i.CaptureLost < 0 || i.Lost+i.CaptureLost != i.Expected-i.Packets {
			t.Errorf("interval %+v", i)
		}
		lost[key{i.StreamID, i.IntervalS}] += i.Lost
		capture[key{i.StreamID, i.IntervalS}] += i.CaptureLost
	}
	for _, m := range set.Streams {
		if m.Lost+m.CaptureLost != m.Expected-m.Packets || m.Lost < *m.LostLow || m.Lost > *m.LostHigh {
			t.Errorf("%d + %d of %d - %d, bounds %d to %d", m.Lost, m.CaptureLost, m.Expected, m.Packets, *m.LostLow, *m.LostHigh)
		}
		for _, n := range []int{1, 10} {
			if k := (key{m.StreamID, n}); (m.Webex || n == 10) && (lost[k] != m.Lost || capture[k] != m.CaptureLost) {
				t.Errorf("rows of %d s of %s: lost %d and %d, want %d and %d", n, m.StreamID, lost[k], capture[k], m.Lost, m.CaptureLost)
			}
		}
	}
}

func state(set *record.Set, rule string) (s record.State) {
	for _, f := range set.Findings {
		if f.Rule == rule && (s == "" || f.State == record.Fail) {
			s = f.State
		}
	}
	return s
}

// losses sums the UDP streams up.
func losses(set *record.Set) (lost, capture int64) {
	for _, m := range set.Streams {
		lost, capture = lost+m.Lost, capture+m.CaptureLost
	}
	return lost, capture
}

// TestCaptureLoss: packets removed from all alike are the capture's loss, packets removed from one path are the
// network's. The limit of WXA-QUA-001 is at 1 %, so that a wrong judgement shows.
func TestCaptureLoss(t *testing.T) {
	for _, clients := range []int{2, 4} {
		for _, signalling := range []bool{true, false} {
			whole := crowd(uint64(100*clients), clients, signalling)
			for seed := range uint64(2) {
				for _, p := range []float64{0.02, 0.06} {
					set := auditCapture(t, thin(whole, seed, p, nil), "WXA-QUA-001.max_percent=1")
					name := fmt.Sprintf("%d clients, signalling %v, %v of all, seed %d", clients, signalling, p, seed)
					lost, capture := losses(set)
					h := set.Health[0]
					if q := state(set, "WXA-QUA-001"); q == record.Fail || lost > 0 || capture == 0 || h.LossAssessable {
						t.Errorf("%s: quality %s, lost %d, capture lost %d, %v", name, q, lost, capture, h.LossEvidence)
					}
					gone := 1 - float64(h.Packets)/float64(len(whole.Frames))
					if h.LossRate == nil || *h.LossLow > gone || *h.LossHigh < gone || *h.LossRate < gone/2 ||
						state(set, "WXA-CAP-002") != record.Fail {
						t.Errorf("%s: %.4f gone, CAP-002 %s, %v %v %v %v", name, gone, state(set, "WXA-CAP-002"),
							digits(h.LossLow), digits(h.LossRate), digits(h.LossHigh), h.LossEvidence)
					}
				}
			}
		}
	}
}

func digits(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.4f", *v)
}

// TestNetworkLoss: what is missing on one path, or towards all clients, is the network's, with much TCP, with little
// and with none.
func TestNetworkLoss(t *testing.T) {
	any := func(up bool) func(pcaptest.Frame) bool {
		return func(f pcaptest.Frame) bool { return path(15, up)(f) || path(16, up)(f) || path(17, up)(f) }
	}
	one := func(f pcaptest.Frame) bool { return path(15, true)(f) || path(15, false)(f) }
	for _, tt := range []struct {
		name string
		hit  func(pcaptest.Frame) bool
	}{{"one client, down", path(15, false)}, {"one client, up", path(15, true)}, {"one client", one}, {"down", any(false)}, {"up", any(true)}} {
		for _, signalling := range []bool{true, false} {
			whole := crowd(7, 3, signalling)
			for seed := range uint64(1) {
				for _, p := range []float64{0.02, 0.08} {
					set := auditCapture(t, thin(whole, seed, p, tt.hit), "WXA-QUA-001.max_percent=1")
					h := set.Health[0]
					lost, capture := losses(set)
					if q := state(set, "WXA-QUA-001"); q != record.Fail || lost == 0 || capture > 0 ||
						!h.LossAssessable || state(set, "WXA-CAP-002") == record.Fail {
						t.Errorf("%s, signalling %v, %v, seed %d: quality %s, lost %d, capture lost %d, %v", tt.name, signalling, p, seed, q, lost, capture, h.LossEvidence)
					}
				}
			}
		}
	}
}
