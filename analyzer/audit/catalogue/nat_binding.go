package catalogue

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	idleFrom = audit.NewLimit("WXA-NAT-001.min_idle_seconds", "s", 10, 5, 2, 0, 3600,
		"ours: consent checks come every 5 s; a change without silence has another cause", "minimum silence of the client before the change")
	idleTo = audit.NewLimit("WXA-NAT-001.within_seconds", "s", 60, 120, 300, 1, 86_400,
		"published: RFC 4787 section 4.3: a UDP binding must last at least two minutes", "longest silence that a binding must survive")
)

var nat001 = &audit.Rule{
	ID: "WXA-NAT-001", Title: "UDP binding expires early", Severity: record.High, Version: "3",
	Doc: audit.Doc{
		What: "After a short silence a client's UDP flow comes out of the address translation with another port.",
		Why: "Packets from the cloud still go to the old port and are dropped there: audio stays away after mute, " +
			"hold or a lull until the client sends again.",
		Trigger: "The mapped address that STUN answers tell of one flow keeps its IP address but changes its port, " +
			"and between the two answers the client had sent nothing for at least min_idle_seconds and at most " +
			"within_seconds. Two changes are probable, more in two or more flows confirmed; a single one is a low " +
			"warning, and only possible.",
		LookAlikes: "A new port without a silence is a restart of the translation or another path and stays silent " +
			"here; a new IP address is WXA-NAT-004's. Several servers that see several ports are WXA-NAT-002's. A " +
			"client that opens a new socket begins a new flow. Where the client's feedback in clear tells that media still " +
			"reached it within two seconds before each new port (MARI, reports), nothing stayed away: a low warning.",
		Verify: "Wireshark: `stun.type == 0x0101 && stun.att.port-xord` in the flow: the XOR-MAPPED-ADDRESS in the " +
			"details; look how long the client was silent before the request.",
	},
	Remediation: "Raise the UDP time-out of the firewall or NAT for Webex media to at least two minutes (RFC 4787 " +
		"recommends five).",
	Refs:       []string{"RFC 4787 section 4.3, REQ-5", "RFC 8445 section 11 (keepalives)"},
	Rows:       []string{"prefixes", "stun"},
	Needs:      []string{"flow with stun"},
	Thresholds: []*audit.Limit{idleFrom, idleTo},
	Judge: rebindings(wording.New("nat001.pass", "no binding changed its port after a silence"),
		func(e *audit.Env, from, to netip.AddrPort, b record.Rebinding) bool {
			return from.Addr() == to.Addr() && b.IdleMs >= e.Value(idleFrom)*1e3 && b.IdleMs <= e.Value(idleTo)*1e3
		},
		func(s *audit.Scope, g *audit.Group) audit.Verdict {
			state, severity := record.Fail, record.High
			if g.Count == 1 {
				state, severity = record.Warn, record.Low
			}
			summary := wording.New("nat001.fail", "the port of %s of %s in %s changed after silences from %s on", wording.Count(g.Flows, "UDP flow", "UDP flows"),
				clients(g), subject(g), wording.Seconds(-g.Worst["idle"].Value/1e3))
			if g.Sums["reached"] == g.Count {
				state, severity = record.Warn, record.Low
				summary = wording.New("nat001.reached", "%s, but media went on reaching the clients, as their feedback tells", summary)
			}
			return audit.Verdict{
				State: state, Severity: severity, Summary: summary,
				Expected: wording.New("nat001.expected", "a binding that lasts through %s of silence", wording.Seconds(s.Value(idleTo))),
			}
		}),
}

