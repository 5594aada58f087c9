package catalogue

import (
	"strconv"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	maxDuplicates = audit.NewLimit("WXA-CAP-003.max_percent", "%", 5, 1, 0.1, 0, 100, "ours: link-layer repeats stay far below",
		"share of duplicate packets")
	maxCut = audit.NewLimit("WXA-CAP-005.max_percent", "%", 1, 0.1, 0, 0, 100, "ours",
		"share of packets cut inside a header that the analysis needs")
	maxUnread = audit.NewLimit("WXA-CAP-005.max_unread_percent", "%", 50, 20, 0, 0, 100,
		"ours: a few may be damaged by loss or joined late",
		"share of Webex TLS connections whose handshake cannot be read in a capture with cut packets")
)

var cap003 = &audit.Rule{
	ID: "WXA-CAP-003", Title: "Duplicate packets in the feed", Severity: record.Medium,
	Doc: audit.Doc{
		What: "The same packet reaches the sensor more than once, as a rule because both sides of a switch " +
			"are mirrored.",
		Why: "Copies double rates and confuse loss, retransmission and mark statistics. They are removed " +
			"before the analysis; the rule says that the feed needs mending.",
		Trigger: "More than max_percent of the packets are copies of one seen a few milliseconds before.",
		LookAlikes: "TCP retransmissions are no copies: they differ in the IP identification or come later. " +
			"Packets captured on two sides of a router differ in the TTL and may not be recognised.",
		Verify: "Wireshark: within one flow, as `ip.addr == CLIENT && udp.port == 5004`, sort by the column " +
			"ip.id; editcap -D 100 IN OUT counts and removes copies.",
	},
	Remediation: "Mirror one direction or one side only.",
	Refs:        []string{"editcap(1), -D"},
	Needs:       []string{"capture_health"},
	Thresholds:  []*audit.Limit{maxDuplicates},
	Judge: audit.Whole(func(s *audit.Scope) {
		s.Conclude(healthShare(s, maxDuplicates, "duplicates", "copies", func(h *record.CaptureHealth) int64 { return h.Duplicates }))
	}),
}

var cap005 = &audit.Rule{
	ID: "WXA-CAP-005", Title: "Packets cut short", Severity: record.Medium,
	Doc: audit.Doc{
		What: "The capture kept so little of some packets that a header the analysis needs is missing.",
		Why: "Without the headers behind the cut a flow cannot be recognised or measured: names, " +
			"certificates and RTP sequence numbers disappear.",
		Trigger: "More than max_percent of the packets are cut inside a header that the analysis needs. Else " +
			"a warning where packets are cut and more than max_unread_percent of the Webex TLS " +
			"connections that begin in the capture show neither name nor certificate.",
		LookAlikes: "A short snap length that keeps all headers is a legitimate way to leave out content: " +
			"packets cut in their payload do not count, as long as names or certificates of TLS " +
			"connections can be read. Connections joined mid-way have no handshake to read and do not " +
			"count.",
		Verify: "Wireshark: `frame.cap_len < frame.len`; the packet details end with \"Packet size limited " +
			"during capture\".",
	},
	Remediation: "Capture at least 256 bytes of each packet for media statistics and whole packets for TLS " +
		"handshakes (tcpdump -s 0).",
	Needs:      []string{"capture_health", "for the warning: TLS flows of Webex from their beginning"},
	Thresholds: []*audit.Limit{maxCut, maxUnread},
	Judge:      audit.Custom(func(e *audit.Env) audit.Fold { return &cutPackets{env: e} }),
}

// healthShare fails each capture whose counter exceeds the limit's share of the packets. What it returns is to be
// concluded.
func healthShare(s *audit.Scope, limit *audit.Limit, name, what string,
	count func(*record.CaptureHealth) int64) audit.Outcome {
	o := audit.Outcome{Of: captures, Pass: wording.New("cap.share.pass", "few or no packets are %s", what),
		Absent: wording.New("cap.absent", "no packets")}
	for _, h := range s.Health {
		if h.Packets == 0 {
			continue
		}
		o.Seen++
		o.Judged++
		n := count(h)
		pct := percent(n, h.Packets)
		if pct <= s.Value(limit) {
			continue
		}
		evidence := counters(h, counter{name, &n})
		if name == "duplicates" { // and which networks showed them
			for pair, n := range h.DuplicatePairs {
				evidence[0].Fields[pair] = strconv.FormatInt(n, 10)
			}
		}
		s.Report(captureGroup(s, h, n), audit.Verdict{
			State:    record.Fail,
			Summary:  wording.New("cap.share.fail", "%s of the packets (%d of %d) are %s", wording.Percent(pct), n, h.Packets, what),
			Expected: wording.New("cap.share.expected", "at most %s", wording.Percent(s.Value(limit))),
			Actual:   wording.New("cap.share.actual", "%s", wording.Percent(pct)),
			Evidence: evidence,
		})
	}
	return o
}

// cutPackets counts the handshakes that cut packets made unreadable: nothing in a record says of a single packet that
// it was cut.
type cutPackets struct {
	env   *audit.Env
	begun int64
	cut   bool
	group *audit.Group
}

var cutCitation = audit.Citation{Kind: "packet-range"}

// Add implements audit.Fold.
func (c *cutPackets) Add(f *observe.Flow) {
	c.cut = c.cut || f.Truncated
	if f.Transport != record.TLS || f.TCP == nil || f.TCP.SYN == 0 || !f.TCP.SYNACK || f.PayloadBytesFwd == 0 ||
		f.PayloadBytesRev == 0 {
		return
	}
	c.begun++
	t := f.TLS
	unread := t == nil || t.SNI == "" && t.CertIssuer == "" &&
		(t.TLSVersion == "" || (&observe.TLS{TLSSession: t, Flow: f}).CertificateCut())
	if unread {
		c.the().Count++
		c.the().Flow(c.env, f, &cutCitation)
	}
}

func (c *cutPackets) the() *audit.Group {
	if c.group == nil {
		c.group = audit.NewGroup(record.Subject{Kind: "capture", Key: "capture"})
	}
	return c.group
}

// Merge implements audit.Fold.
func (c *cutPackets) Merge(other audit.Fold) {
	o := other.(*cutPackets)
	c.begun, c.cut = c.begun+o.begun, c.cut || o.cut
	c.the().Merge(o.the(), &cutCitation)
}

// Close implements audit.Fold.
func (c *cutPackets) Close(s *audit.Scope) {
	o := healthShare(s, maxCut, "truncated_need", "cut inside a needed header", func(h *record.CaptureHealth) int64 { return h.TruncatedNeed })
	g := c.the()
	if pct := percent(g.Count, c.begun); !s.Reported() && c.cut && pct > s.Value(maxUnread) {
		s.Report(g, audit.Verdict{
			State: record.Warn, Confidence: record.Probable,
			Summary: wording.New("cap005.unread",
				"packets are cut short: in %d of %s beginning in the capture neither name nor certificate can be read",
				g.Count, wording.Count(c.begun, "TLS connection of Webex", "TLS connections of Webex")),
			Expected: wording.New("cap005.expected", "whole packets of TLS handshakes"),
			Actual:   wording.New("cap005.actual", "%s of the handshakes unread", wording.Percent(pct)),
		})
	}
	s.Conclude(o)
}
