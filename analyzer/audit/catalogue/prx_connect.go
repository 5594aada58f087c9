package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
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
	ID: "WXA-PRX-001", Title: "Media nodes are reached through the proxy", Severity: record.Medium,
	Doc: audit.Doc{
		What: "The proxy opens CONNECT tunnels to media nodes.",
		Why: "Whatever the client would send there (media as a last resort) loads the proxy and suffers from it. A " +
			"direct way, or an exception in the PAC file, keeps media off the proxy. A warning: a mere test through " +
			"the proxy hurts nobody yet.",
		Trigger: "A CONNECT to a media node or media address that the proxy answered with 2xx.",
		LookAlikes: "CONNECT to signalling is what the proxy is for. A CONNECT that the proxy refuses keeps media " +
			"off it. Media that actually flows through the proxy is WXA-MED-002 as well.",
		Verify: "Wireshark: `http.request.method == \"CONNECT\"` and look for addresses of the media subnets or " +
			"names of media nodes.",
	},
	Remediation: "Let the media subnets and media node names bypass the proxy (PAC file, GPO), and allow UDP 5004 " +
		"and 9000.",
	Refs: []string{"BRKCOL-2057 (2022): avoid the proxy for media", "Network Requirements for Webex " +
		"Services, WBX000028782: proxy"},
	Needs: []string{"flow with connect", "a capture on the client's side of the proxy"},
	Judge: audit.PerFlow{
		Of:      wording.Noun{One: "CONNECT request of Webex", Many: "CONNECT requests of Webex"},
		Pass:    wording.New("prx001.pass", "none leads to a media node"),
		Applies: func(_ *audit.Env, f *observe.Flow) bool { return f.Connect != nil },
		Lacks: func(_ *audit.Env, f *observe.Flow) (missing wording.Text) {
			if f.Connect.Status == 0 {
				missing = wording.New("prx001.missing", "the proxy's replies")
			}
			return missing
		},
		Breaks: func(_ *audit.Env, f *observe.Flow, g *audit.Group) bool {
			media := f.Function.IsMedia() || f.Function == record.ReachProbe || f.Function == record.TURN
			if !media || !tunnelled(f.Flow) {
				return false
			}
			g.Host(f.Connect.Host)
			return true
		},
		Subject: proxyOf,
		Cite:    connectCitation,
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("prx001.warn", "%s opened %s to media nodes for %s (%s)", subject(g),
					wording.Count(g.Count, "tunnel", "tunnels"), clients(g), hosts(g)),
				Expected: wording.New("prx001.expected", "media nodes are reached directly"),
				Actual:   wording.New("prx001.actual", "%s answered 2xx", wording.CountOf(g.Count, connectRequest)),
			}, true
		},
	},
}

var prx007 = &audit.Rule{
	ID: "WXA-PRX-007", Title: "Webex Calling media or device through a proxy", Severity: record.Medium,
	Doc: audit.Doc{
		What: "A phone, or media of Webex Calling, goes through an HTTP proxy.",
		Why: "Webex Calling knows a proxy for the signalling of the app only. Phones and media through it do " +
			"not work, or only by accident.",
		Trigger: "A CONNECT of a phone to a Webex name, or a CONNECT to media of Webex Calling.",
		LookAlikes: "The app's own signalling through the proxy is supported. Meetings' media through a proxy is " +
			"WXA-MED-002's.",
		Verify: "Wireshark: `http.request.method == \"CONNECT\" && ip.src == PHONE`.",
	},
	Remediation: "Let phones and Calling media bypass the proxy.",
	Refs:        []string{"BRKCOL-2057 (2022): proxy support of Webex Calling"},
	Needs:       []string{"flow with connect", "what the machines are: the site file's phones, or port plans"},
	Judge: audit.PerFlow{
		Of: wording.Noun{One: "CONNECT request of Webex Calling or a phone",
			Many: "CONNECT requests of Webex Calling or phones"},
		Pass: wording.New("prx007.pass", "only signalling of the app goes through the proxy"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			return f.Connect != nil && (f.Service == record.Calling || isPhone(e, f))
		},
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if !isPhone(e, f) && !f.Function.IsMedia() {
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
				Expected: wording.New("prx007.expected", "phones and Calling media go directly"),
				Actual:   wording.New("prx007.actual", "%s", wording.CountOf(g.Count, connectRequest)),
			}, true
		},
	},
}

func isPhone(e *audit.Env, f *observe.Flow) bool {
	return f.Device == "phone" || string(e.Site.Role(f.From)) == "phone"
}
