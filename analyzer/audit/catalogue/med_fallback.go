package catalogue

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var med001 = &audit.Rule{
	ID: "WXA-MED-001", Title: "Media over TLS", Severity: record.High,
	Doc: audit.Doc{
		What: "Audio or video travels over TLS straight to a media node instead of UDP.",
		Why: "TLS runs over TCP: one lost packet holds up all that follow, so users hear gaps and delay where UDP " +
			"would have hidden the loss. Webex uses TLS only where UDP and TCP 5004 got no answer, so it points at a " +
			"firewall.",
		Trigger: "A TLS flow to a published media range, without SNI and classified as media, that lasts " +
			"min_seconds, carries min_bytes from the server and shows the cadence of media (20 and more small " +
			"records a second) in min_windows windows of 10 s. Where only one direction shows it, confidence is one " +
			"step lower; where the hello is not in the capture, so that the SNI is not known, the finding is only " +
			"possible.",
		LookAlikes: "Clients test dozens of nodes over UDP, TCP and TLS at start-up: short, small, in parallel, and " +
			"no fallback. Browsers reach media nodes by TURN over TLS with an SNI: by design. Signalling and file " +
			"transfers lack the cadence.",
		Verify: "Wireshark: `tls.handshake.type == 1 && !tls.handshake.extensions_server_name` towards the media " +
			"subnets; Statistics > I/O Graphs with `tls.record.content_type == 23` of that conversation shows a " +
			"steady 20 to 100 records a second in both directions.",
	},
	Remediation: openUDP,
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media ports and transport", "BRKCOL-2057 (2022): UDP is better"},
	Needs:       []string{"flow with media_pattern", "the media flows of a call for half a minute"},
	Thresholds:  []*audit.Limit{mediaBytes, mediaSeconds, mediaWindows},
	Judge: fallenBack{
		over: record.TLS, pass: wording.New("med001.pass", "media is not carried over TLS"),
		is:     func(f *observe.Flow) bool { return f.SNI == "" && f.Prefix != "" },
		report: clientsReport,
	},
}

var med003 = &audit.Rule{
	ID: "WXA-MED-003", Title: "Media over TCP", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Audio or video travels over TCP to a media node instead of UDP.",
		Why:  "On TCP one lost packet holds up all that follow. Webex uses it only where UDP got no answer.",
		Trigger: "A TCP flow to a published media range, classified as media, with the duration, volume and " +
			"cadence of WXA-MED-001.",
		LookAlikes: "Reachability tests over TCP last about a second and carry a few hundred bytes; TURN of browsers " +
			"is by design.",
		Verify: "Wireshark: `tcp.port == 5004 && tcp.len > 0`, then Statistics > Conversations, tab TCP: long rows " +
			"with bytes in both directions; I/O graph as for WXA-MED-001.",
	},
	Remediation: openUDP,
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media ports and transport"},
	Needs:       []string{"flow with media_pattern", "the media flows of a call for half a minute"},
	Thresholds:  []*audit.Limit{mediaBytes, mediaSeconds, mediaWindows},
	Judge: fallenBack{
		over: record.TCP, pass: wording.New("med003.pass", "media is not carried over TCP"),
		is:     func(f *observe.Flow) bool { return f.Prefix != "" },
		report: clientsReport,
	},
}

// fallenBack judges media over a transport other than UDP.
type fallenBack struct {
	over    record.Transport
	pass    wording.Text
	is      func(*observe.Flow) bool                      // media of the rule's own kind; nil: all
	subject func(*observe.Flow) record.Subject            // nil: that of the client
	note    func(*audit.Env, *observe.Flow, *audit.Group) // what else the group shall know; may be nil
	cite    func(*audit.Env, *observe.Flow) []record.Evidence
	report  func(*audit.Scope, *audit.Group, record.Transport, wording.Text) audit.Verdict
}

// Begin implements audit.Judge.
func (r fallenBack) Begin(e *audit.Env) audit.Fold {
	f := &fallback{fallenBack: r, env: e, tried: newTried(),
		citation: audit.Citation{Kind: "packet-range", Largest: true, Fields: cadenceFields, Items: r.cite}}
	f.groups = audit.NewGroups(&f.citation)
	return f
}

// fallback remembers who carried media over the transport, and what became of each client's attempts on the transports before it.
type fallback struct {
	fallenBack
	env          *audit.Env
	citation     audit.Citation
	seen, judged int64
	named        bool // there was media that may be TURN of a browser
	groups       audit.Groups
	tried        audit.Table[netip.Addr, tried]
}

// Add implements audit.Fold.
func (r *fallback) Add(f *observe.Flow) {
	r.addAttempt(f)
	if !mediaLike(r.env, f) {
		return
	}
	if f.Transport != r.over {
		if carried(r.env, f) {
			r.seen++
			r.judged++
		}
		return
	}
	media, unclear, conf := sustained(r.env, f)
	if media || unclear {
		r.seen++
	}
	switch {
	case !media:
		return
	case r.is != nil && !r.is(f):
		r.named = true
		return
	case r.over == record.TLS && !observe.HelloSeen(f):
		conf = record.Possible
	}
	r.judged++
	s := f.Subject
	if r.subject != nil {
		s = r.subject(f)
	}
	g := r.groups.At(s)
	g.Flow(r.env, f, &r.citation)
	g.Count++
	g.Raise(conf)
	if r.note != nil {
		r.note(r.env, f, g)
	} else {
		g.Host(f.Server().Addr().String())
	}
}

