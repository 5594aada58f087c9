package anonymize

import (
	"reflect"
	"slices"

	"webexaudit/analyzer/record"
)

// held reports whether the flows of a set are in no list.
func held(set *record.Set) bool { return len(set.Flows) == 0 && set.NumFlows() > 0 }

// hear maps a record that is lent for the values in it alone.
func (x *setMapper) hear(v reflect.Value) {
	waiting := len(x.later)
	x.value(v)
	clear(x.later[waiting:])
	x.later = x.later[:waiting]
}

// flows are those of a set whose values are known, mapped whenever they are read.
type flows struct {
	from record.FlowSource
	x    *setMapper
}

func (s *flows) Len() int   { return s.from.Len() }
func (s *flows) Err() error { return s.from.Err() }

func (s *flows) Read(from, to int, f func(i int, fl *record.Flow, t *record.TLSSession) error) error {
	return s.from.Read(from, to, func(i int, fl *record.Flow, t *record.TLSSession) error {
		fl, t = s.mapped(fl, t)
		return f(i, fl, t)
	})
}

func (s *flows) Lend(numbers []int, f func([]*record.Flow, []*record.TLSSession) error) error {
	return s.from.Lend(numbers, func(list []*record.Flow, tls []*record.TLSSession) error {
		list, tls = slices.Clone(list), slices.Clone(tls)
		for i := range list {
			list[i], tls[i] = s.mapped(list[i], tls[i])
		}
		return f(list, tls)
	})
}

// mapped are copies of a flow and of its TLS session, if it has one.
func (s *flows) mapped(f *record.Flow, t *record.TLSSession) (*record.Flow, *record.TLSSession) {
	s.x.m.mu.Lock()
	defer s.x.m.mu.Unlock()
	s.x.value(reflect.ValueOf(&f).Elem())
	s.x.value(reflect.ValueOf(&t).Elem())
	s.x.finish()
	if t != nil {
		t.CommunityID = f.CommunityID
	}
	return f, t
}
