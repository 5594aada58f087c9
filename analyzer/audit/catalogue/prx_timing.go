package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	cutFlows = audit.NewLimit("WXA-PRX-003.min_flows", "connections", 5, 3, 3, 2, 1000,
		"ours: two may end together by chance",
		"minimum number of WebSockets that ended")
	cutSeconds = audit.NewLimit("WXA-PRX-003.min_seconds", "s", 60, 30, 30, 1, 86_400,
		"ours: shorter ones are refused, not cut",
		"minimum age of each of them")
	cutWithin = audit.NewLimit("WXA-PRX-003.within_seconds", "s", 2, 5, 10, 0, 600, "ours: timers fire within seconds",
		"how far the ages may lie from their median")
	tunnelMs = audit.NewLimit("WXA-PRX-004.max_ms", "ms", 500, 200, 150, 1, 60_000,
		"ours: a round trip across a continent and a name look-up",
		"median time from CONNECT to the 2xx answer, less the round trip to the proxy")
	tunnelsJudged = audit.NewLimit("WXA-PRX-004.min_tunnels", "tunnels", 10, 5, 3, 1, 1000,
		"ours: single tunnels wait for single servers",
		"minimum number of tunnels of a proxy")
)

var prx003 = &audit.Rule{
	ID: "WXA-PRX-003", Title: "Proxy cuts long-lived WebSockets", Severity: record.Medium, Version: "3",
	Doc: audit.Doc{
		What: "WebSockets through a proxy all end at the same age.",
		Why: "The proxy closes long connections by a timer. Until the client is back it hears of no call and no " +
			"message.",
		Trigger: "At least min_flows WebSockets through one proxy that began and ended in the capture, none younger " +
			"than min_seconds, with ages within 5 s of their median.",
		LookAlikes: "Connections that end together (network change, sleep) have different ages; those of one client " +
			"that end in the same second are one event. What the client closes or resets first is no cut of the " +
			"proxy, and the end of the capture no end of a connection.",
		Verify: "Wireshark: `ip.addr == PROXY && (tcp.flags.fin == 1 || tcp.flags.reset == 1)` shows who ends the " +
			"connections; Statistics > Conversations, tab TCP, column Duration.",
	},
	Remediation: "Raise the proxy's limit for long-lived and idle tunnels to Webex names.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: WebSockets through proxies"},
	Rows:        []string{"names"},
	Needs:       []string{"flow with connect", "WebSockets that begin and end in the capture"},
	Thresholds:  []*audit.Limit{cutFlows, cutSeconds, cutWithin},
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "WebSocket through a proxy", Many: "WebSockets through a proxy"},
		Pass: wording.New("prx003.pass", "no proxy ends WebSockets at one and the same age"),
		Applies: func(_ *audit.Env, f *observe.Flow) bool {
			return f.Function == record.WebSocket && tunnelled(f.Flow)
		},
		Lacks: func(_ *audit.Env, f *observe.Flow) (missing wording.Text) {
			if observe.Age(f.Flow) <= 0 {
				missing = wording.New("prx003.missing", "WebSockets that begin and end in the capture: capture for "+
					"longer")
			}
			return missing
		},
		Breaks: func(_ *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if up, _ := directions(f.Flow); f.TCP.ResetBy == up || f.TCP.End != nil && f.TCP.End.ClosedBy == up {
				return false // the client itself ended it
			}
			g.Samples.Add(observe.Age(f.Flow).Seconds())
			g.Hows.Add(fmt.Sprintf("%s %d", f.From, f.EndTime/1e9), 1)
			return true
		},
		Confidence: func(*audit.Env, *observe.Flow) record.Confidence { return record.Probable },
		Subject:    proxyOf,
		Cite: audit.Citation{Kind: "transaction", Keys: []string{"connect", "rst"},
			Fields: func(f *observe.Flow) map[string]string {
				return map[string]string{"age_s": fmt.Sprintf("%.1f", observe.Age(f.Flow).Seconds()),
					"ended_by": f.EndReason}
			}},
		Enough: cutFlows,
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			youngest, oldest, median := g.Samples.At(0), g.Samples.Max(), g.Samples.Median()
			within := s.Value(cutWithin)
			return audit.Verdict{
					State: record.Fail,
					Summary: wording.New("prx003.fail", "%s ended all %s of %s at the age of %s", subject(g),
						wording.Count(g.Count, "WebSocket", "WebSockets"), clients(g), wording.Seconds(median)),
					Expected: wording.New("prx003.expected", "connections that last as long as the client needs them"),
					Actual: wording.New("prx003.actual", "ages from %s to %s", wording.Seconds(youngest),
						wording.Seconds(oldest)),
				}, float64(len(g.Hows.Keys())) >= s.Value(cutFlows) && youngest >= s.Value(cutSeconds) &&
					median-youngest <= within && oldest-median <= within
		},
	},
}

