package reports

import (
	"fmt"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// tableFuncs are those of the matrices, inventories and rules.
var tableFuncs = map[string]any{
	"int64":       func(n int) int64 { return int64(n) },
	"verdictsign": verdictSign,
	"cardclients": cardClients,
	"check":       check,
	"selects":     func(r *record.Run, e record.Evidence) bool { return selects(r, e) },
	"pagesReach": func(m view.ReachMatrix) [][]*view.ReachRow {
		return slices.Collect(slices.Chunk(split(m).shown, reachRows))
	},
	"reachStatus": func(m view.ReachMatrix) string { return shownOf(reachRows, len(split(m).shown)) },
	"foldedrows":  func(m view.ReachMatrix) []foldedRow { return split(m).folded },
	"leftrows":    func(m view.ReachMatrix) string { return split(m).left },
	"pointsSaid":  pointsSaid, "pointsTables": pointsTables, "pointsLegend": func() string { return pointsLegend },
	"has":              func(list []int, n int) bool { return slices.Contains(list, n) },
	"anyquality":       anyQuality,
	"inspectioncounts": inspectionCounts,
	"inspection":       inspectionLook,
	"inspectionrank":   func(s string) int { return slices.Index(view.Inspections, s) },
	"pagesTLS":         pagesTLS,
	"tlsStatus":        tlsStatus,
	"leftTLS":          leftTLS,
	"staterank":        func(s record.State) int { return slices.Index(view.RuleStates, s) },
	"worst":            worstFinding,
	"firstfindings":    func(r *view.Rule) []*record.Finding { return r.Findings[:min(len(r.Findings), mostFindings)] },
	"leftfindings":     leftFindings,
	"nowebex":          (*view.View).NoWebex,
}

// How many rows the page has of what may be many.
const (
	mostReach    = 500 // rows of the matrix with silence
	reachRows    = 20  // of these, at a time
	foldFrom     = 40  // rows of the matrix from which those without silence fold
	mostTLS      = 500
	mostFindings = 12 // of a rule
)

// verdictSign is the sign beside a verdict. A capture that limits what can be said is no fault of the network.
func verdictSign(label string, v view.Verdict) string {
	sign := stateLook(v.State).icon
	if v.State == "" {
		return "unk"
	}
	if label == "Capture" && sign != "pass" {
		return "unk"
	}
	return sign
}

// selects reports whether a display filter means something to the reader: packets of a live capture have numbers in no
// file.
func selects(r *record.Run, e record.Evidence) bool {
	inFile := e.File != "" || r != nil && len(r.Files) > 0
	return e.Filter != "" && (inFile || !strings.Contains(e.Filter, "frame.number"))
}

// check is the filter by which a reader sees a finding for himself; nil where there is none that means something.
func check(r *record.Run, f *record.Finding) *record.Evidence {
	if e, ok := view.Check(f); ok && selects(r, e) {
		return &e
	}
	return nil
}

// cardClients are the clients of a card; none where one of its causes names none.
func cardClients(first *view.Root, same any) (list []string) {
	roots := []view.Numbered{{Root: first}}
	if more, ok := same.([]view.Numbered); ok {
		roots = append(roots, more...)
	}
	for _, r := range roots {
		if len(r.Clients) == 0 {
			return nil
		}
		list = append(list, r.Clients...)
	}
	return list
}

// foldedRow is the rows of a client subnet in which everything was answered.
type foldedRow struct {
	Client string
	Ranges int
}

type splitRows struct {
	shown  []*view.ReachRow
	folded []foldedRow
	left   string
}

// split folds the rows of a long matrix in which everything was answered; those with silence never fold.
func split(m view.ReachMatrix) (s splitRows) {
	s.shown = m.Rows
	if len(m.Rows) > foldFrom {
		s.shown = nil
		for _, r := range m.Rows {
			if r.Silent() {
				s.shown = append(s.shown, r)
			} else if n := len(s.folded); n > 0 && s.folded[n-1].Client == r.Client {
				s.folded[n-1].Ranges++
			} else {
				s.folded = append(s.folded, foldedRow{r.Client, 1})
			}
		}
	}
	if n := len(s.shown) - mostReach; n > 0 {
		s.shown = s.shown[:mostReach]
		s.left = counted(n, "row", "rows") + " with silence left out; the run file (-o run.jsonl) has them. "
	}
	if n := len(s.folded) - mostReach; n > 0 {
		s.folded = s.folded[:mostReach]
		s.left += counted(n, "subnet", "subnets") + " in which everything was answered left out."
	}
	return s
}

func anyQuality(d *view.Detail) bool {
	return slices.ContainsFunc(d.Quality, func(q *view.Distribution) bool { return q.Total()+q.Few+q.Gap > 0 })
}

// named is a state with its sign and how many rows have it.
type named struct {
	Name, Word, Icon string
	Count            int
}

func inspectionLook(s string) named {
	switch s {
	case "confirmed":
		return named{Word: "CONFIRMED", Icon: "fail"}
	case "probable":
		return named{Word: "PROBABLE", Icon: "fail"}
	case "possible":
		return named{Word: "POSSIBLE", Icon: "warn"}
	case "none":
		return named{Word: "NO SIGN", Icon: "pass"}
	}
	return named{Word: "NOT JUDGED", Icon: "unk"}
}

func inspectionCounts(d *view.Detail) (list []named) {
	for _, s := range view.Inspections {
		n := inspectionLook(s)
		n.Name = s
		for _, g := range d.TLS[:min(len(d.TLS), mostTLS)] {
			if g.Inspection == s {
				n.Count++
			}
		}
		if n.Count > 0 {
			list = append(list, n)
		}
	}
	return list
}

// pagesTLS are the rows of the inventory by pages: the first stands in the table, the others wait beside it.
func pagesTLS(d *view.Detail) [][]*view.TLSGroup {
	return slices.Collect(slices.Chunk(d.TLS[:min(len(d.TLS), mostTLS)], pageRows))
}

// tlsStatus says how many rows are seen without a script.
func tlsStatus(d *view.Detail) string { return shownOf(pageRows, min(len(d.TLS), mostTLS)) }

func shownOf(page, n int) string {
	if n <= page {
		return counted(n, "row", "rows") + " shown."
	}
	return grouped(page) + " of " + counted(n, "row", "rows") + " shown; the script of this page shows the others."
}

func leftTLS(d *view.Detail) string {
	if n := len(d.TLS) - mostTLS; n > 0 {
		return counted(n, "further row", "further rows") + " left out; the run file (-o run.jsonl) has them."
	}
	return ""
}

// worstFinding is the first finding of a rule with the rule's state.
func worstFinding(r *view.Rule) *record.Finding {
	for _, f := range r.Findings {
		if f.State == r.State {
			return f
		}
	}
	return r.Findings[0]
}

func leftFindings(r *view.Rule) string {
	if n := len(r.Findings) - mostFindings; n > 0 {
		return counted(n, "further finding", "further findings") + " in the run file"
	}
	return ""
}

// input is a file or an interface, and what is known of it.
type input struct {
	Name, Damage string
	Facts        []fact
}

// Inputs are the captures that were read.
func (p *htmlPage) Inputs() (list []input) {
	for _, c := range (&record.Set{Run: p.V.Run, Health: p.V.Inputs}).Captures() {
		list = append(list, inputOf(c))
	}
	return list
}

func inputOf(c *record.Capture) input {
	in := input{Name: c.Path, Damage: c.Damage}
	if c.Interface != "" {
		in.Name = "interface " + c.Interface
	}
	if in.Name == "" {
		in.Name = "standard input"
	}
	add := func(name, value string) { in.Facts = append(in.Facts, fact{name, value}) }
	add("Packets", grouped(c.Packets))
	if c.FirstTime != 0 {
		add("Time", period(c.FirstTime, c.LastTime))
	}
	if f := c.File; f != nil {
		add("Size", wording.Bytes(f.Bytes).String())
		if f.SHA256 != "" {
			add("SHA-256", f.SHA256)
		}
		if f.XXH3 != "" {
			add("XXH3-128", f.XXH3)
		}
		if len(f.LinkTypes) > 0 {
			add("Link types", strings.Join(f.LinkTypes, ", "))
		}
	}
	if c.Health != nil {
		healthFacts(c.Health, add)
	}
	return in
}

// healthFacts says what is known of what the capture lacks; a counter that was not recorded is not 0.
func healthFacts(h *record.CaptureHealth, add func(name, value string)) {
	for _, d := range []struct {
		name string
		n    *int64
	}{{"Dropped by the kernel", h.KernelDrops}, {"Dropped by the interface", h.InterfaceDrops}, {"Lost by the mirror", h.MirrorLost}} {
		value := "not recorded"
		if d.n != nil {
			value = counted(*d.n, "packet", "packets")
		}
		add(d.name, value)
	}
	add("Duplicates removed", grouped(h.Duplicates))
	cut := grouped(h.Truncated)
	if h.TruncatedNeed > 0 {
		cut += fmt.Sprintf(" (%s inside a header that is needed)", grouped(h.TruncatedNeed))
	}
	add("Truncated", cut)
	if n, reasons := view.Undecodable(h); n > 0 {
		add("Undecodable", grouped(n)+": "+wording.List(reasons).String())
	}
	if h.TCPBytes > 0 {
		add("TCP bytes never captured",
			fmt.Sprintf("%s beside %s captured", wording.Bytes(h.TCPUnseenBytes), wording.Bytes(h.TCPBytes)))
	}
	if h.LossRate != nil {
		add("Packets that the capture lacks", "about "+wording.Percent(100**h.LossRate).String())
	}
	if len(h.Pauses) > 0 {
		add("Pauses of the sensor", grouped(len(h.Pauses)))
	}
	if h.ClockSteps > 0 {
		add("Clock steps back", grouped(h.ClockSteps))
	}
	if h.FlowsEvicted > 0 {
		add("Flows evicted", grouped(h.FlowsEvicted))
	}
	loss := "yes"
	if !h.LossAssessable {
		loss = "no: the capture itself lacks packets"
	}
	add("Loss can be judged", loss)
}
