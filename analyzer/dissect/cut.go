package dissect

import (
	"slices"
	"time"

	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/media"
)

// openFor is how long before a cut a DNS question may have been asked to be left to the next part, which may hold its
// answer: as long as resolvers wait (RFC 1536 section 1: retransmissions from 1 s to tens of seconds).
const openFor = int64(10 * time.Second)

// Cut ends a part of a flow that goes on, with [flow.Flow.Cut]: the part is returned with what was counted since the
// last cut, and shares nothing with s that still changes. What a flow is stays with both, so that each part is known
// for what the flow is; a TLS handshake, HTTP exchanges and key packets belong to the part in which they were seen.
func (s *State) Cut(now int64) State {
	part := *s
	s.Keys = nil
	if s.RTCP != nil {
		s.RTCP = &RTCPFacts{Feedback: slices.Clip(s.RTCP.Feedback)}
	}
	if s.STUN != nil {
		s.STUN = s.STUN.goOn()
	}
	if s.Media != nil {
		part.Media, s.Media = s.Media.cut()
	}
	if s.DNS != nil {
		part.DNS, s.DNS = s.DNS.cut(now)
	}
	if s.TCP != nil {
		part.TCP = s.TCP.cut()
	}
	if s.QUIC != nil {
		q := *s.QUIC
		q.hello = nil
		part.QUIC = &q
	}
	if s.others != nil {
		s.others = s.others.goOn()
	}
	return part
}

// goOn is what is counted from now on; x is left to the part.
func (x *Others) goOn() *Others {
	next := &Others{NTP: copyOf(x.NTP), DTLS: copyOf(x.DTLS)}
	if x.SIP != nil {
		next.SIP = x.SIP.goOn()
	}
	if n := next.NTP; n != nil {
		n.Requests, n.Answered, n.Stray, n.NoTime = 0, 0, 0, 0
	}
	if x.H323 != nil {
		next.H323 = &H323Facts{Messages: map[string]int64{}}
	}
	return next
}

// goOn is what is counted from now on; x is left to the part.
func (x *STUNFacts) goOn() *STUNFacts {
	next := *x
	next.Requests, next.Answered, next.Retries, next.By, next.Channels = 0, 0, 0, [2]int64{}, 0
	next.Types, next.Errors, next.Rebound = nil, nil, nil
	x.pending = nil
	next.Software, next.Mapped, next.Relayed = slices.Clip(x.Software), slices.Clip(x.Mapped), slices.Clip(x.Relayed)
	next.AfterMedia, next.rtt, next.rtts, next.trips = [2]int64{}, nil, 0, media.Thinned[Trip]{}
	return &next
}

// cut parts the streams. One that had no packet in the part is left to it: should it go on, it is confirmed anew.
func (m *Media) cut() (part, next *Media) {
	part = &Media{Dropped: m.Dropped, Echoes: m.Echoes, Asked: m.Asked, ClearApart: m.ClearApart,
		SealedApart: m.SealedApart}
	next = &Media{candidate: m.candidate, Asked: m.Asked}
	as := map[*media.Stream]*media.Stream{}
	for s := range m.Streams {
		for _, old := range m.Streams[s] {
			if old.Packets == 0 {
				continue
			}
			part.Streams[s] = append(part.Streams[s], old)
			as[old] = old.GoOn()
			next.add(flow.Side(s), as[old])
		}
		if e := m.Echoes[s]; e != nil {
			next.Echoes[s] = e.GoOn(as)
		}
	}
	return part, next
}

// cut leaves questions that may still be answered to the next part.
func (x *Lookups) cut(now int64) (part, next *Lookups) {
	part, next = &Lookups{Dropped: x.Dropped}, new(Lookups)
	for _, l := range x.List {
		if !l.Answered && now-l.Time < openFor {
			next.List = append(next.List, l)
		} else {
			part.List = append(part.List, l)
		}
	}
	return part, next
}

// cut copies what still changes, and returns the copy.
func (t *TCPState) cut() *TCPState {
	part := *t
	part.side, part.socks = nil, nil
	for s := range t.side {
		h := &t.side[s]
		part.note(h.missing(), flow.Side(s))
		h.unread = 0
		if h.holes != nil {
			h.holes.told = h.holes.broken()
		}
	}
	if x := t.TLS; x != nil {
		told := *x
		part.TLS = &told
		x.Told = x.stage()
	}
	if x := t.HTTP; x != nil {
		seen := *x
		part.HTTP = &seen
		x.Requests, x.Exchanges = 0, nil
	}
	part.Connect, part.XMPP, part.SSH = copyOf(t.Connect), copyOf(t.XMPP), copyOf(t.SSH)
	if t.Cadence != nil {
		part.Cadence, t.Cadence = t.Cadence, t.Cadence.goOn()
	}
	return &part
}

func copyOf[T any](v *T) *T {
	if v == nil {
		return nil
	}
	c := *v
	return &c
}

// missing is what could not be read of the frames since the last cut: see TCPState.Unread.
func (h *half) missing() (m missing) {
	if h.holes != nil {
		m.broken = max(h.holes.broken()-h.holes.told, 0)
	}
	m.unread = max(h.unread, 0)
	return m
}

// stage is how much of a handshake was seen.
func (x *TLSFacts) stage() uint8 {
	switch {
	case x.Leaf != nil || len(x.Alerts) > 0:
		return 3
	case x.HasServer:
		return 2
	case x.HasClient:
		return 1
	}
	return 0
}

// News reports whether this part of the flow saw more of the handshake than those before it told.
func (x *TLSFacts) News() bool { return x.Told == 0 || x.stage() > x.Told }

// goOn is what is measured from now on; the window that is open goes on.
func (r *Cadence) goOn() *Cadence {
	next := *r
	r.goesOn = true
	next.Windows, next.MediaBoth, next.MediaOne, next.begin, next.rates = 0, 0, 0, r.end, nil
	for s := range next.side {
		next.side[s].all = messageStats{}
	}
	return &next
}

// goOn is what is counted from now on. Media that was announced stays: it tells the next part's streams apart.
func (x *SIPFacts) goOn() *SIPFacts {
	return &SIPFacts{
		CallID: x.CallID, Agents: slices.Clip(x.Agents), Domains: slices.Clip(x.Domains), Timers: slices.Clone(x.Timers),
		Media: slices.Clone(x.Media), answered: slices.Clone(x.answered),
	}
}
