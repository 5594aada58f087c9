package catalogue

import (
	"cmp"
	"fmt"
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/analyzer/wording"
)

var trunkPort = audit.NewLimit("WXA-CAL-004.trunk_port", "port", 5062, 5062, 5062, 1, 65535, callingPorts,
	"the port of certificate-based trunks to Webex Calling")

const clearSIP = "Network Requirements for Webex Services, WBX000028782: SIP between Expressway and Webex " +
	"(unencrypted over TCP is supported, encryption preferred)"

var cal004 = &audit.Rule{
	ID: "WXA-CAL-004", Version: "2", Title: "SIP or media with the cloud is not encrypted", Severity: record.High,
	Doc: audit.Doc{
		What: "SIP that can be read goes between a client and Webex, or media was agreed upon without encryption.",
		Why: "Who listens on the way learns who calls whom, and hears it; passwords can be attacked. Webex Calling " +
			"takes SIP over TLS and SRTP only; other services of Webex also talk to SIP systems in clear.",
		Trigger: "SIP messages were parsed in a flow with Webex Calling (of a declared gateway also to trunk_port): " +
			"answered ones make it a failure, others a warning; or media with Webex Calling that a session " +
			"description in clear announced as RTP/AVP or RTP/AVPF, with neither a key (a=crypto) nor a " +
			"fingerprint. The same with other services, as of a SIP system on ports 5060-5070 of the media ranges, " +
			"is a warning of low severity: Webex supports it there. Flows of an Expressway are WXA-EXP-004's.",
		LookAlikes: "SIP between phones and a call control inside is not the cloud's. RTP and SRTP look alike in the " +
			"packets: without a description in clear nothing is said of media. RTP/AVP beside a=crypto offers " +
			"encryption (RFC 8643).",
		Verify: "Wireshark: `sip && ip.addr == NODE`; sdp.media for the profile.",
	},
	Remediation: "Set the trunk, phone or gateway to SIP over TLS (port 8934 or 5062) and SRTP; close TCP and UDP " +
		"5060 to the Internet.",
	Refs: []string{"Port Reference Information for Webex Calling, b2exve: SIP over TLS on 8934 and 5062", clearSIP,
		"BRKCOL-2057 (2022): Webex Calling encryption", "RFC 3711", "RFC 4568"},
	Rows:       []string{"ports-calling", "ports-expressway", "prefixes", "webex-policy-sip-expressway-transport"},
	Needs:      []string{"flow with sip or TLS", "media_stream with profile"},
	Thresholds: []*audit.Limit{trunkPort},
	Reads:      audit.ReadAll,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &inClear{env: e, groups: audit.NewGroups(&clearCitation), keyed: audit.NewSet[string](maxKeyed),
			media: audit.NewTable(maxKeyed, endpoints.compare, func(endpoints) *plainMedia { return &plainMedia{} },
				(*plainMedia).merge)}
	}),
}

// maxKeyed is of how many addresses and ports it is kept what was announced for them.
const maxKeyed = 20_000

var clearCitation = audit.Citation{Kind: "packet-range", Keys: []string{"sip-request", "sip-answer"}}

// inClear remembers SIP in clear, and media that was announced without keys: whether another description offered some
// is known at the end.
type inClear struct {
	env          *audit.Env
	seen, judged int64
	groups       audit.Groups      // of SIP; Count of flows
	keyed        audit.Set[string] // "address port" for which keys were offered, whatever the profile says
	media        audit.Table[endpoints, plainMedia]
}

// endpoints are the two ends of a stream, the smaller one first: those of both directions are the same.
type endpoints [2]netip.AddrPort

func (e endpoints) compare(o endpoints) int { return cmp.Or(e[0].Compare(o[0]), e[1].Compare(o[1])) }

// plainMedia are the streams between two ends; Count of streams.
type plainMedia struct{ *audit.Group }

func (m *plainMedia) merge(o *plainMedia) { m.Merge(o.Group, &clearCitation) }

// Kinds of what was seen of a group, as sums.
const (
	ofCalling    = "calling"          // of Webex Calling, which has no clear SIP
	answeredCall = "calling answered" // and the cloud took part
)

// Add implements audit.Fold.
func (r *inClear) Add(f *observe.Flow) {
	if f.SIP != nil {
		r.keys(f.SIP)
	}
	if !f.Webex || isClient(r.env, f, site.ExpresswayE) || isServer(r.env, f, site.ExpresswayE) {
		return
	}
	switch {
	case f.SIP != nil && withCloud(r.env, f):
		r.seen++
		r.judged++
		g := r.groups.At(r.subject(f))
		g.Count++
		g.Flow(r.env, f, &clearCitation)
		g.Raise(cmp.Or(f.Confidence, record.Possible))
		r.weigh(f, g, clearText(f, g))
	case f.Service == record.Calling && f.Function == record.Signalling:
		r.seen++
		if f.Transport == record.TLS || f.Transport == record.TLSProxied {
			r.judged++
		}
	}
	for i := range f.Streams {
		r.stream(f, &f.Streams[i])
	}
}

// subject is the client's site or subnet with Webex Calling, with other services the SIP system itself.
func (r *inClear) subject(f *observe.Flow) record.Subject {
	if r.isCalling(f) {
		return f.Subject
	}
	return record.Subject{Kind: "host", Key: f.From.String()}
}

