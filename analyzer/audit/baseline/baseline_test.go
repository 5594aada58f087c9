package baseline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
)

// judged judges records; they begin from the templates of the rules' fixtures.
func judged(t *testing.T, o audit.Options, lines ...string) *record.Set {
	t.Helper()
	set, err := audit.ParseRecords(strings.Join(append([]string{`{"like":"run"}`, `{"like":"health"}`}, lines...), "\n"))
	if err != nil {
		t.Fatal(err)
	}
	set.Findings, set.Summary = audit.Run(set, o)
	return set
}

const (
	tlsMedia = `{"like":"tls-media"}`                                                          // 10.20.0.5
	tlsOther = `{"like":"tls-media","flow_id":"m2","src_ip":"10.30.0.5","client":"10.30.0.5"}` // another subnet
	udpMedia = `{"like":"udp-audio"}` + "\n" + `{"like":"audio-down"}`
	udpOther = `{"like":"udp-audio","flow_id":"u2","src_ip":"10.30.0.5","client":"10.30.0.5"}` + "\n" + `{"like":"audio-down","flow_id":"u2"}`
	nothing  = `{"like":"tls-signalling","src_ip":"10.40.0.5","client":"10.40.0.5"}` // no media at all
	unmarked = `{"like":"audio-up","dscp":{"46":null,"0":3000}}`                     // of udpMedia
)

// words is "change rule subject" of each finding, with the reason where it is asked for.
func words(d *Diff) string {
	var list []string
	for _, c := range d.Findings {
		text := fmt.Sprintf("%s %s %s", c.Change, c.Rule, c.Subject.Key)
		if c.Reason != "" {
			text += ": " + c.Reason
		}
		list = append(list, text)
	}
	return strings.Join(list, "\n")
}

func TestCompare(t *testing.T) {
	med := audit.Options{Catalogue: catalogue.All(), Only: []string{"WXA-MED-001"}}
	for _, c := range []struct {
		name     string
		old, now []string
		o        audit.Options
		want     string
	}{
		{"fixed", []string{tlsMedia}, []string{udpMedia}, med, "fixed WXA-MED-001 10.20.0.0/24"},
		{"new", []string{udpMedia}, []string{tlsMedia}, med, "new WXA-MED-001 10.20.0.0/24"},
		{"unchanged", []string{tlsMedia}, []string{tlsMedia}, med, "unchanged WXA-MED-001 10.20.0.0/24"},
		{"nothing", []string{udpMedia}, []string{udpMedia}, med, ""},
		{"one of two is fixed", []string{tlsMedia, tlsOther}, []string{udpMedia, tlsOther}, med,
			"fixed WXA-MED-001 10.20.0.0/24\nunchanged WXA-MED-001 10.30.0.0/24"},
		{"the clients are not there", []string{tlsMedia}, []string{udpOther}, med,
			"not-comparable WXA-MED-001 10.20.0.0/24: no such traffic of subnet 10.20.0.0/24 in the later run"},
		{"the clients carry no media", []string{tlsMedia}, []string{nothing, udpOther}, med,
			"not-comparable WXA-MED-001 10.20.0.0/24: no such traffic of subnet 10.20.0.0/24 in the later run"},
		{"not judged before", []string{nothing}, []string{tlsMedia}, med,
			"new WXA-MED-001 10.20.0.0/24: the rule was not-observed in the earlier run"},
	} {
		now := judged(t, c.o, c.now...)
		for how, set := range map[string]*record.Set{"": now, ", flows are lent": recordtest.Lend(now)} {
			d := Compare(judged(t, c.o, c.old...), set, catalogue.All().Find)
			if got := words(d); got != c.want {
				t.Errorf("%s%s:\n%s\nwant\n%s", c.name, how, got, c.want)
			}
		}
	}
}

