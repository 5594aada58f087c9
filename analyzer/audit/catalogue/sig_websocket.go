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
	socketsGap = audit.NewLimit("WXA-SIG-007.within_seconds", "s", 60, 120, 180, 1, 3600,
		"ours: clients reconnect within their backoff",
		"time from the end of a WebSocket to the next that belongs to the same chain")
	socketsSeen = audit.NewLimit("WXA-SIG-007.min_seconds", "s", 900, 300, 300, 10, 86_400,
		"ours: a rate needs some time",
		"minimum time of the client in the capture")
)

var sig007 = &audit.Rule{
	ID: "WXA-SIG-007", Title: "WebSocket is opened again and again", Severity: record.Medium, Version: "2",
	Doc: audit.Doc{
		What: "A client's notification WebSocket does not last: it is opened again many times an hour.",
		Why:  "Between two connections the client hears of no call and no message; it also asks all services again.",
		Trigger: "A client opens more than max_per_hour WebSockets to one name one after the other, each within " +
			"within_seconds after the one before has ended, at least min_opened in the capture, over at least " +
			"min_seconds.",
		LookAlikes: "Several WebSockets side by side are several programs or services. Behind an address " +
			"translation, and on terminal servers and virtual desktops, many users share one address: where sockets " +
			"to one name overlap often, or the vantage is wan, the rule is not assessable. A mobile app that " +
			"closes its own socket when it goes to sleep, and a client that roams or sleeps, open again as " +
			"well.",
		Verify: "Wireshark: `tls.handshake.extensions_server_name contains \"mercury\"`, then the times of the " +
			"hellos and how each connection ended.",
	},
	Remediation: "Raise the idle time-out of the proxy, NAT or firewall for long-lived connections; Webex pings " +
		"every 15 s.",
	Refs: []string{"webex-js-sdk: Mercury ping every 15 s", "RFC 5382 REQ-5: established TCP connections at least 2 " +
		"hours 4 minutes"},
	Rows:       []string{"names"},
	Needs:      []string{"flow", "some minutes of the client"},
	Thresholds: []*audit.Limit{socketsAnHour, socketsOpened, socketsSeen, socketsGap},
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
	ja4     string
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
		r.sockets.Add(f.From, f.StartTime, f.FlowID, socket{strings.ToLower(observe.NameOf(f.Flow)), f.JA4,
			f.Subject, r.env.Ref(f,
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
	for client, events := range r.sockets.All {
		for _, p := range programs(events, s.Value(socketsGap)) {
			o.Seen++
			seen := s.End.Sub(p.start).Seconds()
			switch {
			case seen < s.Value(socketsSeen):
				continue
			case manyBehind(s, client), p.shared() && reopens(s, p, seen):
				o.Missing = wording.New("sig007.shared", "a capture where each user has an address of their own, "+
					"inside of what gives many users one")
				continue
			}
			o.Judged++
			if !reopens(s, p, seen) {
				continue
			}
			g := groups.At(p.chain[0].subject)
			g.Raise(record.Probable)
			for _, k := range p.chain {
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

// reopens reports whether a program opens its sockets too often for the time that it was seen.
func reopens(s *audit.Scope, p *program, seconds float64) bool {
	n := float64(len(p.chain))
	return n >= s.Value(socketsOpened) && n/seconds*3600 > s.Value(socketsAnHour)
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

// program is what a client's sockets to one name are like, of one program (JA4).
type program struct {
	start       record.Time
	beside, all int      // sockets that began while the one before was open; all of them
	now, chain  []socket // those that follow each other: the latest, and the most
}

// shared reports whether the address seems to have several users: sockets of one program of one user do not overlap.
func (p *program) shared() bool { return 4*p.beside > p.all }

// programs are the chains of a client's sockets. A socket continues the chain when it begins within so many seconds
// after the one before has ended.
func programs(events []audit.Event[socket], gap float64) (list []*program) {
	known := map[[2]string]*program{}
	for _, e := range events {
		k := e.What
		key := [2]string{k.name, k.ja4}
		p := known[key]
		if p == nil {
			p = &program{start: k.ref.Start}
			known[key] = p
			list = append(list, p)
		}
		p.add(k, gap)
	}
	return list
}

func (p *program) add(k socket, gap float64) {
	p.all++
	if n := len(p.now); n > 0 {
		switch before := p.now[n-1].ref.End; {
		case k.ref.Start < before:
			p.beside++
			return
		case k.ref.Start.Sub(before).Seconds() > gap:
			p.now = nil
		}
	}
	p.now = append(p.now, k)
	if len(p.now) > len(p.chain) {
		p.chain = p.now
	}
}
