package reports

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// sarifSchema is the schema of the standard, as OASIS publishes it with SARIF 2.1.0, errata 01.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	schema, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", schema); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("sarif.json")
}

// TestSARIFSchema: whatever a run holds, its log is valid.
func TestSARIFSchema(t *testing.T) {
	schema := sarifSchema(t)
	check := func(name string, set *record.Set) {
		text := renderText(t, "sarif", set)
		if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !record.Visible(r) }); i >= 0 {
			t.Errorf("%.40q: something invisible at %.20q", name, text[i:])
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%.40q: %v", name, err)
		}
	}
	check("sample", sample(t))
	check("empty", new(record.Set))
	for r := range sample(t).All {
		check(r.RecordType()+" alone", only(r))
	}
	for _, name := range hostile {
		check(name, hostileRun(name))
	}
	for _, file := range bundled(t) {
		check(file, audited(t, file))
	}
	wrong, _ := jsonschema.UnmarshalJSON(strings.NewReader(`{"version":"2.1.0","runs":[{"results":[]}]}`))
	if schema.Validate(wrong) == nil {
		t.Error("the schema takes a run without its tool")
	}
}

// TestSARIFResults: levels, suppressions, locations and messages of findings.
func TestSARIFResults(t *testing.T) {
	said := func(id, format string, args ...any) record.Messages {
		return record.Messages{Summary: wording.New(id, format, args...)}
	}
	file := []record.Evidence{{File: "a b.pcap", Filter: "frame.number == 1", Packets: 1}, {File: "a b.pcap"}}
	for _, c := range []struct {
		name  string
		f     record.Finding
		level string
		text  string
		id    string
	}{
		{"fails", record.Finding{State: record.Fail, Severity: record.High, Confidence: record.Confirmed, Summary: "2 calls fell",
			Messages: said("x.fail", "%s fell", wording.Count(2, "call", "calls"))}, "error", "2 calls fell.", "x.fail"},
		{"a guess", record.Finding{State: record.Fail, Severity: record.High, Confidence: record.Possible, Summary: "2 calls fell",
			Messages: said("x.fail", "%s fell", wording.Count(2, "call", "calls"))}, "warning", "Possibly 2 calls fell.", ""},
		{"warns", record.Finding{State: record.Warn, Severity: record.High, Confidence: record.Confirmed, Summary: "s"}, "warning", "S.", ""},
		{"medium", record.Finding{State: record.Fail, Severity: record.Medium, Confidence: record.Confirmed, Summary: "s"},
			"warning", "S.", ""},
		{"low", record.Finding{State: record.Fail, Severity: record.Low, Confidence: record.Confirmed, Summary: "s"}, "note", "S.", ""},
		{"waived", record.Finding{State: record.Waived, Severity: record.High, Confidence: record.Confirmed, Summary: "s",
			Waiver: &record.Waiver{ID: "w", State: record.Fail, Owner: "net team", Reason: "known", Expires: "2026-12-31"}}, "error", "S.", ""},
		{"a name with markup", record.Finding{State: record.Fail, Severity: record.High, Confidence: record.Confirmed,
			Summary: "[x](http://e.example) {0} 5 %", Messages: said("x.fail", "%s 5 %%", wording.Name("[x](http://e.example) {0}"))},
			"error", "[x] (http://e.example) {{0}} 5 %.", "x.fail"},
	} {
		c.f.Rule, c.f.FindingID, c.f.Fingerprint, c.f.Title, c.f.Evidence = "WXA-MED-001", "1", "v1-0123456789abcdef", "a title", file
		set := &record.Set{Run: &record.Run{Files: []record.File{{Path: "a b.pcap", SHA256: "00"}}},
			Findings: []*record.Finding{&c.f}}
		var log sarifLog
		if err := json.Unmarshal([]byte(renderText(t, "sarif", set)), &log); err != nil {
			t.Fatal(err)
		}
		r := log.Runs[0].Results[0]
		if r.Level != c.level || r.Message.Text != c.text || r.Message.ID != c.id || r.RuleID != "WXA-MED-001" ||
			r.Fingerprints["webexaudit/v1"] != c.f.Fingerprint || (len(r.Suppressions) == 1) != (c.f.State == record.Waived) {
			t.Errorf("%s: %+v", c.name, r)
		}
		if len(r.Locations) != 1 || r.Locations[0].Physical.Artifact.URI != "a%20b.pcap" ||
			*r.Locations[0].Physical.Artifact.Index != 0 || len(r.Properties.Filters) != 1 {
			t.Errorf("%s: locations %+v, filters %+v", c.name, r.Locations, r.Properties.Filters)
		}
		if c.f.Waiver != nil && !strings.Contains(r.Suppressions[0].Justification, "net team until 2026-12-31: known") {
			t.Errorf("justification: %s", r.Suppressions[0].Justification)
		}
	}
}

// TestSARIFEnd: how a run ended. What did not come to its end was not successful, and not enough to judge is said.
func TestSARIFEnd(t *testing.T) {
	for _, c := range []struct {
		name    string
		summary *record.Summary
		ok      bool
		notes   int
	}{
		{"findings", &record.Summary{Verdict: record.Fail, WebexFlows: 1, ExitCode: 1}, true, 0},
		{"nothing to judge", &record.Summary{Verdict: record.NotEnough, WebexFlows: 1}, true, 1},
		{"damaged", &record.Summary{Verdict: record.Pass, WebexFlows: 1, ExitCode: 3, Notices: []string{"n"}}, false, 1},
		{"breaks off", nil, false, 2},
	} {
		set := &record.Set{Summary: c.summary, Health: []*record.CaptureHealth{{Packets: 1, LossAssessable: true}}}
		var log sarifLog
		if err := json.Unmarshal([]byte(renderText(t, "sarif", set)), &log); err != nil {
			t.Fatal(err)
		}
		i := log.Runs[0].Invocations[0]
		if i.Successful != c.ok || len(i.Notifications) != c.notes || (i.ExitCode == nil) != (c.summary == nil) {
			t.Errorf("%s: %+v", c.name, i)
		}
	}
}

func TestFileURI(t *testing.T) {
	for path, want := range map[string]string{
		"a/b c.pcap": "a/b%20c.pcap", "/tmp/a#1.pcap": "file:///tmp/a%231.pcap", `C:\x\a.pcap`: "file:///C:/x/a.pcap",
		"a:b.pcap": "./a:b.pcap", "-": "-", "a\nb": "a%0Ab",
	} {
		if got := fileURI(path); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
}
