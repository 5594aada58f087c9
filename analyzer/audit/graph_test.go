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