// isCalling reports whether the flow is with Webex Calling, where nothing is in clear.
func (r *inClear) isCalling(f *observe.Flow) bool {
	return f.Service == record.Calling ||
		isClient(r.env, f, site.LocalGateway) && float64(f.Server().Port()) == r.env.Value(trunkPort)
}

// weigh notes whether the flow is Calling's, and whether the cloud answered.
func (r *inClear) weigh(f *observe.Flow, g *audit.Group, answered bool) {
	if !r.isCalling(f) {
		return
	}
	g.Sum(ofCalling, 1)
	if answered {
		g.Sum(answeredCall, 1)
	}
}

func (r *inClear) stream(f *observe.Flow, m *observe.Stream) {
	if m.Profile == "" || !withCloud(r.env, f) {
		return
	}
	r.seen++
	r.judged++
	if !plainProfile(m.Profile) {
		return
	}
	k := endpoints{netip.AddrPortFrom(m.SrcIP, uint16(m.SrcPort)), netip.AddrPortFrom(m.DstIP, uint16(m.DstPort))}
	if k[1].Compare(k[0]) < 0 {
		k[0], k[1] = k[1], k[0]
	}
	g := r.media.At(k)
	if g.Group == nil {
		g.Group = r.env.NewPart(r.subject(f))
	}
	g.Count++
	g.Flow(r.env, f, &clearCitation)
	g.Hows.Add("media stream announced as "+m.Profile, 1)
	g.Raise(f.Confidence)
	r.weigh(f, g.Group, true)
}

// keys notes for which addresses and ports a description offers keys.
func (r *inClear) keys(x *record.SIPFacts) {
	for _, m := range x.Media {
		if m.Crypto || m.Fingerprint {
			r.keyed.Add(announcedEnd(m.Address, m.Port))
		}
	}
}

func announcedEnd(address string, port int) string { return fmt.Sprintf("%s %d", address, port) }

// Merge implements audit.Fold.
func (r *inClear) Merge(other audit.Fold) {
	o := other.(*inClear)
	r.seen, r.judged = r.seen+o.seen, r.judged+o.judged
	r.groups.Merge(&o.groups)
	r.keyed.Merge(&o.keyed)
	r.media.Merge(&o.media)
}

// Close implements audit.Fold.
func (r *inClear) Close(s *audit.Scope) {
	groups := r.groups.Copy()
	for k, m := range r.media.All {
		keyed := r.keyed.Over // what fell out might have been for these
		for _, end := range k {
			keyed = keyed || r.keyed.Has(announcedEnd(end.Addr().String(), int(end.Port())))
		}
		if !keyed {
			groups.At(m.Subject).Join(m.Group, &clearCitation)
		}
	}
	for g := range groups.All {
		s.Report(g, clearVerdict(g))
	}
	s.Conclude(audit.Outcome{Of: wording.Noun{One: "flow of Calling signalling or announced media",
		Many: "flows of Calling signalling or announced media"}, Seen: r.seen, Judged: r.judged,
		Pass:    wording.New("cal004.pass", "signalling is inside TLS, and no media was announced without encryption"),
		Missing: wording.New("cal004.missing", "the beginning of the connections"),
		Absent:  wording.New("cal004.absent", "no signalling of Webex Calling and no SIP in clear in this capture")})
}

func clearVerdict(g *audit.Group) audit.Verdict {
	v := audit.Verdict{State: record.Warn,
		Summary: wording.New("cal004.fail", "%s of %s in %s with the cloud can be read (%s)",
			wording.Count(g.Flows, "flow", "flows"), clients(g), subject(g), howOften(g)),
		Expected: wording.New("cal004.expected", "SIP over TLS, media as SRTP"),
		Actual:   wording.New("cal004.actual", "%s", howOften(g))}
	switch {
	case g.Sums[answeredCall] > 0:
		v.State = record.Fail
	case g.Sums[ofCalling] == 0:
		v.Severity = record.Low
		v.Summary = wording.New("cal004.supported", "%s; Webex supports it for SIP systems, and recommends encryption",
			v.Summary)
		v.Remediation = wording.New("cal004.prefer", "Set the SIP system to SIP over TLS (TCP 5061, mutual TLS 5062) and "+
			"SRTP towards Webex: encryption is preferred, not required.")
	}
	return v
}

// withCloud reports whether the other end of a Webex flow is Webex's, and not a host of the enterprise.
func withCloud(e *audit.Env, f *observe.Flow) bool {
	internal, _ := e.Site.IsInternal(f.Server().Addr())
	return f.Prefix != "" || f.ServerRole == "cloud" || !internal && f.ServerRole == ""
}

// clearText notes what of a flow with SIP in clear can be read, and reports whether it was answered.
func clearText(f *observe.Flow, g *audit.Group) (answered bool) {
	answered = len(f.SIP.Answers) > 0
	what := "SIP over " + f.Proto
	if !answered {
		what += " without answer"
	}
	g.Hows.Add(what, 1)
	for _, m := range f.SIP.Media {
		if plainProfile(m.Profile) && !m.Crypto && !m.Fingerprint {
			g.Hows.Add("offer of "+m.Kind+" as "+m.Profile, 1)
		}
	}
	return answered
}

// plainProfile: RTP without protection (RFC 3551, RFC 4585).
func plainProfile(profile string) bool { return profile == "RTP/AVP" || profile == "RTP/AVPF" }
