// Package dissect decides which parser sees which packet and gathers what the parsers find into the facts of each flow:
// TLS handshakes, STUN transactions, RTP streams, DNS answers, proxy requests, SIP messages with what SDP announces,
// what other protocols say in clear, and the cadence of TCP flows. It judges nothing.
//
// A Dissector and the states it fills belong to one goroutine. Facts outlive the packets: nothing in them borrows
// payload. To add a protocol: a parser package below this one, its facts here, and a line where packets are sorted
// (udp.go by the first byte, tcp.go by the first bytes of the stream).
package dissect

import (
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/dnsmsg"
	"webexaudit/analyzer/dissect/dtls"
	"webexaudit/analyzer/dissect/rtp"
	"webexaudit/analyzer/dissect/sdp"
	"webexaudit/analyzer/dissect/sip"
	"webexaudit/analyzer/dissect/stun"
	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/flow"
)

// Dissector holds what parsers reuse from packet to packet.
type Dissector struct {
	// Budget bounds the streams of the flows shown next; the caller changes it together with the flows.
	Budget *Budget

	// RTPOf finds what is known of the live flow whose RTCP another flow may carry: between the ports below (RFC 3550
	// section 11). nil, also of what it returns: there is none.
	RTPOf func(rtcp *flow.Flow, now int64) *State

	stun   stun.Message
	rtp    rtp.Header
	client tlswire.ClientHello
	server tlswire.ServerHello
	certs  *tlswire.CertCache
	dns    dnsmsg.Message
	sip    sip.Message
	sdp    sdp.Session
	dtls   dtls.Message

	interned interned
	spare    []*beginning // zero
	buffers  tlswire.Buffers
	at       moment // the packet at hand, for callbacks
	onTLS    func(tlswire.Event)
	onRecord func(typ byte, size int)
	onFrame  func(head []byte, length int)
}

// moment is the packet at hand.
type moment struct {
	f  *flow.Flow
	st *State
	p  *decode.Packet
	s  flow.Side
}

// maxCerts is how many distinct certificates are parsed once only.
const maxCerts = 4096

// New returns a dissector.
func New() *Dissector {
	d := &Dissector{Budget: new(Budget), certs: tlswire.NewCertCache(maxCerts)}
	d.onTLS, d.onRecord, d.onFrame = d.tlsEvent, d.record, d.frame
	return d
}

// Packet shows the dissector one packet of a flow, sent by side s. Mirror duplicates must not be shown.
func (d *Dissector) Packet(f *flow.Flow, st *State, p *decode.Packet, s flow.Side) {
	switch p.Proto {
	case decode.ProtoUDP:
		d.udp(f, st, p, s)
	case decode.ProtoTCP:
		d.tcp(f, st, p, s)
	}
}

// Close finishes what was begun when the flow ends, a handshake message that is only there in part, and gives back what
// only live flows need.
func (d *Dissector) Close(f *flow.Flow, st *State) {
	t := st.TCP
	if t == nil {
		return
	}
	p := decode.Packet{Number: f.LastNumber, Time: f.LastTime}
	for s := range t.side {
		h := &t.side[s]
		t.note(h.missing(), flow.Side(s))
		if h.beginning == nil {
			continue
		}
		d.Budget.refund(h.beginning)
		d.at = moment{f, st, &p, flow.Side(s)}
		switch {
		case t.TLS != nil:
			h.reader.Finish(d.onTLS)
		case st.App == SIP:
			d.closeSIP(h)
		}
		d.recycle(h)
	}
	if x := t.TLS; x != nil && x.phase == serverPhase {
		d.at = moment{f, st, &p, x.Client}
		d.flightSeen(x)
	}
	t.side = nil
}
