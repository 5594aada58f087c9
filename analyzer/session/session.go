// Package session joins finished records across flows: who could reach what ([Reachability]), which flows are one call
// or meeting of one client and by which transport it travelled ([Sessions]), and where the capture was taken ([Vantage]).
//
// In: records, which it never changes, in any order. Out: new records in a total order, with ids that depend on the
// packets only.
package session

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

const (
	// gap splits two sessions of one client: media pauses (mute, hold) are bridged by keepalives every few seconds.
	gap = 60 * time.Second
	// lead is how long before its first media packet the signalling of a call begins at most.
	lead = 30 * time.Second
	// minPayload is the least payload in bytes that counts as media where no RTP stream was recognised: connectivity
	// checks of a candidate that was not chosen stay far below.
	minPayload = 10_000
)

// Sessions groups the Webex media flows of each client into calls: a pause of more than 60 s begins a new one.
// Signalling flows of the client that overlap a call are listed with it. Reachability probes alone make no session; a call
// whose signalling works while no media check is answered is a session of transport none.
// A declared proxy is no client: it carries the calls of many users, which cannot be told apart behind it.
func Sessions(set *record.Set, s *site.Site) []*record.Session {
	x := newIndex(set)
	var all []*record.Session
	for _, client := range x.clients {
		if s.IsProxy(client, 0) {
			continue
		}
		for _, g := range x.groups(client) {
			if one := x.session(client, g); one != nil {
				all = append(all, one)
			}
		}
	}
	slices.SortFunc(all, func(a, b *record.Session) int {
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), a.Client.Compare(b.Client))
	})
	return all
}

// index holds the Webex flows of each client by start time.
type index struct {
	flows   map[netip.Addr][]*record.Flow
	clients []netip.Addr
	rtp     map[string]bool // flow ids with RTP streams
}

func newIndex(set *record.Set) *index {
	x := &index{flows: map[netip.Addr][]*record.Flow{}, rtp: map[string]bool{}}
	for _, m := range set.Streams {
		x.rtp[m.FlowID] = true
	}
	for _, f := range set.Flows {
		if f.Webex {
			c := f.ClientAddr()
			x.flows[c] = append(x.flows[c], f)
		}
	}
	for c, list := range x.flows {
		x.clients = append(x.clients, c)
		slices.SortFunc(list, byStart)
	}
	slices.SortFunc(x.clients, netip.Addr.Compare)
	return x
}

func byStart(a, b *record.Flow) int {
	return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.FlowID, b.FlowID))
}

// carries reports whether media travelled in the flow, not just a try of it.
func (x *index) carries(f *record.Flow) bool {
	switch {
	case !f.Function.IsMedia():
		return false
	case x.rtp[f.FlowID]:
		return true
	case f.Transport == record.UDP:
		return f.PayloadBytesFwd+f.PayloadBytesRev >= minPayload
	}
	return f.Rhythm != nil && f.Rhythm.MediaBoth+f.Rhythm.MediaOne > 0
}

// tries reports whether the flow is a failed attempt at media: connectivity checks without any answer. Webex Calling makes
// such checks for a call only; meeting clients also test nodes at leisure.
func tries(f *record.Flow) bool {
	call := f.Function.IsMedia() || f.Service == record.Calling && f.Function == record.ReachProbe
	return call && f.STUN != nil && f.STUN.Requests > 0 && f.Down().Packets == 0
}

// groups cuts a client's media flows where nothing runs for longer than gap.
func (x *index) groups(client netip.Addr) [][]*record.Flow {
	var groups [][]*record.Flow
	var end record.Time
	for _, f := range x.flows[client] {
		if !x.carries(f) && !tries(f) {
			continue
		}
		if len(groups) == 0 || f.StartTime.Sub(end) > gap {
			groups = append(groups, nil)
		}
		end = max(end, f.EndTime)
		groups[len(groups)-1] = append(groups[len(groups)-1], f)
	}
	return groups
}

func (x *index) session(client netip.Addr, group []*record.Flow) *record.Session {
	s := &record.Session{Client: client, StartTime: group[0].StartTime, Transport: record.None}
	var media []*record.Flow
	for _, f := range group {
		s.EndTime = max(s.EndTime, f.EndTime)
		s.FlowIDs = append(s.FlowIDs, f.FlowID)
		if x.carries(f) {
			media = append(media, f)
		}
	}
	s.SessionID = id(client, s.StartTime)
	s.Service = largest(group).Service
	s.Transports = rungs(media)
	if len(media) > 0 {
		s.Transport = final(s.Transports)
		s.Node = largest(media).Server().String()
	}
	asked := x.askedBefore(client, s.StartTime, s.EndTime)
	s.Cause = cause(s, asked)
	signals := false
	for _, f := range x.flows[client] {
		if f.Function == record.Signalling && f.StartTime <= s.EndTime && f.EndTime >= s.StartTime-record.Time(lead) {
			s.FlowIDs = append(s.FlowIDs, f.FlowID)
			signals = signals || f.PayloadBytesFwd > 0 && f.PayloadBytesRev > 0
		}
	}
	if len(media) == 0 && !signals {
		return nil // checks alone are no call
	}
	slices.Sort(s.FlowIDs)
	s.FlowIDs = slices.Compact(s.FlowIDs)
	return s
}

func id(client netip.Addr, start record.Time) string {
	sum := sha256.Sum256([]byte(client.String() + " " + start.String()))
	return hex.EncodeToString(sum[:8])
}

// largest is the flow with the most bytes; the earlier of equals.
func largest(flows []*record.Flow) *record.Flow {
	best := flows[0]
	for _, f := range flows[1:] {
		if f.BytesFwd+f.BytesRev > best.BytesFwd+best.BytesRev {
			best = f
		}
	}
	return best
}

// rungs lists the transports in the order in which they began; neighbours of the same kind are one.
func rungs(media []*record.Flow) []record.SessionTransport {
	var list []record.SessionTransport
	for _, f := range media {
		if len(list) == 0 || list[len(list)-1].Transport != f.Transport {
			list = append(list, record.SessionTransport{Transport: f.Transport, StartTime: f.StartTime})
		}
		last := &list[len(list)-1]
		last.EndTime = max(last.EndTime, f.EndTime)
		last.Bytes += f.BytesFwd + f.BytesRev
	}
	return list
}

// final is the transport that lasted longest into the session; of equals the one that began last.
func final(list []record.SessionTransport) record.Transport {
	best := list[0]
	for _, r := range list[1:] {
		if r.EndTime >= best.EndTime {
			best = r
		}
	}
	return best.Transport
}
