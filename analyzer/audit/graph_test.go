package audit

import (
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// Three accusations of one client, the two others following from the blocked port, and one of another client.
func chain() ([]*record.Finding, []*Rule) {
	accusation := func(rule, client string, s record.Severity, c record.Confidence, seconds float64) *record.Finding {
		f := &record.Finding{Rule: rule, State: record.Fail, Severity: s, Confidence: c,
			Subject: record.Subject{Kind: "client", Key: client},
			Clients: []string{client}, FirstSeen: 1e9, LastSeen: 60e9, AffectedSeconds: seconds}
		identify(f)
		return f
	}
	findings := []*record.Finding{
		accusation("STALL", "a", record.Medium, record.Confirmed, 5),
		accusation("OVERTLS", "a", record.High, record.Confirmed, 40),
		accusation("BLOCKED", "a", record.Medium, record.Confirmed, 0),
		accusation("OVERTLS", "b", record.High, record.Confirmed, 10),
		accusation("GUESS", "c", record.Critical, record.Possible, 99),
	}
	rules := []*Rule{{ID: "STALL", Under: []Root{{Rule: "OVERTLS"}}}, {ID: "OVERTLS", Under: []Root{{Rule: "BLOCKED"}}}, {ID: "BLOCKED"}, {ID: "GUESS"}}
	return findings, rules
}

func outline(findings []*record.Finding) string {
	var words []string
	for _, f := range findings {
		word := f.Rule + "/" + f.Subject.Key
		if i := slices.IndexFunc(findings, func(r *record.Finding) bool { return r.FindingID == f.CausedBy }); i >= 0 {
			word += "<" + findings[i].Rule
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// What follows from a root stands behind it, and lends it severity and time; a guess is not the first headline.
func TestGraph(t *testing.T) {
	findings, rules := chain()
	connect(findings, rules)
	Sort(findings)
	want := "BLOCKED/a OVERTLS/a<BLOCKED STALL/a<OVERTLS OVERTLS/b GUESS/c"
	if got := outline(findings); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if root := findings[0]; root.Severity != record.High || root.AffectedSeconds != 40 || root.AffectedClients != 1 {
		t.Errorf("the root: %+v", root)
	}
	if worst := worstOf(findings, findings, record.Probable); worst != record.Fail {
		t.Errorf("verdict %s", worst)
	}
}

// Nothing follows from what concerns other clients, was at another time, or is less sure.
func TestGraphKeepsApart(t *testing.T) {
	for name, change := range map[string]func(root, f *record.Finding){
		"another client":   func(_, f *record.Finding) { f.Clients = []string{"a", "z"} },
		"no client":        func(_, f *record.Finding) { f.Clients = nil },
		"another time":     func(_, f *record.Finding) { f.FirstSeen, f.LastSeen = 600e9, 700e9 },
		"the root a guess": func(root, _ *record.Finding) { root.Confidence = record.Possible },
		"the root waived":  func(root, _ *record.Finding) { root.State = record.Waived },
	} {
		findings, rules := chain()
		change(findings[2], findings[1])
		connect(findings, rules)
		if findings[1].CausedBy != "" {
			t.Errorf("%s: caused by %s", name, findings[1].CausedBy)
		}
	}
}

// Rules that name each other do not make a circle.
func TestGraphCircle(t *testing.T) {
	findings, rules := chain()
	rules[2].Under = []Root{{Rule: "STALL"}}
	connect(findings, rules)
	Sort(findings)
	roots := 0
	for _, f := range findings {
		if f.CausedBy == "" {
			roots++
		}
	}
	if roots != 3 {
		t.Errorf("%d roots: %s", roots, outline(findings))
	}
}

// TestLinked: what a consequence shares with its root, at times that overlap by the margin.
func TestLinked(t *testing.T) {
	type change func(root, f *record.Finding)
	for _, tt := range []struct {
		name   string
		same   Same
		change change
		want   bool
	}{
		{"clients", SameClients, func(_, _ *record.Finding) {}, true},
		{"one client more", SameClients, func(_, f *record.Finding) { f.Clients = []string{"a", "z"} }, false},
		{"one client of two", SameClients, func(r, _ *record.Finding) { r.Clients = []string{"a", "z"} }, true},
		{"a flow", SameFlows, func(_, f *record.Finding) { f.FlowIDs = []string{"2", "9"} }, true},
		{"no flow", SameFlows, func(_, f *record.Finding) { f.FlowIDs = []string{"9"} }, false},
		{"a flow at another time", SameFlows, func(_, f *record.Finding) { f.FirstSeen, f.LastSeen = 900e9, 950e9 }, false},
		{"hosts", SameHosts, func(_, _ *record.Finding) {}, true},
		{"another host", SameHosts, func(_, f *record.Finding) { f.Hosts = []string{"other"} }, false},
		{"hosts of another client", SameHosts, func(_, f *record.Finding) { f.Clients = []string{"z"} }, false},
		{"hosts at another time", SameHosts, func(_, f *record.Finding) { f.FirstSeen, f.LastSeen = 900e9, 950e9 }, false},
		{"the subject at another time", SameSubject, func(_, f *record.Finding) { f.FirstSeen, f.LastSeen = 900e9, 950e9 }, true},
		{"another subject", SameSubject, func(_, f *record.Finding) { f.Subject.Key = "y" }, false},
		{"just behind", SameClients, func(_, f *record.Finding) { f.FirstSeen, f.LastSeen = 180e9, 200e9 }, true},
		{"behind", SameClients, func(_, f *record.Finding) { f.FirstSeen, f.LastSeen = 180e9+1, 200e9 }, false},
		{"just before", SameClients, func(r, _ *record.Finding) { r.FirstSeen, r.LastSeen = 180e9, 200e9 }, true},
		{"before", SameClients, func(r, _ *record.Finding) { r.FirstSeen, r.LastSeen = 180e9+1, 200e9 }, false},
		{"always there", SameClients, func(r, f *record.Finding) { r.FirstSeen, f.FirstSeen, f.LastSeen = 0, 900e9, 950e9 }, true},
		{"always follows", SameClients, func(r, f *record.Finding) { f.FirstSeen, r.FirstSeen, r.LastSeen = 0, 900e9, 950e9 }, true},
	} {
		pair := [2]*record.Finding{}
		for i := range pair {
			pair[i] = &record.Finding{Clients: []string{"a"}, Hosts: []string{"h"}, FlowIDs: []string{"1", "2"},
				Subject: record.Subject{Kind: "issuer", Key: "x"}, FirstSeen: 10e9, LastSeen: 60e9}
		}
		tt.change(pair[0], pair[1])
		if got := linked(pair[0], pair[1], tt.same); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestExplains: of the roots that are sure enough the one that shares most clients, of equals the first, never itself.
func TestExplains(t *testing.T) {
	root := func(id string, c record.Confidence, clients ...string) *record.Finding {
		return &record.Finding{FindingID: id, Confidence: c, Clients: clients, Subject: record.Subject{Key: "x"}}
	}
	for _, tt := range []struct {
		name string
		own  record.Confidence
		list []*record.Finding
		want string
	}{
		{"the first of equals", record.Confirmed, []*record.Finding{root("1", record.Confirmed, "a"), root("2", record.Confirmed, "b")}, "1"},
		{"most clients", record.Confirmed, []*record.Finding{root("1", record.Confirmed, "a"), root("2", record.Confirmed, "a", "b")}, "2"},
		{"nobody's", record.Confirmed, []*record.Finding{root("1", record.Confirmed)}, "1"},
		{"probable does", record.Confirmed, []*record.Finding{root("1", record.Probable, "a")}, "1"},
		{"possible does not", record.Probable, []*record.Finding{root("1", record.Possible, "a")}, ""},
		{"a guess of a guess", record.Possible, []*record.Finding{root("1", record.Possible, "a")}, "1"},
	} {
		f := root("f", tt.own, "a", "b")
		got := ""
		if best := explains(append([]*record.Finding{f}, tt.list...), f, SameSubject); best != nil {
			got = best.FindingID
		}
		if got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// TestLend: severity is lent by what is no guess and worse, people and time by all.
func TestLend(t *testing.T) {
	for _, tt := range []struct {
		severity   record.Severity
		confidence record.Confidence
		want       record.Severity
	}{
		{record.High, record.Confirmed, record.High}, {record.High, record.Probable, record.High},
		{record.High, record.Possible, record.Medium}, {record.Low, record.Confirmed, record.Medium},
	} {
		root := &record.Finding{Severity: record.Medium, AffectedClients: 1, AffectedSeconds: 60}
		f := &record.Finding{Severity: tt.severity, Confidence: tt.confidence, AffectedClients: 3, AffectedSeconds: 40}
		lend(f, root)
		if root.Severity != tt.want || root.AffectedClients != 3 || root.AffectedSeconds != 60 {
			t.Errorf("%s, %s: %+v", tt.severity, tt.confidence, root)
		}
	}
}

// TestOrderOfFindings: what each finding has more of than the next puts it before it, whatever else the next has.
func TestOrderOfFindings(t *testing.T) {
	accused := record.Finding{State: record.Fail, Severity: record.High, Confidence: record.Confirmed,
		AffectedClients: 5, AffectedSeconds: 50, Rule: "M", Subject: record.Subject{Kind: "m", Key: "m"}}
	var want []*record.Finding
	for i, change := range []func(*record.Finding){
		func(f *record.Finding) { f.Severity = record.Critical; f.AffectedClients = 1 },
		func(f *record.Finding) { f.AffectedClients, f.AffectedSeconds = 6, 1 },
		func(f *record.Finding) { f.AffectedSeconds, f.Confidence = 60, record.Probable },
		func(f *record.Finding) { f.Rule, f.Subject.Kind = "L", "z" },
		func(f *record.Finding) { f.Subject = record.Subject{Kind: "l", Key: "z"} },
		func(f *record.Finding) { f.Subject.Key = "l" },
		func(*record.Finding) {},
		func(f *record.Finding) { f.State, f.Rule = record.Warn, "A" },
		func(f *record.Finding) { f.Confidence, f.Rule = record.Probable, "A" },
		func(f *record.Finding) { f.Confidence, f.Severity = record.Possible, record.Critical },
		func(f *record.Finding) { f.State, f.Severity = record.NotAssessable, record.Critical },
		func(f *record.Finding) { f.State, f.Severity = record.Waived, record.Critical },
		func(f *record.Finding) { f.State, f.Confidence, f.Rule = record.Pass, record.Possible, "A" },
		func(f *record.Finding) { f.State, f.Severity = record.NotObserved, record.Critical },
	} {
		f := accused
		f.FindingID = string(rune('a' + i))
		change(&f)
		want = append(want, &f)
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	got[3].CausedBy = "of another run" // which changes nothing
	Sort(got)
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("at %d stands %s, want %s", i, got[i].FindingID, want[i].FindingID)
		}
	}
}
