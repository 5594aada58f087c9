package export

import (
	"time"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
)

// tlsSession makes the record of the flow's TLS handshake, where something of one was seen, but for what the verdict
// tells.
func (d *draft) tlsSession(x *dissect.State, src flow.Side) {
	if x.TCP == nil || x.TCP.TLS == nil {
		return
	}
	if t := x.TCP.TLS; t.HasClient || t.HasServer || t.Leaf != nil || len(t.Alerts) > 0 {
		d.sessionOf(t, src)
		d.TLS, d.Hints.TLS = &d.tls, handshake(t, src)
	}
}

func (d *draft) sessionOf(x *dissect.TLSFacts, src flow.Side) {
	r, t := &d.rec, &d.tls
	*t = record.TLSSession{
		CommunityID: r.CommunityID, SNI: x.SNI, TLSVersion: r.TLSVersion, ALPN: r.ALPN, ECH: x.ECH,
		JA3: x.JA3, JA3S: x.JA3S, JA4: x.JA4, ClientCut: x.ClientCut, ServerCut: x.ServerCut,
	}
	if x.HasSuite {
		t.CipherSuite = tlswire.SuiteName(x.Suite)
	}
	if x.Known {
		t.Resumed = truth(x.Resumed)
	}
	for _, a := range x.Alerts {
		t.Alerts = append(t.Alerts, dir(a.Side, src)+" "+a.Alert.String())
	}
	if c := x.Leaf; c != nil {
		t.CertSubject, t.CertIssuer, t.CertSANs = c.Subject.Text, c.Issuer.Text, c.SANs
		t.CertSHA256, t.CertPartial = c.SHA256, c.Partial
		if !c.NotBefore.IsZero() {
			t.CertNotBefore = record.Time(c.NotBefore.UnixNano())
		}
		if !c.NotAfter.IsZero() {
			t.CertNotAfter = record.Time(c.NotAfter.UnixNano())
		}
	}
	for _, c := range x.Chain {
		t.ChainIssuers = append(t.ChainIssuers, c.Issuer.Text)
	}
	t.TLSOffer, t.TLSFlights, t.CertDetails = d.tlsOffer(x), tlsFlights(x), certDetails(x)
}

func (d *draft) tlsOffer(x *dissect.TLSFacts) record.TLSOffer {
	o := record.TLSOffer{
		VersionsOffered: d.namesOf(x.Versions, tlswire.VersionName),
		GroupsOffered:   d.namesOf(x.Groups, tlswire.GroupName),
		KeyShares:       d.namesOf(x.KeyShares, tlswire.GroupName), ALPNOffered: x.ALPNOffered, PSKOffered: x.OffersPSK,
		EarlyData: x.EarlyData, HelloRetry: x.Retry,
	}
	if x.Group != 0 {
		o.Group = tlswire.GroupName(x.Group)
	}
	if x.HasServer {
		o.EarlyDataBytes = x.EarlyBytes
	}
	return o
}

func tlsFlights(x *dissect.TLSFacts) (f record.TLSFlights) {
	if !x.HasClient || x.AnswerTime == 0 {
		return f
	}
	if x.AnswerTime >= x.HelloTime {
		f.ServerDelayMs = ms(x.AnswerTime - x.HelloTime)
	}
	if !x.HasServer {
		return f
	}
	s, c := &x.ServerFlight, &x.ClientFlight
	f.ServerFlightBytes, f.ServerFlightCount, f.ServerFlightRecords = s.Bytes, s.Count, s.List()
	f.ClientFlightBytes, f.ClientFlightCount, f.ClientFlightRecords = c.Bytes, c.Count, c.List()
	f.FlightsCut = x.FlightCut
	return f
}

func certDetails(x *dissect.TLSFacts) (d record.CertDetails) {
	d.ClientCertRequested = x.AsksCert
	for _, c := range x.Chain {
		if c.SHA256 != "" {
			d.ChainSHA256 = append(d.ChainSHA256, c.SHA256)
		}
	}
	if c := x.ClientCert; c != nil {
		d.ClientCertSubject, d.ClientCertIssuer, d.ClientCertSHA256 = c.Subject.Text, c.Issuer.Text, c.SHA256
		d.ClientCertEKUs = c.EKUs
	}
	c := x.Leaf
	if c == nil {
		return d
	}
	d.CertSerial, d.CertSignatureAlgorithm, d.CertKeyType, d.CertKeyBits = c.Serial, c.SignatureAlgorithm, c.KeyType,
		c.KeyBits
	d.CertEKUs, d.CertSelfIssued = c.EKUs, c.SelfIssued
	if !c.NotBefore.IsZero() && !c.NotAfter.IsZero() {
		days := int(c.NotAfter.Unix()-c.NotBefore.Unix()) / int(24*time.Hour/time.Second)
		d.CertValidityDays = &days
	}
	if c.Extensions {
		d.CertSCT, d.CertOCSP, d.CertCRL, d.CertCAIssuers = truth(c.SCT), truth(c.OCSP), truth(c.CRL),
			truth(c.CAIssuers)
	}
	return d
}
