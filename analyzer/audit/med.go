package audit

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"webexaudit/analyzer/record"
)

// volumeLimits separate media from probes on TCP and TLS; three rules share them.
func volumeLimits(more ...string) []string {
	return append([]string{"WXA-MED-001.min_bytes", "WXA-MED-001.min_seconds", "WXA-MED-001.min_windows"}, more...)
}

const openUDP = "Allow UDP 5004 and UDP 9000 from the clients to the published Webex media subnets at the firewall, with return traffic."

var med001 = &Rule{
	ID: "WXA-MED-001", Title: "Media over TLS", Severity: record.High,
	Doc: Doc{
		What:       "Audio or video travels over TLS straight to a media node instead of UDP.",
		Why:        "TLS runs over TCP: one lost packet holds up all that follow, so users hear gaps and delay where UDP would have hidden the loss. Webex uses TLS only where UDP and TCP 5004 got no answer, so it points at a firewall.",
		Trigger:    "A TLS flow to a published media range, without SNI and classified as media, that lasts min_seconds, carries min_bytes from the server and shows the rhythm of media (20 and more small records a second) in min_windows windows of 10 s. Where only one direction shows it, confidence is one step lower; where the hello is not in the capture, so that the SNI is not known, the finding is only possible.",
		LookAlikes: "Clients test dozens of nodes over UDP, TCP and TLS at start-up: short, small, in parallel, and no fallback. Browsers reach media nodes by TURN over TLS with an SNI: by design. Signalling and file transfers lack the rhythm.",
		Verify:     "Wireshark: `tls.handshake.type == 1 && !tls.handshake.extensions_server_name` towards the media subnets; Statistics > I/O Graphs with `tls.record.content_type == 23` of that conversation shows a steady 20 to 100 records a second in both directions.",
	},
	Remediation: openUDP,
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media ports and transport", "BRKCOL-2057 (2022): UDP is better"},
	Needs:       []string{"flow with rhythm", "the media flows of a call for half a minute"},
	Limits:      volumeLimits(),
	Check: func(p *Pass) {
		p.fallback(record.TLS, "media is not carried over TLS", func(f *record.Flow) bool { return f.SNI == "" && f.Prefix != "" })
	},
}

var med003 = &Rule{
	ID: "WXA-MED-003", Title: "Media over TCP", Severity: record.Medium,
	Doc: Doc{
		What:       "Audio or video travels over TCP to a media node instead of UDP.",
		Why:        "On TCP one lost packet holds up all that follow. Webex uses it only where UDP got no answer.",
		Trigger:    "A TCP flow to a published media range, classified as media, with the duration, volume and rhythm of WXA-MED-001.",
		LookAlikes: "Reachability tests over TCP last about a second and carry a few hundred bytes; TURN of browsers is by design.",
		Verify:     "Wireshark: `tcp.port == 5004 && tcp.len > 0`, then Statistics > Conversations, tab TCP: long rows with bytes in both directions; I/O graph as for WXA-MED-001.",
	},
	Remediation: openUDP,
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media ports and transport"},
	Needs:       []string{"flow with rhythm", "the media flows of a call for half a minute"},
	Limits:      volumeLimits(),
	Check: func(p *Pass) {
		p.fallback(record.TCP, "media is not carried over TCP", func(f *record.Flow) bool { return f.Prefix != "" })
	},
}

// fallback fails clients that carry media over a transport other than UDP, one cause for each site or subnet.
func (p *Pass) fallback(over record.Transport, pass string, is func(*record.Flow) bool) {
	o := outcome{unit: "media flow", pass: pass, missing: "the rhythm of the flow: capture it from its beginning, with whole packets"}
	list := causes{}
	for _, f := range p.webex {
		if !p.mediaLike(f) {
			continue
		}
		if f.Transport != over {
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
		if media && !is(f) {
			o.missing = "flows to a published range without a name: what carries a name may be TURN of a browser"
		} else if media {
			if over == record.TLS && !p.helloSeen(f) {
				conf = record.Possible
			}
			o.judged++
			c := list.at(p.subject(f.ClientAddr()))
			c.flow(f)
			c.count++
			c.host(f.Server().Addr().String())
			c.sure(conf)
		}
	}
	for c := range list.each {
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("%s of %s carried media over %s for %s (%s): %s", count(len(c.clients), "client"), where(c.subject),
				strings.ToUpper(string(over)), minutes(c.seconds), volume(c.bytes), p.udpStory(c)),
			expected: "media over UDP", actual: count(len(c.flows), "media flow") + " over " + strings.ToUpper(string(over)),
			evidence: p.cite("packet-range", c.largest(), rhythm)})
	}
	p.conclude(o)
}

