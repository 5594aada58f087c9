package view

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"webexaudit/analyzer/record"
)

// Timeline is what happened around a call, on one axis of time: from 30 s before it to 10 s after, as far as there are
// packets.
type Timeline struct {
	From, To   record.Time
	Signalling []Span // connections; the label is the server's name
	Lookups    []Mark
	Tunnels    []Mark // CONNECT requests
	Tests      []TestRow
	Media      []MediaSpan
	Strips     []Strip // DSCP marks
	RTT        []Mark  // STUN answers of the media flows and clocks that the cloud returned; Value is ms
	Gaps       []Span  // pauses of the sensor
	Flags      []Flag
	Left       map[string]int // events of a kind that are more than a chart shows
}

// Span is a stretch of time.
type Span struct {
	From, To record.Time
	Label    string
}

// Mark is an event.
type Mark struct {
	At    record.Time
	State string // ok, silent, refused
	Label string
	Value float64
}

// TestRow is the tests over one transport and port.
type TestRow struct {
	Way             Way
	Asked, Answered int64 // requests over UDP, connections over TCP
	Marks           []Mark
}

// MediaSpan is a media stream, or a media flow whose streams are hidden.
type MediaSpan struct {
	Span
	Up        bool
	Transport record.Transport
}

// Strip is a stretch with one DSCP mark.
type Strip struct {
	Span
	Up bool
}

// Flag is a root at its first packet.
type Flag struct {
	At    record.Time
	Cause int
	Label string
}

// Bounds of a timeline.
const (
	before    = 30 * time.Second
	after     = 10 * time.Second
	maxEvents = 400 // of a kind
	fineCalls = 12  // calls whose series have steps of a second
)

// newTimeline is the axis of a call.
func (d *details) newTimeline(c *Call) *Timeline {
	t := &Timeline{From: c.StartTime - record.Time(before), To: c.EndTime + record.Time(after), Left: map[string]int{}}
	if d.v.From != 0 {
		t.From = max(t.From, d.v.From)
	}
	if d.v.To != 0 {
		t.To = min(t.To, d.v.To)
	}
	t.From, t.To = min(t.From, c.StartTime), max(t.To, c.EndTime)
	return t
}

// timeline draws up what else is known of the time of a call, whose line has what was beside it.
func (d *details) timeline(c *Call, fine bool) {
	t := c.Line
	d.media(c)
	slices.SortFunc(t.Tests, func(a, b TestRow) int {
		order := func(w Way) int { return slices.Index(ladder, w.Transport) }
		return cmp.Or(cmp.Compare(order(b.Way), order(a.Way)), cmp.Compare(a.Way.Port, b.Way.Port))
	})
	for _, h := range d.v.Inputs {
		for _, p := range h.Pauses {
			end := p.Start + record.Time(p.Seconds*1e9)
			if p.Start <= t.To && end >= t.From {
				t.Gaps = append(t.Gaps, Span{p.Start, end, ""})
			}
		}
	}
	for _, n := range c.Causes {
		r := d.v.Roots[n-1]
		if at := r.FirstSeen; at != 0 {
			t.Flags = append(t.Flags, Flag{min(max(at, t.From), t.To), n, r.Title})
		}
	}
	t.bound()
	c.Steps = d.series(c, fine)
}

// besides are the calls by their client, to whose lines the client's flows are added.
type besides map[netip.Addr][]*Call

// besides begins the lines of the calls.
func (d *details) besides() besides {
	all := besides{}
	for _, c := range d.Calls {
		c.Line = d.newTimeline(c)
		all[c.Client] = append(all[c.Client], c)
	}
	return all
}

func (all besides) add(f *record.Flow) {
	for _, c := range all[f.ClientAddr()] {
		if t := c.Line; f.StartTime <= t.To && f.EndTime >= t.From {
			t.beside(f, slices.Contains(c.FlowIDs, f.FlowID))
		}
	}
}

// beside adds a flow of the client in the time of the call.
func (t *Timeline) beside(f *record.Flow, own bool) {
	for _, l := range f.Lookups {
		if l.Time >= t.From && l.Time <= t.To {
			t.Lookups = append(t.Lookups, lookup(l))
		}
	}
	if !f.Webex {
		return
	}
	if f.Connect != nil {
		t.Tunnels = append(t.Tunnels, tunnel(f))
	}
	switch {
	case f.Function == record.ReachProbe && f.Connect == nil:
		t.addTest(f)
	case own && !f.Function.IsMedia() || f.Function == record.Signalling || f.Function == record.WebSocket:
		t.Signalling = append(t.Signalling, Span{max(f.StartTime, t.From), min(f.EndTime, t.To), nameOf(f)})
	}
}

