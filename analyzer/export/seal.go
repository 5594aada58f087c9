package export

import (
	"cmp"
	"strconv"
	"sync"

	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/part"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// Sealing sets flows aside as they expire, as records without a verdict, packed in the store of their window, until
// they are judged. [Sealing.Take] is [ingest.Config.Take].
type Sealing struct {
	Site  func(window int) *site.Site // what the operator declares; may be nil
	Store part.Config                 // of each window
	Full  func(error)                 // called when flows cannot be held any more as they ought to be; may be nil

	mu      sync.Mutex
	windows map[int]*sealed
}

// sealed are the flows of a window.
type sealed struct {
	store   *part.Store
	workers []*sealer
}

// sealer is the part of a worker in a window.
type sealer struct {
	n      *converter
	writer *part.Writer
	draft  draft
	err    error
	full   func(error)
}

// Take gives what takes the flows of a worker in a window.
func (s *Sealing) Take(window int, numbers *ingest.Numbers) func(ingest.Expired) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.at(window)
	var declared *site.Site
	if s.Site != nil {
		declared = s.Site(window)
	}
	k := &sealer{n: newConverter(numbers, declared), writer: w.store.Writer(), full: s.Full}
	w.workers = append(w.workers, k)
	return k.take
}

// at are the flows of a window, to which more may come.
func (s *Sealing) at(window int) *sealed {
	w := s.windows[window]
	if w == nil {
		w = &sealed{store: part.New(s.Store)}
		if s.windows == nil {
			s.windows = map[int]*sealed{}
		}
		s.windows[window] = w
	}
	return w
}

// window gives away the flows of a window, whose workers are done with it.
func (s *Sealing) window(number int) (w *sealed, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w = s.at(number)
	delete(s.windows, number)
	w.store.Seal()
	for _, k := range w.workers {
		err = cmp.Or(err, k.err)
	}
	return w, err
}

func (k *sealer) take(e ingest.Expired) {
	d := &k.draft
	k.n.flow(e, d)
	p := k.writer.Begin(part.Key{Start: d.Rec.StartTime, Number: e.Flow.PartNumber, ID: d.id, Marked: d.Hints.DNS})
	p.Packet(e.Flow.LastNumber)
	p.Record(d.Rec)
	p.Bool(d.TLS != nil)
	if d.TLS != nil {
		p.Record(d.TLS)
	}
	d.Hints.Pack(p)
	for _, s := range d.streams {
		s.pack(p)
	}
	if err := k.writer.End(); err != nil && k.err == nil {
		if k.err = err; k.full != nil {
			k.full(err)
		}
	}
}

// loan is a flow that was set aside, as long as it is looked at.
type loan struct {
	classify.Flow
	part         int              // in the store
	number, last int64            // of its first packet and its last, through all inputs
	unpacker     *record.Unpacker // of its part; what is left are the streams
	shift        part.Shift       // of what the part tells of packets and files

	rec   record.Flow
	tls   record.TLSSession
	hints classify.Hints
}

// read unpacks the i-th flow of the store, but for its streams, which stand behind the rest.
func (w *sealed) read(i int, u *record.Unpacker, l *loan) {
	by := w.store.Shift(i)
	l.part, l.number, l.unpacker, l.shift = i, w.store.Key(i).Number, u, by
	l.last = u.Packet() + by.Packets
	u.Record(&l.rec)
	l.rec.MoveFiles(by.Files)
	if n := w.store.Again(i); n > 0 { // flows with the same identity are told apart by their order
		l.rec.FlowID = hex16(fnv64(l.rec.FlowID, strconv.Itoa(n+1)))
	}
	l.Flow = classify.Flow{Rec: &l.rec, Hints: &l.hints}
	if u.Bool() {
		u.Record(&l.tls)
		l.TLS = &l.tls
	}
	l.hints.Unpack(u)
	for i := range l.hints.Lookups {
		l.hints.Lookups[i].File += by.Files
	}
}
