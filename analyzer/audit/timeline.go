package audit

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

// maxEvents is how many events of one client a timeline keeps: the earliest.
const maxEvents = 4096

// Event is one thing on a timeline.
type Event[E any] struct {
	At   record.Time
	ID   string // tells events of one moment apart: the flow's id
	What E
}

// Timelines keep, for each client, what happened in the order of time, however it came. A rule that needs to know what
// came after what has one in its fold and reads it in Close.
type Timelines[E any] struct {
	each map[netip.Addr][]Event[E]
	Over bool // a client had more than is kept
}

// NewTimelines is empty.
func NewTimelines[E any]() Timelines[E] { return Timelines[E]{each: map[netip.Addr][]Event[E]{}} }

// Add puts an event on a client's timeline. There may be only one with this time and id.
func (t *Timelines[E]) Add(client netip.Addr, at record.Time, id string, what E) {
	t.put(client, Event[E]{at, strings.Clone(id), what})
}

func (t *Timelines[E]) put(client netip.Addr, events ...Event[E]) {
	list := append(t.each[client], events...)
	if len(list) >= 2*maxEvents {
		list = t.tidy(list)
	}
	t.each[client] = list
}

func (t *Timelines[E]) tidy(list []Event[E]) []Event[E] {
	slices.SortFunc(list, func(a, b Event[E]) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	if len(list) > maxEvents {
		t.Over = true
		list = slices.Delete(list, maxEvents, len(list))
	}
	return list
}

// Merge takes in the events of another fold of the same rule.
func (t *Timelines[E]) Merge(o *Timelines[E]) {
	t.Over = t.Over || o.Over
	for client, list := range o.each {
		t.put(client, list...)
	}
}

// All yields the clients in order, each with its events in order.
func (t *Timelines[E]) All(yield func(netip.Addr, []Event[E]) bool) {
	for _, client := range slices.SortedFunc(maps.Keys(t.each), netip.Addr.Compare) {
		t.each[client] = t.tidy(t.each[client])
		if !yield(client, t.each[client]) {
			return
		}
	}
}
