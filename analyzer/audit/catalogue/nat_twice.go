package catalogue

import (
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// carrierSpace is the space between a carrier's translator and its customers (RFC 6598).
var carrierSpace = netip.MustParsePrefix("100.64.0.0/10")

var nat005 = &audit.Rule{
	ID: "WXA-NAT-005", Title: "Addresses are translated a second time", Severity: record.Low,
	Doc: audit.Doc{
		What: "Behind the enterprise's own edge somebody translates the addresses of its media again: a router of the " +
			"provider, or the provider's network (CGN).",
		Why: "Each translation has its own timer and its own pool. What you set on your firewall does not hold for the " +
			"second one, and many customers share its ports.",
		Trigger: "At vantage wan, STUN answers tell a UDP socket another address of the same version of IP than its packets have. " +
			"Anywhere, they tell an address of 100.64.0.0/10 that is not the client's own.",
		LookAlikes: "Inside the enterprise every translated client looks like this: not judged. A private address at " +
			"vantage wan means that your own translation lies behind the capture point: not assessable. A translator between " +
			"IPv6 and IPv4 (NAT64) is no second one.",
		Verify: "Wireshark: `stun.type == 0x0101 && ip.dst == CLIENT`: the XOR-MAPPED-ADDRESS beside ip.dst.",
	},
	Remediation: "Put the provider's router into bridge mode, or ask the provider for public addresses without a " +
		"translation of its own; until then reckon with shorter time-outs of UDP than you configured.",
	Refs:  []string{"RFC 6598", "RFC 6888 (requirements for carrier-grade NAT)", "RFC 4787"},
	Rows:  []string{"prefixes", "stun"},
	Needs: []string{"flow with stun", "vantage wan"},
	Judge: audit.PerFlow{
		Of:     wording.Noun{One: "UDP flow with STUN at the edge", Many: "UDP flows with STUN at the edge"},
		Pass:   wording.New("nat005.pass", "servers see the addresses that leave the edge"),
		Absent: wording.New("nat005.absent", "no answered STUN request outside of your own address translation (--vantage wan)"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			told, ok := mappedAs(f)
			return ok && (outsideEdge(e) || carrierSpace.Contains(told))
		},
		Lacks: func(e *audit.Env, f *observe.Flow) (missing wording.Text) {
			if told, _ := mappedAs(f); f.From.IsPrivate() && !carrierSpace.Contains(told) {
				missing = wording.New("nat005.missing", "a capture outside of your own address translation")
			}
			return missing
		},
		Breaks: func(_ *audit.Env, f *observe.Flow, g *audit.Group) bool {
			told, _ := mappedAs(f)
			if told == f.From {
				return false
			}
			g.Extreme("as", 0, wording.New("nat005.as", "%s is seen as %s", f.From, told))
			if carrierSpace.Contains(told) || carrierSpace.Contains(f.From) {
				g.Sum("carrier", 1)
			}
			return true
		},
		Confidence: unsure[observe.Flow],
		Cite:       audit.Citation{Kind: "transaction", Keys: []string{"stun-answer"}, Fields: mappingCitation.Fields},
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			who := wording.New("nat005.again", "translated again behind the edge")
			if g.Sums["carrier"] > 0 {
				who = wording.New("nat005.carrier", "translated by the provider (carrier-grade NAT, RFC 6598)")
			}
			return audit.Verdict{
				State: record.Warn, Confidence: s.Vantage.Confidence,
				Summary: wording.New("nat005.warn", "the address of %s of %s in %s is %s: %s", wording.Count(g.Count, "UDP flow", "UDP flows"),
					clients(g), subject(g), who, g.Worst["as"].Of),
				Expected: wording.New("nat005.expected", "one translation, your own"),
				Actual:   wording.New("nat005.actual", "%s", g.Worst["as"].Of),
			}, true
		},
	},
}

// outsideEdge reports whether the capture was taken outside of the enterprise's edge.
func outsideEdge(e *audit.Env) bool { return e.Run != nil && e.Run.Vantage.Value == "wan" }

// mappedAs is under which address a STUN server saw the client's UDP socket, where it is of the same version of IP.
func mappedAs(f *observe.Flow) (told netip.Addr, ok bool) {
	if f.Proto != "udp" || f.STUN == nil || len(f.STUN.Mapped) == 0 || !f.ClientIsSource() {
		return told, false
	}
	a, err := netip.ParseAddrPort(f.STUN.Mapped[0])
	told = a.Addr().Unmap()
	return told, err == nil && told.Is4() == f.From.Is4()
}
