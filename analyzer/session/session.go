// Package session joins finished records across flows: who could reach what ([Reachability]), which flows are one call
// or meeting of one client and by which transport it travelled ([Sessions]), and where the capture was taken
// ([Vantage]).
//
// In: records, which it never changes, in any order. Out: new records in a total order, with ids that depend on the
// packets only.
package session

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

const (
	// gap splits two sessions of one client: media pauses (mute, hold) are bridged by keepalives every few seconds.
	gap = 60 * time.Second
	// lead is how long before its first media packet the signalling of a call begins at most.
	lead = 30 * time.Second
)

// Sessions groups the Webex media flows of each client into calls: a pause of more than 60 s begins a new one, and so
// does another device behind the same address. Signalling flows of the client that overlap a call are listed with it.
// Reachability probes alone make no session; a call whose signalling works while no media check is answered is a
// session of transport none. A declared proxy is no client: it carries the calls of many users, which cannot be told
// apart behind it.
//
// When ctx is done, the rest of the clients is left out.
func Sessions(ctx context.Context, set *record.Set, s *site.Site) []*record.Session {
	x, from := newIndex(set), set.Source()
	list := x.callers(ctx, set)
	list = slices.DeleteFunc(list, func(c *caller) bool { return s.IsProxy(c.addr, 0) })
	var all []*record.Session
	for batch := range batches(list) {
		if ctx.Err() != nil {
			break
		}
		flows := timelines(from, batch)
		for _, c := range batch {
			for _, one := range x.sessions(ctx, c.addr, flows[c.addr]) {
				one.ClientSubnet, one.Site = s.Place(c.addr)
				all = append(all, one)
			}
		}
	}
	slices.SortFunc(all, func(a, b *record.Session) int {
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), a.Client.Compare(b.Client),
			cmp.Compare(a.SessionID, b.SessionID))
	})
	return all
}

// sessions are those of one client.
func (x *index) sessions(ctx context.Context, client netip.Addr, flows timeline) (list []*record.Session) {
	for _, g := range x.groups(flows) {
		if ctx.Err() != nil {
			break
		}
		list = append(list, x.sessionsOf(ctx, client, flows, g)...)
	}
	return list
}

// sessionsOf are the sessions of a stretch of media of one address.
func (x *index) sessionsOf(ctx context.Context, client netip.Addr, flows timeline,
	group []span) (list []*record.Session) {
	parties, crowded := x.splitByDevice(group)
	beside := func([]span) timeline { return flows }
	if crowded {
		byServer := flows.byServer()
		beside = func(party []span) timeline { return byServer[party[0].flow.server.Addr()] }
	}
	for i, party := range parties {
		if ctx.Err() != nil {
			break
		}
		for _, call := range cut(party) {
			if one := x.session(client, call, i, len(parties), beside(party)); one != nil {
				list = append(list, one)
			}
		}
	}
	return list
}

// groups are a client's media, and tries of it, cut where nothing runs for longer than gap.
func (x *index) groups(flows timeline) [][]span {
	var all []span
	for _, f := range flows.flows {
		if x.carries(f) {
			all = append(all, x.spans(f)...)
		} else if tries(f) {
			all = append(all, span{flow: f, from: f.start, to: f.end})
		}
	}
	slices.SortStableFunc(all, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return cut(all)
}

// cut parts spans in the order of their beginnings where nothing runs for longer than gap.
func cut(list []span) (groups [][]span) {
	var end record.Time
	for _, s := range list {
		if len(groups) == 0 || s.from.Sub(end) > gap {
			groups = append(groups, nil)
		}
		end = max(end, s.to)
		groups[len(groups)-1] = append(groups[len(groups)-1], s)
	}
	return groups
}

// session makes the record of one call, the nth of so many devices; nil where there is none. Beside are the flows that
// may belong to it.
func (x *index) session(client netip.Addr, call []span, nth, devices int, beside timeline) *record.Session {
	s := &record.Session{Client: client, StartTime: call[0].from, Transport: record.None}
	if devices > 1 {
		s.Devices = devices
	}
	var media []span
	for _, p := range call {
		s.EndTime = max(s.EndTime, p.to)
		s.FlowIDs = append(s.FlowIDs, p.flow.id)
		if p.media {
			media = append(media, p)
		}
	}
	s.SessionID = id(client, s.StartTime, nth)
	main := largest(call).flow
	s.Service = main.service
	s.Transports = stretches(media)
	if len(media) > 0 {
		s.Transport = final(s.Transports)
		main = largest(ofTransport(media, s.Transport)).flow
		s.Node, s.Region = main.server.String(), main.region
	}
	signals := addSignalling(s, beside)
	if len(media) == 0 && !signals {
		return nil // checks alone are no call
	}
	s.CallID = cutFlow(media)
	x.streamsOf(s, media)
	confidence, reason := x.sure(s, media)
	s.Confidence = confidence
	record.Say(&s.Reason, &s.Messages.Reason, reason)
	s.StartedBefore = x.before(call[0].flow)
	s.EndedBy = x.endedBy(call)
	x.climb(s, media, beside)
	slices.Sort(s.FlowIDs)
	s.FlowIDs = slices.Compact(s.FlowIDs)
	return s
}

// climb tells how the call got on the ladder of transports: the attempts over each transport, the reason and the
// summary.
func (x *index) climb(s *record.Session, media []span, beside timeline) {
	t := askedBefore(beside, s.StartTime, s.EndTime, steppedDown(s))
	t.carried(s.Transports)
	s.UDP, s.TCP, s.TLS, s.TLSProxied = t.attempts[record.UDP], t.attempts[record.TCP], t.attempts[record.TLS],
		t.attempts[record.TLSProxied]
	s.Proxy = t.proxy
	if s.Transport == record.TLSProxied {
		s.Proxy = s.Node
	}
	why := reasons(s, t, x.udpEnd(s, media))
	record.Say(&s.FallbackReason, &s.Messages.FallbackReason, fallbackReason(s, t, why))
	record.Say(&s.Story, &s.Messages.Story, summary(s, why))
}

// addSignalling lists the client's signalling beside the call; it reports whether any of it was answered.
func addSignalling(s *record.Session, beside timeline) (works bool) {
	for f := range beside.during(s.StartTime-record.Time(lead), s.EndTime) {
		if f.function == record.Signalling {
			s.FlowIDs = append(s.FlowIDs, f.id)
			works = works || f.answered
		}
	}
	return works
}

// cutFlow is the oldest of the media flows that the end of a window cuts; "": none is cut. It is the same for all parts
// of a call, unless it ends before the call does.
func cutFlow(media []span) string {
	var oldest trace
	for _, s := range media {
		f := s.flow
		older := cmp.Or(cmp.Compare(f.began, oldest.began), cmp.Compare(f.id, oldest.id)) < 0
		if f.began != 0 && (oldest.id == "" || older) {
			oldest = *f
		}
	}
	return oldest.id
}

// id is the same for the same packets. Calls of several devices that begin together differ by their number.
func id(client netip.Addr, start record.Time, nth int) string {
	text := client.String() + " " + start.String()
	if nth > 0 {
		text += " " + strconv.Itoa(nth)
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// largest is the span with the most bytes; the earlier of equals.
func largest(list []span) span {
	best := list[0]
	for _, s := range list[1:] {
		if s.size() > best.size() {
			best = s
		}
	}
	return best
}

func ofTransport(list []span, t record.Transport) []span {
	return slices.DeleteFunc(slices.Clone(list), func(s span) bool { return s.flow.transport != t })
}
