package view

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
)

// ReachMatrix is what was asked of the media nodes: a row for each client subnet and media range, a column for each
// way.
type ReachMatrix struct {
	Ways []Way
	Rows []*ReachRow // those with silence first, then by client and range
}

// Way is a transport and a port.
type Way struct {
	Transport record.Transport
	Port      int
}

// ReachRow is a client subnet and a media range. Cells stand in the order of the ways; nil was not tried.
type ReachRow struct {
	Client, Prefix string
	Clients        []string
	Cells          []*record.Reachability
}

// everyWay are the columns that stand there in any case.
var everyWay = []Way{
	{record.UDP, 5004}, {record.UDP, 9000}, {record.TCP, 5004}, {record.TLS, 443}, {record.TLSProxied, 443},
}

func wayOf(r *record.Reachability) Way {
	if r.Transport == record.HTTPConnect {
		return Way{record.TLSProxied, r.Port}
	}
	return Way{r.Transport, r.Port}
}

func (d *details) reach() {
	if len(d.set.Reachability) == 0 {
		return
	}
	m := &d.Detail.Reach
	m.Ways = slices.Clone(everyWay)
	for _, r := range d.set.Reachability {
		if !slices.Contains(m.Ways, wayOf(r)) {
			m.Ways = append(m.Ways, wayOf(r))
		}
	}
	order := func(w Way) int { return slices.Index(ladder, w.Transport) }
	slices.SortStableFunc(m.Ways, func(a, b Way) int {
		return cmp.Or(cmp.Compare(order(b), order(a)), cmp.Compare(a.Port, b.Port))
	})
	at := map[[2]string]*ReachRow{}
	for _, r := range d.set.Reachability {
		key := [2]string{r.Client, r.Prefix}
		row := at[key]
		if row == nil {
			row = &ReachRow{Client: r.Client, Prefix: r.Prefix, Cells: make([]*record.Reachability, len(m.Ways))}
			at[key], m.Rows = row, append(m.Rows, row)
		}
		i := slices.Index(m.Ways, wayOf(r))
		row.Cells[i] = joined(row.Cells[i], r)
		for _, c := range r.Clients {
			if !slices.Contains(row.Clients, c) {
				row.Clients = append(row.Clients, c)
			}
		}
	}
	slices.SortStableFunc(m.Rows, func(a, b *ReachRow) int {
		return cmp.Or(cmp.Compare(asInt(b.Silent()), asInt(a.Silent())), comparePrefixes(a.Client, b.Client),
			comparePrefixes(a.Prefix, b.Prefix))
	})
}

// comparePrefixes orders prefixes as numbers, and names of sites as text behind them.
func comparePrefixes(a, b string) int {
	x, errX := netip.ParsePrefix(a)
	y, errY := netip.ParsePrefix(b)
	if errX != nil || errY != nil {
		return cmp.Or(asInt(errX != nil)-asInt(errY != nil), cmp.Compare(a, b))
	}
	return cmp.Or(x.Addr().Compare(y.Addr()), cmp.Compare(x.Bits(), y.Bits()))
}

// joined is two records of one cell: CONNECTs of which some were opened and some not.
func joined(a, b *record.Reachability) *record.Reachability {
	if a == nil {
		return b
	}
	sum := *a
	sum.Asked += b.Asked
	sum.Answered += b.Answered
	sum.Reset += b.Reset
	sum.ICMPRejected += b.ICMPRejected
	sum.Refused += b.Refused
	sum.Silent += b.Silent
	sum.Requests += b.Requests
	if sum.RTTMedianMs == nil {
		sum.RTTMedianMs = b.RTTMedianMs
	}
	return &sum
}

// Silent reports whether something of the row was not answered.
func (r *ReachRow) Silent() bool {
	return slices.ContainsFunc(r.Cells, func(c *record.Reachability) bool { return c != nil && c.Answered < c.Asked })
}

// MarkMatrix is the packets of each class of Webex traffic by DSCP value.
type MarkMatrix struct {
	Marks []int // columns
	Rows  []*MarkRow
}

// MarkRow is a class in one direction.
type MarkRow struct {
	Class    string
	Up       bool
	Packets  record.DSCP
	Expected []int // marks that the pack accepts; only from the client
	Wrong    bool  // a finding about marks concerns its flows
}