// Merge implements audit.Fold.
func (r *fallback) Merge(o audit.Fold) {
	other := o.(*fallback)
	r.seen, r.judged, r.named = r.seen+other.seen, r.judged+other.judged, r.named || other.named
	r.groups.Merge(&other.groups)
	r.tried.Merge(&other.tried)
}

// Close implements audit.Fold.
func (r *fallback) Close(s *audit.Scope) {
	o := audit.Outcome{Of: mediaFlow, Seen: r.seen, Judged: r.judged, Pass: r.pass,
		Missing: wording.New("media.cadence", "the cadence of the flow: capture it from its beginning, with whole packets")}
	if r.named {
		o.Missing = wording.New("media.named", "flows to a published range without a name: what carries a name may be TURN of a browser")
	}
	for g := range r.groups.All {
		s.Report(g, r.report(s, g, r.over, r.summaryOf(g)))
	}
	s.Conclude(o)
}

// maxClients is for how many clients a rule remembers what each tried.
const maxClients = 10_000

// tried is what one client tried on the way to media nodes: STUN requests over UDP, connections over TCP and TLS.
type tried struct{ udp, tcp, tls tries }

type tries struct {
	asked, answered, reset int64
	ttls                   map[int]bool // of the resets
}

func newTried() audit.Table[netip.Addr, tried] {
	return audit.NewTable(maxClients, netip.Addr.Compare, func(netip.Addr) *tried { return &tried{} }, (*tried).merge)
}

func (a *tried) merge(o *tried) {
	a.udp.merge(&o.udp)
	a.tcp.merge(&o.tcp)
	a.tls.merge(&o.tls)
}

func (a *tries) merge(o *tries) {
	a.asked, a.answered, a.reset = a.asked+o.asked, a.answered+o.answered, a.reset+o.reset
	for ttl := range o.ttls {
		a.resetTTL(ttl)
	}
}

func (a *tries) resetTTL(ttl int) {
	if a.ttls == nil {
		a.ttls = map[int]bool{}
	}
	a.ttls[ttl] = true
}

// https is where a connection is meant for TLS even if nobody answers (IANA service name https).
const https = 443

func (r *fallback) addAttempt(f *observe.Flow) {
	if f.Proto == "udp" && f.STUN != nil && f.ClientIsSource() && f.Prefix != "" {
		a := &r.tried.At(f.From).udp
		a.asked += f.STUN.Requests
		a.answered += f.STUN.Answered
	}
	node := f.Function.IsMedia() || f.Function == record.ReachProbe
	if f.TCP == nil || f.TCP.SYN == 0 || f.Connect != nil || !node || !f.ClientIsSource() {
		return
	}
	overTLS := f.Transport == record.TLS || f.DstPort == https
	a := &r.tried.At(f.From).tcp
	if overTLS {
		a = &r.tried.At(f.From).tls
	}
	a.asked++
	switch silent := f.Down().PayloadBytes == 0; {
	case f.TCP.ResetBy == "rev" && silent:
		a.reset++
		if f.TCP.ResetTTL != nil {
			a.resetTTL(*f.TCP.ResetTTL)
		}
	case f.TCP.SYNACK && !(overTLS && silent):
		a.answered++
	}
}

// summaryOf says in numbers what the group's clients got for their tests over UDP, and over TCP and TLS where these failed.
func (r *fallback) summaryOf(g *audit.Group) wording.Text {
	var sum tried
	for _, client := range g.Clients.List() {
		if a := r.tried.Find(client); a != nil {
			sum.merge(a)
		}
	}
	text := wording.New("attempts.some", "%d of %s over UDP were answered", sum.udp.answered, stunRequests(sum.udp.asked))
	switch {
	case sum.udp.asked == 0:
		text = wording.New("attempts.untried", "no test over UDP is in the capture")
	case sum.udp.answered == 0:
		text = wording.New("attempts.none", "none of %s over UDP was answered", stunRequests(sum.udp.asked))
	}
	return wording.New("attempts", "%s%s%s", text, sum.tcp.failed("TCP"), sum.tls.failed("TLS"))
}

// failed says how a transport failed; nothing where it did not.
func (a *tries) failed(name string) wording.Text {
	if a.answered > 0 || a.asked == 0 {
		return wording.Text{}
	}
	none := wording.New("attempts.failed", "; no answer to %s over %s", wording.Count(a.asked, "connection", "connections"), name)
	if a.reset == 0 {
		return none
	}
	var ttls []wording.Text
	for _, ttl := range slices.Sorted(maps.Keys(a.ttls)) {
		ttls = append(ttls, wording.New("attempts.ttl", "TTL %d", ttl))
	}
	return wording.New("attempts.reset", "%s, %d reset (%s)", none, a.reset, wording.List(ttls))
}

func stunRequests(n int64) wording.Arg { return wording.Count(n, "STUN request", "STUN requests") }

func clientsReport(_ *audit.Scope, g *audit.Group, over record.Transport, attempts wording.Text) audit.Verdict {
	name := strings.ToUpper(string(over))
	return audit.Verdict{
		State: record.Fail,
		Summary: wording.New("fallback.fail", "%s in %s carried media over %s for %s (%s): %s", clients(g), subject(g), name,
			wording.Seconds(g.Seconds()), wording.Bytes(g.Bytes), attempts),
		Expected: wording.New("fallback.expected", "media over UDP"),
		Actual:   wording.New("fallback.actual", "%s over %s", wording.CountOf(g.Flows, mediaFlow), name),
	}
}
