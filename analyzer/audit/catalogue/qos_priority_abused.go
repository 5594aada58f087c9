package catalogue

import (
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	abusedShare = audit.NewLimit("WXA-QOS-010.max_percent", "%", 5, 1, 0, 0, 100, "ours",
		"share of EF bytes on TCP connections without media")
	abusedFrom = audit.NewLimit("WXA-QOS-010.min_bytes", "bytes", 1_000_000, 100_000, 10_000, 0, audit.Unbounded,
		"ours: below it no queue notices", "minimum number of EF bytes on such connections of a site")
)

var qos010 = &audit.Rule{
	ID: "WXA-QOS-010", Title: "Priority mark on traffic that is no media", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Webex clients send EF on TCP connections that carry no media.",
		Why:  "The priority queue is small and policed: bulk data in it makes audio late or drops it.",
		Trigger: "Of the bytes that Webex clients send with EF, more than max_percent (and at least " +
			"min_bytes) are on TCP connections without media, captured at access or inside.",
		LookAlikes: "Other vendors' calls use EF by right: UDP is never counted. Webex media in TCP or TLS may " +
			"carry EF. SIP signalling with EF is rare and small: below min_bytes.",
		Verify: "Wireshark: `ip.dsfield.dscp == 46 && tcp`, Statistics > Conversations by bytes.",
	},
	Remediation: "Tighten the classification: EF for the audio source ports only, everything else back to default.",
	Refs:        []string{"RFC 3246", "RFC 4594 section 4.1"},
	Rows:        []string{"names", "prefixes"},
	Needs:       []string{"flow", "vantage access or inside"},
	Thresholds:  []*audit.Limit{abusedShare, abusedFrom},
	Reads:       audit.ReadAll,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &priorityAbused{env: e, webex: audit.NewSetFunc(maxExpedited, netip.Addr.Compare),
			all: audit.NewTable(maxExpedited, netip.Addr.Compare, func(netip.Addr) *int64 { return new(int64) },
				func(into, from *int64) { *into += *from }),
			of: audit.NewTable(maxExpedited, netip.Addr.Compare,
				func(a netip.Addr) *audit.Group { return e.NewPart(e.SubjectOf(a)) },
				func(into, from *audit.Group) { into.Merge(from, &abusedCitation) })}
	}),
}

// priorityAbused gathers EF by sender: which of them are clients of Webex is known only at the end.
type priorityAbused struct {
	env   *audit.Env
	webex audit.Set[netip.Addr]
	all   audit.Table[netip.Addr, int64]       // EF bytes by sender
	of    audit.Table[netip.Addr, audit.Group] // of these, on TCP connections without media
}

// maxExpedited is of how many senders EF is remembered.
const maxExpedited = 100_000

var abusedCitation = audit.Citation{Kind: "packet-range", Largest: true, Fields: func(f *observe.Flow) map[string]string {
	return map[string]string{"marks": histogram(f.DSCPFwd).String(), "server": f.Server().String()}
}}

// expedited is about how many bytes were sent with EF: its packets' share of the bytes.
func expedited(s record.Side) int64 {
	return int64(float64(s.Bytes) * s.DSCP.Share(expeditedForwarding))
}

// Add implements audit.Fold.
func (p *priorityAbused) Add(f *observe.Flow) {
	side, from := record.Side{Bytes: f.BytesFwd, DSCP: f.DSCPFwd}, f.SrcIP
	if f.Webex {
		side, from = f.Up(), f.From
		p.webex.Add(f.From)
	}
	bytes := expedited(side)
	if bytes == 0 {
		return
	}
	*p.all.At(from) += bytes
	if f.Proto == "tcp" && !f.Function.IsMedia() && !f.MediaPattern.Media() {
		g := p.of.At(from)
		g.Sum("abused", bytes)
		g.Count++
		g.Flow(p.env, f, &abusedCitation)
	}
}

// Merge implements audit.Fold.
func (p *priorityAbused) Merge(other audit.Fold) {
	o := other.(*priorityAbused)
	p.webex.Merge(&o.webex)
	p.all.Merge(&o.all)
	p.of.Merge(&o.of)
}

// Close implements audit.Fold.
func (p *priorityAbused) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "Webex client with EF", Many: "Webex clients with EF"},
		Pass: wording.New("qos010.pass", "EF stays with media")}
	groups := audit.NewGroups(&abusedCitation)
	for _, a := range p.webex.List() {
		bytes := p.all.Find(a)
		if bytes == nil {
			continue
		}
		o.Seen++
		g := groups.At(s.SubjectOf(a))
		g.Sum("all", *bytes)
		if of := p.of.Find(a); of != nil {
			g.Merge(of, &abusedCitation)
		}
		g.Clients.Add(a)
	}
	if !s.Vantage.Enterprise() {
		o.Missing = placeMissing(s)
		s.Conclude(o)
		return
	}
	o.Judged = o.Seen
	for g := range groups.All {
		pct, limit := percent(g.Sums["abused"], g.Sums["all"]), s.Value(abusedShare)
		if pct <= limit || float64(g.Sums["abused"]) < s.Value(abusedFrom) {
			continue
		}
		s.Report(g, audit.Verdict{
			State: record.Fail, Confidence: s.Vantage.Confidence,
			Summary: wording.New("qos010.fail", "%s of the EF bytes of Webex clients in %s are no media: %s on %s", wording.Percent(pct),
				subject(g), wording.Bytes(g.Sums["abused"]), wording.Count(g.Count, "TCP connection", "TCP connections")),
			Expected: wording.New("qos010.expected", "at most %s", wording.Percent(limit)),
			Actual:   wording.New("qos010.actual", "%s", wording.Percent(pct)),
		})
	}
	s.Conclude(o)
}