// Total is the packets of the row.
func (r *MarkRow) Total() int64 { return r.Packets.Total() }

// markClasses are the rows in their order.
var markClasses = []string{
	"audio", "video", "share", "other media", "media in TCP", "media in TLS", "Calling signalling", "other signalling",
}

// markCount counts packets by mark: of streams over UDP, and of flows that have none.
type markCount struct {
	rows    markRows
	wrong   map[string]bool // flows that findings about marks concern
	streams map[string]bool // flows that have streams
}

func (d *details) newMarkCount() *markCount {
	x := &markCount{markRows{}, d.wrongMarks(), map[string]bool{}}
	for _, m := range d.set.Streams {
		if m.Webex && isPicture(m.Kind) {
			x.streams[m.FlowID] = true
		}
	}
	return x
}

func (x *markCount) add(f *record.Flow) {
	class := markClass(f)
	if class == "" || x.streams[f.FlowID] && f.Transport == record.UDP {
		return
	}
	row := x.rows.add(class, true, f.Up().DSCP)
	row.expect(f.ExpectedDSCP)
	row.Wrong = row.Wrong || x.wrong[f.FlowID]
	x.rows.add(class, false, f.Down().DSCP)
}

// marks adds the streams.
func (d *details) marks(x *markCount) {
	for _, m := range d.set.Streams {
		f := d.flows[m.FlowID]
		if !m.Webex || !isPicture(m.Kind) || f != nil && f.transport != record.UDP {
			continue
		}
		row := x.rows.add(m.Kind, m.Upstream, m.DSCP)
		if m.Upstream && f != nil && f.class == m.Kind {
			row.expect(f.expected)
		}
		row.Wrong = row.Wrong || m.Upstream && x.wrong[m.FlowID]
	}
	d.Detail.Marks = x.rows.matrix()
}

// wrongMarks are the flows that findings about marks concern.
func (d *details) wrongMarks() map[string]bool {
	wrong := map[string]bool{}
	for _, f := range d.v.All {
		if GroupOf(f.Rule) == "QOS" && (f.State == record.Fail || f.State == record.Warn) {
			for _, id := range f.FlowIDs {
				wrong[id] = true
			}
		}
	}
	return wrong
}

// markRows are the rows by class and direction.
type markRows map[markRowKey]*MarkRow

type markRowKey struct {
	class string
	up    bool
}

// add counts packets of a class in a direction.
func (at markRows) add(class string, up bool, marks record.DSCP) *MarkRow {
	row := at[markRowKey{class, up}]
	if row == nil {
		row = &MarkRow{Class: class, Up: up, Packets: record.DSCP{}}
		at[markRowKey{class, up}] = row
	}
	row.Packets.Add(marks)
	return row
}

// expect adds marks that the pack accepts.
func (r *MarkRow) expect(marks []int) {
	for _, m := range marks {
		if !slices.Contains(r.Expected, m) {
			r.Expected = append(r.Expected, m)
		}
	}
}

func (at markRows) matrix() (m MarkMatrix) {
	marks := map[int]bool{}
	for _, class := range markClasses {
		for _, up := range []bool{true, false} {
			row := at[markRowKey{class, up}]
			if row == nil || row.Total() == 0 {
				continue
			}
			slices.Sort(row.Expected)
			m.Rows = append(m.Rows, row)
			for mark := range row.Packets {
				marks[mark] = true
			}
			for _, mark := range row.Expected {
				marks[mark] = true
			}
		}
	}
	m.Marks = slices.Sorted(maps.Keys(marks))
	return m
}

// markClass is the row of a flow without measured streams; empty where it has none.
func markClass(f *record.Flow) string {
	switch {
	case !f.Webex:
		return ""
	case f.Function.IsMedia():
		switch f.Transport {
		case record.TCP:
			return "media in TCP"
		case record.TLS, record.TLSProxied:
			return "media in TLS"
		}
		if isPicture(f.MediaClass) {
			return f.MediaClass
		}
		return "other media"
	case f.Function == record.Signalling && f.Service == record.Calling:
		return "Calling signalling"
	case f.Function == record.Signalling || f.Function == record.WebSocket:
		return "other signalling"
	}
	return ""
}
