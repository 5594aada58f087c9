package record

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// stored is a run of flows as it is written, every third with a TLS session. Of the last two sessions the flow is
// missing, or has one already.
func stored(t *testing.T, flows int) []byte {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	set := new(Set)
	for i := range flows {
		f, x := new(Flow), new(TLSSession)
		fill(random, reflect.ValueOf(f).Elem(), 0)
		fill(random, reflect.ValueOf(x).Elem(), 0)
		f.FlowID = fmt.Sprintf("%016x", 7919*i)
		x.FlowID = f.FlowID
		set.Flows = append(set.Flows, f)
		if i%3 == 0 {
			set.TLS = append(set.TLS, x)
		}
	}
	set.TLS = append(set.TLS, &TLSSession{FlowID: "nobody's"}, &TLSSession{FlowID: set.Flows[0].FlowID})
	return linesOf(t, set)
}

func linesOf(t *testing.T, set *Set) (text []byte) {
	t.Helper()
	for r := range set.All {
		var err error
		if text, err = AppendJSON(text, r); err != nil {
			t.Fatal(err)
		}
		text = append(text, '\n')
	}
	return text
}

// TestReadRunPacked: the flows and TLS sessions of a run that was read are those of its lists.
func TestReadRunPacked(t *testing.T) {
	text := stored(t, 2000)
	want, _, err := Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	s, unknown, err := ReadRun(bytes.NewReader(text))
	if err != nil || unknown > 0 || len(s.Flows) > 0 || s.NumFlows() != len(want.Flows) {
		t.Fatalf("%d in a list, %d in all, %d unknown, %v", len(s.Flows), s.NumFlows(), unknown, err)
	}
	if loose := s.Loose(); len(loose) != 2 || loose[0].FlowID != "nobody's" || loose[1].TLSVersion != "" {
		t.Errorf("%d TLS sessions without a flow", len(loose))
	}
	if !bytes.Equal(linesOf(t, s), linesOf(t, want)) {
		t.Error("written again the run is another")
	}
	lends(t, s.Source(), want)
}

// lends checks what a source lends by ranges and by numbers.
func lends(t *testing.T, source FlowSource, want *Set) {
	t.Helper()
	seen := 0
	check := func(i int, f *Flow, x *TLSSession) {
		var session *TLSSession
		if i%3 == 0 {
			session = want.TLS[i/3]
		}
		if !reflect.DeepEqual(f, want.Flows[i]) || !reflect.DeepEqual(x, session) {
			t.Errorf("flow %d or its TLS session is another", i)
		}
		seen++
	}
	_ = source.Read(1000, 1100, func(i int, f *Flow, x *TLSSession) error {
		check(i, f, x)
		return nil
	})
	numbers := []int{1999, 0, 3, 4}
	_ = source.Lend(numbers, func(flows []*Flow, sessions []*TLSSession) error {
		for at, i := range numbers {
			check(i, flows[at], sessions[at])
		}
		return nil
	})
	if seen != 104 || source.Err() != nil {
		t.Errorf("%d flows, %v", seen, source.Err())
	}
}

// TestReadRunOrder: of lines in another order nothing is lost.
func TestReadRunOrder(t *testing.T) {
	text := stored(t, 30)
	lines := bytes.SplitAfter(text, []byte("\n"))
	slices.Reverse(lines)
	s, _, err := ReadRun(bytes.NewReader(bytes.Join(lines, nil)))
	tls := 0
	for range s.EachTLS {
		tls++
	}
	if err != nil || s.NumFlows() != 30 || tls != 12 {
		t.Errorf("%d flows, %d TLS sessions, %v", s.NumFlows(), tls, err)
	}
}

// TestPackedDamage: what is read wrongly is told by the set.
func TestPackedDamage(t *testing.T) {
	s, _, err := ReadRun(bytes.NewReader(stored(t, 30)))
	if err != nil {
		t.Fatal(err)
	}
	p := s.stored.(*packedFlows)
	at := p.flows[20]
	for i := range 40 {
		p.chunks[at.chunk][int(at.at)+i] = 0xff
	}
	n := 0
	for range s.EachFlow {
		n++
	}
	if n != 20 || s.Err() == nil {
		t.Errorf("%d flows, %v", n, s.Err())
	}
}
