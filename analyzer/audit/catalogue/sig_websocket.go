package catalogue

import (
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	socketsAnHour = audit.NewLimit("WXA-SIG-007.max_per_hour", "connections", 20, 6, 4, 0, 3600,
		"ours: one every ten minutes",
		"WebSockets that a client may open in an hour")
	socketsOpened = audit.NewLimit("WXA-SIG-007.min_opened", "connections", 6, 4, 4, 2, 1000,
		"ours: a restart or two are normal",
		"minimum number of WebSockets of a client, one after the other")
	socketsSeen = audit.NewLimit("WXA-SIG-007.min_seconds", "s", 900, 300, 300, 10, 86_400,
		"ours: a rate needs some time",
		"minimum time of the client in the capture")
)

var sig007 = &audit.Rule{
	ID: "WXA-SIG-007", Title: "WebSocket is opened again and again", Severity: record.Medium,
	Doc: audit.Doc{
		What: "A client's notification WebSocket does not last: it is opened again many times an hour.",
		Why: "Between two connections the client hears of no call and no message; it also asks all services " +
			"again.",
		Trigger: "A client opens more than max_per_hour WebSockets to one name one after the other (each after " +
			"the one before has ended), at least min_opened in the capture, over at least min_seconds.",
		LookAlikes: "Several WebSockets side by side are several programs or services. A client that roams or " +
			"sleeps opens again as well: look at the clients that stay put.",
		Verify: "Wireshark: `tls.handshake.extensions_server_name contains \"mercury\"`, then the times of the " +
			"hellos and how each connection ended.",
	},
	Remediation: "Raise the idle time-out of the proxy, NAT or firewall for long-lived connections; Webex pings " +
		"every 15 s.",
	Refs: []string{"webex-js-sdk: Mercury ping every 15 s", "RFC 5382 REQ-5: established TCP connections at " +
		"least 2 hours 4 minutes"},
	Needs:      []string{"flow", "some minutes of the client"},
	Thresholds: []*audit.Limit{socketsAnHour, socketsOpened, socketsSeen},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &reopened{env: e, sockets: audit.NewTimelines[socket]()}
	}),
}

// reopened remembers the WebSockets of each client.
type reopened struct {
	env     *audit.Env
	sockets audit.Timelines[socket]
}

// socket is one WebSocket: what it was opened to, and what remains of its flow.
type socket struct {
	name    string
	subject record.Subject
	ref     audit.Ref
}

var socketCitation = audit.Citation{Kind: "transaction", Keys: []string{"syn", "rst", "client-hello"},
	Fields: func(f *observe.Flow) map[string]string {
		return map[string]string{"lasted": f.Lasted().String(), "ended_by": f.EndReason}
	}}

// Add implements audit.Fold.
func (r *reopened) Add(f *observe.Flow) {
	if f.Function == record.WebSocket {
		r.sockets.Add(f.From, f.StartTime, f.FlowID, socket{observe.NameOf(f.Flow), f.Subject, r.env.Ref(f,
			&socketCitation)})
	}
}

// Merge implements audit.Fold.
func (r *reopened) Merge(o audit.Fold) { r.sockets.Merge(&o.(*reopened).sockets) }

// Close implements audit.Fold.
func (r *reopened) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:   wording.Noun{One: "client with a WebSocket", Many: "clients with a WebSocket"},
		Pass: wording.New("sig007.pass", "WebSockets last"),
		Missing: wording.New("sig007.short", "a longer capture: at least %s",
			wording.Seconds(s.Value(socketsSeen))),
	}
	groups := audit.NewGroups(&socketCitation)
	for _, events := range r.sockets.All {
		for _, chain := range chains(events) {
			o.Seen++
			seen := s.End.Sub(chain[0].ref.Start).Seconds()
			if seen < s.Value(socketsSeen) {
				continue
			}
			o.Judged++
			if n := float64(len(chain)); n < s.Value(socketsOpened) || n/seen*3600 <= s.Value(socketsAnHour) {
				continue
			}
			g := groups.At(chain[0].subject)
			g.Raise(record.Probable)
			for _, k := range chain {
				g.Count++
				g.Host(k.name)
				g.Add(k.ref, &socketCitation)
			}
		}
	}
	for g := range groups.All {
		s.Report(g, reopenedVerdict(s, g))
	}
	s.Conclude(o)
}

func reopenedVerdict(s *audit.Scope, g *audit.Group) audit.Verdict {
	return audit.Verdict{
		State: record.Fail,
		Summary: wording.New("sig007.fail", "%s of %s in %s to %s, one after the other; they lasted %s on average",
			wording.Count(g.Count, "WebSocket", "WebSockets"), clients(g), subject(g), hosts(g),
			wording.Seconds(g.Seconds()/float64(g.Count))),
		Expected: wording.New("sig007.expected", "at most %d an hour and client", int(s.Value(socketsAnHour))),
		Actual:   wording.New("sig007.actual", "%s", wording.Count(g.Count, "connection", "connections")),
	}
}

// chains are a client's sockets by name, of each name those that begin after the one before has ended.
func chains(events []audit.Event[socket]) (list [][]socket) {
	at := map[string]int{}
	for _, e := range events {
		name := strings.ToLower(e.What.name)
		i, known := at[name]
		switch {
		case !known:
			at[name] = len(list)
			list = append(list, []socket{e.What})
		case e.What.ref.Start >= list[i][len(list[i])-1].ref.End:
			list[i] = append(list[i], e.What)
		}
	}
	return list
}
