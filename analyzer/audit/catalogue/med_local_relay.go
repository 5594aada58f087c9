package catalogue

import (
	"cmp"
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var relayPackets = audit.NewLimit("WXA-MED-012.min_packets", "packets", 250, 50, 50, 1, 1e6, "ours: one second of audio",
	"minimum number of packets in each direction between a client and another one's relay")

var med012 = &audit.Rule{
	ID: "WXA-MED-012", Title: "Relay between two clients of one site", Severity: record.Info, Version: "2",
	Doc: audit.Doc{
		What: "Media between two clients of the same site goes out to a relay in the cloud and comes back.",
		Why: "The Internet line carries twice what could have stayed on the local network, and every packet makes " +
			"the detour.",
		Trigger: "A client sends through a TURN relay, another client of its site exchanges min_packets or more " +
			"packets with the relayed address that the TURN server named, in both directions.",
		LookAlikes: "A relay to a media node, to another site or to a partner is what relays are for. An allocation " +
			"that nothing is sent through is a reserve of ICE. Where both clients use a relay of their own the " +
			"packets between the relays are in the cloud: that is not seen here and passes.",
		Verify: "Wireshark: `stun.att.type == 0x0016` (XOR-RELAYED-ADDRESS) in the Allocate success; then filter " +
			"that address and port for the other client.",
	},
	Remediation: "Let clients of a site reach each other over UDP, so that ICE finds the direct pair.",
	Refs:        []string{"RFC 8656 section 7", "RFC 8445 section 5.1.2"},
	Rows:        []string{"prefixes", "stun"},
	Needs:       []string{"flow with stun: relayed", "the beginning of the TURN flow", "both clients in the capture"},
	Thresholds:  []*audit.Limit{relayPackets},
	Reads:       audit.ReadAll,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &localRelay{env: e,
			relays: audit.NewTable(maxClients, netip.AddrPort.Compare, func(netip.AddrPort) *relay { return &relay{} },
				func(into, from *relay) { into.keep(*from) }),
			peers: audit.NewTable(maxClients, pair.compare, func(pair) *exchange { return &exchange{} },
				func(into, from *exchange) { into.flows.Merge(from.flows, &relayCitation) })}
	}),
}

// localRelay remembers the relayed addresses, and who exchanged packets with an address that may be one.
type localRelay struct {
	env          *audit.Env
	seen, judged int64
	relays       audit.Table[netip.AddrPort, relay]
	peers        audit.Table[pair, exchange]
}

// relay is the first flow by which a client allocated the relayed address.
type relay struct {
	subject record.Subject
	ref     audit.Ref
}

// pair is a client and the address that it exchanges packets with.
type pair struct {
	server netip.AddrPort
	client netip.Addr
}

func (p pair) compare(o pair) int {
	return cmp.Or(p.server.Compare(o.server), p.client.Compare(o.client))
}

// exchange is the flows of a pair.
type exchange struct {
	subject record.Subject
	flows   *audit.Group
}

var relayCitation = audit.Citation{Kind: "packet-range", Fields: func(f *observe.Flow) map[string]string {
	if f.STUN == nil || len(f.STUN.Relayed) == 0 {
		return nil
	}
	return map[string]string{"relayed": wording.List(f.STUN.Relayed).String()}
}}

// Add implements audit.Fold.
func (r *localRelay) Add(f *observe.Flow) {
	if f.Webex && observe.Relays(f.Flow) {
		r.seen++
		if len(f.STUN.Relayed) > 0 {
			r.judged++
		}
		for _, text := range f.STUN.Relayed {
			if a, err := netip.ParseAddrPort(text); err == nil {
				r.relays.At(a).keep(relay{f.Subject, r.env.Ref(f, &relayCitation)})
			}
		}
	}
	if f.Proto == "udp" && float64(min(f.PacketsFwd, f.PacketsRev)) >= r.env.Value(relayPackets) {
		p := r.peers.At(pair{f.Server(), f.From})
		if p.flows == nil {
			p.subject, p.flows = f.Subject, r.env.NewPart(f.Subject)
		}
		p.flows.Flow(r.env, f, &relayCitation)
	}
}

// keep keeps the later one of two flows with one relayed address: what was allocated again belongs to the last.
func (r *relay) keep(o relay) {
	if r.ref.ID == "" || cmp.Or(cmp.Compare(o.ref.Start, r.ref.Start), cmp.Compare(o.ref.ID, r.ref.ID)) > 0 {
		*r = o
	}
}

// Merge implements audit.Fold.
func (r *localRelay) Merge(o audit.Fold) {
	other := o.(*localRelay)
	r.seen, r.judged = r.seen+other.seen, r.judged+other.judged
	r.relays.Merge(&other.relays)
	r.peers.Merge(&other.peers)
}

// Close implements audit.Fold.
func (r *localRelay) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "relayed flow", Many: "relayed flows"}, Seen: r.seen, Judged: r.judged,
		Pass:    wording.New("med012.pass", "no client of the same site is on the other side of the relay"),
		Missing: wording.New("med012.missing", "the relayed address: capture the TURN flow from its beginning"),
		Absent:  wording.New("med012.absent", "no flow through a TURN relay in this capture")}
	groups := audit.NewGroups(&relayCitation)
	added := map[string]bool{} // flows of relays
	for pair, p := range r.peers.All {
		relay := r.relays.Find(pair.server)
		if relay == nil || relay.ref.Client == pair.client || relay.subject != p.subject {
			continue
		}
		g := groups.At(p.subject)
		if !added[relay.ref.ID] {
			added[relay.ref.ID] = true
			g.Add(relay.ref, &relayCitation)
		}
		g.Count += p.flows.Flows
		g.Merge(p.flows, &relayCitation)
		g.Host(pair.server.String())
		g.Raise(record.Confirmed)
	}
	for g := range groups.All {
		s.Report(g, audit.Verdict{
			State: record.Warn,
			Summary: wording.New("med012.warn", "%s between clients of %s went through a relay in the cloud (%s), %s",
				wording.Count(g.Count, "flow", "flows"), subject(g), hosts(g), wording.Bytes(g.Bytes)),
			Expected: wording.New("med012.expected", "a direct pair between clients of a site"),
			Actual:   wording.New("med012.actual", "a relay in the cloud"),
		})
	}
	s.Conclude(o)
}
