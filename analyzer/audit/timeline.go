package audit

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

// How many events of one client a timeline keeps, the earliest, and of all clients together: those of as many as it has
// room for, by address.
const (
	maxEvents    = 4096
	maxAllEvents = 50_000
)

// Event is one thing on a timeline.
type Event[E any] struct {
	At   record.Time
	ID   string // tells events of one moment apart: the flow's id
	What E
}

// Timelines keep, for each client, what happened in the order of time, however it came. A rule that needs to know what
// came after what has one in its fold and reads it in Close.
type Timelines[E any] struct {
	each    map[netip.Addr][]Event[E]
	n       int        // events of all clients
	full    bool       // clients fell out
	largest netip.Addr // of those that were kept then
	Over    bool       // there were more events than are kept
}

// NewTimelines is empty.
func NewTimelines[E any]() Timelines[E] { return Timelines[E]{each: map[netip.Addr][]Event[E]{}} }

// Add puts an event on a client's timeline. There may be only one with this time and id.
func (t *Timelines[E]) Add(client netip.Addr, at record.Time, id string, what E) {
	t.put(client, Event[E]{at, strings.Clone(id), what})
}

func (t *Timelines[E]) put(client netip.Addr, events ...Event[E]) {
	if t.full && client.Compare(t.largest) > 0 {
		t.Over = true
		return
	}
	t.each[client] = append(t.each[client], events...)
	t.n += len(events)
	if len(t.each[client]) >= 2*maxEvents {
		t.tidy(client)
	}
	if t.n >= maxAllEvents+maxAllEvents/8 {
		t.shed()
	}
}

// tidy sorts a client's events, and keeps the earliest.
func (t *Timelines[E]) tidy(client netip.Addr) []Event[E] {
	list := t.each[client]
	slices.SortFunc(list, func(a, b Event[E]) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	if over := len(list) - maxEvents; over > 0 {
		t.Over, t.n = true, t.n-over
		list = slices.Delete(list, maxEvents, len(list))
	}
	t.each[client] = list
	return list
}

// shed drops clients for which there is no room. One that falls out of a part falls out of the whole: there are more
// events before it.
func (t *Timelines[E]) shed() {
	if t.n <= maxAllEvents {
		return
	}
	kept, last := 0, netip.Addr{}
	for _, client := range t.clients() {
		if kept += len(t.tidy(client)); kept <= maxAllEvents {
			last = client
			continue
		}
		t.full, t.largest = true, last
		t.drop(client)
	}
}

func (t *Timelines[E]) drop(client netip.Addr) {
	t.n -= len(t.each[client])
	delete(t.each, client)
	t.Over = true
}

func (t *Timelines[E]) clients() []netip.Addr {
	return slices.SortedFunc(maps.Keys(t.each), netip.Addr.Compare)
}

// Merge takes in the events of another fold of the same rule.
func (t *Timelines[E]) Merge(o *Timelines[E]) {
	t.Over = t.Over || o.Over
	if o.full && (!t.full || o.largest.Less(t.largest)) {
		t.full, t.largest = true, o.largest
		for client := range t.each {
			if t.largest.Less(client) {
				t.drop(client)
			}
		}
	}
	for client, list := range o.each {
		t.put(client, list...)
	}
}

// All yields the clients in order, each with its events in order.
func (t *Timelines[E]) All(yield func(netip.Addr, []Event[E]) bool) {
	t.shed()
	for _, client := range t.clients() {
		if !yield(client, t.tidy(client)) {
			return
		}
	}
}
