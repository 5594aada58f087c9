package export

import (
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/dissect/dtls"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
)

// protocolFacts fills what the dissectors of single protocols found.
func protocolFacts(r *record.Flow, x *dissect.State, src flow.Side) {
	o := x.Others()
	if o.NTP != nil {
		r.NTP = ntpFacts(o.NTP)
	}
	if o.DTLS != nil {
		r.DTLS = dtlsFacts(o.DTLS)
	}
	if o.H323 != nil {
		r.H323 = &record.H323Facts{Messages: o.H323.Messages}
	}
	t := x.TCP
	if t == nil {
		return
	}
	if t.HTTP != nil && (t.HTTP.Requests > 0 || len(t.HTTP.Exchanges) > 0) {
		r.HTTP = httpFacts(t.HTTP)
	}
	if t.SSH != nil {
		r.SSH = &record.SSHFacts{SoftwareFwd: t.SSH.Software[src], SoftwareRev: t.SSH.Software[src.Other()]}
	}
	if t.XMPP != nil {
		r.XMPP = &record.XMPPFacts{To: t.XMPP.To, From: t.XMPP.From, StartTLS: startTLS(t.XMPP)}
	}
}

func startTLS(x *dissect.XMPPFacts) string {
	switch {
	case x.Proceed:
		return "proceed"
	case x.Asked:
		return "asked"
	case x.Offered:
		return "offered"
	}
	return "none"
}

func ntpFacts(x *dissect.NTPFacts) *record.NTPFacts {
	r := &record.NTPFacts{
		Requests: x.Requests, Answered: x.Answered, Stray: x.Stray, NoTime: x.NoTime, Version: int(x.Version), Kiss: x.Kiss,
	}
	if x.Answered+x.Stray > 0 {
		v := int(x.Stratum)
		r.Stratum = &v
	}
	return r
}

func dtlsFacts(x *dissect.DTLSFacts) *record.DTLSFacts {
	r := &record.DTLSFacts{ClientHello: x.HasClient, ServerHello: x.HasServer, Version: x.Version.String()}
	for _, p := range x.Offered {
		r.SRTPOffered = append(r.SRTPOffered, dtls.ProfileName(p))
	}
	if x.Selected != 0 {
		r.SRTPSelected = dtls.ProfileName(x.Selected)
	}
	return r
}

func httpFacts(x *dissect.HTTPFacts) *record.HTTPFacts {
	r := &record.HTTPFacts{
		Requests: x.Requests, UserAgent: x.UserAgent, Upgrade: x.Upgrade, Server: x.Server, Via: x.Via, Location: x.Location,
		Fields: x.Fields, Schemes: x.Schemes,
	}
	for i := range x.Exchanges {
		e := &x.Exchanges[i]
		out := record.HTTPExchange{Method: e.Method, Host: e.Host, Status: e.Status}
		if e.Length >= 0 {
			out.Length = copied(e.Length)
		}
		r.Exchanges = append(r.Exchanges, out)
	}
	return r
}

func connectFacts(c *dissect.ConnectFacts) *record.ConnectFacts {
	r := &record.ConnectFacts{Protocol: "http", Host: c.Host, Port: c.Port, Status: c.Status, Schemes: c.Schemes,
		Tries: c.Tries}
	if c.Protocol != dissect.Connect {
		r.Protocol = c.Protocol.String()
		if c.SOCKSReply >= 0 {
			r.Reply = copied(c.SOCKSReply)
		}
	}
	if c.Replied > c.Asked && c.Asked != 0 {
		r.DelayMs = ms(c.Replied - c.Asked)
	}
	return r
}
