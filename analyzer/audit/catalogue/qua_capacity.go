package catalogue

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var capacityShare = audit.NewLimit("WXA-QUA-020.max_percent", "%", 90, 75, 50, 1, 1000,
	"ours: the rest of the site needs room as well", "share of the declared uplink that media may take")

var qua020 = &audit.Rule{
	ID: "WXA-QUA-020", Title: "Calls fill the site's uplink", Severity: record.Medium,
	Doc: audit.Doc{
		What: "The media of all concurrent calls of a site takes most of the rate that the site file declares for its uplink.",
		Why: "With a few calls more, or a download beside them, packets queue and are lost for everybody. No marking makes " +
			"room that the line does not have.",
		Trigger: "In ten seconds the Webex media over UDP of all clients of a site with a declared uplink (uplinks in the site file), " +
			"sent by the clients and added up by IP bytes, reaches max_percent of the declared rate.",
		LookAlikes: "Sites without a declared rate are not judged. Media over TLS and what else the site sends are not counted, nor " +
			"what does not pass the capture point: the true load is higher. What comes down is not judged: lines are often faster that way. Calls within a site, and those to a Video Mesh node, do not use the " +
			"uplink: only media between clients and the cloud counts.",
		Verify: "Wireshark: Statistics > I/O Graphs, interval 10 s, bits, filter `rtp && ip.src == SITE`.",
	},
	Remediation: "Give the site a faster uplink, or limit what a call takes (video resolution in Control Hub, a Video Mesh " +
		"node for the site's meetings), and reserve room for EF and AF41.",
	Refs:       []string{"Preferred Architecture for Webex Hybrid Services, CVD 2020, chapter Bandwidth Management"},
	Rows:       []string{"payload_types", "prefixes"},
	Needs:      []string{"media_interval of ten seconds", "uplinks of the site file"},
	Thresholds: []*audit.Limit{capacityShare},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		order := func(a, b loadWindow) int {
			return cmp.Or(strings.Compare(a.site, b.site), cmp.Compare(a.at, b.at))
		}
		return &capacity{env: e, windows: audit.NewTable(maxShareWindows, order,
			func(w loadWindow) *load { return newLoad(e, w) }, (*load).merge)}
	}),
}

// capacity adds up the media of a site by ten seconds.
type capacity struct {
	env     *audit.Env
	bare    int64 // streams without rows
	windows audit.Table[loadWindow, load]
}

type loadWindow struct {
	site string
	at   record.Time
}

// load is what media a site had in ten seconds.
type load struct {
	bits    int64 // in a second
	clients audit.Set[netip.Addr]
	group   *audit.Group
}

var loadCitation = audit.Citation{Kind: "interval-series", Largest: true}

func newLoad(e *audit.Env, w loadWindow) *load {
	return &load{clients: audit.NewSetFunc(maxFates, netip.Addr.Compare),
		group: e.NewPart(record.Subject{Kind: "site", Key: w.site})}
}

func (l *load) merge(o *load) {
	l.bits += o.bits
	l.clients.Merge(&o.clients)
	l.group.Merge(o.group, &loadCitation)
}

// Add implements audit.Fold.
func (c *capacity) Add(f *observe.Flow) {
	if f.Subject.Kind != "site" || c.env.Site.UplinkBps(f.Subject.Key) == 0 || f.Proto != "udp" || f.Prefix == "" {
		return
	}
	for i := range f.Streams {
		m := &f.Streams[i]
		if !m.Upstream { // the way down may be faster than the declared one up
			continue
		}
		rows := m.Every(10)
		if len(rows) == 0 {
			c.bare++
		}
		for _, r := range rows {
			x := c.windows.At(loadWindow{f.Subject.Key, r.StartTime})
			x.bits += int64(r.BitrateBps)
			x.clients.Add(f.From)
			x.group.Flow(c.env, f, &loadCitation)
		}
	}
}

// Merge implements audit.Fold.
func (c *capacity) Merge(other audit.Fold) {
	o := other.(*capacity)
	c.bare += o.bare
	c.windows.Merge(&o.windows)
}

// Close implements audit.Fold.
func (c *capacity) Close(s *audit.Scope) {
	o := audit.Outcome{Of: windowOfMedia,
		Seen:    c.bare,
		Pass:    wording.New("qua020.pass", "the media seen leaves room on the declared uplink"),
		Missing: wording.New("qua020.missing", "rows of ten seconds (media_interval)"),
		Absent: wording.New("qua020.absent", "no media of a site whose uplink is declared (uplinks in the site file) over UDP "+
			"to the cloud")}
	groups := audit.NewGroups(&loadCitation)
	for w, x := range c.windows.All {
		o.Seen++
		o.Judged++
		rate := c.env.Site.UplinkBps(w.site)
		share := percent(x.bits, rate)
		if share < s.Value(capacityShare) {
			continue
		}
		g := groups.At(x.group.Subject)
		g.Join(x.group, &loadCitation)
		g.Count++
		g.Extreme("peak", share, wording.New("qua020.peak", "%s Mb/s of %s at %s", fmt.Sprintf("%.1f", float64(x.bits)/1e6),
			wording.Count(int64(x.clients.Len()), "client", "clients"), wording.Clock(w.at.Time(), false)))
	}
	for g := range groups.All {
		peak := g.Worst["peak"]
		s.Report(g, audit.Verdict{
			State: record.Warn, Confidence: record.Confirmed,
			Summary: wording.New("qua020.warn", "media of concurrent calls took %s of the declared uplink of %s (%s), and %s or more in %s", wording.Percent(peak.Value),
				subject(g), peak.Of, wording.Percent(s.Value(capacityShare)), wording.Count(g.Count, "window of ten seconds", "windows of ten seconds")),
			Expected: wording.New("qua020.expected", "less than %s of the declared rate", wording.Percent(s.Value(capacityShare))),
			Actual:   wording.New("qua020.actual", "%s: %s", wording.Percent(peak.Value), peak.Of),
		})
	}
	s.Conclude(o)
}

var windowOfMedia = wording.Noun{One: "window of ten seconds with media", Many: "windows of ten seconds with media"}
