package record

// Select makes the flows of the set those of another that keep accepts, with their TLS sessions. They stay where they
// are held: a number is all that is added for each.
func (s *Set) Select(from *Set, keep func(*Flow) bool) {
	if from.stored != nil {
		kept := &selection{FlowSource: from.stored}
		_ = kept.FlowSource.Read(0, from.NumFlows(), func(i int, f *Flow, _ *TLSSession) error {
			if keep(f) {
				kept.numbers = append(kept.numbers, uint32(i))
			}
			return nil
		})
		s.Flows, s.TLS, s.stored = nil, nil, kept
		return
	}
	s.Flows, s.TLS, s.stored = nil, nil, nil
	ids := map[string]bool{}
	for _, f := range from.Flows {
		if keep(f) {
			s.Flows, ids[f.FlowID] = append(s.Flows, f), true
		}
	}
	for _, t := range from.TLS {
		if ids[t.FlowID] {
			s.TLS = append(s.TLS, t)
		}
	}
}

// selection has some of the flows of a source.
type selection struct {
	FlowSource
	numbers []uint32
}

func (s *selection) Len() int { return len(s.numbers) }

// Read reads those that follow each other in the source together.
func (s *selection) Read(from, to int, f func(i int, fl *Flow, t *TLSSession) error) error {
	for from < to {
		first, n := int(s.numbers[from]), 1
		for from+n < to && int(s.numbers[from+n]) == first+n {
			n++
		}
		err := s.FlowSource.Read(first, first+n, func(i int, fl *Flow, t *TLSSession) error {
			return f(from+i-first, fl, t)
		})
		if err != nil {
			return err
		}
		from += n
	}
	return nil
}

func (s *selection) Lend(numbers []int, f func([]*Flow, []*TLSSession) error) error {
	theirs := make([]int, len(numbers))
	for i, n := range numbers {
		theirs[i] = int(s.numbers[n])
	}
	return s.FlowSource.Lend(theirs, f)
}
