package catalogue

import (
	"net/netip"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	openedAgain = audit.NewLimit("WXA-CAL-006.min_opened", "connections", 6, 4, 3, 2, 1000, "ours: a restart opens two or three",
		"minimum number of connections of a client, one after the other")
	registeredFor = audit.NewLimit("WXA-CAL-006.within_seconds", "s", 120, 300, 600, 1, 86_400,
		"ours: phones refresh every one or two minutes; NATs are to keep connections for 30", "mean life of the connections")
	deadRepeats = audit.NewLimit("WXA-CAL-006.min_repeats", "segments", 5, 3, 3, 1, 100, "ours: TCP repeats one or two for a lost packet",
		"minimum number of the client's segments sent again and never acknowledged that show a dead connection")
)

var cal006 = &audit.Rule{
	ID: "WXA-CAL-006", Version: "4", Title: "Registration keeps dropping", Severity: record.Medium,
	Plain: "the registration with Webex Calling broke off again and again (%s)",
	Doc: audit.Doc{
		What: "A client opens its signalling connection to Webex Calling again and again, because the one before is cut or dies.",
		Why: "Between two connections calls do not ring. Something cuts or forgets idle connections: phones refresh every one or two " +
			"minutes, so its timer is shorter than that, or the path breaks.",
		Trigger: "A client opens at least min_opened connections to Calling signalling one after the other, lasting within within_seconds on " +
			"average, each ended by a reset or FIN that did not come from the client first, or dead: at least min_repeats of the " +
			"client's last segments were sent again and never acknowledged. Where the connections led to servers of several " +
			"places of the cloud, the finding says that the client failed over.",
		LookAlikes: "A restart opens two or three. Connections side by side are several lines, several services, or several clients behind one " +
			"address: only a chain without overlap counts, and outside the enterprise's edge, where an address is no single client, nothing is " +
			"judged. Connections that the client closed, those without data and those to CScan are no drops, nor are those whose certificate the far side refuses (WXA-CAL-008). Connections that never opened are WXA-CAL-001's.",
		Verify: "Wireshark: `tcp.port == 8934 && (tcp.flags.syn == 1 || tcp.flags.reset == 1 || tcp.flags.fin == 1 || tcp.analysis.retransmission)`.",
	},
	Remediation: "Raise the time-out of NAT and firewall for TCP 8934 (30 minutes at least), switch SIP ALG off.",
	Refs:        []string{"Port Reference Information for Webex Calling, b2exve: NAT guidance", "RFC 5382 section 5 (time-out of established connections)"},
	Rows:        []string{"names", "ports-calling"},
	Needs:       []string{"flow with tcp", "vantage access or inside"},
	Thresholds:  []*audit.Limit{openedAgain, deadRepeats, registeredFor},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &registrations{e, audit.NewTimelines[registration]()}
	}),
}

// registrations remember the signalling connections of each client.
type registrations struct {
	env *audit.Env
	of  audit.Timelines[registration]
}

// registration is one connection.
type registration struct {
	audit.Ref
	subject record.Subject
	ended   string // how it was cut, "" where it was not
	server  netip.Addr
}

var registrationCitation = audit.Citation{Kind: "transaction", Keys: []string{"syn", "rst"}, Fields: socketCitation.Fields}

// Add implements audit.Fold.
func (r *registrations) Add(f *observe.Flow) {
	if registers(f) && f.TCP != nil && f.TCP.SYNACK && !strings.HasPrefix(observe.NameOf(f.Flow), "cscan.") {
		r.of.Add(f.From, f.StartTime, f.FlowID, registration{
			Ref: r.env.Ref(f, &registrationCitation), subject: f.Subject, ended: r.cut(f), server: f.Server().Addr()})
	}
}

