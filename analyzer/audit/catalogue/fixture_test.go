package catalogue

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// exempt are the rules without one of the four kinds of cases, with the reason.
var exempt = map[string]map[string]string{
	"WXA-CAP-003": {notJudged: "every capture counts its copies; without packets there is nothing to judge"},
	"WXA-CAP-005": {notJudged: "every capture says of each packet whether it was cut"},
	"WXA-CAP-006": {notJudged: "how a flow begins is seen in any flow"},
	"WXA-CAP-009": {notJudged: "that the vantage cannot be known is what the rule reports"},
	"WXA-DAT-002": {notJudged: "an address is published or not"},
	"WXA-CAP-010": {fires: "a short capture is nobody's fault: not assessable"},
	"WXA-EXP-006": {notJudged: "media shows its ports"},
	"WXA-MED-007": {notJudged: "port and name stand in the flow itself, whatever else the capture lacks"},
	"WXA-MED-008": {notJudged: "an address is published or not"},
	"WXA-MED-016": {fires: "it reports tests of the app and accuses nobody", notJudged: "a test is seen or not"},
	"WXA-NAT-001": {notJudged: "a flow without STUN answers has no mapped address to speak of: not observed"},
	"WXA-NAT-003": {notJudged: "an ICMP error is in the capture or not; its absence is no verdict about the path"},
	"WXA-NAT-004": {notJudged: "a flow without STUN answers has no mapped address to speak of: not observed"},
	"WXA-POL-001": {notJudged: "a list is declared or not; comparing it takes no traffic"},
	"WXA-PRX-005": {notJudged: "each site with signalling is judged; too few clients pass"},
	"WXA-PRX-007": {notJudged: "the request itself says where it leads"},
	"WXA-QOS-005": {fires: onePlace, passes: onePlace, notJudged: onePlace},
	"WXA-QUA-009": {fires: "that a stream cannot be classified is nobody's fault: not assessable"},
	"WXA-SIG-005": {notJudged: "a connection without a name is none that the rule speaks of"},
	"WXA-TLS-012": {fires: "an inventory for comparison with other runs: one capture cannot tell what is new"},
}

// onePlace is why a rule that compares two captures says nothing in a run.
const onePlace = "it compares two capture points; a run sees one"

// The kinds of cases that every rule needs.
const (
	fires     = "fires"
	passes    = "pass"
	notJudged = "not assessable"
	lookAlike = "look-alike"
)

// parsed reads the cases once for all tests, which leave them as they are.
var parsed = sync.OnceValues(Fixtures)

