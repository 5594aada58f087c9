package audit

import (
	"cmp"
	"maps"
	"slices"
)

// Bounded sets keep their smallest members: what falls out of a part would fall out of the whole, so that the result is
// the same however a run is dealt over several folds. They may hold more than their bound for a while, so that keeping
// it costs little; of one that was full once, what is larger than all that it holds is refused at once.

// Set is a set of at most a given number of members.
type Set[K any] struct {
	compare func(a, b K) int
	list    []K // sorted up to sorted, without repetitions there
	sorted  int
	most    int
	Over    bool // there were more
}

// NewSet is an empty set that keeps the most smallest members.
func NewSet[K cmp.Ordered](most int) Set[K] { return Set[K]{compare: cmp.Compare[K], most: most} }

// NewSetFunc is NewSet for members with an order of their own.
func NewSetFunc[K any](most int, compare func(a, b K) int) Set[K] {
	return Set[K]{compare: compare, most: most}
}

// Add adds a member.
func (s *Set[K]) Add(k K) {
	if n := len(s.list); n > 0 && s.compare(s.list[n-1], k) == 0 {
		return
	}
	if s.sorted == s.most && s.compare(k, s.list[s.most-1]) > 0 {
		s.Over = true
		return
	}
	s.list = append(s.list, k)
	if len(s.list) >= min(2*s.sorted, s.most+s.most/8)+16 {
		s.tidy()
	}
}

func (s *Set[K]) tidy() {
	if s.sorted == len(s.list) {
		return
	}
	slices.SortFunc(s.list, s.compare)
	s.list = slices.CompactFunc(s.list, func(a, b K) bool { return s.compare(a, b) == 0 })
	if len(s.list) > s.most {
		s.list, s.Over = slices.Delete(s.list, s.most, len(s.list)), true
	}
	s.sorted = len(s.list)
}

// Merge adds the members of another set of the same kind.
func (s *Set[K]) Merge(o *Set[K]) {
	o.tidy()
	s.Over = s.Over || o.Over
	for _, k := range o.list {
		s.Add(k)
	}
}

// List is the members in order; it is not to be changed.
func (s *Set[K]) List() []K {
	s.tidy()
	return s.list
}

// Len is the number of members.
func (s *Set[K]) Len() int { return len(s.List()) }

// Has reports whether the set holds the member.
func (s *Set[K]) Has(k K) bool {
	_, ok := slices.BinarySearchFunc(s.List(), k, s.compare)
	return ok
}

// Counter counts by key, for at most a given number of keys; Other is what it counted of the rest.
type Counter struct {
	counts map[string]int64
	most   int
	Other  int64
}

// NewCounter keeps the most smallest keys.
func NewCounter(most int) Counter { return Counter{most: most} }

// Add counts n of a key.
func (c *Counter) Add(key string, n int64) {
	if c.counts == nil {
		c.counts = map[string]int64{}
	}
	c.counts[key] += n
	if len(c.counts) >= 2*c.most+16 {
		c.tidy()
	}
}

func (c *Counter) tidy() {
	if len(c.counts) <= c.most {
		return
	}
	for _, k := range slices.Sorted(maps.Keys(c.counts))[c.most:] {
		c.Other += c.counts[k]
		delete(c.counts, k)
	}
}

// Merge adds the counts of another counter.
func (c *Counter) Merge(o *Counter) {
	c.Other += o.Other
	for k, n := range o.counts {
		c.Add(k, n)
	}
}

// Keys in order.
func (c *Counter) Keys() []string {
	c.tidy()
	return slices.Sorted(maps.Keys(c.counts))
}

// Count of one key.
func (c *Counter) Count(key string) int64 { return c.counts[key] }

// Total of all keys.
func (c *Counter) Total() int64 {
	n := c.Other
	for _, v := range c.counts {
		n += v
	}
	return n
}

// Table keeps a value for each of at most a given number of keys.
type Table[K comparable, V any] struct {
	compare func(a, b K) int
	fresh   func(K) *V
	merge   func(into, from *V)
	each    map[K]*V
	most    int
	full    bool
	largest K    // of those that were kept when it was full last
	waste   *V   // of keys beyond it
	Over    bool // there were more keys
}

// NewTable keeps the most smallest keys; a value begins as fresh makes it, and values of one key are joined by merge.
func NewTable[K comparable, V any](most int, compare func(a, b K) int, fresh func(K) *V,
	merge func(into, from *V)) Table[K, V] {
	return Table[K, V]{compare: compare, fresh: fresh, merge: merge, each: map[K]*V{}, most: most}
}

// At is the value of a key, to be added to; that of a key which cannot be kept any more is nobody's.
func (t *Table[K, V]) At(k K) *V {
	v := t.each[k]
	if v != nil {
		return v
	}
	if t.refuses(k) {
		t.Over = true
		if t.waste == nil {
			t.waste = t.fresh(k)
		}
		return t.waste
	}
	v = t.fresh(k)
	t.put(k, v)
	return v
}

// refuses reports whether a key that is not there falls out for certain.
func (t *Table[K, V]) refuses(k K) bool { return t.full && t.compare(k, t.largest) > 0 }

func (t *Table[K, V]) put(k K, v *V) {
	t.each[k] = v
	if len(t.each) >= t.most+t.most/8+16 {
		t.tidy()
	}
}

// Find is the value of a key, or nil.
func (t *Table[K, V]) Find(k K) *V { return t.each[k] }

func (t *Table[K, V]) tidy() {
	if len(t.each) <= t.most {
		return
	}
	keys := slices.SortedFunc(maps.Keys(t.each), t.compare)
	for _, k := range keys[t.most:] {
		delete(t.each, k)
	}
	t.Over, t.largest, t.full = true, keys[t.most-1], true
}

// Merge takes in the values of another table of the same kind.
func (t *Table[K, V]) Merge(o *Table[K, V]) {
	t.Over = t.Over || o.Over
	for k, v := range o.each {
		switch mine := t.each[k]; {
		case mine != nil:
			t.merge(mine, v)
		case !t.refuses(k):
			t.put(k, v)
		default:
			t.Over = true
		}
	}
}

// All yields keys and values in the order of the keys.
func (t *Table[K, V]) All(yield func(K, *V) bool) {
	t.tidy()
	for _, k := range slices.SortedFunc(maps.Keys(t.each), t.compare) {
		if !yield(k, t.each[k]) {
			return
		}
	}
}
