package catalogue

import (
	"maps"
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	taggedFrom = audit.NewLimit("WXA-QOS-012.min_packets", "packets", 250, 50, 20, 1, 1e6, "ours: one second of audio",
		"minimum number of tagged packets of a flow from the client")
	mainShare = audit.NewLimit("WXA-QOS-012.min_percent", "%", 95, 90, 80, 51, 100, "ours",
		"share of packets with one DSCP, and with one priority, so that they can be compared")
)

var qos012 = &audit.Rule{
	ID: "WXA-QOS-012", Title: "802.1p priority and DSCP disagree", Severity: record.Low,
	Doc: audit.Doc{
		What: "Tagged frames of Webex media carry another 802.1p priority than the site's table has for " +
			"their DSCP.",
		Why: "Switches that queue by 802.1p then treat audio as something else than routers do.",
		Trigger: "A Webex media flow with at least min_packets tagged packets from the client whose main DSCP " +
			"is in the site file's table pcp, and whose main priority is another one than there; main " +
			"means at least min_percent.",
		LookAlikes: "Without a table every mapping may be intended: not assessable. Frames without a tag have no " +
			"priority. A mirror port may write tags of its own: check that the priorities are those of " +
			"the link.",
		Verify: "Wireshark: `vlan && ip.src == CLIENT`, with vlan.priority and ip.dsfield.dscp as columns.",
	},
	Remediation: "Correct the DSCP-to-CoS map of the switch.",
	Refs:        []string{"IEEE 802.1Q clause 6.9.3", "RFC 8325 section 4.3 (802.11)"},
	Rows:        []string{"prefixes", "webex-policy-dscp-audio", "webex-policy-dscp-video"},
	Needs:       []string{"flow", "site table pcp"},
	Thresholds:  []*audit.Limit{taggedFrom, mainShare},
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "tagged media flow", Many: "tagged media flows"},
		Pass: wording.New("qos012.pass", "802.1p priorities fit the DSCP markings"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			return f.Function.IsMedia() && float64(clientPriorities(f).Total()) >= e.Value(taggedFrom)
		},
		Lacks: func(e *audit.Env, f *observe.Flow) (missing wording.Text) {
			if _, _, _, ok := compared(e, f); !ok {
				missing = wording.New("qos012.missing", "the site's map from DSCP to 802.1p (key pcp of the site file)")
			}
			return missing
		},
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			mark, priority, want, _ := compared(e, f)
			if priority == want {
				return false
			}
			g.Hows.Add(wording.New("qos012.how", "%s with priority %d instead of %d", record.MarkName(mark), priority, want).String(), 1)
			return true
		},
		Cite: audit.Citation{Kind: "packet-range", Largest: true, Fields: func(f *observe.Flow) map[string]string {
			return map[string]string{"dscp": histogram(f.Up().DSCP).String()}
		}},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			how := wording.List(g.Hows.Keys())
			return audit.Verdict{
				State: record.Fail,
				Summary: wording.New("qos012.fail", "%s of %s in %s: %s", wording.Count(g.Count, "media flow", "media flows"),
					clients(g), subject(g), how),
				Expected: wording.New("qos012.expected", "the priorities of the site's table"),
				Actual:   wording.New("qos012.actual", "%s", how),
			}, true
		},
	},
}

// clientPriorities are the 802.1p priorities of what the client sent.
func clientPriorities(f *observe.Flow) record.DSCP {
	if f.ClientIsSource() {
		return f.PCPFwd
	}
	return f.PCPRev
}

// compared are the flow's main DSCP and priority and the one that the site's table has; not ok where one of them is
// missing.
func compared(e *audit.Env, f *observe.Flow) (mark, priority, want int, ok bool) {
	mark, one := mainValue(f.Up().DSCP, e.Value(mainShare))
	priority, sure := mainValue(clientPriorities(f), e.Value(mainShare))
	want, listed := e.Site.Priority(mark)
	return mark, priority, want, one && sure && listed
}

// mainValue is the value that at least the share (in percent) of the packets carry.
func mainValue(d record.DSCP, share float64) (value int, ok bool) {
	for _, v := range slices.Sorted(maps.Keys(d)) {
		if percent(d[v], d.Total()) >= share {
			return v, true
		}
	}
	return 0, false
}
