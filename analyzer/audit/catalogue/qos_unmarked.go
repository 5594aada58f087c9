package catalogue

import (
	"cmp"
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	bareAudio = audit.NewLimit("WXA-QOS-001.min_percent", "%", 99, 95, 50, 1, 100, "ours",
		"share of packets with DSCP 0 in an unmarked audio stream")
	bareVideo = audit.NewLimit("WXA-QOS-002.min_percent", "%", 99, 95, 50, 1, 100, "ours",
		"share of packets with DSCP 0 in an unmarked video stream")
)

var qos001 = &audit.Rule{
	ID: "WXA-QOS-001", Title: "Audio towards the cloud is unmarked", Severity: record.High,
	Plain: "audio was sent without a mark (%s)",
	Doc: audit.Doc{
		What: "Audio that a client sends from the source ports of the QoS plan carries no mark (DSCP 0).",
		Why: "Without a mark audio queues with everybody's downloads as soon as a link is full, first of " +
			"all on Wi-Fi and at the WAN edge.",
		Trigger: "An audio stream from client to cloud, from the planned source ports, with at least " +
			"min_percent of its packets at DSCP 0, captured at access or inside. Only packets of the " +
			"client count: marks from the Internet mean nothing.",
		LookAlikes: "Windows without the QoS feature: source ports outside the plan and no mark; that is its " +
			"default and WXA-QOS-006's matter. Browsers set no marks. At vantage access a switch behind " +
			"the capture may classify by port: where the site file says so (switch_classifies), the " +
			"client is not judged there.",
		Verify: marksVerify,
	},
	Remediation: "Let the client mark (macOS, mobile, RoomOS do; Windows needs a Group Policy), and trust or " +
		"classify at the access switch: source ports 52000-52099 to EF.",
	Refs:       []string{"BRKCOL-2057 (2022): media signatures", "Preferred Architecture for Webex Hybrid Services, CVD 2020, chapter Bandwidth Management", "RFC 4594"},
	Rows:       []string{"payload_types", "prefixes", "webex-policy-dscp-audio", "webex-policy-port-plan-audio"},
	Needs:      []string{"media_stream", "vantage access or inside"},
	Thresholds: []*audit.Limit{markedFrom, bareAudio},
	Version:    "3",
	Judge:      unmarkedMedia("audio", bareAudio),
}

var qos002 = &audit.Rule{
	ID: "WXA-QOS-002", Title: "Video towards the cloud is unmarked", Severity: record.Medium,
	Plain: "video was sent without a mark (%s)",
	Doc: audit.Doc{
		What: "Video or share that a client sends from the source ports of the QoS plan carries no mark " +
			"(DSCP 0).",
		Why:        "Without a mark video queues with everybody's downloads as soon as a link is full.",
		Trigger:    "As WXA-QOS-001, for video streams.",
		LookAlikes: "As for WXA-QOS-001.",
		Verify:     marksVerify,
	},
	Remediation: "Let the client mark, and trust or classify at the access switch: source ports 52100-52299 to AF41.",
	Refs:        []string{"BRKCOL-2057 (2022): media signatures", "Preferred Architecture for Webex Hybrid Services, CVD 2020, chapter Bandwidth Management", "RFC 4594"},
	Rows:        []string{"payload_types", "prefixes", "webex-policy-dscp-video", "webex-policy-port-plan-video"},
	Needs:       []string{"media_stream", "vantage access or inside"},
	Thresholds:  []*audit.Limit{markedFrom, bareVideo},
	Version:     "3",
	Judge:       unmarkedMedia("video", bareVideo),
}

func unmarkedMedia(class string, bare *audit.Limit) audit.Custom {
	return func(e *audit.Env) audit.Fold {
		return &unmarkedFold{env: e, class: class, bare: bare,
			clients: audit.NewTable(maxPlanClients, netip.Addr.Compare, newPlanClient, (*planClient).merge)}
	}
}

// unmarkedFold gathers the streams of one class by client: whether a client uses the port plan is known only at the
// end.
type unmarkedFold struct {
	env     *audit.Env
	class   string
	bare    *audit.Limit
	offPlan int64 // streams without a marking from ports outside the plan
	clients audit.Table[netip.Addr, planClient]
}

// planClient is what shows that a client uses the source ports of the plan, and its streams.
type planClient struct {
	ports        audit.Set[int] // of the plan that it sent media from
	marked       bool
	audio, video bool // media of the class from ports of the plan
	outside      bool // it sent media from other ports, too
	group        *audit.Group
}

// shows reports whether the client uses the plan, so that a port tells the class. Of ephemeral ports a few lie in it by
// chance.
func (c *planClient) shows() bool {
	return c.ports.Len() >= 3 || c.marked || c.audio && c.video || !c.outside
}

const maxPlanClients = 10_000

