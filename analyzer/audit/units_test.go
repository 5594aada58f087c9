package audit

import (
	"fmt"
	"math"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// TestSamples: quantiles are exact of up to a thousand measures and within 1 % of more, in any order and however they
// were dealt.
func TestSamples(t *testing.T) {
	fill := func(n int, from, by float64) *Samples {
		s := new(Samples)
		for i := range n {
			s.Add(from + by*float64((i*7919)%n)) // 7919 is prime: all of them, mixed
		}
		return s
	}
	for _, n := range []int{1, 2, 3, 4, 999, exactSamples, exactSamples + 1, 5000} {
		s := fill(n, 1, 1)
		tolerance := 0.0
		if n > exactSamples {
			tolerance = 0.01
		}
		for _, i := range []int64{0, int64(n) / 3, int64(n) - 1, int64(n) + 5, -3} {
			want := float64(min(max(i, 0), int64(n)-1) + 1)
			if got := s.At(i); math.Abs(got-want) > tolerance*want {
				t.Errorf("%d measures: the one at %d is %v, want %v", n, i, got, want)
			}
		}
		if want := float64((n-1)/2 + 1); math.Abs(s.Median()-want) > tolerance*want {
			t.Errorf("%d measures: median %v, want %v", n, s.Median(), want)
		}
		if s.Len() != int64(n) || s.Max() != float64(n) {
			t.Errorf("%d measures: %d, largest %v", n, s.Len(), s.Max())
		}
	}
	none := new(Samples)
	if none.At(0) != 0 || none.Median() != 0 || none.Max() != 0 {
		t.Error("measures of nothing")
	}
	if s := fill(3, -5, 1); s.Max() != -3 || s.At(0) != -5 {
		t.Errorf("below zero: %v to %v", s.At(0), s.Max())
	}
	if s := fill(2000, 0, 0); s.At(1999) != 0 {
		t.Errorf("zeros in buckets: %v", s.At(1999))
	}
}

// TestSamplesInBuckets: of as many of one measure as of another each half is its own.
func TestSamplesInBuckets(t *testing.T) {
	s := new(Samples)
	for i := range int64(2000) {
		s.Add(float64(1 + i%2*99))
	}
	if a, b := s.At(999), s.At(1000); math.Abs(a-1) > 0.01 || math.Abs(b-100) > 1 {
		t.Errorf("the last of the first half is %v, the first of the last %v", a, b)
	}
}

// TestSamplesMerge: parts that were merged say what the whole says, exact and in buckets.
func TestSamplesMerge(t *testing.T) {
	for _, sizes := range [][2]int{{3, 4}, {0, 5}, {5, 0}, {600, 600}, {1500, 10}, {10, 1500}, {1500, 1500},
		{500, 500}} {
		var a, b, all Samples
		for i := range sizes[0] + sizes[1] {
			part := &a
			if i >= sizes[0] {
				part = &b
			}
			v := float64(i%977) + 1
			part.Add(v)
			all.Add(v)
		}
		a.Merge(&b)
		for _, i := range []int64{0, 1, all.Len() / 2, all.Len() - 1} {
			if a.At(i) != all.At(i) {
				t.Errorf("%v: the one at %d is %v, want %v", sizes, i, a.At(i), all.At(i))
			}
		}
		if a.Len() != all.Len() || a.Max() != all.Max() || (a.buckets == nil) != (all.buckets == nil) {
			t.Errorf("%v: %d up to %v, want %d up to %v", sizes, a.Len(), a.Max(), all.Len(), all.Max())
		}
	}
	var a, b Samples
	a.Add(-7)
	b.Add(-9)
	a.Merge(&b)
	if b.Merge(new(Samples)); a.Max() != -7 || b.Max() != -9 || b.Len() != 1 {
		t.Errorf("largest %v and %v", a.Max(), b.Max())
	}
}

// TestContinued: the second and further Webex flows of a 5-tuple go on what was cut, the first does not, and flows
// without Community ID are nobody's.
func TestContinued(t *testing.T) {
	set := new(record.Set)
	for i, id := range []string{"1:a", "1:b", "", "1:a", "", "1:a"} {
		set.Flows = append(set.Flows, &record.Flow{FlowID: fmt.Sprint(i), CommunityID: id, Webex: true})
	}
	set.Flows = append(set.Flows, &record.Flow{CommunityID: "1:a"}, &record.Flow{CommunityID: "1:b", Webex: true, StartTime: -1})
	f := newFacts(t.Context(), set, Options{Workers: 1})
	for i, want := range []bool{false, true, false, true, false, true, false, false} {
		if f.again[i] != want {
			t.Errorf("flow %d: %v", i, f.again[i])
		}
	}
}

// TestGroupSums: time, extremes, sums and confidence of a group.
func TestGroupSums(t *testing.T) {
	g := NewGroup(record.Subject{})
	g.Span(50, 60)
	g.Span(0, 70)
	g.Span(40, 45)
	if g.First != 40 || g.Last != 70 {
		t.Errorf("from %d to %d", g.First, g.Last)
	}
	word := func(s string) wording.Text { return wording.New("test."+s, "%s", s) }
	for _, x := range []struct {
		v float64
		s string
	}{{3, "b"}, {2, "z"}, {3, "c"}, {3, "a"}} {
		g.Extreme("loss", x.v, word(x.s))
	}
	g.Extreme("jitter", -1, word("j"))
	if x := g.Worst["loss"]; x.Value != 3 || x.Of.String() != "a" || g.Worst["jitter"].Value != -1 {
		t.Errorf("%v", g.Worst)
	}
	g.Sum("n", 2)
	g.Sum("n", 3)
	if g.Sums["n"] != 5 {
		t.Errorf("%v", g.Sums)
	}
	g.Raise(record.Probable)
	g.Raise(record.Possible)
	if g.Confidence != record.Probable {
		t.Error(g.Confidence)
	}
	g.Raise(record.Confirmed)
	if g.Confidence != record.Confirmed {
		t.Error(g.Confidence)
	}
	g.Host("")
	g.Host("a")
	if g.Hosts.Len() != 1 {
		t.Errorf("%d hosts", g.Hosts.Len())
	}
}

// TestMirrorLossWords: what is bad, what is said of it, and how much it is.
func TestMirrorLossWords(t *testing.T) {
	total := wording.New("test.total", "an estimate")
	rate, all := 0.25, 1.0
	for _, tt := range []struct {
		name  string
		m     MirrorLoss
		rate  *float64
		bad   bool
		text  string
		count int64
	}{
		{"at the limits", MirrorLoss{MaxGap: 1, MaxUnseen: 2, gap: 1, unseen: 2}, nil, false,
			"receivers acknowledged bytes that were never captured: 2 % of all TCP bytes", 77},
		{"the tunnel", MirrorLoss{MaxGap: 1, MaxUnseen: 2, gap: 1.5, unseen: 3, lost: 5, total: &total}, &rate, true,
			"1.5 % of the tunnel's packets (5) are missing by sequence number", 5},
		{"TCP", MirrorLoss{MaxGap: 1, MaxUnseen: 2, unseen: 3, total: &total}, &rate, true,
			"receivers acknowledged bytes that were never captured: 3 % of all TCP bytes", 77},
		{"an estimate", MirrorLoss{MaxGap: 1, MaxUnseen: 2, unseen: 2, total: &total}, &rate, true, "an estimate", 100},
		{"an estimate of all", MirrorLoss{MaxGap: 1, MaxUnseen: 2, unseen: 2, total: &total}, &all, true, "an estimate", 77},
	} {
		h := &record.CaptureHealth{Packets: 300, TCPUnseenBytes: 77, LossRate: tt.rate}
		if got := tt.m.Bad(); got != tt.bad {
			t.Errorf("%s: bad %v", tt.name, got)
		}
		if got := tt.m.Text().String(); got != tt.text {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.text)
		}
		if got := tt.m.Count(h); got != tt.count {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.count)
		}
	}
}
