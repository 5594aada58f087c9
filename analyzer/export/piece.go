package export

import (
	"io"

	"webexaudit/analyzer/part"
	"webexaudit/analyzer/record"
)

// Piece are the flows of a window that was read by itself, to be judged with those of other captures.
type Piece struct{ w *sealed }

// Piece gives away the flows of a window, whose workers are done with it. The error is of what could not be held.
func (s *Sealing) Piece(window int) (*Piece, error) {
	w, err := s.window(window)
	return &Piece{w}, err
}

// Each shows the records of all flows, which are lent: the flow's number within the piece, from 0 on, and what is known
// of it without a verdict.
func (p *Piece) Each(show func(i int, f *record.Flow)) error {
	var l loan
	return p.w.store.Reader().Read(0, p.w.store.Len(), func(i int, u *record.Unpacker) error {
		p.w.read(i, u, &l)
		show(i, l.Rec)
		return nil
	})
}

// Save writes the flows that are kept, by their numbers within the piece.
func (p *Piece) Save(out io.Writer, keep func(i int) bool) error { return p.w.store.Save(out, keep) }

// Close lets go of the flows.
func (p *Piece) Close() error { return p.w.store.Close() }

// Load takes in the flows of a piece that was saved, which belong to a window. They lie so far behind what is before.
func (s *Sealing) Load(window int, in io.Reader, by part.Shift) error {
	s.mu.Lock()
	w := s.at(window)
	s.mu.Unlock()
	return w.store.Load(in, by)
}
