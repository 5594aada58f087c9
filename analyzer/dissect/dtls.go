package dissect

import (
	"slices"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/dtls"
	"webexaudit/analyzer/flow"
)

// DTLSFacts is what the hellos of a DTLS association say in clear.
type DTLSFacts struct {
	HasClient, HasServer bool
	Version              dtls.Version // the server's choice, else the highest that the client offers
	Offered              []uint16     // SRTP protection profiles of the client's use_srtp (RFC 5764 section 4.1.2)
	Selected             uint16       // the server's; 0: none in clear
}

// maxRecords bounds the records of one datagram that are looked into.
const maxRecords = 4

// dtlsPacket notes one datagram with DTLS records of side s; false where it is none.
func (d *Dissector) dtlsPacket(f *flow.Flow, st *State, p *decode.Packet, s flow.Side, b []byte) bool {
	if !dtls.Is(b) {
		return false
	}
	st.sawDTLS()
	if h := st.Others().DTLS; b[0] != byte(dtls.Handshake) || h != nil && h.HasClient && h.HasServer {
		return true
	}
	for range maxRecords {
		if dtls.Parse(b, &d.dtls) != nil {
			break
		}
		d.dtlsHello(f, st, p, s)
		_, b, _ = dtls.Next(b)
	}
	return true
}

func (d *Dissector) dtlsHello(f *flow.Flow, st *State, p *decode.Packet, s flow.Side) {
	m := &d.dtls
	if m.Handshake != dtls.ClientHello && m.Handshake != dtls.ServerHello || m.FragmentOffset != 0 ||
		m.LegacyVersion == 0 {
		return
	}
	o := st.other()
	if o.DTLS == nil {
		o.DTLS = new(DTLSFacts)
	}
	switch x := o.DTLS; {
	case m.Handshake == dtls.ClientHello && !x.HasClient:
		x.HasClient = true
		x.Offered = slices.Clone(m.SRTPProfiles())
		if !x.HasServer {
			x.Version = m.HelloVersion
		}
		f.Request(s)
		st.key("dtls-client-hello", p.Number, p.Time)
	case m.Handshake == dtls.ServerHello && !x.HasServer:
		x.HasServer, x.Version, x.Selected = true, m.HelloVersion, m.SRTPProfile
		f.Request(s.Other())
		st.key("dtls-server-hello", p.Number, p.Time)
	}
}
