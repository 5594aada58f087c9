package dissect

import (
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/quicwire"
	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/flow"
)

// maxInitials is how many of a client's datagrams are looked into for its hello; with post-quantum keys it takes two or
// three.
const maxInitials = 8

// quic reads a client's Initial packets up to the hello; after that the flow is known and left alone.
func (d *Dissector) quic(f *flow.Flow, st *State, p *decode.Packet, s flow.Side) bool {
	if !quicwire.Is(p.Payload) {
		return st.App == QUIC
	}
	if st.App == Unknown {
		st.App = QUIC
		st.QUIC = &QUICFacts{client: s, hello: new(quicwire.Assembler)}
	}
	x := st.QUIC
	if x == nil || x.hello == nil || s != x.client {
		return st.App == QUIC
	}
	x.seen++
	whole := x.hello.Add(p.Payload) && d.quicHello(f, st, p, s)
	if whole || x.seen >= maxInitials {
		x.hello = nil
	}
	return true
}

// quicHello reads as much of the hello as is there and reports whether that was all of it.
func (d *Dissector) quicHello(f *flow.Flow, st *State, p *decode.Packet, s flow.Side) bool {
	x := st.QUIC
	for m := range x.hello.Messages() {
		if m.Type != helloMessage {
			continue
		}
		f.Request(s)
		_ = d.client.Decode(m.Body)
		x.SNI = one(&d.interned, d.client.ServerName)
		x.JA4 = one(&d.interned, d.client.JA4(tlswire.OverQUIC))
		if len(d.client.ALPN) > 0 {
			x.ALPN = one(&d.interned, d.client.ALPN[0])
		}
		if m.Whole {
			st.key("client-hello", p.Number, p.Time)
			return true
		}
	}
	return false
}

// helloMessage is the handshake type of a ClientHello (RFC 8446 section 4).
const helloMessage = 1
