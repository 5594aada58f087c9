package catalogue

import (
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var med016 = &audit.Rule{
	ID: "WXA-MED-016", Title: "Reachability tests seen", Severity: record.Info,
	Doc: audit.Doc{
		What: "Clients tested media nodes over UDP, TCP or TLS.",
		Why: "The tests explain dozens of short flows to media nodes, on TLS as well: they are no calls and no " +
			"fallback. The rule accuses nobody: it passes with their number.",
		Trigger:    "Flows classified as reachability tests.",
		LookAlikes: "A test that was not answered may be a matter of WXA-MED-004, WXA-MED-005 or WXA-MED-009.",
		Verify: "Wireshark: `stun.type == 0x0001 && udp.dstport == 5004`: many conversations to the media subnets " +
			"that begin within seconds of each other and end with a few packets.",
	},
	Remediation: "None needed.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: node discovery"},
	Rows:        []string{"ports-meetings", "prefixes", "stun"},
	Needs:       []string{"flow"},
	Judge: audit.Custom(func(*audit.Env) audit.Fold {
		return &tests{transports: audit.NewCounter(16), clients: audit.NewSetFunc(maxClients, netip.Addr.Compare)}
	}),
}

// tests counts them.
type tests struct {
	transports audit.Counter
	clients    audit.Set[netip.Addr]
}

// Add implements audit.Fold.
func (r *tests) Add(f *observe.Flow) {
	if f.Function != record.ReachProbe {
		return
	}
	r.transports.Add(string(f.Transport), f.Count())
	r.clients.Add(f.From)
}

// Merge implements audit.Fold.
func (r *tests) Merge(o audit.Fold) {
	other := o.(*tests)
	r.transports.Merge(&other.transports)
	r.clients.Merge(&other.clients)
}

// Close implements audit.Fold.
func (r *tests) Close(s *audit.Scope) {
	of := func(t record.Transport) int64 { return r.transports.Count(string(t)) }
	n := r.transports.Total()
	s.Conclude(audit.Outcome{Of: wording.Noun{One: "reachability test", Many: "reachability tests"}, Seen: n, Judged: n,
		Pass: wording.New("med016.pass", "%s tested media nodes: %s over UDP, %d over TCP, %d over TLS, %d through a proxy; these are no calls",
			wording.Count(r.clients.Len(), "client", "clients"), wording.Count(of(record.UDP), "flow", "flows"), of(record.TCP), of(record.TLS),
			of(record.TLSProxied)+of(record.HTTPConnect))})
}
