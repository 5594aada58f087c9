package catalogue

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	loadAnswers = audit.NewLimit("WXA-QUA-017.min_answers", "answers", 5, 3, 3, 1, 256,
		"ours: the median of three forgives a single spike",
		"minimum STUN answers of a media flow before, during and after the upload, each")
	loadBytes = audit.NewLimit("WXA-QUA-017.min_bytes", "bytes", 5_000_000, 1_000_000, 500_000, 1, audit.Unbounded,
		"ours: less is through before a queue stands", "minimum size of a connection that is called an upload")
	loadFactor = audit.NewLimit("WXA-QUA-017.min_factor", "times", 5, 3, 2, 1, 1000, "ours",
		"by how much the median round trip must grow during the upload")
	loadRate = audit.NewLimit("WXA-QUA-017.min_kbps", "kb/s", 1000, 500, 300, 1, 1e9,
		"ours: what a narrow uplink of a small site can carry", "minimum mean rate of a connection that is called an "+
			"upload")
	loadRise = audit.NewLimit("WXA-QUA-017.min_ms", "ms", 150, 100, 50, 1, 10_000,
		"published: ITU-T G.114: 150 ms one way; two thirds of it, as a rise alone",
		"minimum rise of the median round trip during the upload")
	loadCalm = audit.NewLimit("WXA-QUA-017.within_seconds", "s", 30, 60, 60, 5, 3600,
		"ours: longer ago the path may have been another one", "time before and after the upload that is compared "+
			"with it")
)

var qua017 = &audit.Rule{
	ID: "WXA-QUA-017", Title: "Delay grows with the site's own traffic", Severity: record.Medium,
	Plain: "packets waited while the site itself uploaded (round trip %s)",
	Doc: audit.Doc{
		What: "While somebody at the site uploads, the round trip of calls grows to a multiple, and falls when the " +
			"upload ends.",
		Why: "A router or modem holds back far more packets than its line can send (bufferbloat): a backup, a " +
			"synchronised folder or a large mail makes everybody's calls late, without loss and with the line not " +
			"even at fault.",
		Trigger: "During TCP connections of the site or subnet that send min_bytes or more at min_kbps or more on " +
			"average, all overlapping ones taken together, the median STUN round trip of a media flow is min_ms more " +
			"and min_factor times as long as before and as after them, each within within_seconds and with " +
			"min_answers or more.",
		LookAlikes: "A rise without an upload of the site in the capture has another cause. A node that is far away " +
			"is slow before and after as well, a single late answer is no median. Media itself counts as no upload. " +
			"An upload from the capture's beginning or to its end is not judged: nothing shows that the delay falls.",
		Verify: "Wireshark: Statistics > I/O Graphs, `stun.time` of the media flow (MAX) above the bytes of " +
			"`tcp && ip.src == CLIENT`.",
	},
	Remediation: "At the site's uplink give media a queue of its own that goes first (EF, AF41), shape a little " +
		"below the line's rate with active queue management (fq_codel, RFC 8290), and let backups and " +
		"synchronisation run at night or with a limit.",
	Refs: []string{"ITU-T G.114", "RFC 8290 (FlowQueue-CoDel)", "RFC 7567 (active queue management)"},
	Rows: []string{"prefixes", "stun"},
	Needs: []string{"flow with stun round trips by time", "TCP flows of the site from their beginning to their end",
		"both directions"},
	Thresholds: []*audit.Limit{loadAnswers, loadBytes, loadFactor, loadRate, loadRise, loadCalm},
	Reads:      audit.ReadAll,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &ownTraffic{env: e, calls: audit.NewTimelines[measured](),
			uploads: audit.NewTable(maxClients, audit.BySubject, newUploads, mergeUploads)}
	}),
}

// ownTraffic remembers the round trips of media flows, and what the sites uploaded.
type ownTraffic struct {
	env     *audit.Env
	calls   audit.Timelines[measured]
	uploads audit.Table[record.Subject, audit.Set[uploaded]]
}

// measured is a media flow with its round trips.
type measured struct {
	subject record.Subject
	trips   []record.RoundTrip
	ref     audit.Ref
}

// uploaded is a connection that sent much, or several that overlap.
type uploaded struct {
	start, end record.Time
	bytes      int64
	to         string // name of the receiver, else its address
	ref        audit.Ref
}

var uploadCitation = audit.Citation{Kind: "packet-range"}

const maxUploads = 4096

func newUploads(record.Subject) *audit.Set[uploaded] {
	s := audit.NewSetFunc(maxUploads, func(a, b uploaded) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end), cmp.Compare(a.bytes, b.bytes),
			strings.Compare(a.to, b.to))
	})
	return &s
}

func mergeUploads(into, from *audit.Set[uploaded]) { into.Merge(from) }

// Add implements audit.Fold.
func (o *ownTraffic) Add(f *observe.Flow) {
	if f.Webex && f.Proto == "udp" && len(f.Streams) > 0 && f.STUN != nil && len(f.STUN.RTTs) > 0 {
		o.calls.Add(f.From, f.StartTime, f.FlowID, measured{f.Subject, slices.Clone(f.STUN.RTTs),
			o.env.Ref(f, &delayCitation)})
	}
	up, lasted := f.Up().Bytes, f.Lasted().Seconds()
	if f.Proto != "tcp" || f.Function.IsMedia() || f.Function == record.TURN || float64(up) < o.env.Value(loadBytes) ||
		float64(up)*8/1000 < o.env.Value(loadRate)*lasted {
		return
	}
	to := cmp.Or(observe.NameOf(f.Flow), f.Server().Addr().String())
	o.uploads.At(f.Subject).Add(uploaded{f.StartTime, f.EndTime, up, to, o.env.Ref(f, &uploadCitation)})
}

