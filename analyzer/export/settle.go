package export

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"sync"

	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/parallel"
	"webexaudit/analyzer/part"
	"webexaudit/analyzer/record"
)

// rangeSize is how many flows a goroutine takes at a time.
const rangeSize = 1024

// settling judges the flows of a window: it goes through them several times, and holds of each no more than what it
// shows of others.
type settling struct {
	ctx context.Context
	o   Options
	in  *ingest.Result
	w   *sealed

	flows int // that are judged: fewer where ctx was done before

	names       *nameTable
	translators *classify.Translators
	cl          *classify.Classifier
	inspector   *classify.Inspector
	heard       map[netip.Addr]bool // addresses with a flow in both directions

	out *part.Store

	mu  sync.Mutex
	err error
}

// learnNames reads what DNS answers told.
func (s *settling) learnNames() {
	var l loan
	s.fail(s.w.store.Reader().ReadMarked(func(i int, u *record.Unpacker) error {
		s.w.read(i, u, &l)
		s.names.learn(&l.Flow, s.translators)
		return nil
	}))
	s.names.sort()
}

// classify learns what tells of other flows.
func (s *settling) classify() {
	s.cl = classifier(s.o)
	s.cl.Translators = s.translators.Prefixes()
	around := s.gather()
	if s.cl.Learn(around) {
		around = s.gather()
	}
	s.cl.Context(around)
	s.o.Memory.remember(s.cl, s.in.Window.To)
}

// fail notes an error; that the temporary file is full is told once.
func (s *settling) fail(err error) {
	var full *part.SpillError
	if !errors.As(err, &full) || !errors.As(s.err, &full) {
		s.err = errors.Join(s.err, err)
	}
}

// pass goes through the flows on all workers. begin makes, for a goroutine, what looks at a flow and what gives the
// result of a range; the results are committed in order. Flows that were not reached are left out from then on.
func pass[T any](s *settling, begin func() (look func(*loan), end func() T), commit func(T)) {
	s.flows = parallel.Ordered(s.ctx, s.o.Workers, s.flows, rangeSize, func() func(from, to int) func() {
		r := s.w.store.Reader()
		l := new(loan)
		look, end := begin()
		return func(from, to int) func() {
			err := r.Read(from, to, func(i int, u *record.Unpacker) error {
				s.w.read(i, u, l)
				look(l)
				return nil
			})
			result := end()
			return func() {
				s.fail(err)
				commit(result)
			}
		}
	}, func(commit func()) { commit() })
}

// first judges a flow by its own signs.
func (s *settling) first(cl *classify.Classifier, l *loan) {
	s.names.name(&l.Flow)
	cl.Flow(&l.Flow)
}

// gather takes the first look at all flows.
func (s *settling) gather() *classify.Around {
	all := classify.NewAround()
	var heard []map[netip.Addr]bool // by each goroutine: no order matters to it
	pass(s, func() (func(*loan), func() *classify.Around) {
		cl, around, mine := s.cl.Fork(), classify.NewAround(), map[netip.Addr]bool{}
		s.mu.Lock()
		defer s.mu.Unlock()
		heard = append(heard, mine)
		return func(l *loan) {
				s.first(cl, l)
				cl.Gather(around, &l.Flow)
				if r := l.Rec; r.PacketsFwd > 0 && r.PacketsRev > 0 {
					mine[r.SrcIP], mine[r.DstIP] = true, true
				}
			}, func() *classify.Around {
				done := around
				around = classify.NewAround()
				return done
			}
	}, all.Join)
	s.heard = map[netip.Addr]bool{}
	for _, list := range heard {
		maps.Copy(s.heard, list)
	}
	return all
}

// second judges a flow beside the others.
func (s *settling) second(cl *classify.Classifier, l *loan) {
	s.first(cl, l)
	cl.ClassifyInContext(&l.Flow)
}
