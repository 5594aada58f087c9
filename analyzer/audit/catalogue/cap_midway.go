package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var maxMidway = audit.NewLimit("WXA-CAP-006.max_percent", "%", 50, 20, 5, 0, 100, "ours: a day-long WebSocket or two is normal",
	"share of Webex flows whose beginning is not in the capture")

var webexFlow = wording.Noun{One: "Webex flow", Many: "Webex flows"}

var cap006 = &audit.Rule{
	ID: "WXA-CAP-006", Title: "Flows joined mid-way", Severity: record.Info,
	Doc: audit.Doc{
		What: "The beginning of many Webex flows is not in the capture.",
		Why: "Names, certificates, proxy requests and the first connectivity checks stand at the " +
			"beginning. Without it the reason for a fallback or an inspection cannot be told.",
		Trigger: "More than max_percent of the Webex flows begin without SYN (TCP) or without a STUN request " +
			"(UDP media). A remark of severity info.",
		LookAlikes: "A flow that was cut in two by a time limit of the analysis is one flow: its second part " +
			"does not count. RTP of Webex Calling to a gateway uses no STUN and does not count either.",
		Verify: "Wireshark: `tcp.flags.syn == 1` within the conversation; none means joined mid-way.",
	},
	Remediation: "Start the capture before the client starts or the meeting is joined.",
	Needs:       []string{"flow"},
	Thresholds:  []*audit.Limit{maxMidway},
	Judge: audit.PerFlow{
		Of:   webexFlow,
		Pass: wording.New("cap006.pass", "the beginning of the flows is in the capture"),
		Lacks: func(_ *audit.Env, f *observe.Flow) (missing wording.Text) {
			tcp := f.Proto == "tcp" && f.TCP != nil
			udp := f.Proto == "udp" && f.Function.IsMedia() && f.Service != record.Calling
			if f.Continues || !tcp && !udp {
				missing = wording.New("cap006.missing", "TCP connections or UDP media with STUN")
			}
			return missing
		},
		Subject: func(*audit.Env, *observe.Flow) record.Subject { return record.Subject{Kind: "run", Key: "all"} },
		Breaks: func(_ *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if f.Proto == "tcp" && f.TCP.SYN > 0 || f.Proto == "udp" && f.STUN != nil && f.STUN.Requests > 0 {
				return false
			}
			g.Sum(f.Proto, 1)
			return true
		},
		Cite: audit.Citation{Kind: "packet-range"},
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			pct, limit := percent(g.Count, g.Judged), s.Value(maxMidway)
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("cap006.warn", "the beginning of %d of %d Webex flows (%s) is not in the capture: %d TCP, %d UDP media",
					g.Count, g.Judged, wording.Percent(pct), g.Sums["tcp"], g.Sums["udp"]),
				Expected: wording.New("cap006.expected", "at most %s", wording.Percent(limit)),
				Actual:   wording.New("cap006.actual", "%s", wording.Percent(pct)),
			}, pct > limit
		},
	},
}