// Merge implements audit.Fold.
func (o *ownTraffic) Merge(other audit.Fold) {
	x := other.(*ownTraffic)
	o.calls.Merge(&x.calls)
	o.uploads.Merge(&x.uploads)
}

// Close implements audit.Fold.
func (o *ownTraffic) Close(s *audit.Scope) {
	out := audit.Outcome{
		Of:   wording.Noun{One: "media flow with round trips by time", Many: "media flows with round trips by time"},
		Pass: wording.New("qua017.pass", "no round trip grows with an upload of the site and falls after it"),
		Missing: wording.New("qua017.missing", "an upload of the site during a call, with the calm before and after it: "+
			"a capture of all that the site sends, over some minutes"),
	}
	groups, cited := audit.NewGroups(&delayCitation), map[record.Subject][]record.Evidence{}
	for _, events := range o.calls.All {
		for _, e := range events {
			out.Seen++
			var busy []uploaded
			if set := o.uploads.Find(e.What.subject); set != nil {
				busy = busyTimes(set.List())
			}
			worst, judged := o.grown(e.What.trips, busy)
			if judged {
				out.Judged++
			}
			if worst.during == 0 {
				continue
			}
			g := groups.At(e.What.subject)
			g.Count++
			g.Add(e.What.ref, &delayCitation)
			cited[e.What.subject] = append(cited[e.What.subject], worst.ref.Evidence.Items()...)
			g.Raise(record.Probable)
			g.Host(worst.to)
			g.Extreme("worst", worst.during, o.describe(e.What.subject, &worst))
		}
	}
	for g := range groups.All {
		worst := g.Worst["worst"]
		s.Report(g, audit.Verdict{
			State:    record.Fail,
			Evidence: append(g.Evidence(), cited[g.Subject][:min(1, len(cited[g.Subject]))]...),
			Summary: wording.New("qua017.fail", "the round trip of %s of %s in %s grows with the site's own upload (%s), and "+
				"falls after it", wording.Count(g.Count, "media flow", "media flows"), clients(g), subject(g), worst.Of),
			Expected: wording.New("qua017.expected", "at most %s more during an upload", milliseconds(s.Value(loadRise))),
			Actual:   wording.New("qua017.actual", "%s during the upload", milliseconds(worst.Value)),
		})
	}
	s.Conclude(out)
}

// describe says how the round trip grew, during which upload, and how much of the uplink that took where the site file
// declares its rate.
func (o *ownTraffic) describe(s record.Subject, x *growth) wording.Text {
	seconds := x.end.Sub(x.start).Seconds()
	t := wording.New("qua017.of", "from %s to %s while %s in %s went to %s", milliseconds(x.calm), milliseconds(x.during),
		wording.Bytes(x.bytes), wording.Seconds(seconds), wording.Name(x.to))
	rate := int64(0)
	if s.Kind == "site" {
		rate = o.env.Site.UplinkBps(s.Key)
	}
	if rate == 0 || seconds <= 0 {
		return t
	}
	share := float64(x.bytes) * 8 / seconds / float64(rate) * 100
	return wording.New("qua017.uplink", "%s: %s of the declared uplink", t, wording.Percent(share))
}

// busyTimes are the times in which there was an upload, those that overlap or follow each other at once as one, with
// the receiver of the largest.
func busyTimes(list []uploaded) (busy []uploaded) {
	var largest int64
	for _, u := range list {
		if n := len(busy); n > 0 && u.start.Sub(busy[n-1].end) < time.Second {
			last := &busy[n-1]
			last.end, last.bytes = max(last.end, u.end), last.bytes+u.bytes
			if u.bytes > largest {
				last.to, last.ref, largest = u.to, u.ref, u.bytes
			}
			continue
		}
		busy, largest = append(busy, u), u.bytes
	}
	return busy
}

// growth is the median round trip in the calm, before or after, the longer of the two, and during an upload, in ms.
type growth struct {
	uploaded
	calm, during float64
}

// grown is the largest growth that is one by the limits, if any, and whether there was an upload that could be judged.
func (o *ownTraffic) grown(trips []record.RoundTrip, busy []uploaded) (worst growth, judged bool) {
	for i, u := range busy {
		var before, during, after audit.Samples
		calm := record.Time(o.env.Value(loadCalm) * 1e9)
		for _, t := range trips {
			in := slices.IndexFunc(busy, func(b uploaded) bool { return t.Time >= b.start && t.Time <= b.end })
			switch {
			case in == i && t.Time.Sub(u.start) >= time.Second: // a queue needs time to fill
				during.Add(t.Ms)
			case in < 0 && t.Time < u.start && t.Time+calm >= u.start:
				before.Add(t.Ms)
			case in < 0 && t.Time > u.end && t.Time <= u.end+calm:
				after.Add(t.Ms)
			}
		}
		if float64(min(before.Len(), during.Len(), after.Len())) < o.env.Value(loadAnswers) {
			continue
		}
		judged = true
		g := growth{u, max(before.Median(), after.Median()), during.Median()}
		least := max(g.calm+o.env.Value(loadRise), g.calm*o.env.Value(loadFactor))
		if g.during >= least && g.during > worst.during {
			worst = g
		}
	}
	return worst, judged
}
