package export

import (
	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/media"
	"webexaudit/analyzer/record"
)

// hints fills in what a verdict needs to know of the flow beside its records.
func (n *converter) hints(h *classify.Hints, x *dissect.State, src flow.Side) {
	h.DTLS = x.DTLS
	if r := x.RTCP; r != nil {
		h.RTCP, h.Feedback = r.Clear+r.Sealed, r.Feedback
	}
	if t := x.TCP; t != nil && t.Cadence != nil {
		dst := src.Other()
		h.Rate = [2]float64{t.Cadence.Rate(src), t.Cadence.Rate(dst)}
		h.Paced = [2]float64{t.Cadence.Paced(src), t.Cadence.Paced(dst)}
	}
	for _, s := range x.Streams() {
		for _, m := range x.Media.Streams[s] {
			h.Streams = append(h.Streams, streamHint(m, s != src))
		}
	}
	if x.DNS != nil {
		h.DNS = true
		for i := range x.DNS.List {
			h.Lookups = append(h.Lookups, n.lookup(&x.DNS.List[i], src))
		}
	}
	if calls := x.Others().SIP; calls != nil {
		for i := range calls.Media {
			h.Announced = append(h.Announced, announced(&calls.Media[i]))
		}
	}
}

func streamHint(m *media.Stream, reverse bool) classify.Stream {
	return classify.Stream{Reverse: reverse, Type: m.PayloadType(), Packets: m.Packets, Bytes: m.Bytes,
		Lasted: m.Last - m.First}
}

func (n *converter) lookup(l *dissect.Lookup, src flow.Side) classify.Lookup {
	r := classify.Lookup{Name: l.Name, Type: l.Type.String(), Reverse: l.Client != src, Time: record.Time(l.Time),
		ReplyTime: record.Time(l.ReplyTime), Tries: l.Tries, Addrs: l.Addrs}
	if l.Answered {
		r.RCode = l.RCode.String()
		r.File, r.Reply = n.file(l.Reply)
	}
	if l.Asked != 0 {
		r.File, r.Asked = n.file(l.Asked)
	}
	return r
}

func announced(m *dissect.SIPMedia) classify.Announced {
	a := classify.Announced{Addr: m.Addr, First: record.Time(m.First), Last: record.Time(m.Last)}
	for i, t := range m.Types {
		if t.Varies {
			a.Varies |= 1 << i
		}
	}
	return a
}

// handshake is what the session's record does not tell of a TLS handshake.
func handshake(x *dissect.TLSFacts, src flow.Side) classify.Handshake {
	h := classify.Handshake{Client: x.HasClient, Server: x.HasServer, Reverse: x.Client != src, Told: !x.News(),
		ALPN: x.ALPN != "", Version: x.Version}
	c := x.Leaf
	if c == nil {
		return h
	}
	h.Leaf, h.SCT, h.Revocable = true, c.SCT, c.OCSP || c.CRL
	h.Whole = !c.Partial && c.Extensions && !c.Malformed
	if x.SNI == "" {
		h.Name = c.Subject.CN
	}
	return h
}
