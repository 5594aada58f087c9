package audit

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer/record"
)

const (
	legsStart   = time.Second // how far the starts of one stream lie apart at most on its way through the cloud
	relayStart  = 50 * time.Millisecond
	legsOverlap = 0.8 // share of the shorter stream in which both must run
)

// carrier is a flow with RTP streams, Webex or not.
type carrier struct {
	number  int
	streams []*record.MediaStream // of Webex, by start
	ends
	legs   []joined
	callID string // under which SIP announced it
}

// ends is what joins a flow with others of its call.
type ends struct {
	webex          bool
	client, server netip.AddrPort
	start, end     record.Time
}

// joined is another flow of the same call; observe.Leg says which.
type joined struct {
	*carrier
	far bool
}

// addStreams hangs the streams, which come by start, on their flows, and finds the legs of calls.
func (f *facts) addStreams(all []*record.MediaStream) {
	for _, c := range f.carriers {
		if !c.webex {
			c.streams = nil
		}
	}
	for _, m := range all {
		if i, ok := f.find(m.FlowID); ok && m.Webex && f.carriers[i].webex {
			f.streams = append(f.streams, m)
		}
	}
	f.addLegs()
}

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
	called := map[string][]*carrier{}
	for _, c := range f.carriers {
		if c.callID != "" && len(c.streams) > 0 {
			called[c.callID] = append(called[c.callID], c)
		}
	}
	for _, list := range called {
		if len(list) == 2 && len(list[0].legs) == 0 && len(list[1].legs) == 0 &&
			list[0].client.Addr() != list[1].client.Addr() && list[0].start < list[1].end &&
			list[1].start < list[0].end {
			join(list[0], list[1], true)
		}
	}
}

// pair joins the flows of two streams of one SSRC, where these are one stream.
func (f *facts) pair(a, b *record.MediaStream) {
	apart := max(a.StartTime, b.StartTime).Sub(min(a.StartTime, b.StartTime))
	both := min(a.EndTime, b.EndTime).Sub(max(a.StartTime, b.StartTime)).Seconds()
	shorter := min(a.EndTime.Sub(a.StartTime), b.EndTime.Sub(b.StartTime)).Seconds()
	one, other := f.known[a.FlowID].carrier, f.known[b.FlowID].carrier
	if apart > legsStart || both < legsOverlap*shorter || one.client.Addr() == other.client.Addr() {
		return
	}
	inside, _ := f.env.Site.IsInternal(one.client.Addr())
	alsoInside, _ := f.env.Site.IsInternal(other.client.Addr())
	switch {
	case a.Upstream != b.Upstream:
		join(one, other, true)
	case a.Upstream && inside != alsoInside && apart <= relayStart && one.server == other.server:
		join(one, other, false)
	}
}

func join(a, b *carrier, far bool) {
	a.legs = append(a.legs, joined{b, far})
	b.legs = append(b.legs, joined{a, far})
}

// announcement is what SIP in clear said in a flow: under which Call-ID media comes from which addresses and ports.
type announcement struct {
	id, callID string
	start      record.Time
	media      []netip.AddrPort
}

func announcementOf(fl *record.Flow) announcement {
	a := announcement{id: strings.Clone(fl.FlowID), callID: strings.Clone(fl.SIP.CallID), start: fl.StartTime}
	for _, m := range fl.SIP.Media {
		if addr, err := netip.ParseAddr(m.Address); err == nil && m.Port > 0 {
			a.media = append(a.media, netip.AddrPortFrom(addr, uint16(m.Port)))
		}
	}
	return a
}

// announce notes of flows with RTP streams the Call-ID under which SIP announced their client's address and port.
func (f *facts) announce(list []announcement) {
	slices.SortFunc(list, func(a, b announcement) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.id, b.id))
	})
	calls := map[netip.AddrPort]string{}
	for _, a := range list {
		for _, at := range a.media {
			calls[at] = a.callID
		}
	}
	for _, c := range f.carriers {
		c.callID = calls[c.client]
	}
}

// packets of its streams, which a flow without a carrier has not.
func (c *carrier) packets() (n int64) {
	if c == nil {
		return 0
	}
	for _, m := range c.streams {
		n += m.Packets
	}
	return n
}
