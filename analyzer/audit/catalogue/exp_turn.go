package catalogue

import (
	"fmt"
	"net/netip"
	"strconv"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/analyzer/wording"
)

var (
	firstRelayPort = audit.NewLimit("WXA-EXP-005.first_relay_port", "port", 24_000, 24_000, 24_000, 1024, 65535,
		"published: "+expresswayPorts, "first port of Expressway-E's TURN relays, UDP and TCP")
	lastRelayPort = audit.NewLimit("WXA-EXP-005.last_relay_port", "port", 29_999, 29_999, 29_999, 1024, 65535,
		"published: "+expresswayPorts, "last port of Expressway-E's TURN relays, UDP and TCP")
	turnRequests = audit.NewLimit("WXA-EXP-005.min_requests", "requests", 10, 5, 3, 2, 1000,
		"ours: one lost packet must not look like a firewall",
		"minimum number of TURN requests to one Expressway-E without an answer")
)

var exp005 = &audit.Rule{
	ID: "WXA-EXP-005", Version: "2", Title: "TURN allocation fails at Expressway-E", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Clients ask Expressway-E's TURN server for a relay and get none, or one outside the relay range.",
		Why:  "Media that depends on the relay finds no way: calls of remote clients stay silent.",
		Trigger: "At least min_requests Allocate requests to one E, over UDP or TCP on any of its ports, without any " +
			"answer; or Allocate requests refused with an error that asks for no further try, and no allocation in " +
			"the same flow; or a relayed address with a port outside first_relay_port to last_relay_port.",
		LookAlikes: "401 (log-in needed) and 438 (stale nonce) are how TURN begins: a flow with nothing else is a " +
			"test or a client without password. 300 sends to another server. A request in the last settle_seconds " +
			"still waits. Other TURN servers than a declared or learnt E are not judged. Where only one direction is " +
			"visible silence proves nothing. TURN inside TLS cannot be read.",
		Verify: "Wireshark: `stun.type == 0x0003 && ip.dst == E` against `stun.type in {0x0103, 0x0113} && ip.src == " +
			"E`, with the error code in the details; the port of XOR-RELAYED-ADDRESS.",
	},
	Remediation: "Open UDP and TCP 3478 (3478-3483 on large appliances; 443 where TURN was set to it) and the relay " +
		"range 24000-29999, UDP and TCP, to E; check TURN licence, credentials and relay range on E.",
	Refs: []string{expresswayPorts + ": TURN on 3478-3483, and on 443 since X8.10", "RFC 8656 sections 7.2 and 19",
		"RFC 6062 (relays over TCP)", "BRKCOL-2057 (2022): Expressway ports (prints 24000-24999)"},
	Rows:       []string{"ports-expressway"},
	Needs:      []string{"flow with stun", "Expressway-E declared or learnt", "both directions"},
	Thresholds: []*audit.Limit{firstRelayPort, lastRelayPort, turnRequests, settle},
	Reads:      audit.ReadAll,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &turnServers{env: e, refused: audit.NewGroups(&turnCitation),
			silent: audit.NewGroups(&turnSilence), unseen: audit.NewGroups(&turnSilence),
			sees: audit.NewSet[string](maxClients)}
	}),
}

var (
	turnCitation = audit.Citation{Kind: "transaction", Keys: []string{"stun-request", "stun-answer"}, Fields: turnFields}
	turnSilence  = audit.Citation{Kind: "absence", Keys: []string{"stun-request", "icmp-error"}, Fields: turnFields}
)

// turnServers remember what became of the Allocate requests to each Expressway-E.
type turnServers struct {
	env          *audit.Env
	seen, judged int64
	refused      audit.Groups      // Count of flows
	silent       audit.Groups      // Count of requests without an answer; Judged of flows with something back
	unseen       audit.Groups      // the same of clients of whom the capture shows one direction only
	sees         audit.Set[string] // addresses of Expressway-E with packets in both directions
}

// STUN message types of TURN (RFC 8656 section 17).
const (
	allocateRequest = "0x0003"
	allocateSuccess = "0x0103"
)

// turnGoesOn are error codes after which a client tries again: 300 Try Alternate, 401 Unauthenticated, 438 Stale Nonce.
var turnGoesOn = map[int]bool{300: true, 401: true, 438: true}