var unmarkedCitation = audit.Citation{Kind: "packet-range", Largest: true, Fields: upMarks}

func newPlanClient(netip.Addr) *planClient { return &planClient{ports: audit.NewSet[int](8)} }

func (c *planClient) merge(o *planClient) {
	c.ports.Merge(&o.ports)
	c.marked, c.outside = c.marked || o.marked, c.outside || o.outside
	c.audio, c.video = c.audio || o.audio, c.video || o.video
	c.group.Merge(o.group, &unmarkedCitation)
}

// Add implements audit.Fold.
func (u *unmarkedFold) Add(f *observe.Flow) {
	for i := range f.Streams {
		if m := &f.Streams[i]; sentByClient(m, u.env.Value(markedFrom)) {
			u.stream(f, m)
		}
	}
}

func (u *unmarkedFold) stream(f *observe.Flow, m *observe.Stream) {
	c := u.clients.At(f.From)
	if c.group == nil {
		c.group = u.env.NewPart(f.Subject)
	}
	bare := percent(m.DSCP[0], m.DSCP.Total()) >= u.env.Value(u.bare)
	c.outside = c.outside || f.PortPlan == "out"
	if f.PortPlan == "in" {
		c.ports.Add(observe.ClientPort(f.Flow))
		c.marked = c.marked || !bare
		c.audio, c.video = c.audio || isClass(m, "audio"), c.video || isClass(m, "video")
	}
	if !isClass(m, u.class) {
		return
	}
	if bare && f.PortPlan != "in" {
		u.offPlan++
		return
	}
	c.group.Judged++
	if bare {
		c.group.Count++
		c.group.Flow(u.env, f, &unmarkedCitation)
		countMarks(c.group, m)
		c.group.Extreme("expected", 0, wording.New("qos.codepoints", "%s", codepoints(f.ExpectedDSCP, " or ")))
	}
}

// Merge implements audit.Fold.
func (u *unmarkedFold) Merge(other audit.Fold) {
	o := other.(*unmarkedFold)
	u.offPlan += o.offPlan
	u.clients.Merge(&o.clients)
}

// Close implements audit.Fold.
func (u *unmarkedFold) Close(s *audit.Scope) {
	of := wording.Noun{One: u.class + " stream from a client", Many: u.class + " streams from clients"}
	o := audit.Outcome{Of: of, Seen: u.offPlan, Pass: wording.New("qos.unmarked.pass", "%s streams carry a marking", u.class),
		Missing: wording.New("qos.unmarked.off", "they come from ports outside the plan: see WXA-QOS-006"),
		Absent:  wording.New("qos.unmarked.absent", "no %s stream of enough packets from a client in this capture", u.class)}
	groups := audit.NewGroups(&unmarkedCitation)
	for a, c := range u.clients.All {
		o.Seen += c.group.Judged
		switch {
		case c.group.Judged == 0:
		case !s.Vantage.Enterprise():
			o.Missing = placeMissing(s)
		case markedBehind(s.Env, a):
			o.Missing = switchMarks
		case c.group.Count > 0 && !c.shows():
			o.Missing = wording.New("qos.unmarked.chance",
				"a sign that the client uses the port plan: its ports may lie in it by chance (see WXA-QOS-006)")
		default:
			o.Judged += c.group.Judged
			groups.At(c.group.Subject).Merge(c.group, &unmarkedCitation)
		}
	}
	for g := range groups.All {
		if g.Count > 0 {
			s.Report(g, u.verdict(s, g))
		}
	}
	s.Conclude(o)
}

// switchMarks is what it takes where marks are set behind the capture point.
var switchMarks = wording.New("qos.behind", "a capture behind the access switch, which sets the marks (switch_classifies in the site file)")

// markedBehind reports whether the access switch marks the client's packets only behind the capture point.
func markedBehind(e *audit.Env, client netip.Addr) bool {
	return e.Run != nil && e.Run.Vantage.Value == "access" && e.Site.SwitchClassifies(client)
}

func (u *unmarkedFold) verdict(s *audit.Scope, g *audit.Group) audit.Verdict {
	state := record.Fail
	if s.Vantage.Value == "access" {
		state = record.Warn // the switch behind the capture may classify
	}
	return audit.Verdict{
		State: state, Confidence: cmp.Or(s.Vantage.Confidence, record.Confirmed),
		Summary: wording.New("qos.unmarked", "%d of %s from %s in %s were sent unmarked (DSCP 0)", g.Count,
			wording.Count(g.Judged, u.class+" stream", u.class+" streams"), clients(g), subject(g)),
		Expected: wording.New("qos.unmarked.expected", "DSCP %s", g.Worst["expected"].Of),
		Actual:   wording.New("qos.unmarked.actual", "DSCP 0 on %s of the packets", wording.Percent(percent(g.Sums["zero"], g.Sums["packets"]))),
	}
}
