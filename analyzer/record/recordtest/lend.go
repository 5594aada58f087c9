// Package recordtest lends the flows of a set as a run does that holds them packed, and spoils them when they are given
// back, so that tests notice who keeps one. In goes a set with lists, out comes one without.
package recordtest

import (
	"fmt"
	"reflect"

	"webexaudit/analyzer/record"
)

// Lend is a copy of the set whose flows and TLS sessions are held by a source: each is made anew for every callback,
// and all that it points to is cleared when that returns. TLS sessions of no flow stay in the list.
func Lend(set *record.Set) *record.Set {
	words := record.NewWords()
	packer := record.NewPacker(words)
	l := &lender{}
	from := set.Source()
	err := from.Read(0, from.Len(), func(_ int, f *record.Flow, t *record.TLSSession) error {
		packer.Start(nil, f.StartTime, f.FirstPacket)
		packer.Record(f)
		if t != nil {
			packer.Record(t)
		}
		b, err := packer.End()
		l.parts = append(l.parts, part{f.StartTime, f.FirstPacket, b, t != nil})
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("a flow cannot be packed: %v", err))
	}
	l.words = words.List()
	lent := *set
	lent.Flows, lent.TLS = nil, set.Loose()
	lent.Hold(l)
	return &lent
}

// lender has packed flows.
type lender struct {
	parts []part
	words []string
}

// part is a flow with its TLS session, if it has one.
type part struct {
	start  record.Time
	packet int64
	bytes  []byte
	tls    bool
}

func (l *lender) Len() int   { return len(l.parts) }
func (l *lender) Err() error { return nil }

func (l *lender) Read(from, to int, f func(i int, fl *record.Flow, t *record.TLSSession) error) error {
	for i := from; i < to; i++ {
		err := l.Lend([]int{i}, func(flows []*record.Flow, tls []*record.TLSSession) error {
			return f(i, flows[0], tls[0])
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *lender) Lend(numbers []int, f func([]*record.Flow, []*record.TLSSession) error) error {
	flows, tls := make([]*record.Flow, len(numbers)), make([]*record.TLSSession, len(numbers))
	for i, n := range numbers {
		p := &l.parts[n]
		var u record.Unpacker
		u.Start(p.bytes, l.words, p.start, p.packet)
		flows[i] = new(record.Flow)
		u.Record(flows[i])
		if p.tls {
			tls[i] = new(record.TLSSession)
			u.Record(tls[i])
		}
		if _, err := u.End(); err != nil {
			return err
		}
	}
	err := f(flows, tls)
	spoil(reflect.ValueOf(flows))
	spoil(reflect.ValueOf(tls))
	return err
}

// spoil clears what the value points to, and what that does.
func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			spoil(v.Elem())
			v.Elem().SetZero()
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i))
			v.Index(i).SetZero()
		}
	case reflect.Map:
		v.Clear()
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				spoil(v.Field(i))
			}
		}
	}
}

// List puts flows and TLS sessions that a set holds elsewhere into its lists.
func List(set *record.Set) error {
	if set == nil || len(set.Flows) > 0 {
		return nil
	}
	c, from := record.NewCloner(), set.Source()
	err := from.Read(0, from.Len(), func(_ int, f *record.Flow, t *record.TLSSession) error {
		f, err := c.Flow(f)
		set.Flows = append(set.Flows, f)
		if err == nil && t != nil {
			own := new(record.TLSSession)
			err = c.Copy(func(p *record.Packer) { p.Record(t) }, func(u *record.Unpacker) { u.Record(own) })
			set.TLS = append(set.TLS, own)
		}
		return err
	})
	set.Hold(nil)
	return err
}
