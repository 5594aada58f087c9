package dissect

import (
	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/flow"
)

// TLSFacts is what a flow's TLS handshake shows in clear.
type TLSFacts struct {
	HasClient, HasServer bool // hello seen
	Client               flow.Side
	ECH                  bool
	OffersResumption     bool
	OffersPSK            bool // pre_shared_key: resumption in TLS 1.3
	EarlyData            bool // early_data: the client sends data before the server's answer
	ClientCut            bool // the client's hello is not whole in the capture: what it seems to lack was not seen
	ServerCut            bool // the same of the server's
	HasSuite             bool
	Retry                bool // a HelloRetryRequest came first
	Resumed              bool
	Known                bool // Resumed is known
	FlightCut            bool // something of the flights is missing in the capture: their sizes are a minimum
	AsksCert             bool // the server asked for a certificate (in TLS 1.3 that is encrypted)
	phase                phase
	Told                 uint8 // how much of this an earlier part of the flow has told: see News

	SNI         string
	ALPNOffered []string
	JA3, JA4    string
	EarlyBytes  int64    // in protected records of the client before the server's hello
	Versions    []uint16 // supported_versions; this and the next two without GREASE
	Groups      []uint16 // supported_groups
	KeyShares   []uint16 // groups for which the client sent a key

	Version uint16 // chosen by the server; 0: its hello was cut before it told
	Suite   uint16
	Group   uint16 // of the server's key share, TLS 1.3
	ALPN    string // chosen, where it stands in clear
	JA3S    string

	ServerFlight, ClientFlight Flight

	Leaf       *tlswire.Cert // the server's certificate; shared, read-only
	Chain      []*tlswire.Cert
	ClientCert *tlswire.Cert
	Alerts     []AlertSeen
	Protected  [2]int64 // bytes in records that cannot be read
	HelloTime  int64    // of the segment that completed the client's hello
	ServerTime int64    // of the server's hello
	AnswerTime int64    // of the server's hello or HelloRetryRequest, whichever came first
}

// AlertSeen is one alert sent in clear.
type AlertSeen struct {
	Side  flow.Side
	Alert tlswire.Alert
}

const (
	maxAlerts  = 8
	maxChain   = 6
	maxOffered = 32 // entries kept of each list of a hello
)

// feedTLS gives new in-order bytes to the handshake reader and to the record walker.
func (d *Dissector) feedTLS(h *half, b []byte) int {
	t := d.at.st.TCP
	if t.TLS == nil {
		t.TLS = new(TLSFacts)
	}
	if err := h.reader.Feed(b, d.onTLS); err != nil {
		d.leavePrefix(h)
		return len(b)
	}
	h.walker.Next(b, d.onRecord)
	return len(b)
}

// tlsEvent is called by the reader for each thing that the side at hand sent.
func (d *Dissector) tlsEvent(e tlswire.Event) {
	st, p, s := d.at.st, d.at.p, d.at.s
	x := st.TCP.TLS
	switch e.Kind {
	case tlswire.KindClientHello:
		if !x.HasClient {
			d.clientHello(x, e)
			st.key("client-hello", p.Number, p.Time)
		}
	case tlswire.KindHelloRetryRequest:
		x.Retry = true
		if x.AnswerTime == 0 {
			x.AnswerTime = p.Time
		}
	case tlswire.KindServerHello:
		if !x.HasServer {
			d.serverHello(x, e)
			st.key("server-hello", p.Number, p.Time)
		}
	case tlswire.KindCertificate:
		d.certificate(x, e)
	case tlswire.KindCertificateRequest:
		x.AsksCert = true
	case tlswire.KindChangeCipherSpec:
		d.resumed(x)
	case tlswire.KindAlert:
		if len(x.Alerts) < maxAlerts {
			x.Alerts = append(x.Alerts, AlertSeen{s, e.Alert})
			st.key("alert", p.Number, p.Time)
		}
	case tlswire.KindProtected:
		x.Protected[s] += int64(e.Size)
	}
	x.flightMessage(s, e)
}

func (d *Dissector) clientHello(x *TLSFacts, e tlswire.Event) {
	c := &d.client
	_ = c.Decode(e.Body)   // what could be read is there in any case
	c.Cut = c.Cut || e.Cut // the cut may lie where a message may end
	x.ClientCut = c.Cut
	d.at.f.Request(d.at.s)
	x.HasClient, x.Client, x.HelloTime = true, d.at.s, d.at.p.Time
	x.SNI = one(&d.interned, c.ServerName)
	x.JA3 = c.JA3() // browsers shuffle extensions: hardly two are alike
	x.JA4 = one(&d.interned, c.JA4(tlswire.OverTCP))
	x.ECH = c.ECH
	x.OffersResumption = c.OffersResumption()
	x.OffersPSK, x.EarlyData = c.PSKIdentities > 0, c.EarlyData
	i := &d.interned
	x.Versions, x.Groups, x.KeyShares = i.offered(c.Versions), i.offered(c.Groups), i.offered(c.KeyShares)
	x.ALPNOffered = i.protocols(c.ALPN)
}

func (d *Dissector) serverHello(x *TLSFacts, e tlswire.Event) {
	h := &d.server
	_ = h.Decode(e.Body)
	h.Cut = h.Cut || e.Cut
	if !x.HasClient {
		d.at.f.Request(d.at.s.Other())
		x.Client = d.at.s.Other()
	}
	x.HasServer, x.ServerTime, x.phase, x.Group = true, d.at.p.Time, serverPhase, h.KeyShare
	if x.AnswerTime == 0 {
		x.AnswerTime = x.ServerTime
	}
	x.ServerCut, x.ALPN, x.JA3S = h.Cut, one(&d.interned, h.ALPN), one(&d.interned, h.JA3S())
	x.Suite, x.HasSuite = h.Chosen()
	if x.HasSuite || h.Version != h.LegacyVersion {
		x.Version = h.Version
	}
	if x.is13() && (h.PSK || !h.Cut) {
		x.Resumed, x.Known = h.PSK, true
	}
}

// resumed decides for TLS 1.2 and older: a server that changes cipher without certificate and without ServerHelloDone
// takes an earlier session up. Where something of its flight is missing these may have been there.
func (d *Dissector) resumed(x *TLSFacts) {
	if x.Known || !x.HasServer || d.at.s == x.Client || x.is13() {
		return
	}
	r := &d.at.st.TCP.side[d.at.s].reader
	full := r.Seen(tlswire.KindCertificate) || r.Seen(tlswire.KindServerHelloDone)
	if full || !x.ServerCut && !x.FlightCut {
		x.Resumed, x.Known = !full, true
	}
}

func (d *Dissector) certificate(x *TLSFacts, e tlswire.Event) {
	fromClient := (x.HasClient || x.HasServer) && d.at.s == x.Client
	i := -1
	for der := range tlswire.CertificateList(e.Body) {
		if i++; i == maxChain {
			break
		}
		c, err := d.certs.Parse(der)
		if err != nil {
			break
		}
		switch {
		case fromClient && i == 0:
			x.ClientCert = c
		case fromClient:
		case i == 0 && x.Leaf == nil:
			x.Leaf = c
			d.at.st.key("certificate", d.at.p.Number, d.at.p.Time)
		case i > 0:
			x.Chain = append(x.Chain, c)
		}
	}
}