var nat004 = &audit.Rule{
	ID: "WXA-NAT-004", Title: "Egress address changes during a session", Severity: record.Low,
	Doc: audit.Doc{
		What: "In the middle of a UDP flow the cloud sees the client under another public IP address.",
		Why: "The path through the enterprise's edge was moved (SD-WAN, load sharing, fail-over): media is " +
			"interrupted until new checks pass, and servers may end the session.",
		Trigger: "The mapped IP address that STUN answers tell of one flow changes.",
		LookAlikes: "A new port at the same address is WXA-NAT-001's. A client that changes its own network has new " +
			"flows.",
		Verify: "Wireshark: `stun.type == 0x0101` in the flow; compare the XOR-MAPPED-ADDRESS over time.",
	},
	Remediation: "Make the edge keep a flow on its uplink (stickiness), or find why the uplink failed at this time.",
	Refs:        []string{"RFC 4787 section 4.1, REQ-2"},
	Rows:        []string{"prefixes", "stun"},
	Needs:       []string{"flow with stun"},
	Judge: rebindings(wording.New("nat004.pass", "the egress address stays the same"),
		func(_ *audit.Env, from, to netip.AddrPort, _ record.Rebinding) bool { return from.Addr() != to.Addr() },
		func(_ *audit.Scope, g *audit.Group) audit.Verdict {
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("nat004.warn", "the public address of %s of %s in %s changed in mid-flow", wording.Count(g.Flows, "UDP flow", "UDP flows"),
					clients(g), subject(g)),
				Expected: wording.New("nat004.expected", "one egress address for the life of a flow"),
			}
		}),
}

// changed are the changes of a group: "198.51.100.7:40000 to 198.51.100.7:40001".
func changed(g *audit.Group) wording.Arg {
	var list []wording.Text
	for _, k := range g.Hows.Keys() {
		from, to, _ := strings.Cut(k, " to ")
		list = append(list, wording.New("nat.change", "%s to %s", netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)))
	}
	return wording.List(list)
}

// mappedAbsent: answers to STUN requests tell under what address the Internet sees a client.
var mappedAbsent = wording.New("nat.absent", "no answered STUN request over UDP in this capture")

// cameTo reports whether media that passed within the two seconds before came to the client, by its feedback.
func cameTo(f *observe.Flow, t record.Time) bool {
	for i := range f.Streams {
		m := &f.Streams[i]
		if m.Upstream || m.Ledger == nil {
			continue
		}
		for _, r := range m.Every(1) {
			came := r.RTTMs != nil || r.Reported != nil && *r.Reported > 0 && r.LostBehind != nil && *r.LostBehind == 0
			if came && r.StartTime < t && t.Sub(r.StartTime) <= 2*time.Second {
				return true
			}
		}
	}
	return false
}

// rebindings judges the changes of mapped addresses; is says whether one belongs to the rule.
func rebindings(pass wording.Text, is func(e *audit.Env, from, to netip.AddrPort, b record.Rebinding) bool,
	verdict func(*audit.Scope, *audit.Group) audit.Verdict) audit.Judge {
	of := func(e *audit.Env, f *observe.Flow) (list []record.Rebinding) {
		for _, b := range f.STUN.Rebound {
			from, err1 := netip.ParseAddrPort(b.From)
			to, err2 := netip.ParseAddrPort(b.To)
			if err1 == nil && err2 == nil && is(e, from, to, b) {
				list = append(list, b)
			}
		}
		return list
	}
	return audit.PerFlow{
		Of: wording.Noun{One: "UDP flow with STUN", Many: "UDP flows with STUN"}, Pass: pass, Absent: mappedAbsent,
		Applies: func(_ *audit.Env, f *observe.Flow) bool {
			return f.Proto == "udp" && f.STUN != nil && len(f.STUN.Mapped) > 0
		},
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			list := of(e, f)
			for _, b := range list {
				g.Hows.Add(b.From+" to "+b.To, 1)
				g.Extreme("idle", -b.IdleMs, wording.Text{})
				if cameTo(f, b.Time) {
					g.Sum("reached", 1)
				}
			}
			g.Count += max(int64(len(list))-1, 0) // Per counts one
			return len(list) > 0
		},
		Cite: audit.Citation{Items: func(e *audit.Env, f *observe.Flow) (items []record.Evidence) {
			for _, b := range of(e, f) {
				items = append(items, e.At("transaction", f, b.File, b.Time, []int64{b.Packet},
					map[string]string{"mapped_before": b.From, "mapped_after": b.To, "idle_ms": fmt.Sprint(int64(b.IdleMs))}))
			}
			return items
		}},
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			v := verdict(s, g)
			v.Actual = wording.New("nat.actual", "%s", changed(g))
			switch {
			case g.Count > 2 && g.Flows > 1:
				v.Confidence = record.Confirmed
			case g.Count > 1:
				v.Confidence = record.Probable
			default:
				v.Confidence = record.Possible
			}
			return v, true
		},
	}
}