// lookup is a DNS question; one without a usable answer is refused.
func lookup(l record.Lookup) Mark {
	switch {
	case l.RCode == "":
		return Mark{At: l.Time, State: "silent", Label: l.Name + ": no answer"}
	case l.RCode != "NOERROR" || len(l.Answers) == 0 || l.AnswerKind != "":
		return Mark{At: l.Time, State: "refused", Label: l.Name + ": " + cmp.Or(l.AnswerKind, l.RCode)}
	}
	return Mark{At: l.Time, State: "ok", Label: l.Name}
}

// tunnel is a CONNECT.
func tunnel(f *record.Flow) Mark {
	c := f.Connect
	m := Mark{At: cmp.Or(f.KeyTime("connect"), f.StartTime), State: "ok", Label: c.Host + ":" + strconv.Itoa(c.Port)}
	switch {
	case c.Status == 0:
		m.State, m.Label = "silent", m.Label+": no answer"
	case c.Status/100 != 2:
		m.State, m.Label = "refused", fmt.Sprintf("%s: status %d", m.Label, c.Status)
	}
	return m
}

// nameOf is what a flow's server is called, as far as the capture tells.
func nameOf(f *record.Flow) string {
	return cmp.Or(f.SNI, f.DNSName, f.Server().String())
}

// addTest books a test of a media node.
func (t *Timeline) addTest(f *record.Flow) {
	way := Way{f.Transport, int(f.Server().Port())}
	at := slices.IndexFunc(t.Tests, func(r TestRow) bool { return r.Way == way })
	if at < 0 {
		at = len(t.Tests)
		t.Tests = append(t.Tests, TestRow{Way: way})
	}
	row := &t.Tests[at]
	m := Mark{At: f.StartTime, State: "silent", Label: f.Server().String()}
	asked, answered := f.Count(), int64(0)
	refused := f.ICMP != nil
	if f.TCP != nil {
		if f.TCP.SYNACK {
			answered = 1
		}
		refused = refused || f.TCP.ResetBy != "" && !f.TCP.SYNACK
	} else if f.STUN != nil {
		asked, answered = f.STUN.Requests, f.STUN.Answered
	}
	if answered > 0 {
		m.State = "ok"
	} else if refused {
		m.State = "refused"
	}
	row.Asked += asked
	row.Answered += answered
	row.Marks = append(row.Marks, m)
}

// media adds the streams of the call, and its media flows that hide theirs.
func (d *details) media(c *Call) {
	t := c.Line
	shown := map[string]bool{}
	for _, id := range c.StreamIDs {
		m := d.streams[id]
		if m == nil || !isPicture(m.Kind) {
			continue
		}
		shown[m.FlowID] = true
		way := d.transportOf(m)
		label := fmt.Sprintf("%s · %s · %.0f kbit/s", m.Kind, wayName(way, d.portOf(m)), m.BitrateBps/1000)
		t.Media = append(t.Media, MediaSpan{Span{m.StartTime, m.EndTime, label}, m.Upstream, way})
		d.strips(t, m)
		d.echoes(t, m)
	}
	for _, id := range c.FlowIDs {
		f := d.flows[id]
		if f == nil {
			continue
		}
		if f.function.IsMedia() && !shown[id] {
			t.hidden(f)
		}
		t.echoed(f)
	}
}

func (d *details) portOf(m *record.MediaStream) int {
	if f := d.flows[m.FlowID]; f != nil {
		return f.port
	}
	if m.Upstream {
		return m.DstPort
	}
	return m.SrcPort
}

// wayName is a transport with its port: "UDP 5004", "TLS through proxy".
func wayName(t record.Transport, port int) string {
	if t == record.TLSProxied || t == record.HTTPConnect {
		return "TLS through proxy"
	}
	return Way{t, port}.String()
}

// String is the way as people say it.
func (w Way) String() string {
	name := map[record.Transport]string{record.UDP: "UDP", record.TCP: "TCP", record.TLS: "TLS", record.TLSProxied: "TLS via proxy",
		record.HTTPConnect: "proxy", record.QUIC: "QUIC"}[w.Transport]
	return cmp.Or(name, string(w.Transport)) + " " + strconv.Itoa(w.Port)
}

