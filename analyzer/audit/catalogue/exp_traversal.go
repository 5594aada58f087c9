package catalogue

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/analyzer/wording"
)

const expresswayPorts = "Cisco Expressway IP Port Usage Configuration Guide X15"

var (
	traversalPackets = audit.NewLimit("WXA-EXP-001.min_packets", "packets", 250, 50, 50, 1, 1e6, "ours: one second of audio",
		"minimum number of media packets without one back")
	traversalTries = audit.NewLimit("WXA-EXP-002.min_tries", "connections", 5, 3, 2, 1, 1000, "ours: one lost SYN is chance",
		"minimum number of connections to one port that did not open, with none that did")
)

var exp001 = &audit.Rule{
	ID: "WXA-EXP-001", Title: "Traversal media on wrong ports or unanswered", Severity: record.High,
	Doc: audit.Doc{
		What: "Media from Expressway-C to Expressway-E goes to other ports than those of the traversal zone, or is not answered.",
		Why:  "The firewall between the two opens only these ports: calls connect and stay silent.",
		Trigger: "RTP from a C to an E on ports that the pack does not have for the pair; or at least min_packets packets of traversal " +
			"media to E on planned ports without one back, where other flows of C show both directions.",
		LookAlikes: "Media between C and Unified CM, and between E and the Internet, has other ports. Without declared or learnt roles " +
			"nothing is judged. A call that is on hold for its whole time sends nothing.",
		Verify: "Wireshark: `ip.addr == C && ip.addr == E && udp`, column udp.dstport; planned are 2776/2777, on large appliances " +
			"36000-36011.",
	},
	Remediation: "Align the traversal media ports with the size of the appliance, and open UDP 2776-2777 (on large appliances 36000-36011) from C to E.",
	Refs:        []string{expresswayPorts, "BRKCOL-2057 (2022): Expressway ports"},
	Rows:        []string{"ports-expressway"},
	Needs:       []string{"flow", "media_stream", "Expressway-C and -E declared or learnt"},
	Thresholds:  []*audit.Limit{traversalPackets},
	Reads:       audit.ReadAll,
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "media flow from Expressway-C to Expressway-E", Many: "media flows from Expressway-C to Expressway-E"},
		Pass: wording.New("exp001.pass", "traversal media uses its ports and is answered"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			return inward(e, f) && f.Proto == "udp" && (f.SeesFlow || f.Function.IsMedia())
		},
		Lacks: func(e *audit.Env, f *observe.Flow) (missing wording.Text) {
			if f.PairPlan != "out" && f.Down().Packets == 0 && (float64(f.Up().Packets) < e.Value(traversalPackets) ||
				!f.Sees) {
				missing = wording.New("exp001.missing", "more packets, or both directions of the traffic between the two")
			}
			return missing
		},
		Breaks: func(_ *audit.Env, f *observe.Flow, g *audit.Group) bool {
			switch {
			case f.PairPlan == "out":
				g.Hows.Add(fmt.Sprintf("to port %d", f.Server().Port()), 1)
			case f.Down().Packets == 0:
				g.Hows.Add(fmt.Sprintf("unanswered on port %d", f.Server().Port()), f.Count())
			default:
				return false
			}
			return true
		},
		Confidence: rolesSure,
		Subject:    func(_ *audit.Env, f *observe.Flow) record.Subject { return ends(f) },
		Cite:       audit.Citation{Kind: "packet-range", Largest: true},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{State: record.Fail,
				Summary: wording.New("exp001.fail", "%s from Expressway-C to Expressway-E (%s): %s", wording.Count(g.Count, "media flow", "media flows"),
					subject(g), howOften(g)),
				Expected: wording.New("exp001.expected", "UDP 2776-2777 or 36000-36011, answered"),
				Actual:   wording.New("exp001.actual", "%s", howOften(g))}, true
		},
	},
}

// inward reports whether the flow goes from an Expressway-C to an Expressway-E, as all traversal does.
func inward(e *audit.Env, f *observe.Flow) bool {
	return isClient(e, f, site.ExpresswayC) && isServer(e, f, site.ExpresswayE)
}

// outward reports whether the flow goes from an Expressway-E to an Expressway-C.
func outward(e *audit.Env, f *observe.Flow) bool {
	return isClient(e, f, site.ExpresswayE) && isServer(e, f, site.ExpresswayC)
}

// rolesSure is how far a finding may go that rests on who the machines are.
func rolesSure(_ *audit.Env, f *observe.Flow) record.Confidence {
	if f.RolesLearnt {
		return record.Possible
	}
	return record.Confirmed
}

var exp002 = &audit.Rule{
	ID: "WXA-EXP-002", Version: "3", Title: "Traversal signalling is down", Severity: record.High,
	Doc: audit.Doc{
		What: "Connections that Expressway-C opens to Expressway-E for SIP, SSH tunnels or XMPP do not open.",
		Why:  "The traversal zone, or mobile and remote access, does not work; where another peer of the cluster answers, redundancy is lost.",
		Trigger: "At least min_tries TCP connections from C to one planned port of E are reset, refused or stay silent, and none opens. " +
			"Where the same port of another E (of expressway_clusters in the site file, where that is declared) opens for this C it " +
			"is a warning of low severity. Silence counts where both directions are " +
			"visible, or where the SYN is repeated and nothing follows it.",
		LookAlikes: "A peer of the E cluster that is down for maintenance costs redundancy, not the service. Without declared or learnt " +
			"roles nothing is judged.",
		Verify: "Wireshark: `ip.addr == C && ip.addr == E && tcp.flags.syn == 1`, then `tcp.flags.reset == 1` or nothing.",
	},
	Remediation: "Allow TCP 7001 and up (one port per zone), 2222 and 7400 from C to E on the internal firewall; check that the zone is active on E.",
	Refs:        []string{expresswayPorts, "BRKCOL-2057 (2022): Expressway ports"},
	Rows:        []string{"ports-expressway"},
	Needs:       []string{"flow", "Expressway-C and -E declared or learnt", "both directions"},
	Thresholds:  []*audit.Limit{traversalTries, settle},
	Reads:       audit.ReadAll,
	Judge: opens{
		of:      wording.Noun{One: "connection from Expressway-C to Expressway-E", Many: "connections from Expressway-C to Expressway-E"},
		pass:    wording.New("exp002.pass", "traversal signalling opens"),
		missing: wording.New("exp002.missing", "both directions of the traffic between the two"),
		tries:   traversalTries,
		subject: func(e *audit.Env, f *observe.Flow) (record.Subject, bool) {
			s := ends(f)
			s.Key += fmt.Sprintf(":%d", f.Server().Port())
			return s, inward(e, f) && f.PairPlan != ""
		},
		also: func(f *observe.Flow, g *audit.Group) {
			if f.RolesLearnt {
				g.Sum("learnt", 1)
			}
		},
		report: traversalDown,
	},
}