// cut tells how the connection ended: "" where it did not, where the client itself ended it, where it never carried
// anything, where the far side refused the client's certificate, or where its beginning is not in the capture. A FIN
// that nobody acknowledges is no end: the path was dead before.
func (r *registrations) cut(f *observe.Flow) string {
	client, up := "rev", int64(0)
	if f.ClientIsSource() {
		client = "fwd"
	}
	end := f.TCP.End
	if end == nil {
		end = &record.TCPEnd{}
	}
	if up = end.RepeatsRev; client == "fwd" {
		up = end.RepeatsFwd
	}
	switch {
	case f.TCP.SYN == 0 || f.PayloadBytesFwd == 0 || f.PayloadBytesRev == 0 || f.TLS != nil &&
		refusedBy(&observe.TLS{TLSSession: f.TLS, Flow: f}) != "":
		return ""
	case float64(up) >= r.env.Value(deadRepeats):
		return unansweredRepeats
	case end.ClosedBy == client:
		return ""
	case f.EndReason == "rst":
		return "reset"
	case f.EndReason == "fin":
		return "FIN"
	}
	return ""
}

const unansweredRepeats = "segments repeated without answer"

// Merge implements audit.Fold.
func (r *registrations) Merge(o audit.Fold) { r.of.Merge(&o.(*registrations).of) }

// Close implements audit.Fold.
func (r *registrations) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "client that signals with Webex Calling", Many: "clients that signal with Webex Calling"},
		Pass:    wording.New("cal006.pass", "signalling connections last"),
		Missing: wording.New("cal006.shared", "a capture where each client has an address of its own, inside of the address translation")}
	groups := audit.NewGroups(&registrationCitation)
	for client, events := range r.of.All {
		o.Seen++
		chain := dropped(events)
		if !r.drops(chain) {
			o.Judged++
			continue
		}
		if manyBehind(s, client) {
			continue
		}
		o.Judged++
		g := groups.At(chain[0].subject)
		g.Raise(record.Probable)
		for _, one := range chain {
			g.Count++
			g.Hows.Add(one.ended, 1)
			g.Host(one.server.String())
			g.Add(one.Ref, &registrationCitation)
		}
	}
	for g := range groups.All {
		s.Report(g, audit.Verdict{State: record.Fail,
			Summary: wording.New("cal006.fail", "%s of Webex Calling in %s opened signalling %d times, for %s on average (%s)%s", clients(g), subject(g),
				g.Count, wording.Seconds(g.Seconds()/float64(g.Count)), howOften(g), failedOver(g)),
			Expected: wording.New("cal006.expected", "one connection that lasts"),
			Actual:   wording.New("cal006.actual", "%s", wording.CountOf(g.Count, connectionNoun))})
	}
	s.Conclude(o)
}

// failedOver says at how many places of the cloud the clients tried, where it was more than one.
func failedOver(g *audit.Group) (text wording.Text) {
	places := map[netip.Prefix]bool{}
	for _, h := range g.Hosts.List() {
		if a, err := netip.ParseAddr(h); err == nil {
			places[record.Subnet(a)] = true
		}
	}
	if len(places) > 1 {
		text = wording.New("cal006.places", "; they tried %d places of the cloud (fail-over)", len(places))
	}
	return text
}

// dropped are the connections of a client that were cut, each begun after the one before had ended. A dead one is
// succeeded while the client still repeats its segments on it.
func dropped(events []audit.Event[registration]) (chain []registration) {
	for _, e := range events {
		one := e.What
		if n := len(chain); n > 0 && one.Start < chain[n-1].End && chain[n-1].ended != unansweredRepeats {
			continue
		}
		chain = append(chain, one)
	}
	n := 0
	for _, one := range chain {
		if one.ended != "" {
			chain[n] = one
			n++
		}
	}
	return chain[:n]
}

// drops reports whether a client's connections were cut too often, after too short a time.
func (r *registrations) drops(chain []registration) bool {
	sum := 0.0
	for _, one := range chain {
		sum += one.End.Sub(one.Start).Seconds()
	}
	n := float64(len(chain))
	return n >= r.env.Value(openedAgain) && sum/n <= r.env.Value(registeredFor)
}
