package catalogue

import (
	"cmp"
	"net/netip"
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	togetherLoss    = audit.NewLimit("WXA-QUA-013.max_percent", "%", 5, 5, 3, 0.1, 100, "ours: the mark of WXA-QUA-001, for ten seconds", "lost packets of ten seconds from which a client suffers")
	togetherClients = audit.NewLimit("WXA-QUA-013.min_clients", "clients", 5, 3, 3, 2, 1e6, "ours: two may coincide", "minimum number of clients that suffer in the same ten seconds")
	togetherShare   = audit.NewLimit("WXA-QUA-013.min_percent", "%", 75, 50, 34, 1, 100, "ours: in a crowd a few coincide by chance", "minimum share of the clients with media in that direction")
)

var qua013 = &audit.Rule{
	ID: "WXA-QUA-013", Title: "Several clients suffer at the same time", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Media of several clients degrades within the same ten seconds, and they share the media " +
			"range of the cloud or the egress.",
		Why: "One client's trouble is its access; what hits many at once is the path that they share. It " +
			"tells whom to ask.",
		Trigger: "In a window of ten seconds at least min_clients clients, and min_percent of those with " +
			"media in that direction, lose max_percent or more or have a mean jitter of " +
			"WXA-QUA-002.max_ms or more, to or from one published range, or behind one public address " +
			"(as STUN answers tell) where they use several ranges.",
		LookAlikes: "Loss of the capture hits all clients alike, too: rows in which the capture lost packets are " +
			"left out, and where capture loss has no place nothing is judged. In a large meeting a few " +
			"clients with poor Wi-Fi coincide by chance: hence the share of all clients. " + beforeRepairShort,
		Verify: "Wireshark: Statistics > I/O Graphs with one line for each client's media, as `ip.dst == " +
			"CLIENT && rtp`; the dips coincide. Telephony > RTP > Stream Analysis at that time.",
	},
	Remediation: "Look at what they share: the Internet uplink or its policer, the provider, the peering with the " +
		"named range, the site's WAN link.",
	Refs:       []string{qualityRef},
	Rows:       []string{"payload_types", "prefixes"},
	Needs:      []string{"media_interval of ten seconds", "three clients with media at the same time", "capture_health that allows it"},
	Thresholds: []*audit.Limit{poorJitter, togetherLoss, togetherClients, togetherShare},
	Version:    "2",
	Under:      []audit.Root{{Rule: "WXA-QUA-001"}},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &together{env: e, loss: newSameLoss(), windows: newWindows()}
	}),
}

// together gathers who suffers in the same ten seconds.
type together struct {
	env     *audit.Env
	loss    sameLoss
	windows audit.Table[shareWindow, fate]
}

// shareWindow is ten seconds of what clients share, in one direction.
type shareWindow struct {
	at      record.Time
	subject record.Subject
	up      bool
}

// fate is who had media in a window and who suffered.
type fate struct {
	all, hit audit.Set[netip.Addr]
	kinds    audit.Set[string] // of the streams that suffered
	prefixes audit.Set[string] // through which they came
	refs     []audit.Ref       // of at most maxRefs who suffered, by address
}

const (
	maxShareWindows = 10_000
	maxFates        = 1000
	maxRefs         = 16
	minRow          = 100 // packets that a row of ten seconds must expect before its share of loss says anything
)

var togetherCitation = audit.Citation{Kind: "interval-series", Largest: true}

func newWindows() audit.Table[shareWindow, fate] {
	order := func(a, b shareWindow) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.subject.Kind, b.subject.Kind),
			cmp.Compare(a.subject.Key, b.subject.Key), bit(a.up)-bit(b.up))
	}
	fresh := func(shareWindow) *fate {
		return &fate{all: audit.NewSetFunc(maxFates, netip.Addr.Compare),
			hit:   audit.NewSetFunc(maxFates, netip.Addr.Compare),
			kinds: audit.NewSet[string](4), prefixes: audit.NewSet[string](16)}
	}
	return audit.NewTable(maxShareWindows, order, fresh, func(into, from *fate) {
		into.all.Merge(&from.all)
		into.hit.Merge(&from.hit)
		into.kinds.Merge(&from.kinds)
		into.prefixes.Merge(&from.prefixes)
		into.refer(from.refs...)
	})
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// refer keeps the references of the smallest addresses, one each.
func (x *fate) refer(refs ...audit.Ref) {
	x.refs = append(x.refs, refs...)
	slices.SortStableFunc(x.refs, func(a, b audit.Ref) int {
		return cmp.Or(a.Client.Compare(b.Client), cmp.Compare(a.Start, b.Start), cmp.Compare(a.ID, b.ID))
	})
	x.refs = slices.CompactFunc(x.refs, func(a, b audit.Ref) bool { return a.Client == b.Client })
	x.refs = x.refs[:min(len(x.refs), maxRefs)]
}

// shared are what a flow has in common with others: range and public address.
func shared(f *observe.Flow) (list []record.Subject) {
	if f.Prefix != "" {
		list = append(list, record.Subject{Kind: "prefix", Key: f.Prefix})
	}
	if f.STUN != nil && len(f.STUN.Mapped) > 0 {
		if a, err := netip.ParseAddrPort(f.STUN.Mapped[0]); err == nil {
			list = append(list, record.Subject{Kind: "egress", Key: a.Addr().String()})
		}
	}
	return list
}