func traversalDown(s *audit.Scope, g *audit.Group, all *openings) audit.Verdict {
	v := audit.Verdict{State: record.Fail,
		Summary: wording.New("exp002.fail", "none of %s from Expressway-C to Expressway-E (%s) opened (%s)", wording.CountOf(g.Count, connectionNoun),
			subject(g), howOften(g)),
		Expected: wording.New("exp002.expected", "a SYN-ACK from Expressway-E"),
		Actual:   wording.New("exp002.actual", "%s", howOften(g))}
	if g.Sums["learnt"] > 0 {
		v.Confidence = record.Possible
	}
	if peerOpens(s, g, all) {
		v.State, v.Severity = record.Warn, record.Low
		v.Summary = wording.New("exp002.peer", "%s; another Expressway-E takes them: the service works without redundancy", v.Summary)
		v.Remediation = wording.New("exp002.check", "Check whether this peer is down for maintenance; if not, allow the port to it on the internal firewall.")
	}
	return v
}

// peerOpens reports whether the same port of another Expressway-E opened for the same Expressway-C. Where the site file
// declares the cluster, only its peers stand in for each other.
func peerOpens(s *audit.Scope, g *audit.Group, all *openings) bool {
	client, server, _ := strings.Cut(g.Subject.Key, " to ")
	port := server[strings.LastIndexByte(server, ':'):]
	address := func(endpoint string) netip.Addr {
		a, _ := netip.ParseAddr(strings.Trim(endpoint[:strings.LastIndexByte(endpoint, ':')], "[]"))
		return a
	}
	cluster := s.Site.Cluster(address(server))
	for other := range all.of.All {
		from, to, _ := strings.Cut(other.Subject.Key, " to ")
		if other != g && other.Judged > 0 && from == client && strings.HasSuffix(to, port) &&
			(cluster == nil || slices.Contains(cluster, address(to))) {
			return true
		}
	}
	return false
}

var exp003 = &audit.Rule{
	ID: "WXA-EXP-003", Title: "Connection from Expressway-E to Expressway-C", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Expressway-E opens a TCP connection to Expressway-C.",
		Why: "All traversal connections are opened from the inside: an opening in the internal firewall for E is needed by nobody and " +
			"serves whoever takes E over.",
		Trigger: "A SYN from a declared E to a declared C. An answer makes it a failure, a SYN without answer a warning: then the firewall " +
			"does its work, but E tries to connect.",
		LookAlikes: "Connections whose beginning is not in the capture may have been opened by C: they do not count.",
		Verify:     "Wireshark: `ip.src == E && ip.dst == C && tcp.flags.syn == 1 && tcp.flags.ack == 0`.",
	},
	Remediation: "Close the internal firewall for connections from E to C.",
	Refs:        []string{"BRKCOL-2057 (2022): no inbound port on the internal firewall", expresswayPorts},
	Rows:        []string{"ports-expressway"},
	Needs:       []string{"flow with tcp", "Expressway-C and -E declared"},
	Reads:       audit.ReadAll,
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "connection between Expressway-C and Expressway-E", Many: "connections between Expressway-C and Expressway-E"},
		Pass: wording.New("exp003.pass", "all connections come from the inside"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			return f.Proto == "tcp" && !f.RolesLearnt && (outward(e, f) || inward(e, f))
		},
		Lacks: func(_ *audit.Env, f *observe.Flow) (missing wording.Text) {
			if f.TCP == nil || f.TCP.SYN == 0 || f.Initiator != "seen" && f.Initiator != "" {
				missing = wording.New("exp003.missing", "the beginning of the connections")
			}
			return missing
		},
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if !outward(e, f) {
				return false
			}
			g.Hows.Add(fmt.Sprintf("port %d", f.Server().Port()), 1)
			if f.TCP.SYNACK {
				g.Sum("open", 1)
			}
			return true
		},
		Subject: func(_ *audit.Env, f *observe.Flow) record.Subject { return ends(f) },
		Cite:    audit.Citation{Kind: "transaction", Keys: []string{"syn", "syn-ack", "rst"}, Fields: tcpFields},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			state, what := record.Warn, "not answered"
			if g.Sums["open"] > 0 {
				state, what = record.Fail, "answered"
			}
			return audit.Verdict{State: state,
				Summary: wording.New("exp003.fail", "Expressway-E opens %s to Expressway-C (%s, %s), %s", wording.CountOf(g.Count, connectionNoun),
					subject(g), howOften(g), what),
				Expected: wording.New("exp003.expected", "no connection from E to C"),
				Actual:   wording.New("exp003.actual", "%s, %s", howOften(g), what)}, true
		},
	},
}