// isCarried reports whether a flow of a media function holds media at all, on whatever transport.
func (p *Pass) isCarried(f *record.Flow) bool {
	if f.Transport == record.UDP {
		return len(p.streamsOf[f.FlowID]) > 0
	}
	media, _, _ := p.sustained(f)
	return media
}

// mediaLike: media, or what would be a test if it were not long and large, with a rhythm that nobody measured.
func (p *Pass) mediaLike(f *record.Flow) bool {
	if f.Function == record.ReachProbe {
		_, unclear, _ := p.sustained(f)
		return unclear
	}
	return f.Function.IsMedia()
}

// helloSeen reports whether the client's hello was in sight, so that a missing SNI means that there was none.
func (p *Pass) helloSeen(f *record.Flow) bool {
	return f.JA3 != "" || f.JA4 != "" || p.tlsOf[f.FlowID] != nil || f.TCP != nil && f.TCP.SYN > 0
}

// sustained judges whether a flow over TCP or TLS carries media: by its duration, its volume and its rhythm. Unclear is a
// flow that has the first two but whose rhythm was not measured.
func (p *Pass) sustained(f *record.Flow) (media, unclear bool, conf record.Confidence) {
	long := f.EndTime.Sub(f.StartTime) >= time.Duration(p.value("WXA-MED-001.min_seconds")*float64(time.Second))
	if !long || float64(f.Down().PayloadBytes) < p.value("WXA-MED-001.min_bytes") {
		return false, false, ""
	}
	if f.Rhythm == nil {
		return false, true, ""
	}
	conf = f.Confidence
	if conf == "" {
		conf = record.Probable
	}
	least := int(p.value("WXA-MED-001.min_windows"))
	switch {
	case f.Rhythm.MediaBoth >= least:
		return true, false, conf
	case f.Rhythm.MediaBoth+f.Rhythm.MediaOne >= least:
		return true, false, conf.Lower()
	}
	return false, false, ""
}

// udpStory says in numbers what the same clients got for their tests over UDP, and over TCP and TLS where these failed.
func (p *Pass) udpStory(c *cause) string {
	var asked, answered int64
	for _, f := range p.webex {
		if c.clients[f.ClientAddr()] && f.Proto == "udp" && f.STUN != nil && f.ClientIsSource() && f.Prefix != "" {
			asked += f.STUN.Requests
			answered += f.STUN.Answered
		}
	}
	text := fmt.Sprintf("%d of %s over UDP were answered", answered, count(asked, "STUN request"))
	switch {
	case asked == 0:
		text = "no test over UDP is in the capture"
	case answered == 0:
		text = fmt.Sprintf("none of %s over UDP was answered", count(asked, "STUN request"))
	}
	return text + p.rungStory(c, false) + p.rungStory(c, true)
}

// https is where a connection is meant for TLS even if nobody answers (IANA service name https).
const https = 443

// rungStory says how TCP, or TLS, failed the same clients' connections to media nodes; "" where it did not.
func (p *Pass) rungStory(c *cause, overTLS bool) string {
	var asked, answered, reset int64
	ttls := map[string]bool{}
	for _, f := range p.webex {
		node := f.Function.IsMedia() || f.Function == record.ReachProbe
		if f.TCP == nil || f.TCP.SYN == 0 || f.Connect != nil || !node || !c.clients[f.ClientAddr()] || !f.ClientIsSource() ||
			overTLS != (f.Transport == record.TLS || f.DstPort == https) {
			continue
		}
		silent := f.Down().PayloadBytes == 0
		asked++
		switch {
		case f.TCP.ResetBy == "rev" && silent:
			reset++
			if f.TCP.ResetTTL != nil {
				ttls["TTL "+strconv.Itoa(*f.TCP.ResetTTL)] = true
			}
		case f.TCP.SYNACK && !(overTLS && silent):
			answered++
		}
	}
	if answered > 0 || asked == 0 {
		return ""
	}
	name := map[bool]string{false: "TCP", true: "TLS"}[overTLS]
	text := fmt.Sprintf("; no answer to %s over %s", count(asked, "connection"), name)
	if reset > 0 {
		text += fmt.Sprintf(", %d reset (%s)", reset, some(slices.Sorted(maps.Keys(ttls))))
	}
	return text
}

func rhythm(f *record.Flow) map[string]string {
	m := map[string]string{"seconds": strconv.FormatFloat(f.EndTime.Sub(f.StartTime).Seconds(), 'f', 1, 64)}
	if r := f.Rhythm; r != nil {
		m["windows"] = strconv.Itoa(r.Windows)
		m["media_both"], m["media_one"] = strconv.Itoa(r.MediaBoth), strconv.Itoa(r.MediaOne)
		m["rate_fwd"], m["rate_rev"] = fmt.Sprintf("%.1f", r.RateFwd), fmt.Sprintf("%.1f", r.RateRev)
	}
	return m
}
