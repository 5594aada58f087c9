package export

import (
	"fmt"
	"math"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
)

// appFacts fills what the dissectors found.
func (n *converter) appFacts(r *record.Flow, x *dissect.State, src flow.Side) {
	r.App, r.Transport = x.App.String(), transport(r.Proto, x)
	protocolFacts(r, x, src)
	if s := x.STUN; s != nil {
		r.STUN = stunFacts(s)
		r.STUN.AnswersAfterFwd, r.STUN.AnswersAfterRev = answersAfter(x, src), answersAfter(x, src.Other())
		for _, b := range s.Rebound {
			i, num := n.file(b.Number)
			r.STUN.Rebound = append(r.STUN.Rebound, record.Rebinding{
				From: b.From.String(), To: b.To.String(), Packet: num, File: i, Time: record.Time(b.Time), IdleMs: *ms(b.Idle),
			})
		}
	}
	if x.QUIC != nil {
		r.SNI, r.ALPN, r.JA4 = x.QUIC.SNI, x.QUIC.ALPN, x.QUIC.JA4
	}
	t := x.TCP
	if t == nil {
		return
	}
	if t.Cadence != nil {
		r.MediaPattern, r.RateSeries = mediaPattern(t.Cadence, src), rateSeries(t.Cadence, src)
	}
	if t.Connect != nil {
		r.Connect = connectFacts(t.Connect)
	}
	if h := t.TLS; h != nil {
		r.SNI, r.JA3, r.JA4, r.ALPN = h.SNI, h.JA3, h.JA4, h.ALPN
		if r.ALPN == "" && len(h.ALPNOffered) > 0 {
			r.ALPN = h.ALPNOffered[0]
		}
		if h.Version != 0 {
			r.TLSVersion = tlswire.VersionName(h.Version)
		}
	}
}

// transport is how the flow travels.
func transport(proto string, x *dissect.State) record.Transport {
	t := x.TCP
	switch proto {
	case "udp":
		if x.App == dissect.QUIC {
			return record.QUIC
		}
		return record.UDP
	case "tcp":
		if t == nil {
			return record.TCP
		}
		if c := t.Connect; c != nil {
			if c.Open && (t.TLS != nil || c.Status/100 == 2) {
				return record.TLSProxied
			}
			return record.HTTPConnect
		}
		if t.TLS != nil || t.Midway {
			return record.TLS
		}
		return record.TCP
	}
	return ""
}

// mediaPattern is the record's form of the cadence.
func mediaPattern(h *dissect.Cadence, src flow.Side) *record.MediaPattern {
	dst := src.Other()
	return &record.MediaPattern{
		Windows: h.Windows, MediaBoth: h.MediaBoth, MediaOne: h.MediaOne,
		RateFwd: round(h.Rate(src)), RateRev: round(h.Rate(dst)), MedianFwd: h.Median(src), MedianRev: h.Median(dst),
		Gap20msFwd: round(h.Paced(src)), Gap20msRev: round(h.Paced(dst)),
	}
}

// rateSeries is what the flow's messages carried over time; nil where the flow has not the pattern of media.
func rateSeries(h *dissect.Cadence, src flow.Side) (list []record.FlowRate) {
	for _, r := range h.Rates() {
		bps := func(s flow.Side) float64 { return math.Round(float64(r.Bytes[s]) * 8e9 / float64(r.Length)) }
		list = append(list, record.FlowRate{Time: record.Time(r.Start), BpsFwd: bps(src), BpsRev: bps(src.Other())})
	}
	return list
}

func stunFacts(s *dissect.STUNFacts) *record.STUNFacts {
	r := &record.STUNFacts{
		Requests: s.Requests, Answered: s.Answered, Retries: s.Retries, Errors: s.Errors, Types: make(map[string]int64),
		Software: s.Software, Username: s.Username, FlowInfo: s.FlowInfo, LastAnswer: record.Time(s.Last),
	}
	for _, t := range s.Types {
		r.Types[fmt.Sprintf("0x%04x", uint16(t.Type))] = t.N
	}
	for _, a := range s.Mapped {
		r.Mapped = append(r.Mapped, a.String())
	}
	for _, a := range s.Relayed {
		r.Relayed = append(r.Relayed, a.String())
	}
	r.LifetimeS, r.ChannelData = s.Lifetime, s.Channels
	if rtt, ok := s.RTT(); ok {
		r.RTTMs = ms(rtt)
	}
	if trips := s.Trips(); len(trips) >= minTrips {
		for _, t := range trips {
			r.RTTs = append(r.RTTs, record.RoundTrip{Time: record.Time(t.Time), Ms: *ms(t.RTT)})
		}
	}
	return r
}

// minTrips is from how many answers on a flow's round trips are told one by one.
const minTrips = 8

// answersAfter is nil for a side that sent no RTP.
func answersAfter(x *dissect.State, s flow.Side) *int64 {
	if x.Media == nil || len(x.Media.Streams[s]) == 0 {
		return nil
	}
	return copied(x.STUN.AfterMedia[s])
}
