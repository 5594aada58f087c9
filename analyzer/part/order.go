package part

import (
	"cmp"
	"slices"
)

// turn is the place of a part before and after sorting: its start, and where its entry stands.
type turn struct {
	start int64
	at    uint32
}

// sort puts the index into order. Turns are sorted in its stead: they are small, and few parts begin at the same time.
func (s *Store) sort() {
	turns := make([]turn, len(s.index))
	for i := range turns {
		turns[i] = turn{s.index[i].start, uint32(i)}
	}
	slices.SortFunc(turns, func(a, b turn) int {
		if a.start != b.start {
			return cmp.Compare(a.start, b.start)
		}
		return cmp.Compare(s.index[a.at].number, s.index[b.at].number)
	})
	for i := range turns { // each entry of a cycle goes to where the one before it was
		first, at := s.index[i], uint32(i)
		for turns[at].at != uint32(i) {
			from := turns[at].at
			s.index[at], turns[at].at = s.index[from], at
			at = from
		}
		s.index[at], turns[at].at = first, at
	}
}

// count finds the parts whose id an earlier one has.
func (s *Store) count() {
	s.again = map[int]int{}
	if !slices.ContainsFunc(s.index, func(e entry) bool { return e.id != 0 }) {
		return
	}
	twice := s.twice()
	if len(twice) == 0 {
		return
	}
	same := map[uint64]int{}
	for i := range s.index {
		id := s.index[i].id
		if !twice[head(id)] {
			continue
		}
		if same[id] > 0 {
			s.again[i] = same[id]
		}
		same[id]++
	}
}

// twice are the heads that several ids have: those of the same ids, and few others.
func (s *Store) twice() map[uint32]bool {
	heads := make([]uint32, len(s.index))
	for i := range heads {
		heads[i] = head(s.index[i].id)
	}
	slices.Sort(heads)
	list := map[uint32]bool{}
	for i := 1; i < len(heads); i++ {
		if heads[i] == heads[i-1] {
			list[heads[i]] = true
		}
	}
	return list
}

// head is the upper half of an id, which is a hash.
func head(id uint64) uint32 { return uint32(id >> 32) }
