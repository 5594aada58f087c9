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
// values; identifiers are others that still join. The set itself stays as it is. Flows and TLS sessions that are held
// elsewhere stay there: the copy maps them whenever they are read.
func (m *Mapper) Set(set *record.Set) *record.Set {
	m.mu.Lock()
	defer m.mu.Unlock()
	x := &setMapper{m: m, known: map[string]string{}, community: map[string]string{}, sites: map[string]bool{},
		plans: map[reflect.Type][]step{}}
	x.learn(set)
	out := *set
	x.lists(set, &out)
	x.index()
	x.finish()
	if held(set) {
		out.Hold(&flows{set.Source(), x})
	}
	return &out
}

// lists maps the lists of a set, of which out is a copy, and learns from flows and TLS sessions that are in none.
func (x *setMapper) lists(set, out *record.Set) {
	v := reflect.ValueOf(out).Elem()
	for _, s := range x.plan(v.Type()) {
		x.member(v.Field(s.field), s.how)
		if !held(set) {
			continue
		}
		switch v.Type().Field(s.field).Name {
		case "Flows":
			for f := range set.EachFlow {
				x.hear(reflect.ValueOf(&f).Elem())
			}
		case "TLS":
			for t := range set.EachTLS {
				x.hear(reflect.ValueOf(&t).Elem())
			}
		}
	}
}

// finish maps the texts that wait for all values.
func (x *setMapper) finish() {
	for _, do := range x.later {
		do()
	}
	clear(x.later)
	x.later = x.later[:0]
}

// setMapper maps one set. Texts that are made of values are mapped last, when all values are known.
type setMapper struct {
	m         *Mapper
	known     map[string]string // what names became
	phrases   []string          // of these, those of several words, the longest first
	community map[string]string // Community IDs that stand elsewhere than in flows, by those of the original
	sites     map[string]bool   // names of the site file
	plans     map[reflect.Type][]step
	replacer  *strings.Replacer // of phrases
	later     []func()
}

// learn notes what must be known before the first record is mapped.
func (x *setMapper) learn(set *record.Set) {
	x.cited(set)
	for f := range set.EachFlow {
		x.sites[f.Site] = true
		if _, wanted := x.community[f.CommunityID]; wanted {
			x.community[f.CommunityID] = communityID(f.Proto, x.end(f.SrcIP, f.SrcPort), x.end(f.DstIP, f.DstPort))
		}
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

// cited notes the Community IDs that stand elsewhere than in flows.
func (x *setMapper) cited(set *record.Set) {
	for _, t := range set.TLS {
		x.community[t.CommunityID] = ""
	}
	for _, f := range set.Findings {
		for _, e := range f.Evidence {
			x.community[e.CommunityID] = ""
		}
	}
}

// end is a mapped end of a flow.
func (x *setMapper) end(a netip.Addr, port int) netip.AddrPort {
	return netip.AddrPortFrom(x.m.Addr(a), uint16(port))
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
		r.CommunityID = communityID(r.Proto, netip.AddrPortFrom(r.SrcIP, uint16(r.SrcPort)),
			netip.AddrPortFrom(r.DstIP, uint16(r.DstPort))) // whose addresses are mapped
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
