package catalogue

import (
	"fmt"
	"net/netip"
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/analyzer/wording"
)

var connectRequest = wording.Noun{One: "CONNECT request", Many: "CONNECT requests"}

var connectCitation = audit.Citation{Kind: "transaction", Keys: []string{"connect", "connect-reply"},
	Fields: connectFields}

// connectFields are what a reader should see of a CONNECT request.
func connectFields(f *observe.Flow) map[string]string {
	if f.Connect == nil {
		return nil
	}
	return map[string]string{"connect": fmt.Sprintf("%s:%d", f.Connect.Host, f.Connect.Port),
		"status": fmt.Sprint(f.Connect.Status)}
}

// proxyOf is the proxy that a flow goes to.
func proxyOf(_ *audit.Env, f *observe.Flow) record.Subject {
	return record.Subject{Kind: "proxy", Key: f.Server().String()}
}

// tunnelled reports whether the proxy opened the tunnel that the flow asked for.
func tunnelled(f *record.Flow) bool { return f.Connect != nil && f.Connect.Status/100 == 2 }

var prx001 = &audit.Rule{
	ID: "WXA-PRX-001", Title: "Media nodes are reached through the proxy", Severity: record.Medium, Version: "2",
	Doc: audit.Doc{
		What: "The proxy opens CONNECT tunnels to media nodes.",
		Why: "Whatever the client would send there (media as a last resort) loads the proxy and suffers from it. A " +
			"direct way, or an exception in the PAC file, keeps media off the proxy. A warning: a mere test through " +
			"the proxy hurts nobody yet.",
		Trigger: "A CONNECT to a media node or media address that the proxy answered with 2xx. A remark only, where " +
			"every client that did so has media or answered tests over UDP.",
		LookAlikes: "CONNECT to signalling is what the proxy is for. A CONNECT that the proxy refuses keeps media " +
			"off it. Tests through the proxy at start-up are normal while UDP carries the call. Media that actually " +
			"flows through the proxy is WXA-MED-002.",
		Verify: "Wireshark: `http.request.method == \"CONNECT\"` and look for addresses of the media subnets or " +
			"names of media nodes.",
	},
	Remediation: "Let the media subnets and media node names bypass the proxy (PAC file, GPO), and allow UDP 5004 " +
		"and 9000.",
	Refs: []string{"BRKCOL-2057 (2022): avoid the proxy for media", "Network Requirements for Webex " +
		"Services, WBX000028782: proxy"},
	Rows:  []string{"names", "prefixes", "webex-policy-app-media-via-proxy", "webex-policy-device-media-via-proxy"},
	Needs: []string{"flow with connect", "a capture on the client's side of the proxy"},
	Under: []audit.Root{{Rule: "WXA-MED-001", Same: audit.SameClients}, {Rule: "WXA-MED-002",
		Same: audit.SameClients}, {Rule: "WXA-MED-003", Same: audit.SameClients}},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &mediaTunnels{env: e, proxies: audit.NewGroups(&connectCitation),
			overUDP: audit.NewSetFunc(maxDevices, netip.Addr.Compare)}
	}),
}

// mediaTunnels are the tunnels to media nodes by proxy, and the clients that reach nodes over UDP.
type mediaTunnels struct {
	env          *audit.Env
	seen, judged int64
	proxies      audit.Groups
	overUDP      audit.Set[netip.Addr]
}

// Add implements audit.Fold.
func (m *mediaTunnels) Add(f *observe.Flow) {
	if f.Proto == "udp" && (f.Function.IsMedia() && f.PacketsFwd > 0 && f.PacketsRev > 0 || f.STUN != nil &&
		f.STUN.Answered > 0) {
		m.overUDP.Add(f.From)
	}
	if f.Connect == nil {
		return
	}
	m.seen++
	if f.Connect.Status == 0 {
		return
	}
	m.judged++
	if media := f.Function.IsMedia() || f.Function == record.ReachProbe || f.Function == record.TURN; !media ||
		!tunnelled(f.Flow) {
		return
	}
	g := m.proxies.At(proxyOf(m.env, f))
	g.Count++
	g.Host(f.Connect.Host)
	g.Flow(m.env, f, &connectCitation)
}

// Merge implements audit.Fold.
func (m *mediaTunnels) Merge(o audit.Fold) {
	other := o.(*mediaTunnels)
	m.seen, m.judged = m.seen+other.seen, m.judged+other.judged
	m.proxies.Merge(&other.proxies)
	m.overUDP.Merge(&other.overUDP)
}