var prx004 = &audit.Rule{
	ID: "WXA-PRX-004", Title: "Proxy adds delay", Severity: record.Medium, Version: "2",
	Doc: audit.Doc{
		What: "A proxy takes long to open tunnels to Webex.",
		Why:  "Each connection of a sign-in or join waits for it: joining takes many seconds more.",
		Trigger: "The median time from CONNECT to a 2xx answer, less the round trip to the proxy, is max_ms or " +
			"more, over at least min_tunnels tunnels of one proxy.",
		LookAlikes: "The time holds the proxy's own name look-up and its connection to a distant server: half the " +
			"world away 200 ms are physics. A CONNECT that is answered 407 first is measured from the one that " +
			"succeeded. The way from the client to a distant proxy is taken off.",
		Verify: "Wireshark: `http.request.method == \"CONNECT\"` and the time to `http.response.code == 200`.",
	},
	Remediation: "Scale the proxy, look at its resolver, or bypass it for Webex domains.",
	Refs:        []string{"RFC 9110 section 9.3.6"},
	Rows:        []string{"names"},
	Needs:       []string{"flow with connect", "a capture on the client's side of the proxy"},
	Thresholds:  []*audit.Limit{tunnelMs, tunnelsJudged},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &tunnelDelays{e, audit.NewGroups(&connectCitation)}
	}),
}

// tunnelDelays are how long each proxy took to open tunnels.
type tunnelDelays struct {
	env     *audit.Env
	proxies audit.Groups
}

// Add implements audit.Fold.
func (d *tunnelDelays) Add(f *observe.Flow) {
	if !tunnelled(f.Flow) || f.Connect.DelayMs == nil {
		return
	}
	g := d.proxies.At(proxyOf(d.env, f))
	g.Count++
	delay := *f.Connect.DelayMs
	if f.TCP != nil && f.TCP.HandshakeRTTMs != nil {
		delay = max(delay-*f.TCP.HandshakeRTTMs, 0)
	}
	g.Samples.Add(delay)
	g.Flow(d.env, f, &connectCitation)
}

// Merge implements audit.Fold.
func (d *tunnelDelays) Merge(o audit.Fold) { d.proxies.Merge(&o.(*tunnelDelays).proxies) }

// Close implements audit.Fold.
func (d *tunnelDelays) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:   wording.Noun{One: "tunnel through a proxy", Many: "tunnels through a proxy"},
		Pass: wording.New("prx004.pass", "tunnels open in time"),
		Missing: wording.New("prx004.missing", "at least %s of one proxy",
			wording.Count(int64(s.Value(tunnelsJudged)), "tunnel", "tunnels")),
	}
	for g := range d.proxies.All {
		o.Seen += g.Count
		if float64(g.Count) < s.Value(tunnelsJudged) {
			continue
		}
		o.Judged += g.Count
		median := g.Samples.Median()
		if median < s.Value(tunnelMs) {
			continue
		}
		g.Raise(record.Probable)
		s.Report(g, audit.Verdict{
			State: record.Fail,
			Summary: wording.New("prx004.fail", "%s needed %s (median) to open a tunnel to Webex, over %s of %s",
				subject(g),
				milliseconds(median), wording.Count(g.Count, "tunnel", "tunnels"), clients(g)),
			Expected: wording.New("prx004.expected", "less than %s", milliseconds(s.Value(tunnelMs))),
			Actual: wording.New("prx004.actual", "%s, at most %s", milliseconds(median),
				milliseconds(g.Samples.Max())),
		})
	}
	s.Conclude(o)
}
