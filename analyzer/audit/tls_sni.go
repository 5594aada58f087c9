package audit

import (
	"fmt"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

var tls009 = &Rule{
	ID: "WXA-TLS-009", Title: "TLS media without SNI is refused on the way", Severity: record.Medium,
	Doc: Doc{
		What:       "A box between client and media node ends TLS connections that carry no server name.",
		Why:        "Media over TLS names no server: a firewall or proxy that demands a name breaks the last way that media has.",
		Trigger:    "At least min_sessions TLS connections of a site to media nodes without SNI are answered by a reset or an alert that cannot be the node's: it comes faster than half the round trip of the handshake, or from at least three routers nearer than the node's SYN-ACK. One of the two is probable, both in one connection are proof.",
		LookAlikes: "A node that ends a connection itself does it from its own distance. A box that answers the SYN too looks like the node: see WXA-PRX-006. A connection that nobody answers is another fault.",
		Verify:     "Wireshark: `tls.handshake.type == 1 && !tls.handshake.extensions_server_name`, then ip.ttl of the reset against that of the SYN-ACK.",
	},
	Remediation: "Do not demand SNI for the media subnets, and exempt them from inspection.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: TLS media has no SNI"},
	Needs:       []string{"flow of TLS media with tcp", "tls_session", "the connection from its SYN"},
	Limits:      []string{"WXA-TLS-009.min_sessions"},
	Check:       namelessMedia,
}

func namelessMedia(p *Pass) {
	o := outcome{unit: "nameless TLS connection to a media node", pass: "none is refused on the way",
		missing: "SYN, SYN-ACK and the answer to the hello: capture connections from their beginning, in both directions"}
	list := causes{}
	for _, t := range p.tls {
		f := p.flowOf[t.FlowID]
		media := f.Function.IsMedia() || f.Function == record.ReachProbe
		if !media || f.Transport != record.TLS || t.SNI != "" || t.JA3 == "" && t.JA4 == "" || f.TCP == nil {
			continue
		}
		o.seen++
		if t.TLSVersion != "" {
			o.judged++
			continue
		}
		how, conf, known := refusal(f, t)
		if !known {
			continue
		}
		o.judged++
		if how == "" {
			continue
		}
		c := list.at(p.subject(f.ClientAddr()))
		c.flow(f)
		c.count++
		c.host(f.Server().Addr().String())
		c.n[how]++
		c.sure(conf)
	}
	for c := range list.each {
		if float64(c.count) < p.limit("min_sessions") {
			continue
		}
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("%s of %s in %s to %s refused before they reach it", count(c.count, "nameless TLS connection"),
				count(len(c.clients), "client"), where(c.subject), count(len(c.hosts), "media node")),
			expected: "the media node answers the hello", actual: c.counted(),
			evidence: p.citeKeys("transaction", c.flows, nil, "syn-ack", "client-hello", "rst", "alert")})
	}
	p.conclude(o)
}

// nearer is by how many routers a box must be nearer than the server.
const nearer = 3

// refusal says how something nearer than the server refused the hello. "" with known: the server itself did.
func refusal(f *record.Flow, t *record.TLSSession) (how string, conf record.Confidence, known bool) {
	down, ttl := "rev", f.TTLRev
	if !f.ClientIsSource() {
		down, ttl = "fwd", f.TTLFwd
	}
	kind := ""
	switch {
	case f.TCP.ResetBy == down:
		kind = "rst"
	case slices.ContainsFunc(t.Alerts, func(a string) bool { return strings.HasPrefix(a, down+" ") }):
		kind = "alert"
	default:
		return "", "", false
	}
	var signs []string
	if kind == "rst" && f.TCP.SYNACK && f.TCP.ResetTTL != nil && ttl != nil {
		known = true
		if a, b := hops(*f.TCP.ResetTTL), hops(*ttl); a+nearer <= b {
			signs = append(signs, "nearer")
		}
	}
	asked, answered := f.KeyTime("client-hello"), f.KeyTime(kind)
	if rtt := f.TCP.FarRTTMs; rtt != nil && asked != 0 && answered > asked {
		known = true
		if answered.Sub(asked).Seconds()*1000 < *rtt/2 {
			signs = append(signs, "too early")
		}
	}
	if len(signs) == 0 {
		return "", "", known
	}
	conf = record.Probable
	if len(signs) > 1 {
		conf = record.Confirmed
	}
	return map[string]string{"rst": "reset", "alert": "alert"}[kind] + " " + strings.Join(signs, " and "), conf, known
}

// hops counts the routers that a packet passed; systems begin with 64, 128 or 255.
func hops(ttl int) int {
	for _, first := range []int{64, 128} {
		if ttl <= first {
			return first - ttl
		}
	}
	return 255 - ttl
}
