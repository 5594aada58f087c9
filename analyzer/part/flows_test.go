package part

import (
	"errors"
	"fmt"
	"testing"

	"webexaudit/analyzer/record"
)

const flowsHeld = 3000

// held are flows in a store, every third with a TLS session.
func held(t *testing.T, bound int64) *Flows {
	t.Helper()
	s := New(Config{Bound: bound})
	w := s.Writer()
	for i := range flowsHeld {
		f := made(i)
		var tls *record.TLSSession
		if i%3 == 0 {
			tls = &record.TLSSession{FlowID: f.FlowID, SNI: fmt.Sprint("tls-", i)}
		}
		f.StartTime, f.EndTime, f.Webex = record.Time(i), record.Time(i+i%2), i%5 == 0
		if err := w.Flow(int64(i), f, tls); err != nil {
			t.Fatal(err)
		}
	}
	s.Seal()
	if spilled := s.Stats().Spilled > 0; spilled != (bound > 0) {
		t.Fatalf("bound %d: spilled %v", bound, spilled)
	}
	return FlowsOf(s)
}

// isHeld checks that they are the i-th flow and its session.
func isHeld(t *testing.T, i int, f *record.Flow, tls *record.TLSSession) {
	t.Helper()
	if f.FlowID != made(i).FlowID || (tls != nil) != (i%3 == 0) || tls != nil && tls.SNI != fmt.Sprint("tls-", i) {
		t.Errorf("flow %d: %s, %v", i, f.FlowID, tls)
	}
}

// TestFlowsRead: flows come one by one with their TLS sessions, whether they are in memory or in the file, and an error
// of who reads is theirs.
func TestFlowsRead(t *testing.T) {
	for _, bound := range []int64{0, 1} {
		x, seen := held(t, bound), 0
		err := x.Read(10, flowsHeld, func(i int, f *record.Flow, tls *record.TLSSession) error {
			isHeld(t, i, f, tls)
			seen++
			return nil
		})
		if err != nil || seen != flowsHeld-10 || x.Len() != flowsHeld {
			t.Errorf("%d flows of %d, %v", seen, x.Len(), err)
		}
		enough := errors.New("enough")
		err = x.Read(0, flowsHeld, func(int, *record.Flow, *record.TLSSession) error { return enough })
		if err != enough || x.Err() != nil {
			t.Errorf("%v, %v", err, x.Err())
		}
	}
}

// TestFlowsOfWebex: they are read alone; and from when to when all flows are.
func TestFlowsOfWebex(t *testing.T) {
	for _, bound := range []int64{0, 1} {
		x, next := held(t, bound), 0
		err := x.ReadWebex(func(i int, f *record.Flow) error {
			if i != next || f.FlowID != made(i).FlowID {
				t.Fatalf("flow %d: %s, want %d", i, f.FlowID, next)
			}
			next += 5
			return nil
		})
		if start, end := x.Span(); err != nil || next != flowsHeld || start != 0 || end != flowsHeld {
			t.Errorf("until %d, %v; from %d to %d", next, err, start, end)
		}
	}
}

// TestFlowsTLS: the sessions are read alone, in the order of their flows, until who reads has enough; and when a flow
// began is known without reading it.
func TestFlowsTLS(t *testing.T) {
	for _, bound := range []int64{0, 1} {
		x, next := held(t, bound), 0
		err := x.ReadTLS(func(s *record.TLSSession) error {
			if s.FlowID != made(next).FlowID || s.SNI != fmt.Sprint("tls-", next) {
				t.Fatalf("session %s, %s, want that of flow %d", s.FlowID, s.SNI, next)
			}
			next += 3
			return nil
		})
		if err != nil || next != flowsHeld || x.Start(7) != 7 {
			t.Errorf("until %d, %v; flow 7 began at %d", next, err, x.Start(7))
		}
		enough := errors.New("enough")
		if err := x.ReadTLS(func(*record.TLSSession) error { return enough }); err != enough || x.Err() != nil {
			t.Errorf("%v, %v", err, x.Err())
		}
	}
}

// TestFlowsLent: flows that are lent together stay while others are lent.
func TestFlowsLent(t *testing.T) {
	for _, bound := range []int64{0, 1} {
		x, numbers := held(t, bound), []int{7, 2999, 0, 1500, 1501, 8}
		err := x.Lend(numbers, func(flows []*record.Flow, sessions []*record.TLSSession) error {
			return x.Lend([]int{5}, func(inner []*record.Flow, none []*record.TLSSession) error {
				isHeld(t, 5, inner[0], none[0])
				for k, i := range numbers {
					isHeld(t, i, flows[k], sessions[k])
				}
				return nil
			})
		})
		if err != nil {
			t.Error(err)
		}
	}
}
