package reports

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// htmlFuncs are what the templates say things with.
var htmlFuncs = merged(callFuncs, tableFuncs, template.FuncMap{
	"partly":    func(f *record.Finding, e *record.Evidence) string { return view.Partly(f, *e) },
	"num":       func(n any) string { return number64(n) },
	"counted":   func(n any, one, many string) string { return number64(n) + " " + pick(n, one, many) },
	"countof":   func(n int, noun wording.Noun) string { return count(n, noun) },
	"bytes":     func(n int64) string { return wording.Bytes(n).String() },
	"pct":       func(v float64) string { return wording.Percent(v).String() },
	"secs":      func(s float64) string { return wording.Seconds(s).String() },
	"span":      func(a, b record.Time) string { return wording.Duration(b.Sub(a)).String() },
	"ms":        func(v float64) string { return milliseconds(v) },
	"dec":       func(v float64) string { return wording.Decimal(v).String() },
	"iso":       func(t record.Time) string { return t.Time().Format("2006-01-02T15:04:05.000Z") },
	"clock":     func(t record.Time) string { return t.Time().Format("15:04:05") },
	"day":       func(t record.Time) string { return t.Time().Format("2 Jan 2006") },
	"dn":        func(s string) string { return wording.DN(s).String() },
	"fold":      fold,
	"upper":     strings.ToUpper,
	"join":      strings.Join,
	"add":       func(a, b int) int { return a + b },
	"base":      filepath.Base,
	"mark":      record.MarkName,
	"markword":  view.MarkWord,
	"subject":   func(s record.Subject) string { return wording.Subject(s.Kind, s.Key).String() },
	"statement": view.Statement,
	"sentence":  view.Sentence,
	"state":     func(s record.State) string { return stateLook(s).word },
	"icon":      func(s record.State) string { return stateLook(s).icon },
	"callicon":  func(c view.CallVerdict) string { return callIcons[c] },
	"way":       func(t record.Transport) string { return wayWord(t) },
	"cell":      reachCell,
	"heat":      heat,
	"share": func(part, all int64) string {
		return wording.Percent(100 * float64(part) / float64(max(all, 1))).String()
	},
	"facts":   evidenceFacts,
	"spark":   spark,
	"bars":    bars,
	"marks":   markList,
	"dict":    dict,
	"vantage": vantage,
	"pack":    pack,
	"waiver":  waiverText,
	"quiet":   func() string { return whereToCapture },
	"limit":   limitText,
	"head":    func(n int, list []string) []string { return list[:min(n, len(list))] },
	"subnets": subnets,
	"period":  period,
	"rank":    func(s record.Severity) int { return s.Rank() },
})

func merged(maps ...map[string]any) template.FuncMap {
	all := template.FuncMap{}
	for _, m := range maps {
		for name, f := range m {
			all[name] = f
		}
	}
	return all
}

// look is how a state is shown: its word and its sign, so that colour says nothing alone.
type look struct{ word, icon string }

func stateLook(s record.State) look {
	switch s {
	case record.Fail:
		return look{"FAIL", "fail"}
	case record.Warn:
		return look{"WARN", "warn"}
	case record.Pass:
		return look{"PASS", "pass"}
	case record.NotAssessable:
		return look{"NOT JUDGED", "unk"}
	case record.NotObserved:
		return look{"NOT SEEN", "none"}
	case record.Waived:
		return look{"WAIVED", "waived"}
	}
	return look{strings.ToUpper(strings.ReplaceAll(string(s), "-", " ")), "unk"}
}

var callIcons = map[view.CallVerdict]string{view.CallBad: "fail", view.CallWarn: "warn", view.CallNotJudged: "unk", view.CallGood: "pass"}

// dict makes a map of names and values, for a template within a template.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("name %d is no text", i/2)
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

func int64Of(n any) int64 {
	switch n := n.(type) {
	case int:
		return int64(n)
	case int64:
		return n
	case *int64:
		return *n
	}
	return 0
}

func number64(n any) string { return grouped(int64Of(n)) }

func pick(n any, one, many string) string {
	if int64Of(n) == 1 {
		return one
	}
	return many
}

// milliseconds writes a time of a packet: one decimal below 100 ms.
func milliseconds(v float64) string {
	switch {
	case v == 0:
		return "0 ms"
	case v < 0.1:
		return "< 0.1 ms"
	case v < 100:
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0") + " ms"
	}
	return grouped(int64(v+0.5)) + " ms"
}

func wayWord(t record.Transport) string {
	return cmp.Or(map[record.Transport]string{record.UDP: "UDP", record.TCP: "TCP", record.TLS: "TLS", record.TLSProxied: "TLS via proxy",
		record.HTTPConnect: "proxy, refused", record.QUIC: "QUIC", record.None: "no media"}[t], string(t))
}

// reached is a cell of the reachability matrix.
type reached struct {
	Icon, Word, Counts, Note string
}

func reachCell(r *record.Reachability) reached {
	if r == nil {
		return reached{"none", "not tried", "", ""}
	}
	c := reached{Counts: fmt.Sprintf("%s of %s", grouped(r.Answered), grouped(r.Asked))}
	switch {
	case r.Asked > 0 && r.Answered == r.Asked:
		c.Icon, c.Word = "pass", "answered"
	case r.Answered > 0:
		c.Icon, c.Word = "warn", "some answered"
	case r.Reset+r.ICMPRejected+r.Refused > 0:
		c.Icon, c.Word = "fail", "refused"
	default:
		c.Icon, c.Word = "fail", "no answer"
	}
	var notes []string
	for _, n := range []struct {
		n    int64
		text string
	}{{r.Reset, "reset"}, {r.ICMPRejected, "rejected by ICMP"}, {r.Refused, "refused by the proxy"}, {r.Silent, "silent"}} {
		if n.n > 0 && n.n < r.Asked || n.n > 0 && n.text != "silent" {
			notes = append(notes, grouped(n.n)+" "+n.text)
		}
	}
	if r.RTTMedianMs != nil {
		notes = append(notes, milliseconds(*r.RTTMedianMs))
	}
	if r.Requests != r.Asked {
		notes = append(notes, counted(r.Requests, "request", "requests"))
	}
	c.Note = strings.Join(notes, ", ")
	return c
}

// heat is a class of tint by share.
func heat(part, all int64) string {
	switch share := float64(part) / float64(max(all, 1)); {
	case part == 0:
		return "h0"
	case share < 0.05:
		return "h1"
	case share < 0.25:
		return "h2"
	case share < 0.75:
		return "h3"
	}
	return "h4"
}

// fact is a field of the evidence.
type fact struct{ Name, Value string }

func evidenceFacts(e record.Evidence) (list []fact) {
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		list = append(list, fact{strings.ReplaceAll(name, "_", " "), field(name, e.Fields[name])})
	}
	return list
}

func markList(marks []int) string {
	if len(marks) == 0 {
		return "–"
	}
	var names []string
	for _, m := range marks[:min(len(marks), 2)] {
		names = append(names, record.MarkName(m))
	}
	if more := len(marks) - len(names); more > 0 {
		names = append(names, "+"+strconv.Itoa(more))
	}
	return strings.Join(names, " ")
}

// limitText is a threshold as people say it: "5 %", "port 5004", "20231206 (2023-12-06)".
func limitText(t record.Threshold) string { return wording.Quantity(t.Value, t.Unit) }

// subnets are the /24 and /64 of many clients, in order.
func subnets(clients []string) []string {
	var list []string
	for _, c := range clients {
		if a, err := netip.ParseAddr(c); err == nil {
			list = append(list, record.Subnet(a).String())
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