// Add implements audit.Fold.
func (r *turnServers) Add(f *observe.Flow) {
	server := isServer(r.env, f, site.ExpresswayE)
	if f.PacketsFwd > 0 && f.PacketsRev > 0 {
		if server {
			r.sees.Add(f.Server().Addr().String())
		} else if isClient(r.env, f, site.ExpresswayE) {
			r.sees.Add(f.From.String())
		}
	}
	if !server || f.STUN == nil || f.STUN.Types[allocateRequest] == 0 {
		return
	}
	r.seen += f.Count()
	s := record.Subject{Kind: "host", Key: f.Server().String()}
	back := somethingBack(f)
	if back {
		r.silent.At(s).Judged++
	}
	bad := badAllocation(r.env, f)
	switch {
	case len(bad) > 0:
		r.judged++
		g := r.refused.At(s)
		g.Count++
		g.Flow(r.env, f, &turnCitation)
		g.Raise(rolesSure(r.env, f))
		for _, b := range bad {
			g.Hows.Add(b, 1)
		}
	case f.STUN.Types[allocateSuccess] > 0:
		r.judged++
	case !back && f.Settled(r.env.Value(settle)):
		r.unanswered(f, s)
	}
}

// somethingBack reports whether the server sent anything: over TCP, anything beyond the handshake.
func somethingBack(f *observe.Flow) bool {
	if f.Proto == "tcp" {
		return f.Down().PayloadBytes > 0
	}
	return f.Down().Packets > 0
}

func (r *turnServers) unanswered(f *observe.Flow, s record.Subject) {
	groups := &r.silent
	if !f.Sees {
		groups = &r.unseen
	}
	g := groups.At(s)
	g.Count += f.STUN.Requests
	g.Flow(r.env, f, &turnSilence)
	g.Raise(rolesSure(r.env, f).Lower()) // confirmed for nobody: silence may have other causes
}

// Merge implements audit.Fold.
func (r *turnServers) Merge(other audit.Fold) {
	o := other.(*turnServers)
	r.seen, r.judged = r.seen+o.seen, r.judged+o.judged
	r.refused.Merge(&o.refused)
	r.silent.Merge(&o.silent)
	r.unseen.Merge(&o.unseen)
	r.sees.Merge(&o.sees)
}

// Close implements audit.Fold.
func (r *turnServers) Close(s *audit.Scope) {
	first, last := int(s.Value(firstRelayPort)), int(s.Value(lastRelayPort))
	for g := range r.refused.All {
		s.Report(g, audit.Verdict{State: record.Fail,
			Summary: wording.New("exp005.refused", "TURN of Expressway-E %s for %s: %s", wording.Name(g.Subject.Key),
				clients(g), howOften(g)),
			Expected: wording.New("exp005.relay", "a relay on ports %s-%s", strconv.Itoa(first), strconv.Itoa(last)),
			Actual:   wording.New("exp005.actual", "%s", howOften(g))})
	}
	silent := r.silent.Copy()
	for g := range r.unseen.All {
		at, err := netip.ParseAddrPort(g.Subject.Key)
		if err == nil && r.sees.Has(at.Addr().String()) && !s.Sides.Bad {
			silent.At(g.Subject).Merge(g, &turnSilence)
		}
	}
	for g := range silent.All {
		if g.Judged > 0 || g.Count == 0 || float64(g.Count) < s.Value(turnRequests) {
			continue
		}
		s.Report(g, audit.Verdict{State: record.Fail,
			Summary: wording.New("exp005.silent", "none of %s of %s to Expressway-E %s was answered",
				wording.Count(g.Count, "TURN request", "TURN requests"), clients(g), wording.Name(g.Subject.Key)),
			Expected: wording.New("exp005.answer", "an answer from the TURN server"),
			Actual:   wording.New("exp005.none", "0 of %d", g.Count)})
	}
	s.Conclude(audit.Outcome{Of: wording.Noun{One: "flow with TURN requests to Expressway-E",
		Many: "flows with TURN requests to Expressway-E"}, Seen: r.seen, Judged: r.judged,
		Pass: wording.New("exp005.pass", "relays are allocated within the range"),
		Missing: wording.New("exp005.missing", "answers beyond the request to log in, and both directions of E's or "+
			"the clients' traffic")})
}

// badAllocation names the errors that ended an allocation, and relays outside the range.
func badAllocation(e *audit.Env, f *observe.Flow) (bad []string) {
	for _, a := range f.STUN.Relayed {
		at, err := netip.ParseAddrPort(a)
		if port := float64(at.Port()); err == nil && (port < e.Value(firstRelayPort) || port > e.Value(lastRelayPort)) {
			bad = append(bad, fmt.Sprintf("relay on port %d", at.Port()))
		}
	}
	if f.STUN.Types[allocateSuccess] > 0 {
		return bad
	}
	for code := range f.STUN.Errors {
		if !turnGoesOn[code] {
			bad = append(bad, fmt.Sprintf("error %d", code))
		}
	}
	return bad
}

func turnFields(f *observe.Flow) map[string]string {
	m := stunFields(f)
	delete(m, "prefix")
	for code, n := range f.STUN.Errors {
		m[fmt.Sprintf("error_%d", code)] = strconv.FormatInt(n, 10)
	}
	return m
}