// suffers reports whether the row is poor.
func (t *together) suffers(m *observe.Stream, r *record.MediaInterval) bool {
	return r.Expected > 0 && percent(lostHere(r), r.Expected) >= t.env.Value(togetherLoss) ||
		m.Kind == "audio" && r.JitterMeanMs != nil && *r.JitterMeanMs >= t.env.Value(poorJitter)
}

// rowText is what was wrong in ten seconds of a stream.
func rowText(r *record.MediaInterval) string {
	if r.JitterMeanMs != nil {
		return wording.New("qua013.row", "%d of %d lost, jitter %s", lostHere(r), r.Expected, milliseconds(*r.JitterMeanMs)).String()
	}
	return wording.New("qua013.row", "%d of %d lost", lostHere(r), r.Expected).String()
}

// Add implements audit.Fold.
func (t *together) Add(f *observe.Flow) {
	t.loss.add(f)
	for i := range f.Streams {
		m := &f.Streams[i]
		if !overUDP(m) {
			continue
		}
		for _, r := range m.Every(10) {
			if r.Expected < minRow {
				continue
			}
			for _, s := range shared(f) {
				x := t.windows.At(shareWindow{r.StartTime, s, m.Upstream})
				if r.CaptureLost == 0 {
					t.row(f, m, r, x)
				}
			}
		}
	}
}

func (t *together) row(f *observe.Flow, m *observe.Stream, r *record.MediaInterval, x *fate) {
	x.all.Add(f.From)
	if !t.suffers(m, r) {
		return
	}
	x.hit.Add(f.From)
	x.kinds.Add(m.Kind)
	x.prefixes.Add(f.Prefix)
	row := audit.Citation{Kind: "interval-series", Fields: func(*observe.Flow) map[string]string {
		return map[string]string{"at": r.StartTime.String(), "row": rowText(r)}
	}}
	if !slices.ContainsFunc(x.refs, func(old audit.Ref) bool {
		return old.Client == f.From && old.Start <= f.StartTime
	}) {
		x.refer(t.env.Ref(f, &row))
	}
}

// Merge implements audit.Fold.
func (t *together) Merge(other audit.Fold) {
	o := other.(*together)
	t.loss.seconds.Merge(&o.loss.seconds)
	t.windows.Merge(&o.windows)
}

// struck reports whether so many suffered that it is no chance; of an egress only where it is not the range.
func (t *together) struck(w shareWindow, x *fate, remote map[string]int) bool {
	if !w.up && !slices.ContainsFunc(x.kinds.List(), func(kind string) bool { return remote[kind] == 0 }) {
		return false // a remote sender's loss
	}
	return float64(x.hit.Len()) >= t.env.Value(togetherClients) &&
		percent(int64(x.hit.Len()), int64(x.all.Len())) >= t.env.Value(togetherShare) && (w.subject.Kind == "prefix" ||
		x.prefixes.Len() > 1)
}

// Close implements audit.Fold.
func (t *together) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "window of ten seconds", Many: "windows of ten seconds"},
		Pass: wording.New("qua013.pass", "clients do not suffer together"),
		Missing: wording.New("qua013.missing",
			"media of at least three clients at the same time, through one range or egress, of which the capture lost nothing"),
		Absent: wording.New("qua013.absent", "no media streams over UDP with rows of ten seconds")}
	groups, remote := audit.NewGroups(&togetherCitation), t.loss.remote()
	wide := map[shareWindow]bool{}    // by time and direction: an egress explains its ranges
	for w, x := range t.windows.All { // "egress" comes before "prefix"
		o.Seen++
		if s.LossGate != "" {
			o.Missing = wording.New("qua.gate", "%s", s.LossGate)
			continue
		}
		if float64(x.all.Len()) < s.Value(togetherClients) {
			continue
		}
		o.Judged++
		when := shareWindow{at: w.at, up: w.up}
		if !t.struck(w, x, remote) || wide[when] {
			continue
		}
		wide[when] = w.subject.Kind == "egress"
		strike(groups.At(w.subject), w, x)
	}
	for g := range groups.All {
		s.Report(g, togetherVerdict(g))
	}
	s.Conclude(o)
}

func strike(g *audit.Group, w shareWindow, x *fate) {
	g.Count++
	g.Sum(map[bool]string{true: "up", false: "down"}[w.up], 1)
	g.Extreme("most", float64(x.hit.Len()), wording.Text{})
	g.Extreme("first", -float64(w.at), wording.New("qua013.at", "%s", wording.Clock(w.at.Time(), false)))
	for _, a := range x.hit.List() {
		g.Clients.Add(a)
	}
	for _, r := range x.refs {
		g.Add(r, &togetherCitation)
	}
}

func togetherVerdict(g *audit.Group) audit.Verdict {
	conf := record.Probable
	if g.Count > 1 {
		conf = record.Confirmed
	}
	return audit.Verdict{
		State: record.Fail, Confidence: conf,
		Summary: wording.New("qua013.fail", "media of %s through %s degraded together in %s (%d from clients, %d from the cloud), first at %s",
			clients(g), subject(g), wording.Count(g.Count, "window of ten seconds", "windows of ten seconds"), g.Sums["up"], g.Sums["down"], g.Worst["first"].Of),
		Expected: wording.New("qua013.expected", "no common trouble"),
		Actual:   wording.New("qua013.actual", "up to %s at once", wording.Count(int64(g.Worst["most"].Value), "client", "clients")),
	}
}
