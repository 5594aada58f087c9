package reports

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// figures are what every report of a run says: the two verdicts, rules by the worst state of their findings, causes,
// calls.
type figures struct {
	Network, Capture                 string
	Fail, Warn, Open, Unseen, Waived int // rules
	Roots, Calls                     int
}

// count adds a rule.
func (f *figures) count(state string, n int) {
	at := map[string]*int{"fail": &f.Fail, "warn": &f.Warn, "not-assessable": &f.Open, "not-observed": &f.Unseen, "waived": &f.Waived}[state]
	if at != nil {
		*at += n
	}
}

// TestSameNumbers: on every bundled capture, and on the sample, all reports say the same.
func TestSameNumbers(t *testing.T) {
	sets := map[string]*record.Set{"sample": sample(t)}
	for _, file := range bundled(t) {
		sets[filepath.Base(file)] = audited(t, file)
	}
	sets["two points"] = twoPoints(t)
	for name, set := range sets {
		want := ofJSON(t, set)
		if want.Network == "" || want.Unseen == 0 {
			t.Errorf("%s: %+v", name, want)
		}
		for format, read := range map[string]func(*testing.T, *record.Set) figures{
			"md": ofMarkdown, "sarif": ofSARIF, "junit": ofJUnit, "html": ofHTML, "ocsf": ofOCSF,
		} {
			if got := read(t, set); got != want {
				t.Errorf("%s as %s:\n%+v, want\n%+v", name, format, got, want)
			}
		}
	}
}

// TestNarrowed: a report that does not show everything says so.
func TestNarrowed(t *testing.T) {
	set := sample(t)
	run := *set.Run
	run.Shown = &record.Shown{Client: "10.20.4.8"}
	set.Run = &run
	for _, format := range []string{"md", "sarif", "junit"} {
		if text := renderText(t, format, set); !strings.Contains(text, "Shown is 10.20.4.8 alone; the verdicts are of all.") {
			t.Errorf("%s does not say that it shows one client", format)
		}
	}
}

func ofJSON(t *testing.T, set *record.Set) (f figures) {
	text := renderText(t, "json", set)
	var d summaryJSON
	var calls struct {
		Overview struct {
			By []struct{ Calls int } `json:"calls_by_worst"`
		}
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), &calls); err != nil {
		t.Fatal(err)
	}
	f.Network, f.Capture, f.Roots = d.Overview.Network.Word, d.Overview.Capture.Word, len(d.Overview.Roots)
	for _, c := range calls.Overview.By {
		f.Calls += c.Calls
	}
	order, worst := []string{"not-observed", "pass", "not-assessable", "waived", "warn", "fail"}, map[string]int{}
	for _, one := range d.Findings {
		for rank, state := range order {
			if state == one.State {
				worst[one.Rule] = max(worst[one.Rule], rank)
			}
		}
	}
	for _, rank := range worst {
		f.count(order[rank], 1)
	}
	return f
}

var (
	mdVerdict    = regexp.MustCompile(`(?m)^\| (Network|Capture) \| \*\*(.*?)\*\* \|`)
	mdRules      = regexp.MustCompile(`(?m)^\| ([a-z-]+) \| (\d+) \|`)
	mdCauseCount = regexp.MustCompile(`(?m)^## Causes \((\d+)\)$`)
	mdCallRow    = regexp.MustCompile(`(?m)^\| (GOOD|BAD|WARN|NOT JUDGED) \|`)
)

func ofMarkdown(t *testing.T, set *record.Set) (f figures) {
	page := renderText(t, "md", set)
	verdicts := mdVerdict.FindAllStringSubmatch(page, -1)
	f.Network, f.Capture = verdicts[0][2], verdicts[1][2]
	for _, m := range mdRules.FindAllStringSubmatch(page, -1) {
		n, _ := strconv.Atoi(m[2])
		f.count(m[1], n)
	}
	if m := mdCauseCount.FindStringSubmatch(page); m != nil {
		f.Roots, _ = strconv.Atoi(m[1])
	}
	f.Calls = len(mdCallRow.FindAllString(page, -1))
	return f
}

func ofSARIF(t *testing.T, set *record.Set) (f figures) {
	var log sarifLog
	if err := json.Unmarshal([]byte(renderText(t, "sarif", set)), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	f.Network, f.Capture, f.Calls = run.Properties.Network.Word, run.Properties.Capture.Word, run.Properties.Calls
	for _, c := range run.Properties.Rules {
		f.count(string(c.State), c.Rules)
	}
	states := map[string]map[record.State]bool{}
	for _, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("rule %d is not %s", r.RuleIndex, r.RuleID)
		}
		if states[r.RuleID] == nil {
			states[r.RuleID] = map[record.State]bool{}
		}
		states[r.RuleID][r.Properties.State] = true
		remark := r.Properties.State == record.Warn && r.Properties.Severity == record.Info
		if r.Properties.CausedBy == "" && len(r.Suppressions) == 0 && !record.IsAboutCapture(r.RuleID) && !remark {
			f.Roots++
		}
	}
	failing := 0
	for _, s := range states {
		if s[record.Fail] {
			failing++
		}
	}
	if failing != f.Fail {
		t.Errorf("results of %d failing rules, the properties say %d", failing, f.Fail)
	}
	return f
}

func ofJUnit(t *testing.T, set *record.Set) (f figures) {
	all := readJUnit(t, set)
	for _, p := range all.Suites[0].Properties {
		switch p.Name {
		case "network":
			f.Network, _, _ = strings.Cut(p.Value, ":")
		case "capture":
			f.Capture, _, _ = strings.Cut(p.Value, ":")
		case "causes":
			f.Roots, _ = strconv.Atoi(p.Value)
		case "calls":
			f.Calls, _ = strconv.Atoi(p.Value)
		}
	}
	f.Fail = all.Failures
	for _, s := range all.Suites[1:] {
		for _, c := range s.Cases {
			switch {
			case strings.HasPrefix(c.Out, "warning: "):
				f.Warn++
			case c.Skipped == nil:
			case strings.HasPrefix(c.Skipped.Message, "not assessed"):
				f.Open++
			case strings.HasPrefix(c.Skipped.Message, "waived"):
				f.Waived++
			default:
				f.Unseen++
			}
		}
	}
	return f
}

func ofHTML(t *testing.T, set *record.Set) (f figures) {
	doc := parseHTML(t, renderHTML(t, set))
	answer := textOf(find(t, doc, "answer"))
	j := ofJSON(t, set)
	for _, v := range [][2]string{{"Network ", j.Network}, {"Capture ", j.Capture}} {
		if !strings.Contains(answer, v[0]+v[1]) {
			t.Errorf("the page lacks %s%s", v[0], v[1])
		}
	}
	f.Network, f.Capture = j.Network, j.Capture
	for _, r := range rowsOf(find(t, doc, "ruletable")) {
		f.count(attribute(r, "data-state"), 1)
	}
	for n := range doc.Descendants() {
		if strings.HasPrefix(attribute(n, "id"), "cause-") {
			f.Roots++
		}
	}
	if len(set.Sessions) > 0 {
		f.Calls = len(rowsOf(find(t, doc, "calltable")))
	}
	return f
}