// hidden adds a media flow whose streams were not seen, once for each direction with payload.
func (t *Timeline) hidden(f *excerpt) {
	seconds := max(f.to.Sub(f.from).Seconds(), 0.001)
	for _, up := range []bool{true, false} {
		side := &f.down
		if up {
			side = &f.up
		}
		if side.payload == 0 {
			continue
		}
		label := fmt.Sprintf("media · %s · %.0f kbit/s", wayName(f.transport, f.port), float64(side.bytes)*8/seconds/1000)
		t.Media = append(t.Media, MediaSpan{Span{f.from, f.to, label}, up, f.transport})
		if len(side.marks) > 0 {
			t.Strips = append(t.Strips, Strip{Span{f.from, f.to, MarkWord(side.marks[0])}, up})
		}
	}
}

// strips adds the marks of a stream: from one change to the next, where its flow tells them.
func (d *details) strips(t *Timeline, m *record.MediaStream) {
	marks := m.DSCP.Main()
	if len(marks) == 0 {
		return
	}
	at, mark := m.StartTime, marks[0]
	if f := d.flows[m.FlowID]; f != nil && len(marks) > 1 {
		for _, c := range f.changes {
			if c.Direction == m.Direction && c.Time > at && c.Time < m.EndTime {
				t.Strips = append(t.Strips, Strip{Span{at, c.Time, m.Kind + " " + MarkWord(c.From)}, m.Upstream})
				at, mark = c.Time, c.To
			}
		}
	}
	t.Strips = append(t.Strips, Strip{Span{at, m.EndTime, m.Kind + " " + MarkWord(mark)}, m.Upstream})
}

// MarkWord is a mark with its value: "EF (46)", "CS0 (0)".
func MarkWord(dscp int) string {
	if name := record.MarkName(dscp); name != strconv.Itoa(dscp) {
		return name + " (" + strconv.Itoa(dscp) + ")"
	}
	return strconv.Itoa(dscp)
}

// echoed adds the round trips of a media flow.
func (t *Timeline) echoed(f *excerpt) {
	for _, r := range f.roundTrips {
		if r.Time >= t.From && r.Time <= t.To {
			t.RTT = append(t.RTT, Mark{At: r.Time, State: "ok", Value: r.Ms})
		}
	}
	t.RTT = append(t.RTT, f.answers...)
}

// echoes adds the round trips of a stream to the cloud, a second each, that its receiver's feedback tells.
func (d *details) echoes(t *Timeline, m *record.MediaStream) {
	for _, r := range d.rows[m.StreamID] {
		if m.Upstream && r.RTTMs != nil && r.IntervalS == d.finest(m.StreamID) {
			at := min(r.StartTime+record.Time(r.IntervalS)*record.Time(time.Second)/2, t.To)
			t.RTT = append(t.RTT, Mark{At: max(at, t.From), State: "ok", Value: *r.RTTMs})
		}
	}
}

// bound keeps the first events of each kind, in order.
func (t *Timeline) bound() {
	for kind, list := range map[string]*[]Mark{"lookups": &t.Lookups, "tunnels": &t.Tunnels, "answers": &t.RTT} {
		slices.SortStableFunc(*list, func(a, b Mark) int { return cmp.Compare(a.At, b.At) })
		if n := len(*list); n > maxEvents {
			t.Left[kind], *list = n-maxEvents, (*list)[:maxEvents]
		}
	}
	for i := range t.Tests {
		row := &t.Tests[i]
		slices.SortStableFunc(row.Marks, func(a, b Mark) int { return cmp.Compare(a.At, b.At) })
		if n := len(row.Marks); n > maxEvents {
			t.Left["tests"] += n - maxEvents
			row.Marks = row.Marks[:maxEvents]
		}
	}
	slices.SortStableFunc(t.Signalling, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	if n := len(t.Signalling); n > maxEvents {
		t.Left["connections"], t.Signalling = n-maxEvents, t.Signalling[:maxEvents]
	}
}

func (d *details) transportOf(m *record.MediaStream) record.Transport {
	if f := d.flows[m.FlowID]; f != nil {
		return f.transport
	}
	return record.UDP
}
