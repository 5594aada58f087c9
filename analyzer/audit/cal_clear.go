package audit

import (
	"cmp"
	"fmt"

	"webexaudit/analyzer/record"
)

var cal004 = &Rule{
	ID: "WXA-CAL-004", Title: "SIP or media with the cloud is not encrypted", Severity: record.High,
	Doc: Doc{
		What:       "SIP that can be read goes between a client and Webex, or media was agreed upon without encryption.",
		Why:        "Who listens on the way learns who calls whom, and hears it; passwords can be attacked.",
		Trigger:    "A Webex flow to or from the cloud in which SIP messages were parsed, answered ones make it a failure, others a warning; or media with the cloud that a session description in clear announced as RTP/AVP or RTP/AVPF, with neither a key (a=crypto) nor a fingerprint. Flows of an Expressway are WXA-EXP-004's.",
		LookAlikes: "SIP between phones and a call control inside is not the cloud's. RTP and SRTP look alike in the packets: without a description in clear nothing is said of media. RTP/AVP beside a=crypto offers encryption (RFC 8643).",
		Verify:     "Wireshark: `sip && ip.addr == NODE`; sdp.media for the profile.",
	},
	Remediation: "Set the trunk, phone or gateway to SIP over TLS (port 8934 or 5062) and SRTP; close TCP and UDP 5060 to the Internet.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: SIP over UDP or TCP is not supported", "BRKCOL-2057 (2022): Webex Calling encryption", "RFC 3711", "RFC 4568"},
	Needs:       []string{"flow with sip or TLS", "media_stream with profile"},
	Check:       cleartext,
}

func cleartext(p *Pass) {
	o := outcome{unit: "flow of Calling signalling or announced media", pass: "signalling is inside TLS, and no media was announced without encryption",
		missing: "the beginning of the connections", absent: "no signalling of Webex Calling and no SIP in clear in this capture"}
	list := causes{}
	for _, f := range p.webex {
		switch {
		case f.ClientRole == "expressway-e" || f.ServerRole == "expressway-e":
		case f.SIP != nil && p.withCloud(f):
			o.seen++
			o.judged++
			p.readable(list.at(p.subject(f.ClientAddr())), f)
		case f.Service == record.Calling && f.Function == record.Signalling:
			o.seen++
			if f.Transport == record.TLS || f.Transport == record.TLSProxied {
				o.judged++
			}
		}
	}
	keyed := p.keyedMedia()
	for _, m := range p.streams {
		f := p.flowOf[m.FlowID]
		if m.Profile == "" || !p.withCloud(f) || f.ClientRole == "expressway-e" || f.ServerRole == "expressway-e" {
			continue
		}
		o.seen++
		o.judged++
		if !plainProfile(m.Profile) || keyed[fmt.Sprintf("%s %d", m.DstIP, m.DstPort)] ||
			keyed[fmt.Sprintf("%s %d", m.SrcIP, m.SrcPort)] {
			continue
		}
		c := list.at(p.subject(f.ClientAddr()))
		c.flow(f)
		c.count++
		c.n["media stream announced as "+m.Profile]++
		c.sure(f.Confidence)
		c.hosts["answered"] = true
	}
	for c := range list.each {
		state := record.Warn
		if c.hosts["answered"] {
			state = record.Fail
		}
		c.hosts = map[string]bool{}
		c.sortFlows()
		p.report(c, verdict{state: state,
			summary:  fmt.Sprintf("%s of %s in %s with the cloud can be read (%s)", count(len(c.flows), "flow"), count(len(c.clients), "client"), where(c.subject), c.counted()),
			expected: "SIP over TLS, media as SRTP", actual: c.counted(), evidence: p.citeKeys("packet-range", c.flows, nil, "sip-request", "sip-answer")})
	}
	p.conclude(o)
}

// withCloud reports whether the other end of a Webex flow is Webex's, and not a host of the enterprise.
func (p *Pass) withCloud(f *record.Flow) bool {
	internal, _ := p.site.IsInternal(f.Server().Addr())
	return f.Prefix != "" || f.ServerRole == "cloud" || !internal && f.ServerRole == ""
}

// readable adds a flow with SIP in clear.
func (p *Pass) readable(c *cause, f *record.Flow) {
	c.flow(f)
	c.count++
	c.sure(cmp.Or(f.Confidence, record.Possible))
	what := "SIP over " + f.Proto
	if len(f.SIP.Answers) > 0 {
		c.hosts["answered"] = true
	} else {
		what += " without answer"
	}
	c.n[what]++
	for _, m := range f.SIP.Media {
		if plainProfile(m.Profile) && !m.Crypto && !m.Fingerprint {
			c.n["offer of "+m.Kind+" as "+m.Profile]++
		}
	}
}

// plainProfile: RTP without protection (RFC 3551, RFC 4585).
func plainProfile(profile string) bool { return profile == "RTP/AVP" || profile == "RTP/AVPF" }

// keyedMedia are the announced addresses and ports whose description offers keys, whatever the profile says.
func (p *Pass) keyedMedia() map[string]bool {
	keyed := map[string]bool{}
	for _, f := range p.flows {
		if f.SIP == nil {
			continue
		}
		for _, m := range f.SIP.Media {
			if m.Crypto || m.Fingerprint {
				keyed[fmt.Sprintf("%s %d", m.Address, m.Port)] = true
			}
		}
	}
	return keyed
}
