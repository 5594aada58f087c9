package anonymize

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Set is a copy of the records of a run without addresses, names and identities: as many records of the same numbers,
// which name nobody. Each text has a [decision]; sentences that are data ([wording.Text]) are rendered anew of mapped
// values; identifiers are others that still join. The set itself stays as it is.
func (m *Mapper) Set(set *record.Set) *record.Set {
	x := &setMapper{m: m, known: map[string]string{}, community: map[string]string{}, sites: map[string]bool{},
		plans: map[reflect.Type][]step{}}
	x.learn(set)
	out := *set
	x.value(reflect.ValueOf(&out).Elem())
	x.index()
	for _, do := range x.later {
		do()
	}
	return &out
}

// setMapper maps one set. Texts that are made of values are mapped last, when all values are known.
type setMapper struct {
	m         *Mapper
	known     map[string]string // what names became
	phrases   []string          // of these, those of several words, the longest first
	community map[string]string // Community IDs, by those of the original
	sites     map[string]bool   // names of the site file
	plans     map[reflect.Type][]step
	replacer  *strings.Replacer // of phrases
	later     []func()
}

// learn notes what must be known before the first record is mapped.
func (x *setMapper) learn(set *record.Set) {
	for _, f := range set.Flows {
		x.sites[f.Site] = true
		x.community[f.CommunityID] = communityID(f.Proto, netip.AddrPortFrom(x.m.Addr(f.SrcIP), uint16(f.SrcPort)),
			netip.AddrPortFrom(x.m.Addr(f.DstIP), uint16(f.DstPort)))
	}
	for _, s := range set.Sessions {
		x.sites[s.Site] = true
	}
	for _, f := range set.Findings {
		for _, s := range f.Sites {
			x.sites[s] = true
		}
		if f.Subject.Kind == "site" {
			x.sites[f.Subject.Key] = true
		}
		if own(f.Rule) { // whose words may stand in the answer
			for _, s := range []string{f.Title, f.Summary, f.Remediation} {
				x.know(s, "a rule of the operator")
			}
		}
	}
	delete(x.sites, "")
	for s := range x.sites {
		x.know(s, x.m.Word(s))
	}
}

// step is what happens to one member of a struct.
type step struct {
	field int
	how   decision // of texts
}

var (
	addrType = reflect.TypeFor[netip.Addr]()
	textType = reflect.TypeFor[wording.Text]()
)

// plan are the members of a struct that are looked at. A text without a decision is blank.
func (x *setMapper) plan(t reflect.Type) []step {
	list, ok := x.plans[t]
	if !ok {
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && looked(f.Type) {
				how := decisions[t.Name()+"."+f.Name]
				list = append(list, step{i, how})
			}
		}
		x.plans[t] = list
	}
	return list
}

// looked reports whether a type may hold text or addresses: all but numbers, times and the fixed words of types of
// their own.
func looked(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String:
		return t == reflect.TypeFor[string]()
	case reflect.Slice, reflect.Pointer:
		return looked(t.Elem())
	case reflect.Map:
		return looked(t.Key()) || looked(t.Elem())
	case reflect.Struct:
		return true
	}
	return false
}

// value maps a value, which is a copy but for what it points to.
func (x *setMapper) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c := reflect.New(v.Type().Elem())
			c.Elem().Set(v.Elem())
			x.value(c.Elem())
			v.Set(c)
		}
	case reflect.Slice:
		if v.Len() > 0 {
			c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
			reflect.Copy(c, v)
			for i := range c.Len() {
				x.value(c.Index(i))
			}
			v.Set(c)
		}
	case reflect.Struct:
		switch v.Type() {
		case addrType:
			v.Set(reflect.ValueOf(x.m.Addr(v.Interface().(netip.Addr))))
			return
		case textType: // which the record maps that it is of
			return
		}
		for _, s := range x.plan(v.Type()) {
			x.member(v.Field(s.field), s.how)
		}
		x.record(v.Addr().Interface())
	}
}

// member maps a member of a struct: a text, a list of texts, a count of texts, or what holds such.
func (x *setMapper) member(v reflect.Value, how decision) {
	switch t := v.Type(); {
	case t.Kind() == reflect.String:
		x.text(v.String(), how, v.SetString)
	case t == reflect.TypeFor[[]string]():
		list := slices.Clone(v.Interface().([]string))
		for i, s := range list {
			x.text(s, how, func(s string) { list[i] = s })
		}
		v.Set(reflect.ValueOf(list))
	case t == reflect.TypeFor[map[string]int64]():
		counts := map[string]int64{}
		for s, n := range v.Interface().(map[string]int64) {
			counts[how.of(x, s)] += n
		}
		if v.Len() > 0 {
			v.Set(reflect.ValueOf(counts))
		}
	case t.Kind() == reflect.Map: // has a decision by key, or counts by fixed words
	default:
		x.value(v)
	}
}

// text maps a text, at once where it is a value.
func (x *setMapper) text(s string, how decision, set func(string)) {
	if s == "" {
		return
	}
	if how.late {
		x.later = append(x.later, func() { set(how.of(x, s)) })
		return
	}
	set(how.of(x, s))
}

// record maps what takes more than a text of a record or a part of one.
func (x *setMapper) record(r any) {
	switch r := r.(type) {
	case *record.Flow:
		r.CommunityID = x.community[r.CommunityID]
		r.Packets = ""
	case *record.TLSSession:
		r.CommunityID = x.community[r.CommunityID]
	case *record.Evidence:
		x.evidence(r)
	case *record.Subject:
		kind, key := r.Kind, r.Key
		r.Key = x.subject(kind, key)
	case *record.Finding:
		x.finding(r)
	case *record.Session:
		x.session(r)
	case *record.Summary:
		x.summary(r)
	case *record.Run:
		r.Arguments = arguments(r.Arguments)
	}
}