func fixtures(t *testing.T) []audit.Fixture {
	t.Helper()
	list, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// kind of a case by its name and outcome.
func kinds(c audit.Fixture, findings []*record.Finding) map[string]bool {
	k := map[string]bool{lookAlike: strings.HasPrefix(c.Name, lookAlike)}
	for _, f := range findings {
		switch f.State {
		case record.Fail, record.Warn:
			k[fires] = true
		case record.Pass:
			k[passes] = true
		case record.NotAssessable:
			k[notJudged] = true
		}
	}
	return k
}

func TestRules(t *testing.T) {
	have := map[string]map[string]bool{}
	for _, c := range fixtures(t) {
		rule := c.Options.Only[0]
		t.Run(rule+"/"+c.Name, func(t *testing.T) {
			findings, _ := audit.Run(c.Set, c.Options)
			k := kinds(c, findings)
			if k[lookAlike] && k[fires] {
				t.Errorf("the look-alike is accused:\n%s", audit.Describe(findings))
			}
			for _, f := range findings {
				if told := spoken(f); told != "" {
					t.Error(told)
				}
			}
			if have[rule] == nil {
				have[rule] = map[string]bool{}
			}
			for name, is := range k {
				have[rule][name] = have[rule][name] || is
			}
			if *update {
				rewrite(t, c, audit.Describe(findings))
			} else if err := c.Check(); err != nil {
				t.Error(err)
			}
		})
	}
	for _, r := range All().Rules() {
		for _, kind := range []string{fires, passes, notJudged, lookAlike} {
			if excuse := exempt[r.ID][kind]; have[r.ID][kind] == (excuse != "") {
				t.Errorf("%s, case %q: there is one: %v; the reason for none: %q", r.ID, kind, have[r.ID][kind], excuse)
			}
		}
	}
}

// spoken holds a finding's sentences against its messages: they say the same, also after being written and read, and
// the addresses of clients stand only in arguments that say so, so that whoever hides them need not search in prose.
func spoken(f *record.Finding) string {
	b, err := json.Marshal(f.Messages)
	var m record.Messages
	if err = cmp.Or(err, json.Unmarshal(b, &m)); err != nil {
		return err.Error()
	}
	got := fmt.Sprintf("%s|%s|%s|%s", m.Summary, m.Expected, m.Actual, m.Missing)
	if want := strings.Join([]string{f.Summary, f.Expected, f.Actual, f.Missing}, "|"); got != want {
		return fmt.Sprintf("messages say %q, the finding says %q", got, want)
	}
	for _, text := range []wording.Text{m.Summary, m.Expected, m.Actual, m.Missing, m.Remediation} {
		masked := text.Map(mask).String()
		for _, c := range f.Clients {
			if regexp.MustCompile(`(^|[^0-9.])` + regexp.QuoteMeta(c) + `($|[^0-9.])`).MatchString(masked) {
				return fmt.Sprintf("%s: client %s stands in plain text: %s", text.ID, c, masked)
			}
		}
	}
	return ""
}

// mask hides what names somebody's machines and networks.
func mask(a wording.Arg) wording.Arg {
	switch a.Kind {
	case wording.KindAddress, wording.KindEndpoint, wording.KindPrefix, wording.KindName, wording.KindSubject,
		wording.KindDN:
		return wording.Word("x")
	}
	return a
}

// rewrite puts the findings into the part of the case that holds them in full.
func rewrite(t *testing.T, c audit.Fixture, got string) {
	t.Helper()
	file := filepath.Join("testdata", c.File)
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range a.Files {
		if f.Name == c.Name+": findings" {
			a.Files[i].Data = []byte(got)
		}
	}
	if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFixtureFaults(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"-- a: records --\n{\"type\":\"flow\",\"flow\":1}\n", `unknown field "flow"`},
		{"-- a: records --\n{\"type\":\"flows\"}\n", `no record type "flows"`},
		{"-- a: records --\n{\"like\":\"nothing\"}\n", `no template "nothing"`},
		{"-- a: records --\n{\"like\":\"run\"} {}\n", "more than one object"},
		{"-- a: records --\n-- b: want --\n", "stands outside its case"},
		{"-- a: records --\n-- a: wants --\n", "is none of records"},
		{"-- a: records --\n-- a: set --\nWXA-MED-001.x=1\n", "no such threshold"},
		{"-- a: records --\n-- a: site --\nvantag: wan\n", "unknown key"},
	} {
		if _, err := audit.ParseFixtures(All(), "WXA-MED-001.txtar", []byte(c.text)); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.text, err)
		}
	}
}

// A line takes its template's members, changes some, and takes some away.
func TestTemplates(t *testing.T) {
	set, err := audit.ParseRecords(`{"like":"udp-audio","flow_id":"x","sni":"a","prefix":null,"stun":{"answered":1}}`)
	if err != nil {
		t.Fatal(err)
	}
	f := set.Flows[0]
	if f.FlowID != "x" || f.SNI != "a" || f.Prefix != "" || f.STUN.Requests != 12 || f.STUN.Answered != 1 || !f.Webex {
		t.Errorf("%+v %+v", f, f.STUN)
	}
	again, err := audit.ParseRecords(`{"like":"udp-audio"}`)
	if err != nil || again.Flows[0].STUN.Answered != 12 {
		t.Errorf("the template was changed: %v", err)
	}
}

// The short form of what is wanted.
func TestWant(t *testing.T) {
	text := "-- a: records --\n{\"like\":\"run\"}\n{\"like\":\"health\"}\n{\"like\":\"tls-media\"}\n-- a: want --\n%s\n"
	for want, ok := range map[string]bool{
		"fail high  confirmed subnet 10.20.0.0/24": true, "fail high probable subnet 10.20.0.0/24": false, "pass high - run all": false,
	} {
		list, err := audit.ParseFixtures(All(), "WXA-MED-001.txtar", []byte(strings.ReplaceAll(text, "%s", want)))
		if err != nil {
			t.Fatal(err)
		}
		if err := list[0].Check(); (err == nil) != ok {
			t.Errorf("%s: %v", want, err)
		}
	}
}