// Close implements audit.Fold.
func (m *mediaTunnels) Close(s *audit.Scope) {
	for g := range m.proxies.All {
		g.Raise(record.Confirmed)
		v := audit.Verdict{
			State: record.Warn,
			Summary: wording.New("prx001.warn", "%s opened %s to media nodes for %s (%s)", subject(g),
				wording.Count(g.Count, "tunnel", "tunnels"), clients(g), hosts(g)),
			Expected: wording.New("prx001.expected", "media nodes are reached directly"),
			Actual:   wording.New("prx001.actual", "%s answered 2xx", wording.CountOf(g.Count, connectRequest)),
		}
		if !slices.ContainsFunc(g.Clients.List(), func(a netip.Addr) bool { return !m.overUDP.Has(a) }) {
			v.Severity = record.Info
			v.Summary = wording.New("prx001.tests", "%s; UDP works for them, so that these are tests", v.Summary)
		}
		s.Report(g, v)
	}
	s.Conclude(audit.Outcome{
		Of: wording.Noun{One: "CONNECT request of Webex", Many: "CONNECT requests of Webex"}, Seen: m.seen,
		Judged:  m.judged,
		Pass:    wording.New("prx001.pass", "none leads to a media node"),
		Missing: wording.New("prx001.missing", "the proxy's replies"),
	})
}

var prx007 = &audit.Rule{
	ID: "WXA-PRX-007", Title: "SIP or media of Webex Calling through a proxy", Severity: record.Medium, Version: "2",
	Doc: audit.Doc{
		What: "Media of Webex Calling, or a phone's SIP, goes through an HTTP proxy.",
		Why: "Webex Calling knows a proxy for HTTP only: signalling of the app; activation, provisioning, firmware " +
			"and reports of phones. SIP and media through it do not work, or only by accident.",
		Trigger: "A CONNECT to media of Webex Calling, or a CONNECT of a phone to signalling of Webex Calling on " +
			"another port than 80, 443 and 8443.",
		LookAlikes: "Multiplatform phones and ATAs have an HTTP proxy of their own since firmware 11.3(7), for all " +
			"that is HTTP. The app's own signalling through the proxy is supported. Meetings' media through a proxy " +
			"is WXA-MED-002's.",
		Verify: "Wireshark: `http.request.method == \"CONNECT\" && ip.src == PHONE`, and the port of the host.",
	},
	Remediation: "Let SIP of phones and Calling media bypass the proxy.",
	Refs: []string{"Cisco IP Phone 8800 with Multiplatform Firmware, security: Set Up a Proxy Server",
		"BRKCOL-2057 (2022): proxy support of Webex Calling"},
	Rows: []string{"ports-calling",
		"webex-policy-calling-media-via-proxy",
		"webex-policy-calling-signalling-via-proxy",
		"webex-policy-phone-via-proxy"},
	Needs: []string{"flow with connect", "what the machines are: the site file's phones, or port plans"},
	Judge: audit.PerFlow{
		Of: wording.Noun{One: "CONNECT request of Webex Calling or a phone",
			Many: "CONNECT requests of Webex Calling or phones"},
		Pass: wording.New("prx007.pass", "only HTTP goes through the proxy"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			return f.Connect != nil && (f.Service == record.Calling || isPhone(e, f))
		},
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			sip := isPhone(e, f) && f.Service == record.Calling && f.Function == record.Signalling &&
				f.Connect.Port != 80 && f.Connect.Port != 443 && f.Connect.Port != 8443
			if !sip && (f.Service != record.Calling || !f.Function.IsMedia()) {
				return false
			}
			g.Host(f.Connect.Host)
			return true
		},
		Subject: proxyOf,
		Cite:    connectCitation,
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Fail,
				Summary: wording.New("prx007.fail", "%s through %s to %s, by %s", wording.CountOf(g.Count,
					connectRequest), subject(g), hosts(g),
					wording.Count(g.Clients.Len(), "phone or media client", "phones or media clients")),
				Expected: wording.New("prx007.expected", "SIP of phones and Calling media go directly"),
				Actual:   wording.New("prx007.actual", "%s", wording.CountOf(g.Count, connectRequest)),
			}, true
		},
	},
}

func isPhone(e *audit.Env, f *observe.Flow) bool {
	return f.Device == "phone" || e.Site.Role(f.From) == site.Phone
}
