package catalogue

import (
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
)

func TestLimits(t *testing.T) {
	last := ""
	for _, l := range All().Limits() {
		if l.Name <= last {
			t.Errorf("%s stands after %s", l.Name, last)
		}
		last = l.Name
		rule, param, ok := strings.Cut(l.Name, ".")
		if _, found := All().Find(rule); !ok || !found || param == "" {
			t.Errorf("%s belongs to no rule", l.Name)
		}
		if l.Unit == "" || l.Meaning == "" || !strings.HasPrefix(l.Origin, "ours") && !strings.HasPrefix(l.Origin, "published: ") {
			t.Errorf("%s is not documented: %+v", l.Name, l)
		}
	}
}

func TestProfilesOfLimits(t *testing.T) {
	for _, l := range All().Limits() {
		for _, v := range []float64{l.Quick, l.Standard, l.Strict} {
			if v < l.Min || v > l.Max {
				t.Errorf("%s: %g is outside %g to %g", l.Name, v, l.Min, l.Max)
			}
		}
		_, param, _ := strings.Cut(l.Name, ".")
		strictFirst := l.Quick >= l.Standard && l.Standard >= l.Strict
		if strings.HasPrefix(param, "within_") { // what happens within this time fires
			strictFirst = l.Quick <= l.Standard && l.Standard <= l.Strict
		}
		if !strictFirst {
			t.Errorf("%s: quick %g, standard %g, strict %g: strict must fire first", l.Name, l.Quick, l.Standard, l.Strict)
		}
	}
}

func TestProfiles(t *testing.T) {
	for _, c := range []struct {
		profile string
		value   float64
		origin  string
	}{
		{"", 5, "published: Control Hub"},
		{"standard", 5, "published: Control Hub"},
		{"quick", 5, "published: Control Hub"}, // the same value keeps its origin
		{"strict", 3, "ours: profile strict; standard is 5 published: Control Hub"},
	} {
		p, err := All().NewPolicy(c.profile)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Threshold(limit(t, "WXA-QUA-001.max_percent")); got.Value != c.value || !strings.HasPrefix(got.Origin, c.origin) {
			t.Errorf("%s: %+v", c.profile, got)
		}
	}
	var none *audit.Policy
	if none.Threshold(limit(t, "WXA-QUA-001.max_percent")).Value != 5 {
		t.Error("a nil policy is not the standard profile")
	}
	if _, err := All().NewPolicy("lax"); err == nil || !strings.Contains(err.Error(), "quick, standard, strict") {
		t.Errorf("error %v", err)
	}
}

func TestSet(t *testing.T) {
	p := standard(t)
	if err := p.Set("WXA-MED-001.min_seconds = 45"); err != nil {
		t.Fatal(err)
	}
	if got := p.Threshold(limit(t, "WXA-MED-001.min_seconds")); got.Value != 45 || !strings.HasPrefix(got.Origin, "ours: set by the operator; standard is 30 ") {
		t.Errorf("%+v", got)
	}
	for text, want := range map[string]string{
		"WXA-MED-001.min_seconds":       "want RULE.param=value",
		"WXA-MED-001.min_second=45":     "no such threshold; WXA-MED-001 has WXA-MED-001.min_bytes, WXA-MED-001.min_seconds",
		"WXA-XXX-001.min_second=45":     "no such threshold",
		"WXA-MED-001.min_seconds=soon":  "no number",
		"WXA-MED-001.min_seconds=NaN":   "no number",
		"WXA-MED-001.min_seconds=-1":    "outside 5 to 86,400 s (1 day)",
		"WXA-MED-001.min_seconds=1e300": "outside",
	} {
		if err := p.Set(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if p.Threshold(limit(t, "WXA-MED-001.min_seconds")).Value != 45 {
		t.Error("a refused assignment changed the value")
	}
}

func TestSummary(t *testing.T) {
	cases := fixtures(t)
	i := slices.IndexFunc(cases, func(c audit.Fixture) bool { return c.Name == "downstream audio loses a tenth" })
	set := cases[i].Set
	findings, sum := audit.Run(set, audit.Options{Catalogue: All(), Only: []string{"QUA-00[1239]", "TLS-00[1246]", "CAP-001"}, FailOn: record.High})
	if sum.Verdict != record.Fail || sum.ExitCode != 1 || sum.Rules != 9 || sum.Applicable != 5 || sum.Assessed != 3 ||
		*sum.Coverage != 60 {
		t.Errorf("%+v", sum)
	}
	if findings[0].Rule != "WXA-QUA-001" || findings[0].State != record.Fail {
		t.Errorf("first is %s %s", findings[0].Rule, findings[0].State)
	}
	if got := sum.Groups["QUA"]; got != (record.RuleCounts{Pass: 2, Fail: 1, NotAssessable: 1}) {
		t.Errorf("QUA %+v", got)
	}
	countsOfSummary(t, sum)
}

func countsOfSummary(t *testing.T, sum *record.Summary) {
	t.Helper()
	if sum.Severities[record.High] != 1 || sum.States[record.NotObserved] != 4 || sum.Clients != 1 ||
		sum.WebexFlows != 2 {
		t.Errorf("%+v", sum)
	}
	want := record.Picture{Service: record.Meetings, Function: record.MediaAudio, Transport: record.UDP, Flows: 2,
		Clients: 1, Seconds: 120, Bytes: 1_200_000, Published: 2}
	if len(sum.Picture) != 1 || sum.Picture[0] != want {
		t.Errorf("%+v", sum.Picture)
	}
}

func TestSelection(t *testing.T) {
	ids := func(o audit.Options) string {
		var list []string
		for _, r := range o.Rules() {
			list = append(list, r.ID)
		}
		return strings.Join(list, " ")
	}
	for _, c := range []struct {
		o    audit.Options
		want string
	}{
		{audit.Options{Catalogue: All(), Only: []string{"WXA-NAT-*"}, Skip: []string{"NAT-00[12]"}}, "WXA-NAT-003 WXA-NAT-004 WXA-NAT-005 WXA-NAT-006"},
		{audit.Options{Catalogue: All(), Only: []string{"QUA-009", "WXA-CAL-002"}}, "WXA-CAL-002 WXA-QUA-009"},
	} {
		if got := ids(c.o); got != c.want || c.o.Validate() != nil {
			t.Errorf("%v: %s, %v", c.o.Only, got, c.o.Validate())
		}
	}
	if n := len((audit.Options{Catalogue: All()}).Rules()); n != len(All().Rules()) {
		t.Errorf("%d rules, want all %d", n, len(All().Rules()))
	}
	err := audit.Options{Catalogue: All(), Only: []string{"WXA-ABC-*"}, Skip: []string{"["}, FailOn: "severe",
		MinConfidence: "sure", Coverage: 101}.Validate()
	for _, want := range []string{`"WXA-ABC-*" matches no rule`, `"["`, `"severe"`, `"sure"`, "101"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %s", err, want)
		}
	}
	if err := (audit.Options{Catalogue: All(), Only: []string{"MED-*"}, Skip: []string{"WXA-*"}}).Validate(); err == nil {
		t.Error("nothing is left to judge, and no error")
	}
}

func limit(t *testing.T, name string) *audit.Limit {
	t.Helper()
	l, ok := All().Limit(name)
	if !ok {
		t.Fatalf("no threshold %s", name)
	}
	return l
}
