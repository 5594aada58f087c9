package audit

import (
	"fmt"
	"strings"

	"webexaudit/analyzer/record"
)

var med002 = &Rule{
	ID: "WXA-MED-002", Title: "Media over TLS through a proxy", Severity: record.High,
	Doc: Doc{
		What:       "Audio or video travels inside a CONNECT tunnel of an HTTP proxy.",
		Why:        "The last resort of the client: TCP, TLS and a proxy that is built for web pages, not for 50 packets a second each way. It adds delay and jitter for all users behind it. Where the same proxy also inspects the tunnel, calls fail: then the finding is critical.",
		Trigger:    "A tunnel through a proxy, classified as media, with the duration, volume and rhythm of WXA-MED-001. Room devices are allowed to do so since devices_since: with a pack of that date or later theirs is a warning.",
		LookAlikes: "CONNECT requests to media nodes that carry only a test are WXA-PRX-001. Signalling through the proxy is normal. TURN of browsers through the proxy is by design.",
		Verify:     "Wireshark: `http.request.method == \"CONNECT\"` with a media node or media address as host; follow that TCP stream and draw the I/O graph as for WXA-MED-001.",
	},
	Remediation: openUDP + " If UDP cannot be opened, let media bypass the proxy (PAC file) to the media subnets on TCP 5004 and TLS 443.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: proxy and media", "BRKCOL-2057 (2022): avoid the proxy for media"},
	Needs:       []string{"flow with rhythm", "a capture on the client's side of the proxy"},
	Limits:      volumeLimits("WXA-MED-002.devices_since"),
	Check: func(p *Pass) {
		o := outcome{unit: "media flow", pass: "media does not pass a proxy", missing: "the rhythm of the flow: capture it from its beginning, with whole packets"}
		list := causes{}
		for _, f := range p.webex {
			if !p.mediaLike(f) {
				continue
			}
			if f.Transport != record.TLSProxied {
				if p.isCarried(f) {
					o.seen++
					o.judged++
				}
				continue
			}
			media, unclear, conf := p.sustained(f)
			if media || unclear {
				o.seen++
			}
			if media {
				o.judged++
				p.proxied(list.at(record.Subject{Kind: "proxy", Key: f.Server().String()}), f, conf)
			}
		}
		for c := range list.each {
			p.reportProxied(c)
		}
		p.conclude(o)
	},
}

func (p *Pass) proxied(c *cause, f *record.Flow, conf record.Confidence) {
	c.flow(f)
	c.count++
	c.sure(conf)
	if f.Connect != nil {
		c.host(f.Connect.Host)
	}
	if t := p.tlsOf[f.FlowID]; t != nil && inspected(t) {
		c.n["inspected"]++
	}
	if f.Device == "room-device" && p.packNumber() >= p.limit("WXA-MED-002.devices_since") {
		c.n["allowed"]++
	}
}

func (p *Pass) reportProxied(c *cause) {
	v := verdict{state: record.Fail,
		summary: fmt.Sprintf("%s sent media through %s for %s (%s): %s", count(len(c.clients), "client"), where(c.subject),
			minutes(c.seconds), volume(c.bytes), p.udpStory(c)),
		expected: "media over UDP, past the proxy", actual: count(len(c.flows), "media flow") + " inside CONNECT tunnels",
		evidence: append(p.keys("transaction", c.largest()[0], connected, "connect", "connect-reply"), p.cite("packet-range", c.largest(), rhythm)...)}
	if len(v.evidence) > maxEvidence {
		v.evidence = v.evidence[:maxEvidence]
	}
	if c.n["inspected"] > 0 {
		v.severity = record.Critical
		v.summary += fmt.Sprintf("; %s inspected", count(c.n["inspected"], "tunnel"))
	} else if c.n["allowed"] == int64(len(c.flows)) {
		v.state = record.Warn
		v.summary += "; all are room devices, for which it is allowed but not advised"
	}
	p.report(c, v)
}

func connected(f *record.Flow) map[string]string {
	if f.Connect == nil {
		return nil
	}
	return map[string]string{"connect": fmt.Sprintf("%s:%d", f.Connect.Host, f.Connect.Port), "status": fmt.Sprint(f.Connect.Status)}
}

// packNumber is the pack's date as the number YYYYMMDD; 0 where it has none.
func (p *Pass) packNumber() float64 {
	if p.set.Run == nil {
		return 0
	}
	var n float64
	for _, digit := range strings.ReplaceAll(p.set.Run.Pack.Date, "-", "") {
		if digit < '0' || digit > '9' {
			return 0
		}
		n = 10*n + float64(digit-'0')
	}
	return n
}
