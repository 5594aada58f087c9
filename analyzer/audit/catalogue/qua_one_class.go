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
	classLoss = audit.NewLimit("WXA-QUA-014.min_percent", "%", 2, 1, 0.5, 0.1, 100, "published: Cisco UC design practice: 1 %",
		"minimum loss of the class that suffers")
	otherLoss = audit.NewLimit("WXA-QUA-014.within_percent", "%", 0.1, 0.2, 0.2, 0, 100, "ours: practically none", "maximum loss of the other class")
	classFrom = audit.NewLimit("WXA-QUA-014.min_packets", "packets", 1000, 500, 300, 10, 1e9, "ours: ten seconds of audio",
		"minimum number of packets of each class")
)

var qua014 = &audit.Rule{
	ID: "WXA-QUA-014", Title: "Only one class of media loses packets", Severity: record.High, Version: "2",
	Doc: audit.Doc{
		What: "A client's audio loses packets while its video in the same direction and the same time loses practically none, or the reverse.",
		Why: "Both travel the same way; only what treats them differently can lose one of them: the policer or the queue of a QoS class. More " +
			"bandwidth does not help, the right class configuration does.",
		Trigger: "Of one client, direction and time, audio and video over UDP of min_packets each: one lost min_percent or more, the other within_percent or less; " +
			"where all their receivers tell, with what was lost behind the capture point.",
		LookAlikes: "A remote sender whose own video breaks up shows the same at several clients (WXA-QUA-016): there the finding is only possible. " +
			"Streams of different times are not compared. Numbers that a sender never sent, by its packet counter, are no loss of a class. " + beforeRepair,
		Verify: "Wireshark: `ip.addr == CLIENT && rtp`, Telephony > RTP > RTP Streams, column Lost; ip.dsfield.dscp of both classes.",
	},
	Remediation: "Look at the policer and the queue of the class that loses packets: rate, burst size and queue limit of EF for audio, of AF41 for video.",
	Refs:        []string{"RFC 3246 section 2.9", "RFC 2697"},
	Rows:        []string{"payload_types", "prefixes"},
	Needs:       []string{"media_stream of audio and video", "capture_health that allows it"},
	Thresholds:  []*audit.Limit{classFrom, classLoss, otherLoss},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &oneClass{env: e, loss: newSameLoss(), of: newClassTable(e)}
	}),
}

// oneClass sums a client's packets by direction and class.
type oneClass struct {
	env  *audit.Env
	loss sameLoss
	of   audit.Table[classKey, classSums]
}

type classKey struct {
	client netip.Addr
	up     bool
}

type classSums struct {
	subject  record.Subject
	unclear  bool // the capture lost packets itself
	untold   bool // not all receivers tell what was lost behind the capture point
	expected map[string]int64
	lost     map[string]int64 // before the capture point
	behind   map[string]int64
	group    *audit.Group
}

var classCitation = audit.Citation{Kind: "interval-series", Largest: true, Fields: qualityFields}

func newClassTable(e *audit.Env) audit.Table[classKey, classSums] {
	order := func(a, b classKey) int { return cmp.Or(a.client.Compare(b.client), bit(a.up)-bit(b.up)) }
	fresh := func(classKey) *classSums {
		return &classSums{expected: map[string]int64{}, lost: map[string]int64{}, behind: map[string]int64{},
			group: e.NewPart(record.Subject{})}
	}
	return audit.NewTable(maxPlanClients, order, fresh, func(into, from *classSums) {
		into.subject, into.unclear, into.untold = from.subject, into.unclear || from.unclear, into.untold || from.untold
		for k, n := range from.expected {
			into.expected[k] += n
			into.lost[k] += from.lost[k]
			into.behind[k] += from.behind[k]
		}
		into.group.Merge(from.group, &classCitation)
	})
}

// Add implements audit.Fold.
func (o *oneClass) Add(f *observe.Flow) {
	o.loss.add(f)
	for i := range f.Streams {
		m := &f.Streams[i]
		if !overUDP(m) || m.Kind == "share" {
			continue
		}
		c := o.of.At(classKey{f.From, m.Upstream})
		c.subject = f.Subject
		c.unclear = c.unclear || f.LossGate != "" || m.CaptureLost > 0
		w := onWayOf(m)
		c.untold = c.untold || !w.told
		c.expected[m.Kind] += w.sent
		c.lost[m.Kind] += max(m.Lost-w.unsent, 0)
		c.behind[m.Kind] += w.behind.low
		c.group.Flow(o.env, f, &classCitation)
		countRepair(c.group, m)
	}
}

// Merge implements audit.Fold.
func (o *oneClass) Merge(other audit.Fold) {
	x := other.(*oneClass)
	o.loss.seconds.Merge(&x.loss.seconds)
	o.of.Merge(&x.of)
}

// Close implements audit.Fold.
func (o *oneClass) Close(s *audit.Scope) {
	out := audit.Outcome{Of: wording.Noun{One: "direction of a client with audio and video", Many: "directions of clients with audio and video"},
		Pass:    wording.New("qua014.pass", "audio and video share their fate"),
		Missing: wording.New("qua014.missing", "audio and video of the same client, long enough, in a capture that lost nothing itself")}
	groups, remote := audit.NewGroups(&classCitation), o.loss.remote()
	for k, c := range o.of.All {
		out.Seen++
		if c.unclear || min(c.expected["audio"], c.expected["video"]) < int64(s.Value(classFrom)) {
			continue
		}
		out.Judged++
		kind, pct, rest := c.suffering()
		if pct < s.Value(classLoss) || rest > s.Value(otherLoss) {
			continue
		}
		g := groups.At(c.subject)
		g.Merge(c.group, &classCitation)
		g.Count++
		g.Sum(kind, 1)
		g.Extreme("worst", pct, wording.New("qua014.what", "%s %s", kind, map[bool]string{true: "from the client", false: "from the cloud"}[k.up]))
		conf := record.Probable
		if !k.up && remote[kind] > 0 {
			conf = record.Possible
		}
		g.Raise(conf)
	}
	for g := range groups.All {
		worst := g.Worst["worst"]
		s.Report(g, audit.Verdict{
			State: record.Fail,
			Summary: withMends(g, wording.New("qua014.fail", "of %s in %s only one class of media lost packets (worst: %s, %s); the "+
				"other lost practically none", clients(g), subject(g), wording.Percent(worst.Value), worst.Of)),
			Expected: wording.New("qua014.expected", "audio and video lose alike on the same way"),
			Actual:   wording.New("qua014.actual", "%s of %s", wording.Percent(worst.Value), worst.Of),
		})
	}
	s.Conclude(out)
}

// suffering is the class that lost more, its share and that of the other, in percent.
func (c *classSums) suffering() (kind string, pct, rest float64) {
	share := func(kind string) float64 {
		lost := c.lost[kind]
		if !c.untold {
			lost += c.behind[kind]
		}
		return percent(lost, c.expected[kind])
	}
	audio, video := share("audio"), share("video")
	if audio >= video {
		return "audio", audio, video
	}
	return "video", video, audio
}