// Each of these keeps equal findings from being compared.
func TestNotComparable(t *testing.T) {
	o := audit.Options{Catalogue: catalogue.All(), Only: []string{"WXA-MED-001"}}
	for _, c := range []struct {
		name   string
		change func(*record.Set)
		want   string
	}{
		{"pack", func(s *record.Set) { s.Run.Pack.ID = "2026-09" }, "other signature pack: 2026-08, then 2026-09"},
		{"digest", func(s *record.Set) { s.Run.Pack.Digest = "x" }, "other signature pack: 2026-08, then 2026-08"},
		{"vantage", func(s *record.Set) { s.Run.Vantage.Value = "wan" }, "other vantage: inside, then wan"},
		{"broken off", func(s *record.Set) { s.Summary = nil }, "the later run is incomplete"},
		{"rule", func(s *record.Set) { s.Findings[0].RuleVersion = "99" }, "other version of the rule: 2, then 99"},
		{"fingerprint", func(s *record.Set) { s.Findings[0].Fingerprint = "v2-1" }, "other version of the fingerprints"},
		{"not in force", func(s *record.Set) { s.Findings = nil }, "the rule was not in force in the later run"},
		{"threshold", func(s *record.Set) { s.Findings[0].Thresholds[1].Value = 60 }, "other threshold: WXA-MED-001.min_seconds was 30, is 60"},
	} {
		old, now := judged(t, o, tlsMedia), judged(t, o, tlsMedia)
		c.change(now)
		d := Compare(old, now, catalogue.All().Find)
		if d.Counts[NotComparable] == 0 || d.Counts[Fixed]+d.Counts[New]+d.Counts[Unchanged] > 0 {
			t.Errorf("%s: %v", c.name, d.Counts)
		}
		if !strings.HasSuffix(words(d), ": "+c.want) {
			t.Errorf("%s: %s", c.name, words(d))
		}
	}
}

// Another site file groups clients otherwise: its subjects can neither be new nor fixed.
func TestOtherSiteFile(t *testing.T) {
	o := audit.Options{Catalogue: catalogue.All(), Only: []string{"WXA-MED-001"}}
	old, now := judged(t, o, tlsMedia), judged(t, o, udpMedia)
	now.Run.Site = "digest"
	if got := words(Compare(old, now, catalogue.All().Find)); got != "not-comparable WXA-MED-001 10.20.0.0/24: other site file: clients are grouped by it" {
		t.Error(got)
	}
}

func TestDirection(t *testing.T) {
	side := func(state record.State, s record.Severity) *Side { return &Side{State: state, Severity: s} }
	for _, c := range []struct {
		old, now *Side
		want     string
	}{
		{side(record.Warn, record.High), side(record.Fail, record.Low), Worse},
		{side(record.Fail, record.High), side(record.Fail, record.Critical), Worse},
		{side(record.Fail, record.High), side(record.Warn, record.High), Better},
		{side(record.Fail, record.High), side(record.Fail, record.High), Unchanged},
	} {
		if got := direction(c.old, c.now); got != c.want {
			t.Errorf("%+v to %+v: %s", c.old, c.now, got)
		}
	}
}

// A waiver changes nothing in the network, so it changes nothing in the comparison.
func TestWaivedStays(t *testing.T) {
	o := audit.Options{Catalogue: catalogue.All(), Only: []string{"WXA-MED-001"}}
	old, now := judged(t, o, tlsMedia), judged(t, o, tlsMedia)
	now.Findings[0].State, now.Findings[0].Waiver = record.Waived, &record.Waiver{State: record.Fail}
	if got := words(Compare(old, now, catalogue.All().Find)); got != "unchanged WXA-MED-001 10.20.0.0/24" {
		t.Error(got)
	}
	if got := words(Compare(now, judged(t, o, udpMedia), catalogue.All().Find)); got != "fixed WXA-MED-001 10.20.0.0/24" {
		t.Error(got)
	}
}

