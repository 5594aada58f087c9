package record

import "errors"

// FlowSource holds the flows of a run, in the order of the contract, each with its TLS session.
type FlowSource interface {
	// Len is how many flows there are.
	Len() int
	// Read calls f for the flows from the one number until before the other, in order, with the TLS session of each,
	// nil where it has none. Both are lent until f returns. An error of f ends it. Several goroutines may read.
	Read(from, to int, f func(i int, fl *Flow, t *TLSSession) error) error
	// Lend calls f once with the flows of these numbers, in the order of the list, and the TLS session of each, nil
	// where it has none. All of them are lent until f returns, whose error comes back. Several goroutines may borrow.
	Lend(numbers []int, f func([]*Flow, []*TLSSession) error) error
	// Err is why not all flows could be read, once that was tried.
	Err() error
}

// Hold lets a source have the flows and TLS sessions of the set, whose own lists must be empty but for TLS sessions
// without a flow.
func (s *Set) Hold(flows FlowSource) { s.stored = flows }

// Err is why not all flows could be read.
func (s *Set) Err() error {
	if s.stored == nil {
		return nil
	}
	return s.stored.Err()
}

// Source has the flows of the set, wherever they are held. What it lends is the set's.
func (s *Set) Source() FlowSource {
	if s.stored != nil {
		return s.stored
	}
	l := &listSource{flows: s.Flows, tls: make(map[string]*TLSSession, len(s.TLS))}
	for _, t := range s.TLS {
		l.tls[t.FlowID] = t
	}
	return l
}

// NumFlows is how many records of flows there are; some stand for several flows ([Flow.Count]).
func (s *Set) NumFlows() int {
	if s.stored != nil {
		return s.stored.Len()
	}
	return len(s.Flows)
}

// Loose are the TLS sessions whose flows are missing, as where somebody has taken records out of a stored run. The
// source of the flows lacks them.
func (s *Set) Loose() (list []*TLSSession) {
	if s.stored != nil || len(s.TLS) == 0 {
		return s.TLS
	}
	flows := make(map[string]bool, len(s.Flows))
	for _, f := range s.Flows {
		flows[f.FlowID] = true
	}
	for _, t := range s.TLS {
		if !flows[t.FlowID] {
			list = append(list, t)
		}
	}
	return list
}

// EachWebex yields the flows of Webex in order, with their numbers. They are lent until the next one.
func (s *Set) EachWebex(yield func(int, *Flow) bool) {
	if x, ok := s.stored.(interface {
		ReadWebex(func(int, *Flow) error) error
	}); ok { // which knows where they are
		_ = x.ReadWebex(func(i int, f *Flow) error {
			if !yield(i, f) {
				return errEnough
			}
			return nil
		})
		return
	}
	i := -1
	for f := range s.EachFlow {
		if i++; f.Webex && !yield(i, f) {
			return
		}
	}
}

// Starts are when the flows began, by number. The error is of reading them.
func (s *Set) Starts() ([]Time, error) {
	source := s.Source()
	starts := make([]Time, source.Len())
	if x, ok := source.(interface{ Start(int) Time }); ok { // which knows without reading
		for i := range starts {
			starts[i] = x.Start(i)
		}
		return starts, nil
	}
	err := source.Read(0, len(starts), func(i int, f *Flow, _ *TLSSession) error {
		starts[i] = f.StartTime
		return nil
	})
	return starts, err
}

// Span is from when the first flow began until when the last packet of any came.
func (s *Set) Span() (start, end Time) {
	if x, ok := s.stored.(interface{ Span() (Time, Time) }); ok {
		return x.Span()
	}
	for f := range s.EachFlow {
		if start == 0 || f.StartTime < start {
			start = f.StartTime
		}
		end = max(end, f.EndTime)
	}
	return start, end
}

// errEnough ends reading.
var errEnough = errors.New("enough")

// EachFlow yields the flows in order. They are lent until the next one.
func (s *Set) EachFlow(yield func(*Flow) bool) {
	if s.stored == nil {
		for _, f := range s.Flows {
			if !yield(f) {
				return
			}
		}
		return
	}
	s.readAll(func(f *Flow, _ *TLSSession) bool { return yield(f) })
}

// EachTLS yields the TLS sessions in order. They are lent until the next one.
func (s *Set) EachTLS(yield func(*TLSSession) bool) {
	if s.stored != nil && !s.readTLS(yield) {
		return
	}
	for _, t := range s.TLS {
		if !yield(t) {
			return
		}
	}
}

// readAll reads what is stored; the store keeps its faults for Err. It reports whether more is wanted.
func (s *Set) readAll(yield func(*Flow, *TLSSession) bool) bool {
	err := s.stored.Read(0, s.stored.Len(), func(_ int, f *Flow, t *TLSSession) error {
		if !yield(f, t) {
			return errEnough
		}
		return nil
	})
	return err != errEnough
}

// readTLS is readAll of the TLS sessions alone.
func (s *Set) readTLS(yield func(*TLSSession) bool) bool {
	x, ok := s.stored.(interface {
		ReadTLS(func(*TLSSession) error) error
	})
	if !ok {
		return s.readAll(func(_ *Flow, t *TLSSession) bool { return t == nil || yield(t) })
	}
	err := x.ReadTLS(func(t *TLSSession) error {
		if !yield(t) {
			return errEnough
		}
		return nil
	})
	return err != errEnough
}

// listSource has the lists of a set.
type listSource struct {
	flows []*Flow
	tls   map[string]*TLSSession
}

func (l *listSource) Len() int   { return len(l.flows) }
func (l *listSource) Err() error { return nil }

func (l *listSource) Read(from, to int, f func(i int, fl *Flow, t *TLSSession) error) error {
	for i, fl := range l.flows[from:to] {
		if err := f(from+i, fl, l.tls[fl.FlowID]); err != nil {
			return err
		}
	}
	return nil
}

func (l *listSource) Lend(numbers []int, f func([]*Flow, []*TLSSession) error) error {
	flows, tls := make([]*Flow, len(numbers)), make([]*TLSSession, len(numbers))
	for i, n := range numbers {
		flows[i] = l.flows[n]
		tls[i] = l.tls[flows[i].FlowID]
	}
	return f(flows, tls)
}
