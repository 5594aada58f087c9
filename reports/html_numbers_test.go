package reports

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"webexaudit/analyzer"
	"webexaudit/analyzer/record"
)

// audited analyses a bundled capture.
func audited(t testing.TB, file string) *record.Set {
	t.Helper()
	set, err := analyzer.Run(t.Context(), analyzer.Config{Files: []string{file}, Tool: "webexaudit", Version: "test"})
	if set == nil {
		t.Fatal(err)
	}
	return set
}

func bundled(t testing.TB) []string {
	files, _ := filepath.Glob("../testdata/pcaps/*.pcapng.gz")
	if len(files) < 5 {
		t.Fatalf("%d captures", len(files))
	}
	return files
}

// summaryJSON is what the test reads of the JSON report.
type summaryJSON struct {
	Findings []struct {
		Rule, State, Summary string
	}
	Summary struct {
		States                      map[string]int
		Rules, Applicable, Assessed int
		Flows, Clients              int
		WebexFlows                  int `json:"webex_flows"`
	}
	Overview struct {
		Network, Capture struct{ Word, Sentence string }
		Roots            []struct {
			FindingID string `json:"finding_id"`
			Follows   []string
		}
		CaptureRoots []struct{} `json:"capture_roots"`
		Totals       struct{ Packets int64 }
		NotAssessed  []struct{ Rules []string } `json:"not_assessed"`
	}
}

// TestHTMLNumbers: on every bundled capture the page says what the JSON report says.
func TestHTMLNumbers(t *testing.T) {
	for _, file := range bundled(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			set := audited(t, file)
			var b bytes.Buffer
			f, _ := ByName("json")
			if err := set.WriteTo(f.New(&b, Options{})); err != nil {
				t.Fatal(err)
			}
			var want summaryJSON
			if err := json.Unmarshal(b.Bytes(), &want); err != nil {
				t.Fatal(err)
			}
			compare(t, parseHTML(t, renderHTML(t, set)), &want, set)
		})
	}
}

func compare(t *testing.T, doc *html.Node, want *summaryJSON, set *record.Set) {
	answer := textOf(find(t, doc, "answer"))
	s := want.Summary
	for _, text := range []string{
		"Network " + want.Overview.Network.Word, "Capture " + want.Overview.Capture.Word,
		grouped(want.Overview.Totals.Packets) + " packets", grouped(s.WebexFlows) + " of " + count(s.Flows, flows),
		counted(s.Clients, "client", "clients"),
		counted(s.Rules, "rule", "rules") + ", " + grouped(s.Assessed) + " of " + grouped(s.Applicable),
	} {
		if !strings.Contains(answer, text) {
			t.Errorf("the answer lacks %q: %s", text, answer)
		}
	}
	compareCauses(t, doc, want)
	if n := len(set.Sessions); n > 0 {
		if got := len(rowsOf(find(t, doc, "calltable"))); got != n {
			t.Errorf("%d calls, want %d", got, n)
		}
	}
	compareRules(t, doc, want)
	if rows := rowsOf(find(t, doc, "open")); len(rows) != len(want.Overview.NotAssessed) {
		t.Errorf("%d needs, want %d", len(rows), len(want.Overview.NotAssessed))
	}
	if len(set.Reachability) == 0 {
		return
	}
	asked := int64(0)
	for _, r := range set.Reachability {
		asked += r.Asked
	}
	if got := askedOf(t, doc); got != asked {
		t.Errorf("the matrix counts %d, want %d", got, asked)
	}
}

// compareCauses: each root has its number, and what follows from it stands with it.
func compareCauses(t *testing.T, doc *html.Node, want *summaryJSON) {
	ids := 0
	for n := range doc.Descendants() {
		if strings.HasPrefix(attribute(n, "id"), "cause-") || strings.HasPrefix(attribute(n, "id"), "limit-") {
			ids++
		}
	}
	if all := len(want.Overview.Roots) + len(want.Overview.CaptureRoots); ids != all {
		t.Errorf("%d causes and limits, want %d", ids, all)
	}
	for i, r := range want.Overview.Roots {
		card := find(t, doc, "cause-"+strconv.Itoa(i+1))
		if find(t, card, "f-"+r.FindingID) == nil {
			t.Errorf("cause %d is not %s", i+1, r.FindingID)
		}
		for _, id := range r.Follows {
			find(t, card, "f-"+id)
		}
	}
}

// compareRules: each rule has one row with the worst state of its findings.
func compareRules(t *testing.T, doc *html.Node, want *summaryJSON) {
	states := map[string]map[string]bool{}
	for _, f := range want.Findings {
		if states[f.Rule] == nil {
			states[f.Rule] = map[string]bool{}
		}
		states[f.Rule][f.State] = true
	}
	rows := rowsOf(find(t, doc, "ruletable"))
	if len(rows) != len(states) {
		t.Errorf("%d rules, want %d", len(rows), len(states))
	}
	for _, r := range rows {
		rule, state := strings.TrimPrefix(attribute(r, "id"), "r-"), attribute(r, "data-state")
		if !states[rule][state] {
			t.Errorf("%s is %s, want one of %v", rule, state, states[rule])
		}
		if states[rule]["fail"] && state != "fail" {
			t.Errorf("%s failed, the row says %s", rule, state)
		}
	}
}

// elements are those of a name below a node.
func elements(n *html.Node, name string) (list []*html.Node) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == name {
			list = append(list, d)
		}
	}
	return list
}

// rowsOf are the rows of the bodies of a table or section.
func rowsOf(n *html.Node) (list []*html.Node) {
	for _, r := range elements(n, "tr") {
		if r.Parent.Data == "tbody" {
			list = append(list, r)
		}
	}
	return list
}

// askedOf sums up the cells of the reachability matrix: "1 of 3".
func askedOf(t *testing.T, doc *html.Node) (n int64) {
	for _, b := range elements(find(t, doc, "reachability"), "b") {
		_, all, ok := strings.Cut(textOf(b), " of ")
		if !ok {
			continue
		}
		v, err := strconv.ParseInt(strings.ReplaceAll(all, ",", ""), 10, 64)
		if err != nil {
			t.Errorf("%v", err)
		}
		n += v
	}
	return n
}
