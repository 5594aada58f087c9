package audit

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
)

// cause gathers what belongs to one subject, so that a finding names a cause and not each flow.
type cause struct {
	subject    record.Subject
	flows      []*record.Flow // distinct, in the order added
	has        map[*record.Flow]bool
	clients    map[netip.Addr]bool
	hosts      map[string]bool
	first      record.Time
	last       record.Time
	count      int64 // of what the rule counts
	bytes      int64
	seconds    float64
	confidence record.Confidence
	n          map[string]int64 // further counts of the rule
}

// causes keeps one cause for each subject.
type causes map[record.Subject]*cause

func (cs causes) at(s record.Subject) *cause {
	c := cs[s]
	if c == nil {
		c = newCause(s)
		cs[s] = c
	}
	return c
}

// each yields the causes in the order of their subjects.
func (cs causes) each(yield func(*cause) bool) {
	keys := slices.SortedFunc(maps.Keys(cs), func(a, b record.Subject) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
	})
	for _, k := range keys {
		if !yield(cs[k]) {
			return
		}
	}
}

func newCause(s record.Subject) *cause {
	return &cause{subject: s, has: map[*record.Flow]bool{}, clients: map[netip.Addr]bool{}, hosts: map[string]bool{},
		n: map[string]int64{}}
}

// flow adds a flow with its client, time, bytes and duration; a second time it changes nothing.
func (c *cause) flow(f *record.Flow) {
	if c.has[f] {
		return
	}
	c.has[f] = true
	c.flows = append(c.flows, f)
	c.clients[f.ClientAddr()] = true
	c.bytes += f.BytesFwd + f.BytesRev
	c.seconds += f.EndTime.Sub(f.StartTime).Seconds()
	c.span(f.StartTime, f.EndTime)
}

// span widens the time of the cause.
func (c *cause) span(first, last record.Time) {
	if c.first.IsZero() || !first.IsZero() && first < c.first {
		c.first = first
	}
	c.last = max(c.last, last)
}

func (c *cause) host(name string) {
	if name != "" {
		c.hosts[name] = true
	}
}

// sure raises the confidence: a cause is as sure as its best proof.
func (c *cause) sure(conf record.Confidence) {
	if conf.Rank() > c.confidence.Rank() {
		c.confidence = conf
	}
}

func (c *cause) clientList() []string {
	var list []string
	for _, a := range slices.SortedFunc(maps.Keys(c.clients), netip.Addr.Compare) {
		list = append(list, a.String())
	}
	return list
}

func (c *cause) hostList() []string { return slices.Sorted(maps.Keys(c.hosts)) }

// counted are the rule's further counts: "3 × udp 50010".
func (c *cause) counted() string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(c.n)) {
		words = append(words, fmt.Sprintf("%d × %s", c.n[k], k))
	}
	return some(words)
}

func (c *cause) flowIDs() []string {
	var ids []string
	for _, f := range c.flows {
		ids = append(ids, f.FlowID)
	}
	slices.Sort(ids)
	return ids
}

// sortFlows puts the flows in the order of time, where they were added in another.
func (c *cause) sortFlows() {
	slices.SortFunc(c.flows, func(a, b *record.Flow) int {
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.FlowID, b.FlowID))
	})
}

// largest are the flows by falling size, the earlier of equals first: the best proof for a reader.
func (c *cause) largest() []*record.Flow {
	list := slices.Clone(c.flows)
	slices.SortStableFunc(list, func(a, b *record.Flow) int {
		return cmp.Or(cmp.Compare(b.BytesFwd+b.BytesRev, a.BytesFwd+a.BytesRev), cmp.Compare(a.StartTime, b.StartTime),
			cmp.Compare(a.FlowID, b.FlowID))
	})
	return list
}
