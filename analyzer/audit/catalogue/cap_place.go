package catalogue

import (
	"net/netip"
	"strconv"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// noWebex is the outcome of rules that speak of the capture of Webex traffic.
var noWebex = wording.New("absent.webex", "no Webex traffic in this capture")

var cap009 = &audit.Rule{
	ID: "WXA-CAP-009", Version: "2", Title: "Place of the capture unknown or contradictory", Severity: record.Low,
	Doc: audit.Doc{
		What: "Neither the operator nor the capture says where it was taken, or the two contradict each other.",
		Why: "Marks and source ports mean something else before and after the enterprise's edge. Without " +
			"the place the QoS rules are not assessable.",
		Trigger:    "The vantage is unknown, or a declared one is contradicted by the clients' addresses and TTLs.",
		LookAlikes: "A guessed vantage passes; the finding of a rule that rests on it carries less confidence.",
		Verify: "Wireshark: are the Webex clients' addresses private (RFC 1918)? Is the TTL of their packets " +
			"64, 128 or 255, as captured on their own segment, or lower, that is routed: `ip.src == " +
			"CLIENT && !(ip.ttl in {64, 128, 255})`?",
	},
	Remediation: "Pass --vantage access, inside, wan, dmz, proxy-inside, proxy-outside or mesh, or write vantage: " +
		"into the site file.",
	Needs: []string{"run", "flow"},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &firstFlows{env: e, of: audit.NewTable(maxFirst, netip.Addr.Compare,
			func(netip.Addr) *audit.Ref { return &audit.Ref{} }, earlierFlow)}
	}),
}

// firstFlows is the first flow of each client, of the clients with the smallest addresses where they are many.
type firstFlows struct {
	env *audit.Env
	of  audit.Table[netip.Addr, audit.Ref]
}

const maxFirst = 1000

var placeCitation = audit.Citation{Kind: "packet-range", Fields: func(f *observe.Flow) map[string]string {
	m := map[string]string{"client": f.From.String()}
	if ttl := f.Up().TTL; ttl != nil {
		m["ttl"] = strconv.Itoa(*ttl)
	}
	return m
}}

// Add implements audit.Fold.
func (c *firstFlows) Add(f *observe.Flow) {
	if first := c.of.Find(f.From); first == nil || f.StartTime < first.Start ||
		f.StartTime == first.Start && f.FlowID < first.ID {
		*c.of.At(f.From) = c.env.Ref(f, &placeCitation)
	}
}

// earlierFlow keeps the flow that began first, of those the one with the smaller id.
func earlierFlow(into, from *audit.Ref) {
	if from.Start < into.Start || from.Start == into.Start && from.ID < into.ID {
		*into = *from
	}
}

// Merge implements audit.Fold.
func (c *firstFlows) Merge(other audit.Fold) { c.of.Merge(&other.(*firstFlows).of) }

// Close implements audit.Fold.
func (c *firstFlows) Close(s *audit.Scope) {
	o := audit.Outcome{Of: captures, Absent: noWebex}
	v := s.Vantage
	if s.Webex > 0 {
		o.Seen, o.Judged, o.Pass = 1, 1, wording.New("cap009.pass", "captured at %s: %s", v.Value, v.Reason)
		declared := s.Run != nil && s.Run.Vantage.Declared
		if v.Value == "unknown" || declared && v.Confidence == record.Possible {
			s.Report(c.group(), audit.Verdict{
				State:    record.Warn,
				Summary:  wording.New("cap009.warn", "the place of the capture is %s: %s", v.Value, v.Reason),
				Expected: wording.New("cap009.expected", "a declared vantage that the capture agrees with"),
				Actual:   wording.New("cap009.actual", "%s", v.Value),
			})
		}
	}
	s.Conclude(o)
}

func (c *firstFlows) group() *audit.Group {
	g := wholeGroup(record.Confirmed)
	for _, r := range c.of.All {
		g.Add(*r, &placeCitation)
	}
	return g
}
