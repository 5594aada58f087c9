package catalogue

import (
	"fmt"
	"strconv"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var cap004 = &audit.Rule{
	ID: "WXA-CAP-004", Title: "Only one direction visible", Severity: record.High,
	Doc: audit.Doc{
		What: "Of many Webex flows the capture holds only what one side sent, although the other side must " +
			"have answered.",
		Why: "Where one direction is missing, an unanswered request means nothing. Rules that conclude " +
			"from silence (blocked UDP, one-way media, blocked names) are then not assessable.",
		Trigger: "At least min_flows Webex flows, and more than max_percent of the judged ones, lack a " +
			"direction. Judged are flows with packets in both directions and flows whose one direction " +
			"proves the other: TCP with payload, media that goes on although its STUN checks show no " +
			"answer, media from the cloud without anything from the client. Where clients send data after a SYN although " +
			"no SYN-ACK was captured, the finding says that the way back is another one (asymmetric routing).",
		LookAlikes: "A firewall that blocks UDP leaves requests without answers: these are not counted, nor are " +
			"SYNs without an answer. RTP without STUN (Webex Calling to a gateway) may truly be one-way " +
			"and is WXA-MED-010's.",
		Verify: "Wireshark: Statistics > Conversations, tab TCP: rows where Packets A to B or B to A is 0 " +
			"while bytes flow. In the packet list of such a row `tcp.analysis.ack_lost_segment` shows " +
			"acknowledgments of segments that are not there.",
	},
	Version: "2",
	Remediation: "Mirror both directions, or add the second link: with asymmetric routing or load sharing the " +
		"answers take another way.",
	Needs:      []string{"flow", "media_stream"},
	Thresholds: []*audit.Limit{audit.OneSided, audit.OneSidedFlows, audit.OneSidedMedia, audit.OneSidedPackets},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &oneSided{env: e, group: audit.NewGroup(record.Subject{Kind: "capture", Key: "capture"})}
	}),
}

// elsewhere counts the connections whose handshake went on without a SYN-ACK in sight.
const elsewhere = "answered elsewhere"

// actual says how many lack a direction, and of how many the way back is another one.
func (o *oneSided) actual(pct float64) wording.Text {
	if n := o.group.Sums[elsewhere]; n > 0 {
		return wording.New("cap004.elsewhere", "%s; the client of %s went on after a SYN-ACK that is not here: the way back does not pass the "+
			"capture point (asymmetric routing)", wording.Percent(pct), wording.CountOf(n, connectionNoun))
	}
	return wording.New("cap004.actual", "%s", wording.Percent(pct))
}

// oneSided gathers the flows that lack a direction; whether they are too many, the scope says.
type oneSided struct {
	env   *audit.Env
	group *audit.Group
}

var sidesCitation = audit.Citation{Kind: "packet-range", Largest: true, Fields: func(f *observe.Flow) map[string]string {
	m := map[string]string{"packets_fwd": strconv.FormatInt(f.PacketsFwd, 10), "packets_rev": strconv.FormatInt(f.PacketsRev, 10)}
	if len(f.VLAN) > 0 {
		m["vlan"] = fmt.Sprint(f.VLAN)
	}
	return m
}}

// Add implements audit.Fold.
func (o *oneSided) Add(f *observe.Flow) {
	if f.Lacks {
		o.group.Count++
		if f.TCP != nil && f.TCP.SYN > 0 && !f.TCP.SYNACK {
			o.group.Sum(elsewhere, 1)
		}
		o.group.Flow(o.env, f, &sidesCitation)
	}
}

// Merge implements audit.Fold.
func (o *oneSided) Merge(other audit.Fold) { o.group.Merge(other.(*oneSided).group, &sidesCitation) }

// Close implements audit.Fold.
func (o *oneSided) Close(s *audit.Scope) {
	out := audit.Outcome{Of: webexFlow, Seen: s.Webex, Judged: s.Sides.Judged, Pass: wording.New("cap004.pass", "both directions are visible"),
		Missing: wording.New("cap004.missing", "flows whose answers must exist: capture for longer, or with the TCP connections of the clients")}
	if s.Sides.Bad {
		pct := percent(s.Sides.Lacking, s.Sides.Judged)
		conf := record.Confirmed
		if s.Sides.Lacking == s.Sides.Judged {
			conf = record.Probable // nothing shows both directions: the trace may have been filtered so
		}
		s.Report(o.group, audit.Verdict{
			State: record.Fail, Confidence: conf,
			Summary: wording.New("cap004.fail", "%d of %d judged Webex flows (%s) lack a direction that must exist",
				s.Sides.Lacking, s.Sides.Judged, wording.Percent(pct)),
			Expected: wording.New("cap004.expected", "at most %s", wording.Percent(s.Value(audit.OneSided))),
			Actual:   o.actual(pct),
		})
	}
	s.Conclude(out)
}
