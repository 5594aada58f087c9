package classify

import (
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
)

// Lesson is what the Inspector learns of a flow: all sessions are compared with those of others.
type Lesson struct {
	client, server netip.Addr // of a Webex flow whose routers are counted: hops; invalid for another one
	hops           int

	session *compared // nil: the flow has no handshake
	chain   []string  // issuers
	issuer  string    // of the server's own certificate
	leaf    bool      // there is one
	split   *twoEnds  // something near opened the connection, and something far answered
}

// twoEnds are the two ends of a TLS session.
type twoEnds struct{ client, server netip.Addr }

// LessonOf is what a flow teaches, after ClassifyInContext; nil: nothing.
func LessonOf(f *Flow) *Lesson {
	x := &Lesson{session: f.session}
	if server := f.Rec.Server().Addr(); f.Rec.Webex && f.Rec.Connect == nil && public(server) {
		if hops, ok := record.Hops(f.Rec.Down().TTL); ok {
			x.client, x.server, x.hops = f.Rec.ClientAddr(), server, hops
		}
	}
	if f.TLS == nil {
		if !x.client.IsValid() {
			return nil
		}
		return x
	}
	x.chain, x.issuer, x.leaf = slices.Clone(f.TLS.ChainIssuers), f.TLS.CertIssuer, f.Hints.TLS.Leaf
	if _, _, ok := f.split(); ok {
		client, server := f.tlsEnds()
		x.split = &twoEnds{client, server}
	}
	return x
}

// Learn notes what a flow tells of the others; nil is nothing. It must have learnt all flows, in their order, before
// Score judges the first.
func (in *Inspector) Learn(x *Lesson) {
	if x == nil {
		return
	}
	if x.client.IsValid() {
		in.learnHops(x.client, x.server, x.hops)
	}
	if x.session == nil {
		return
	}
	in.learnIssuer(x)
	in.learnHello(x.session)
	if x.split != nil {
		in.learnSplit(x.split.client, x.split.server)
	}
}
