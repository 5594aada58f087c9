package part

import (
	"slices"
	"sync"

	"webexaudit/analyzer/record"
)

// Flow appends a flow and its TLS session, nil where it has none, as a part of [Flows]. number is that of its first
// packet through all inputs. The session is the first of the two, as it is also read alone. Flows of Webex are marked.
// The error is that of End.
func (w *Writer) Flow(number int64, f *record.Flow, t *record.TLSSession) error {
	p := w.Begin(Key{Start: f.StartTime, Number: number, Marked: f.Webex})
	p.Bool(t != nil)
	if t != nil {
		p.Record(t)
	}
	p.Record(f)
	w.ends = max(w.ends, int64(f.EndTime))
	return w.End()
}

// Flows are the parts of a sealed store as flows: a record.FlowSource.
type Flows struct {
	store   *Store
	readers sync.Pool // of *lender

	mu  sync.Mutex
	err error
}

// lender is what one goroutine reads with.
type lender struct {
	*Reader
	flows    []record.Flow
	sessions []record.TLSSession
	lent     []*record.Flow
	tls      []*record.TLSSession
}

// FlowsOf are the flows of the store.
func FlowsOf(s *Store) *Flows {
	return &Flows{store: s, readers: sync.Pool{New: func() any { return &lender{Reader: s.Reader()} }}}
}

// Len implements record.FlowSource.
func (x *Flows) Len() int { return x.store.Len() }

// Err implements record.FlowSource.
func (x *Flows) Err() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.err
}

// Read implements record.FlowSource.
func (x *Flows) Read(from, to int, f func(i int, fl *record.Flow, t *record.TLSSession) error) error {
	return x.lend(func(l *lender) error {
		l.room(1)
		return l.Reader.Read(from, to, func(i int, u *record.Unpacker) error {
			l.unpack(0, u)
			return theirs(f(i, l.lent[0], l.tls[0]))
		})
	})
}

// ReadWebex reads the flows of Webex alone.
func (x *Flows) ReadWebex(f func(i int, fl *record.Flow) error) error {
	return x.lend(func(l *lender) error {
		l.room(1)
		return l.ReadMarked(func(i int, u *record.Unpacker) error {
			l.unpack(0, u)
			return theirs(f(i, l.lent[0]))
		})
	})
}

// ReadTLS reads the TLS sessions alone.
func (x *Flows) ReadTLS(f func(t *record.TLSSession) error) error {
	return x.lend(func(l *lender) error {
		l.room(1)
		return l.Reader.Read(0, x.Len(), func(_ int, u *record.Unpacker) error {
			if l.unpackTLS(0, u); l.tls[0] == nil {
				return nil
			}
			return theirs(f(l.tls[0]))
		})
	})
}

// Start is when a flow began.
func (x *Flows) Start(i int) record.Time { return x.store.Key(i).Start }

// Span is from when the first flow began until when the last packet of any came.
func (x *Flows) Span() (start, end record.Time) {
	if x.Len() > 0 {
		start = x.store.Key(0).Start
	}
	for _, w := range x.store.writers {
		end = max(end, record.Time(w.ends))
	}
	return start, end
}

// Lend implements record.FlowSource.
func (x *Flows) Lend(numbers []int, f func([]*record.Flow, []*record.TLSSession) error) error {
	return x.lend(func(l *lender) error {
		l.room(len(numbers))
		n := 0
		err := l.Pick(numbers, func(_ int, u *record.Unpacker) error {
			l.unpack(n, u)
			n++
			return nil
		})
		if err != nil {
			return err
		}
		return theirs(f(l.lent, l.tls))
	})
}

// their is an error of who borrows.
type their struct{ error }

func theirs(err error) error {
	if err == nil {
		return nil
	}
	return their{err}
}

// lend calls f with a reader, and keeps errors of reading.
func (x *Flows) lend(f func(*lender) error) error {
	l := x.readers.Get().(*lender)
	defer x.readers.Put(l)
	switch err := f(l).(type) {
	case nil:
		return nil
	case their:
		return err.error
	default:
		x.mu.Lock()
		defer x.mu.Unlock()
		x.err = err
		return err
	}
}

// room makes room for n flows.
func (l *lender) room(n int) {
	l.flows, l.sessions = slices.Grow(l.flows[:0], n)[:n], slices.Grow(l.sessions[:0], n)[:n]
	l.lent, l.tls = slices.Grow(l.lent[:0], n)[:n], slices.Grow(l.tls[:0], n)[:n]
}

// unpack reads the i-th flow that is lent.
func (l *lender) unpack(i int, u *record.Unpacker) {
	l.unpackTLS(i, u)
	u.Record(&l.flows[i])
	l.lent[i] = &l.flows[i]
}

// unpackTLS reads the TLS session of the i-th flow that is lent, which stands before it.
func (l *lender) unpackTLS(i int, u *record.Unpacker) {
	l.tls[i] = nil
	if u.Bool() {
		u.Record(&l.sessions[i])
		l.tls[i] = &l.sessions[i]
	}
}
