package catalogue

import (
	"maps"
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var qua016 = &audit.Rule{
	ID: "WXA-QUA-016", Title: "Loss arises at the remote sender", Severity: record.Info, Version: "2",
	Doc: audit.Doc{
		What: "Several clients miss the same packets of what they receive, or media framed in TCP lacks packets that TCP did not lose.",
		Why: "The packets were lost before the cloud, or before the near end of the TCP connection: on the way from the sender. Neither the " +
			"clients' network nor the Internet link of this site can mend it.",
		Trigger: "In at least three seconds, and in four of five seconds with loss, all clients (two or more) that receive streams of a kind miss the " +
			"same number of packets; or a stream inside TCP lost WXA-QUA-004.loss_percent or more although its connection has no hole; or so many " +
			"numbers of a stream from the cloud were never sent, by the packet counter in its header extension.",
		LookAlikes: "Loss on a shared link hits the clients' streams by chance, not in the same packets. A flood policy that stops everything stops " +
			"all kinds of streams, audio too; a remote sender's trouble shows in its streams only. " + beforeRepairShort,
		Verify: "Wireshark: Telephony > RTP > RTP Streams for two clients with `ip.src == NODE && rtp`: the same gaps at the same times.",
	},
	Remediation: "None here: ask the person whose picture or sound breaks up at everybody to look at their own network.",
	Refs:        []string{"RFC 3550 section 2.3 (mixers and translators)", "RFC 4571"},
	Rows:        []string{"payload_types", "prefixes"},
	Needs:       []string{"media_interval of one second of two clients, or media framed in TCP"},
	Thresholds:  []*audit.Limit{bandLoss},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &remoteSender{env: e, loss: newSameLoss(), groups: audit.NewGroups(&remoteCitation)}
	}),
}

// remoteSender gathers what clients miss together, and what streams inside TCP lost before it.
type remoteSender struct {
	env          *audit.Env
	loss         sameLoss
	seen, judged int64
	groups       audit.Groups // by the kind of streams
}

var remoteCitation = audit.Citation{Kind: "interval-series", Largest: true, Fields: qualityFields}

// Add implements audit.Fold.
func (r *remoteSender) Add(f *observe.Flow) {
	r.loss.add(f)
	for i := range f.Streams {
		m := &f.Streams[i]
		if m.Upstream || !countsForQuality(m) {
			continue
		}
		r.seen++
		if f.Proto == "udp" {
			r.counted(f, m)
			if m.Lost > 0 {
				g := r.groups.At(record.Subject{Kind: "media", Key: m.Kind})
				g.Count++
				g.Flow(r.env, f, &remoteCitation)
			}
			continue
		}
		r.judged++
		if m.Expected > 0 && percent(m.Lost, m.Expected) >= r.env.Value(bandLoss) {
			g := r.groups.At(record.Subject{Kind: "media", Key: m.Kind + " over TCP"})
			g.Count++
			g.Flow(r.env, f, &remoteCitation)
			g.Extreme("worst", percent(m.Lost, m.Expected), wording.Text{})
		}
	}
}

// counted looks at a stream whose packets the cloud counts.
func (r *remoteSender) counted(f *observe.Flow, m *observe.Stream) {
	if m.Ledger == nil || m.Ledger.Unsent == nil || !longEnough(r.env, m) {
		return
	}
	r.judged++
	if pct := percent(onWayOf(m).unsent, m.Expected); pct >= r.env.Value(bandLoss) {
		g := r.groups.At(record.Subject{Kind: "media", Key: m.Kind + " never sent on"})
		g.Count++
		g.Flow(r.env, f, &remoteCitation)
		g.Extreme("unsent", pct, wording.New("qua016.kind", "%s", m.Kind))
	}
}

// Merge implements audit.Fold.
func (r *remoteSender) Merge(other audit.Fold) {
	o := other.(*remoteSender)
	r.seen, r.judged = r.seen+o.seen, r.judged+o.judged
	r.loss.seconds.Merge(&o.loss.seconds)
	r.groups.Merge(&o.groups)
}

// Close implements audit.Fold.
func (r *remoteSender) Close(s *audit.Scope) {
	kinds := r.loss.remote()
	several := false
	for _, l := range r.loss.seconds.All {
		several = several || l.clients.Len() > 1
	}
	o := audit.Outcome{Of: wording.Noun{One: "media stream from the cloud", Many: "media streams from the cloud"}, Seen: r.seen, Judged: r.judged,
		Pass:    wording.New("qua016.pass", "no loss that arose at the remote sender"),
		Missing: wording.New("qua016.missing", "streams of two clients at the same time, with rows of one second")}
	if several && s.LossGate == "" {
		o.Judged = r.seen
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		g := r.groups.At(record.Subject{Kind: "media", Key: kind})
		s.Report(g, audit.Verdict{
			State: record.Warn, Confidence: record.Probable,
			Summary: wording.New("qua016.warn", "%s miss the same packets of %s from the cloud (in %s): lost before the cloud, at the remote sender",
				clients(g), kind, wording.Count(kinds[kind], "second", "seconds")),
			Expected: wording.New("qua016.expected", "no loss before the cloud"),
			Actual:   wording.New("qua016.actual", "%s with the same gaps at all clients", wording.Count(kinds[kind], "second", "seconds")),
		})
	}
	for g := range r.groups.All {
		if worst, ok := g.Worst["unsent"]; ok {
			s.Report(g, audit.Verdict{
				State: record.Warn, Confidence: record.Probable,
				Summary: wording.New("qua016.unsent", "the cloud never sent up to %s of the packets of %s to %s, by its own count: it had not got them, "+
					"they were lost at the remote sender", wording.Percent(worst.Value), worst.Of, clients(g)),
				Expected: wording.New("qua016.expected", "no loss before the cloud"),
				Actual:   wording.New("qua016.share", "%s at worst", wording.Percent(worst.Value)),
			})
		}
		if worst, ok := g.Worst["worst"]; ok && s.LossGate == "" {
			s.Report(g, audit.Verdict{
				State: record.Warn, Confidence: record.Probable,
				Summary: wording.New("qua016.tcp", "%s to %s lacks up to %s of its packets, although TCP lost none: they were lost before the TCP connection",
					g.Subject.Key, clients(g), wording.Percent(worst.Value)),
				Expected: wording.New("qua016.expected", "no loss before the cloud"),
				Actual:   wording.New("qua016.share", "%s at worst", wording.Percent(worst.Value)),
			})
		}
	}
	s.Conclude(o)
}
