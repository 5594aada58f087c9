package catalogue

import (
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var mixedClients = audit.NewLimit("WXA-PRX-005.min_clients", "clients", 3, 2, 1, 1, 1e6,
	"ours: a single client may be a test",
	"minimum number of clients that go each way only")

var prx005 = &audit.Rule{
	ID: "WXA-PRX-005", Title: "Some clients of a site use the proxy, others do not", Severity: record.Info,
	Version: "2",
	Doc: audit.Doc{
		What: "In one site some clients reach the same Webex service through a proxy and others directly.",
		Why:  "The two groups have different troubles, and a change at proxy or firewall helps only one of them.",
		Trigger: "At least min_clients clients of a site signal through a proxy only, and as many directly only. A " +
			"warning.",
		LookAlikes: "One client that does both tries the direct way first, or has two programs: it counts for " +
			"neither. Room devices, phones, gateways, mesh nodes and connectors, declared or shown by their " +
			"traffic, often go directly by design: they are left out.",
		Verify: "Wireshark: `http.request.method == \"CONNECT\"` against `tcp.dstport == 443 && " +
			"tls.handshake.extensions_server_name`, by source address.",
	},
	Remediation: "Align PAC file and group policy for the whole site.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: proxy"},
	Rows:        []string{"names", "prefixes"},
	Needs:       []string{"flow"},
	Thresholds:  []*audit.Limit{mixedClients},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &signallingWays{env: e, clients: audit.NewTable(maxDevices, netip.Addr.Compare,
			func(a netip.Addr) *signallingWay {
				s := e.SubjectOf(a)
				return &signallingWay{direct: e.NewPart(s), proxied: e.NewPart(s)}
			},
			func(into, from *signallingWay) {
				into.direct.Merge(from.direct, &wayCitation)
				into.proxied.Merge(from.proxied, &wayCitation)
			})}
	}),
}

var wayCitation = audit.Citation{Kind: "transaction", Keys: []string{"connect", "client-hello"}, Fields: connectFields}

// signallingWay is how one client signals.
type signallingWay struct{ direct, proxied *audit.Group }

type signallingWays struct {
	env     *audit.Env
	clients audit.Table[netip.Addr, signallingWay]
}

// Add implements audit.Fold.
func (w *signallingWays) Add(f *observe.Flow) {
	if !observe.Signals(f.Flow) || f.PayloadBytesRev == 0 || f.Device != "" && f.Device != "app" &&
		f.Device != "browser" ||
		w.env.Site.Role(f.From) != "" {
		return
	}
	switch f.Transport {
	case record.TLS:
		w.clients.At(f.From).direct.Flow(w.env, f, &wayCitation)
	case record.TLSProxied:
		w.clients.At(f.From).proxied.Flow(w.env, f, &wayCitation)
	}
}

// Merge implements audit.Fold.
func (w *signallingWays) Merge(o audit.Fold) { w.clients.Merge(&o.(*signallingWays).clients) }

// Close implements audit.Fold.
func (w *signallingWays) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:   wording.Noun{One: "site with signalling", Many: "sites with signalling"},
		Pass: wording.New("prx005.pass", "all clients of a site go the same way"),
	}
	direct, proxied, all := audit.NewGroups(&wayCitation), audit.NewGroups(&wayCitation), audit.NewGroups(&wayCitation)
	for _, c := range w.clients.All {
		g := all.At(c.direct.Subject)
		g.Join(c.direct, &wayCitation)
		g.Join(c.proxied, &wayCitation)
		g.Count++
		switch {
		case c.proxied.Flows == 0:
			direct.At(g.Subject).Join(c.direct, &wayCitation)
		case c.direct.Flows == 0:
			proxied.At(g.Subject).Join(c.proxied, &wayCitation)
		}
	}
	for g := range all.All {
		o.Seen++
		o.Judged++
		d, p := direct.At(g.Subject), proxied.At(g.Subject)
		if float64(min(d.Clients.Len(), p.Clients.Len())) < s.Value(mixedClients) {
			continue
		}
		g.Raise(record.Confirmed)
		what := wording.New("prx005.actual", "%d through a proxy, %d directly", p.Clients.Len(), d.Clients.Len())
		s.Report(g, audit.Verdict{
			State:    record.Warn,
			Summary:  wording.New("prx005.warn", "clients in %s signal in two ways: %s", subject(g), what),
			Expected: wording.New("prx005.expected", "one way for all clients of a site"),
			Actual:   what,
			Evidence: append(p.Evidence()[:1:1], d.Evidence()[0]),
		})
	}
	s.Conclude(o)
}
