package audit

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

const (
	legsStart   = time.Second // how far the starts of one stream lie apart at most on its way through the cloud
	relayStart  = 50 * time.Millisecond
	legsOverlap = 0.8 // share of the shorter stream in which both must run
)

// addLegs finds the media flows that belong to one call: an RTP stream that goes up in one and comes down in the other
// (SSRC), or SIP in clear that announced both under one Call-ID, makes them its ends; one that goes up in both, from
// inside and from outside, makes the outer flow what an address translation or a relay made of the inner one.
func (f *facts) addLegs() {
	bySSRC := map[uint32][]*record.MediaStream{}
	for _, m := range f.streams {
		bySSRC[m.SSRC] = append(bySSRC[m.SSRC], m)
	}
	for _, ssrc := range slices.Sorted(maps.Keys(bySSRC)) {
		// of more than two flows it is a meeting, or senders that do not choose their SSRC at random
		if list := bySSRC[ssrc]; len(list) == 2 && list[0].FlowID != list[1].FlowID {
			f.pair(list[0], list[1])
		}
	}
	for _, list := range f.announced() {
		if len(list) == 2 && len(list[0].legs) == 0 && len(list[1].legs) == 0 &&
			list[0].ClientAddr() != list[1].ClientAddr() && list[0].StartTime < list[1].EndTime &&
			list[1].StartTime < list[0].EndTime {
			f.join(list[0], list[1], true)
		}
	}
}

// pair joins the flows of two streams of one SSRC, where these are one stream.
func (f *facts) pair(a, b *record.MediaStream) {
	apart := max(a.StartTime, b.StartTime).Sub(min(a.StartTime, b.StartTime))
	both := min(a.EndTime, b.EndTime).Sub(max(a.StartTime, b.StartTime)).Seconds()
	shorter := min(a.EndTime.Sub(a.StartTime), b.EndTime.Sub(b.StartTime)).Seconds()
	one, other := f.byID[a.FlowID], f.byID[b.FlowID]
	if apart > legsStart || both < legsOverlap*shorter || one.ClientAddr() == other.ClientAddr() {
		return
	}
	inside, _ := f.env.Site.IsInternal(one.ClientAddr())
	alsoInside, _ := f.env.Site.IsInternal(other.ClientAddr())
	switch {
	case a.Upstream != b.Upstream:
		f.join(one, other, true)
	case a.Upstream && inside != alsoInside && apart <= relayStart && one.Server() == other.Server():
		f.join(one, other, false)
	}
}

func (f *facts) join(a, b *known, far bool) {
	a.legs = append(a.legs, observe.Leg{Flow: b.Flow, Streams: b.streams, Far: far})
	b.legs = append(b.legs, observe.Leg{Flow: a.Flow, Streams: a.streams, Far: far})
}

// announced are the media flows by the Call-ID under which SIP in clear announced their client's address and port.
func (f *facts) announced() map[string][]*known {
	calls := map[netip.AddrPort]string{}
	for _, fl := range f.webex {
		if fl.SIP == nil || fl.SIP.CallID == "" {
			continue
		}
		for _, m := range fl.SIP.Media {
			if a, err := netip.ParseAddr(m.Address); err == nil && m.Port > 0 {
				calls[netip.AddrPortFrom(a, uint16(m.Port))] = fl.SIP.CallID
			}
		}
	}
	list := map[string][]*known{}
	for i := range f.known {
		fl := &f.known[i]
		if len(calls) == 0 || len(fl.streams) == 0 {
			continue
		}
		client := netip.AddrPortFrom(fl.ClientAddr(), uint16(observe.ClientPort(fl.Flow)))
		if id, ok := calls[client]; ok {
			list[id] = append(list[id], fl)
		}
	}
	return list
}
