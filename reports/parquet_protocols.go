package reports

import "webexaudit/analyzer/record"

// addProtocols fills the columns of single protocols.
func (r *flowRow) addProtocols(f *record.Flow) {
	r.addHTTP(f.HTTP)
	r.addNTP(f.NTP)
	r.addDTLS(f.DTLS)
	if x := f.SSH; x != nil {
		r.SSHSoftwareFwd, r.SSHSoftwareRev = known(x.SoftwareFwd), known(x.SoftwareRev)
	}
	if x := f.XMPP; x != nil {
		r.XMPPTo, r.XMPPFrom, r.XMPPStartTLS = known(x.To), known(x.From), known(x.StartTLS)
	}
	if x := f.H323; x != nil {
		r.H323Messages = jsonText(x.Messages)
	}
}

func (r *flowRow) addHTTP(x *record.HTTPFacts) {
	if x == nil {
		return
	}
	r.HTTPRequests, r.HTTPExchanges, r.HTTPUserAgent = &x.Requests, jsonText(x.Exchanges), known(x.UserAgent)
	r.HTTPUpgrade, r.HTTPServer, r.HTTPVia = known(x.Upgrade), known(x.Server), known(x.Via)
	r.HTTPLocation, r.HTTPFields, r.HTTPSchemes = known(x.Location), jsonText(x.Fields), jsonText(x.Schemes)
}

func (r *flowRow) addNTP(x *record.NTPFacts) {
	if x == nil {
		return
	}
	r.NTPRequests, r.NTPAnswered, r.NTPStray, r.NTPNoTime = &x.Requests, &x.Answered, &x.Stray, &x.NoTime
	r.NTPVersion, r.NTPStratum, r.NTPKiss = narrow(&x.Version), narrow(x.Stratum), known(x.Kiss)
}

func (r *flowRow) addDTLS(x *record.DTLSFacts) {
	if x == nil {
		return
	}
	r.DTLSClientHello, r.DTLSServerHello, r.DTLSVersion = &x.ClientHello, &x.ServerHello, known(x.Version)
	r.DTLSSRTPOffered, r.DTLSSRTPSelected = jsonText(x.SRTPOffered), known(x.SRTPSelected)
}
