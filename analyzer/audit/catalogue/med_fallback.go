package catalogue

import (
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// underPath is what media over TCP or TLS follows from: the path of UDP that was cut in use, or never opened.
var underPath = []audit.Root{{Rule: "WXA-MED-006"}, {Rule: "WXA-MED-004"}, {Rule: "WXA-MED-009"}}

var med001 = &audit.Rule{
	ID: "WXA-MED-001", Title: "Media over TLS", Severity: record.High, Version: "2",
	Symptom: true,
	Doc: audit.Doc{
		What: "Audio or video travels over TLS straight to a media node instead of UDP.",
		Why: "TLS runs over TCP: one lost packet holds up all that follow, so users hear gaps and delay where UDP " +
			"would have hidden the loss. Webex uses TLS only where UDP and TCP 5004 got no answer, so it points at a " +
			"firewall.",
		Trigger: "A TLS flow to a published media range that carries media: it lasts min_seconds, carries min_bytes " +
			"from the server and shows the cadence of media (20 and more small records a second) in min_windows " +
			"windows of 10 s. The app's own flows have no SNI; a browser's are TURN with the name of a node: they " +
			"count only where none of the client's media went over UDP at the time. So does a flow with the cadence " +
			"in one direction only, one step less sure, and one of short_seconds or more, which is only possible. " +
			"Where the hello is not in the capture, so that the SNI is not known, or a browser's UDP was not tried " +
			"and found silent, the finding is only possible as well.",
		LookAlikes: "Clients test dozens of nodes over UDP, TCP and TLS at start-up: short, small, in parallel, and " +
			"no fallback. A browser's TURN beside media over UDP is a reserve. A call that begins over TLS and goes " +
			"on over UDP within seconds is no fallback. Signalling and file transfers lack the cadence.",
		Verify: "Wireshark: `tls.handshake.type == 1 && !tls.handshake.extensions_server_name` towards the media " +
			"subnets; Statistics > I/O Graphs with `tls.record.content_type == 23` of that conversation shows a " +
			"steady 20 to 100 records a second in both directions.",
	},
	Remediation: openUDP,
	Refs:        []string{networkRequirements + ": media ports and transport", "BRKCOL-2057 (2022): UDP is better"},
	Rows:        []string{"names", "ports-meetings", "prefixes", "stun", "webex-policy-media-fallback"},
	Needs:       []string{"flow with media_pattern", "the media flows of a call for half a minute"},
	Thresholds:  []*audit.Limit{mediaBytes, mediaSeconds, mediaWindows, shortSeconds},
	Under:       underPath,
	Judge: fallenBack{
		over: record.TLS, pass: wording.New("med001.pass", "no media fell back to TLS"), report: clientsReport,
	},
}

var med003 = &audit.Rule{
	ID: "WXA-MED-003", Title: "Media over TCP", Severity: record.Medium, Version: "2",
	Symptom: true,
	Doc: audit.Doc{
		What: "Audio or video travels over TCP to a media node instead of UDP.",
		Why:  "On TCP one lost packet holds up all that follow. Webex uses it only where UDP got no answer.",
		Trigger: "A TCP flow to a published media range that carries media, with the duration, volume and cadence of " +
			"WXA-MED-001; TURN of a browser, one direction and short flows as there.",
		LookAlikes: "Reachability tests over TCP last about a second and carry a few hundred bytes; TURN of browsers " +
			"beside media over UDP is a reserve.",
		Verify: "Wireshark: `tcp.port == 5004 && tcp.len > 0`, then Statistics > Conversations, tab TCP: long rows " +
			"with bytes in both directions; I/O graph as for WXA-MED-001.",
	},
	Remediation: openUDP,
	Refs:        []string{networkRequirements + ": media ports and transport"},
	Rows:        []string{"names", "ports-meetings", "prefixes", "stun", "webex-policy-media-fallback"},
	Needs:       []string{"flow with media_pattern", "the media flows of a call for half a minute"},
	Thresholds:  []*audit.Limit{mediaBytes, mediaSeconds, mediaWindows, shortSeconds},
	Under:       underPath,
	Judge: fallenBack{
		over: record.TCP, pass: wording.New("med003.pass", "no media fell back to TCP"), report: clientsReport,
	},
}

// fallenBack judges media over a transport other than UDP.
type fallenBack struct {
	over    record.Transport
	pass    wording.Text
	subject func(*observe.Flow) record.Subject                // nil: that of the client
	note    func(*audit.Env, *observe.Flow) (marks []string)  // what else a group shall count; may be nil
	cite    func(*audit.Env, *observe.Flow) []record.Evidence // nil: the flow as a whole
	report  func(*audit.Group, record.Transport, tried) audit.Verdict
}

// Begin implements audit.Judge.
func (r fallenBack) Begin(e *audit.Env) audit.Fold {
	f := &fallback{fallenBack: r, env: e, people: newPeople(),
		citation: audit.Citation{Kind: "packet-range", Largest: true, Fields: cadenceFields, Items: r.cite}}
	f.groups = audit.NewGroups(&f.citation)
	return f
}

// fallback remembers who carried media over the transport, what may have been media of theirs, and what else they did.
type fallback struct {
	fallenBack
	env          *audit.Env
	citation     audit.Citation
	seen, judged int64
	foreign      bool // there was media to an address of which nothing is published
	groups       audit.Groups
	people       people
}

// carrier is a flow that carried media over the transport, and what of it the finding says.
type carrier struct {
	subject record.Subject
	host    string
	marks   []string
	conf    record.Confidence
	browser bool // TURN with the name of a node
	short   bool
	ref     audit.Ref
}

// Add implements audit.Fold.
func (r *fallback) Add(f *observe.Flow) {
	r.people.add(r.env, f)
	if f.Transport != r.over {
		if mediaLike(r.env, f) && carried(r.env, f) {
			r.seen++
			r.judged++
		}
		return
	}
	m := cadence(r.env, f)
	switch {
	case m.unclear && mediaLike(r.env, f):
		r.seen++
		return
	case !m.media || !f.Function.IsMedia() && f.Function != record.TURN:
		return
	}
	r.seen++
	browser := f.Function == record.TURN
	if !browser && r.maybeOther(f) {
		r.foreign = true
		return
	}
	r.judged++
	c := r.carrier(f, m, browser)
	if browser || m.oneWay || m.short {
		p := r.people.At(f.From)
		p.doubtful = append(p.doubtful, c)
		p.tidy()
		return
	}
	r.count(&r.groups, &c)
}

// maybeOther reports whether the flow's server may be another than a media node: nothing is published of its address,
// or the client named it.
func (r *fallback) maybeOther(f *observe.Flow) bool {
	return r.over != record.TLSProxied && (f.Prefix == "" || r.over == record.TLS && f.SNI != "")
}

func (r *fallback) carrier(f *observe.Flow, m pattern, browser bool) carrier {
	c := carrier{subject: f.Subject, host: f.Server().Addr().String(), conf: m.conf, browser: browser, short: m.short,
		ref: r.env.Ref(f, &r.citation)}
	if r.subject != nil {
		c.subject = r.subject(f)
	}
	if f.Connect != nil {
		c.host = f.Connect.Host
	}
	if r.note != nil {
		c.marks = r.note(r.env, f)
	}
	if m.short || r.over == record.TLS && !observe.HelloSeen(f) {
		c.conf = record.Possible
	}
	return c
}

func (r *fallback) count(groups *audit.Groups, c *carrier) {
	g := groups.At(c.subject)
	g.Add(c.ref, &r.citation)
	g.Count++
	g.Raise(c.conf)
	g.Host(c.host)
	for _, m := range c.marks {
		g.Sum(m, 1)
	}
}

// Merge implements audit.Fold.
func (r *fallback) Merge(o audit.Fold) {
	other := o.(*fallback)
	r.seen, r.judged, r.foreign = r.seen+other.seen, r.judged+other.judged, r.foreign || other.foreign
	r.groups.Merge(&other.groups)
	r.people.Merge(&other.people.Table)
}

// Close implements audit.Fold.
func (r *fallback) Close(s *audit.Scope) {
	groups := r.groups.Copy()
	for _, p := range r.people.All {
		for _, c := range p.doubtful {
			if p.usesUDP(&c) {
				continue
			}
			if c.browser && (p.udp.asked == 0 || p.udp.answered > 0) {
				c.conf = record.Possible
			}
			r.count(&groups, &c)
		}
	}
	o := audit.Outcome{Of: mediaFlow, Seen: r.seen, Judged: r.judged, Pass: r.pass,
		Missing: wording.New("media.cadence", "the cadence of the flow: capture it from its beginning, with whole packets")}
	if r.foreign {
		o.Missing = wording.New("media.foreign", "flows without SNI to a published range, or a browser's TURN: what else goes there may be something else")
	}
	for g := range groups.All {
		s.Report(g, r.report(g, r.over, r.people.of(g)))
	}
	s.Conclude(o)
}

func clientsReport(g *audit.Group, over record.Transport, t tried) audit.Verdict {
	name := strings.ToUpper(string(over))
	return audit.Verdict{
		State: record.Fail,
		Summary: wording.New("fallback.fail", "%s in %s carried media over %s for %s (%s): %s", clients(g), subject(g), name,
			wording.Seconds(g.Seconds()), wording.Bytes(g.Bytes), t.text()),
		Expected:    wording.New("fallback.expected", "media over UDP"),
		Actual:      wording.New("fallback.actual", "%s over %s", wording.CountOf(g.Flows, mediaFlow), name),
		Remediation: t.remedy(),
	}
}