// The gate counts what the baseline lacks, and what cannot be compared with it.
func TestGate(t *testing.T) {
	o := audit.Options{Catalogue: catalogue.All(), Only: []string{"WXA-MED-001"}, FailOnNew: true}
	for _, c := range []struct {
		old, now string
		change   func(*record.Set)
		code     int
	}{
		{tlsMedia, tlsMedia, nil, 0},
		{udpMedia, tlsMedia, nil, 1},
		{tlsMedia, udpMedia, nil, 0},
		{tlsMedia, tlsMedia, func(s *record.Set) { s.Run.Pack.ID = "old" }, 1},
	} {
		old, now := judged(t, o, c.old), judged(t, o, c.now)
		if c.change != nil {
			c.change(old)
		}
		marked := Compare(old, now, catalogue.All().Find).Mark(now.Findings)
		if code, reason := audit.ExitCode(marked, now.Summary, o); code != c.code {
			t.Errorf("%s to %s: %d %s", c.old, c.now, code, reason)
		}
		if now.Findings[0].Baseline != "" {
			t.Error("the findings given were changed")
		}
	}
}

func TestRead(t *testing.T) {
	doc := `{"schema":"webexaudit.report/1","run":{"tool":"webexaudit"},"findings":[{"rule":"WXA-MED-001","state":"fail"}],"summary":{"states":{"fail":1}}}`
	set, err := Read(strings.NewReader(doc))
	if err != nil || set.Run.Tool != "webexaudit" || len(set.Findings) != 1 || set.Summary == nil {
		t.Errorf("%+v, %v", set, err)
	}
	for _, doc := range []string{
		`{"schema":"webexaudit.report/1","run":{"tool":"webexaudit"},"findings":[]}`,
		`{"schema":"webexaudit.report/1","run":{"tool":"webexaudit"},"findings":[],"summary":{"states":{"fail":1}}}`,
		`{"type":"run","tool":"webexaudit"}`,
	} {
		if _, err := Read(strings.NewReader(doc)); err == nil {
			t.Errorf("%s: is not whole, yet a baseline", doc)
		}
	}
	if _, err := Read(strings.NewReader("{}")); err == nil || !strings.Contains(err.Error(), "not a stored run") {
		t.Errorf("%v", err)
	}
}

// TestReadForms: the stream, of which no more is held than a comparison needs, and the document in one line or several.
func TestReadForms(t *testing.T) {
	const run, finding = `{"type":"run"}` + "\n", `{"type":"finding","state":"fail"}` + "\n"
	const flow, summary = `{"type":"flow","flow_id":"a"}` + "\n", `{"type":"summary","flows":1,"states":{"fail":1}}`
	const doc = `{"schema":"webexaudit.report/1","run":{},"findings":[{"state":"fail"}],"summary":{"states":{"fail":1}}}`
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(doc), "", "  "); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{run + flow + finding + summary, doc, doc + "\n", pretty.String()} {
		set, err := Read(strings.NewReader(text))
		if err != nil || set.Run == nil || len(set.Findings) != 1 || len(set.Flows) > 0 {
			t.Errorf("%s\n%+v, %v", text, set, err)
		}
	}
	if _, err := Read(strings.NewReader(run + finding + summary[:9])); err == nil || !strings.HasPrefix(err.Error(), "line 3: ") {
		t.Errorf("a broken line: %v", err)
	}
}

func TestText(t *testing.T) {
	o := audit.Options{Catalogue: catalogue.All(), Only: []string{"WXA-MED-001", "WXA-QOS-001"}}
	d := Compare(judged(t, o, tlsMedia), judged(t, o, udpMedia, unmarked), catalogue.All().Find)
	var b strings.Builder
	if err := d.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	want := `1 new, 1 fixed

CHANGE  RULE         SEVERITY   SUBJECT              TITLE
new     WXA-QOS-001  high fail  subnet 10.20.0.0/24  Audio towards the cloud is unmarked
fixed   WXA-MED-001  high fail  subnet 10.20.0.0/24  Media over TLS

WXA-QOS-001 subnet 10.20.0.0/24: the rule was not-observed in the earlier run
`
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
}
