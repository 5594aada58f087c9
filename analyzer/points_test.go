package analyzer_test

import (
	"context"
	"encoding/binary"
	"math"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// comparePair compares the captures of two points that x lies between.
func comparePair(t *testing.T, x pcaptest.Segment, whole *pcaptest.Capture) *record.Set {
	t.Helper()
	a, b := x.Captures(whole)
	return comparePoints(t, a, b)
}

func comparePoints(t *testing.T, a, b *pcaptest.Capture) *record.Set {
	t.Helper()
	dir := t.TempDir()
	var points [2]analyzer.CapturePoint
	for i, c := range []*pcaptest.Capture{a, b} {
		name := []string{"a.pcapng", "b.pcapng"}[i]
		path := filepath.Join(dir, name)
		if err := c.Save(path); err != nil {
			t.Fatal(err)
		}
		points[i] = analyzer.CapturePoint{Name: name, Files: []string{path}}
	}
	set, err := analyzer.Compare(context.Background(), analyzer.Config{Workers: 2, Tool: "webexaudit"}, points)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func stateOf(set *record.Set, rule string) (record.State, string) {
	for _, f := range set.Findings {
		if f.Rule == rule {
			return f.State, f.Summary
		}
	}
	return "", ""
}

// TestComparePair: 1 % loss from A to B and a rewrite of EF to 0 on the way up are found exactly, across an address
// translation and clocks that are 300 ms apart; nothing else is.
func TestComparePair(t *testing.T) {
	lost := map[uint32]int64{}
	x := pcaptest.Segment{Offset: 300 * time.Millisecond, Delay: 4 * time.Millisecond, Jitter: 2 * time.Millisecond,
		Lose: func(ssrc uint32, seq uint16) bool {
			hit := seq%100 == 37
			if hit {
				lost[ssrc]++
			}
			return hit
		},
		Mark: func(up bool, dscp uint8) uint8 {
			if up && dscp == pcaptest.EF {
				return 0
			}
			return dscp
		}}
	set := comparePair(t, x, pcaptest.OneCall(60*time.Second))
	c := set.Comparison
	if c.Compared != 6 || c.OnlyA+c.OnlyB != 0 || c.ClockMethod != "both-directions" {
		t.Errorf("%+v", c)
	}
	if d := math.Abs(*c.ClockOffsetMs - 300); d > 0.1 || *c.ClockErrorMs < 3.9 || *c.ClockErrorMs > 4.5 {
		t.Errorf("offset %v ± %v ms", *c.ClockOffsetMs, *c.ClockErrorMs)
	}
	for _, s := range set.Compared {
		checkStream(t, s, lost[s.SSRC])
	}
	for rule, want := range map[string]record.State{"WXA-CMP-001": record.Fail, "WXA-CMP-002": record.Warn,
		"WXA-CMP-003": record.Pass, "WXA-CMP-004": record.Pass, "WXA-CMP-005": record.Pass, "WXA-CMP-006": record.Pass} {
		if got, text := stateOf(set, rule); got != want {
			t.Errorf("%s: %s, want %s: %s", rule, got, want, text)
		}
	}
	sum := set.Summary
	if sum.Verdict != record.Fail || !strings.Contains(sum.Answer, "between the two capture points") {
		t.Errorf("%s: %s", sum.Verdict, sum.Answer)
	}
}

// checkStream holds a stream of the pair against what was done to it.
func checkStream(t *testing.T, s *record.ComparedStream, lost int64) {
	t.Helper()
	if lost == 0 {
		t.Errorf("%s: nothing was lost", s.Kind)
	}
	up := s.A.SrcIP == pcaptest.ClientA
	if first := map[bool]string{true: "a", false: "b"}[up]; s.First != first || s.Upstream != up {
		t.Errorf("%s: first %q by %s", s.Kind, s.First, s.FirstBy)
		return
	}
	got := []int64{*s.LostBetween, *s.CaptureLost, s.Expected - s.Both, s.Neither, s.Head, s.Tail}
	if !slices.Equal(got, []int64{lost, 0, lost, 0, 0, 0}) {
		t.Errorf("%s up %v: %v, want %d lost", s.Kind, up, got, lost)
	}
	if d := *s.DelayMinMs; d < 3.9 || d > 4.6 || *s.DelayP95Ms < d || *s.DelayP95Ms > 6.5 {
		t.Errorf("%s: delay %v to %v ms", s.Kind, d, *s.DelayP95Ms)
	}
	want := record.MarkPair{A: s.Marks[0].A, B: s.Marks[0].A, Packets: s.Both}
	if up && want.A == pcaptest.EF {
		want.B = 0
	}
	if len(s.Marks) != 1 || s.Marks[0] != want || (s.Remarked == s.Both) != (want.A != want.B) {
		t.Errorf("%s: marks %v, %d changed", s.Kind, s.Marks, s.Remarked)
	}
}

// TestCompareSwapped: the points named in the other order give the same streams with the points exchanged.
func TestCompareSwapped(t *testing.T) {
	x := pcaptest.Segment{Offset: -2 * time.Second, Delay: 9 * time.Millisecond, Jitter: time.Millisecond,
		Lose: func(_ uint32, seq uint16) bool { return seq%50 == 7 }}
	a, b := x.Captures(pcaptest.OneCall(40 * time.Second))
	forth, back := comparePoints(t, a, b), comparePoints(t, b, a)
	if d := *forth.Comparison.ClockOffsetMs + *back.Comparison.ClockOffsetMs; math.Abs(d) > 0.01 {
		t.Errorf("the offsets do not cancel: %v ms", d)
	}
	of := map[uint32]*record.ComparedStream{}
	for _, s := range back.Compared {
		of[s.SSRC] = s
	}
	for _, s := range forth.Compared {
		o := of[s.SSRC]
		if o == nil || s.First == o.First || s.First == "" || *s.LostBetween != *o.LostBetween || *s.LostBetween == 0 ||
			s.OnlyA != o.OnlyB || math.Abs(*s.DelayMedianMs-*o.DelayMedianMs) > 0.01 || s.A.SrcIP != o.B.SrcIP {
			t.Errorf("%+v\n%+v", s, o)
		}
	}
	if got, text := stateOf(back, "WXA-CMP-001"); got != record.Fail || len(of) != 6 {
		t.Errorf("%s: %s", got, text)
	}
}

// TestCompareHealthy: nothing is wrong with a path that loses, marks and delays nothing, be it through a translation
// and routers with a clock that runs away, or a bridge whose hops nobody counts.
func TestCompareHealthy(t *testing.T) {
	for name, x := range map[string]pcaptest.Segment{
		"routed, drifting": {Offset: 3 * time.Hour, Delay: 12 * time.Millisecond, Jitter: 3 * time.Millisecond,
			Drift: 40e-6},
		"bridged": {Offset: 7 * time.Microsecond, Delay: 150 * time.Microsecond, Jitter: 40 * time.Microsecond,
			Bridged: true},
	} {
		set := comparePair(t, x, pcaptest.OneCall(130*time.Second))
		for _, f := range set.Findings {
			open := f.State == record.NotAssessable && strings.Contains(f.Rule, "CMP")
			if f.State == record.Fail || f.State == record.Warn || open {
				t.Errorf("%s: %s %s: %s %s", name, f.Rule, f.State, f.Summary, f.Missing)
			}
		}
		if s := set.Summary; s.Verdict != record.Pass {
			t.Errorf("%s: %s %s", name, s.Verdict, s.Missing)
		}
		c := set.Comparison
		if c.ClockDriftPPM == nil || math.Abs(*c.ClockDriftPPM-x.Drift*1e6) > 4 {
			t.Errorf("%s: drift %v", name, c.ClockDriftPPM)
		}
	}
}

// TestCompareDisjoint: captures without a common stream are not compared, and the reason is said.
func TestCompareDisjoint(t *testing.T) {
	a, b := pcaptest.Segment{Delay: time.Millisecond}.Captures(pcaptest.OneCall(20 * time.Second))
	s := pcaptest.New(99, pcaptest.Start.Add(time.Hour))
	c := pcaptest.WebexCall(pcaptest.ClientA, netip.MustParseAddrPort("170.72.1.2:5004"))
	s.Call(c)
	other := s.Capture()
	none := &pcaptest.Capture{Link: a.Link, Frames: a.Frames[:3]}
	for _, tt := range []struct {
		name string
		b    *pcaptest.Capture
		want string
	}{
		{"another call", other, "no SSRC in common, and by their clocks they do not overlap"},
		{"no media", none, "B holds no RTP stream over UDP"},
		{"the same call, other packets", renumbered(b), "no packet with the same sequence number and time stamp"},
	} {
		set := comparePoints(t, a, tt.b)
		if !strings.Contains(set.Comparison.Problem, tt.want) || set.Comparison.Compared != 0 {
			t.Errorf("%s: %+v", tt.name, set.Comparison)
		}
		for _, f := range set.Findings {
			said := f.State == record.NotAssessable && strings.Contains(f.Missing, tt.want)
			if strings.Contains(f.Rule, "CMP") && !said {
				t.Errorf("%s: %s %s: %s", tt.name, f.Rule, f.State, f.Missing)
			}
		}
		if v := set.Summary; v.Verdict != record.NotEnough || !strings.Contains(v.Missing, tt.want) {
			t.Errorf("%s: %s %s", tt.name, v.Verdict, v.Missing)
		}
	}
}

// renumbered is what a media server makes of a stream that keeps its SSRC: another time base.
func renumbered(c *pcaptest.Capture) *pcaptest.Capture {
	return c.Wrap(func(f pcaptest.Frame) pcaptest.Frame {
		f.Data = append([]byte(nil), f.Data...)
		if rtp := f.Data[42:]; len(rtp) >= 12 && rtp[0]>>6 == 2 && rtp[1]&0x7f > 95 {
			binary.BigEndian.PutUint32(rtp[4:], binary.BigEndian.Uint32(rtp[4:])^0x80000000)
		}
		return f
	})
}

// quiet changes nothing that matters.
var quiet = pcaptest.Segment{Delay: 3 * time.Millisecond, Jitter: time.Millisecond}

// TestCompareMoved: a stream goes on behind a new port of the translation: the packets are those of one stream, none is
// lost. Then the path ends for a stream while B still captures: that is no loss between the points but said.
func TestCompareMoved(t *testing.T) {
	a, b := quiet.Captures(pcaptest.OneCall(60 * time.Second))
	half := pcaptest.Start.Add(30 * time.Second)
	moved := b.Wrap(func(f pcaptest.Frame) pcaptest.Frame {
		if f.Time.Before(half) {
			return f
		}
		f.Data = append([]byte(nil), f.Data...)
		for _, at := range []int{34, 36} {
			if p := binary.BigEndian.Uint16(f.Data[at:]); p > 50_000 {
				binary.BigEndian.PutUint16(f.Data[at:], p-1111)
			}
		}
		f.Data[40], f.Data[41] = 0, 0
		return f
	})
	set := comparePoints(t, a, moved)
	for _, s := range set.Compared {
		if s.Both != s.Expected || s.Head+s.Tail != 0 || s.B.Packets != s.A.Packets {
			t.Errorf("moved: %+v", s)
		}
	}
	if got, text := stateOf(set, "WXA-CMP-001"); got != record.Pass || len(set.Compared) != 6 {
		t.Errorf("moved: %s %s", got, text)
	}
	ended := b.Filter(func(_ int, f pcaptest.Frame) bool {
		up := netip.AddrFrom4([4]byte(f.Data[26:30])) == pcaptest.NATAddr
		return f.Time.Before(half) || !up || f.Data[43]&0x7f != pcaptest.PTAudioUp
	})
	set = comparePoints(t, a, ended)
	if got, text := stateOf(set, "WXA-CMP-001"); got != record.Pass {
		t.Errorf("ended: %s %s", got, text)
	}
	if got, text := stateOf(set, "WXA-CMP-006"); got != record.Warn || !strings.Contains(text, "at its end did not come to B") {
		t.Errorf("ended: %s %s", got, text)
	}
}

// TestCompareCaptureLoss: packets that B's own capture lost, as its counters say, are not laid at the path's door.
func TestCompareCaptureLoss(t *testing.T) {
	a, b := quiet.Captures(pcaptest.OneCall(60 * time.Second))
	b = b.Filter(func(i int, _ pcaptest.Frame) bool { return i%20 != 7 })
	for dropped, want := range map[uint64]record.State{0: record.Fail, 400: record.NotAssessable} {
		b.Dropped = dropped
		set := comparePoints(t, a, b)
		state, text := stateOf(set, "WXA-CMP-001")
		unseen, _ := stateOf(set, "WXA-CMP-005")
		if state != want || unseen != record.Warn {
			t.Errorf("%d dropped: %s %s, %s", dropped, state, text, unseen)
		}
	}
}
