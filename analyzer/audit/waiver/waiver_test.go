package waiver

import (
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/record"
)

var known = []string{"WXA-MED-001", "WXA-MED-002", "WXA-QOS-001", "ACME-TLS-001"}

func load(t *testing.T, text string) Waivers {
	t.Helper()
	ws, err := Load(strings.NewReader(text), "w.yaml", known)
	if err != nil {
		t.Fatal(err)
	}
	return ws
}

// one is a file with one waiver of this rule and match.
func one(rule, match string) string {
	return "- {id: w, rule: " + rule + ", match: " + match + ", reason: r, owner: o, expires: 2026-12-31}\n"
}

func finding(kind, key string, clients, hosts []string) *record.Finding {
	return &record.Finding{Rule: "WXA-MED-001", State: record.Fail, Subject: record.Subject{Kind: kind, Key: key},
		Clients: clients, Hosts: hosts}
}

func TestMatch(t *testing.T) {
	in, out := []string{"10.20.1.5", "10.20.2.6"}, []string{"10.20.1.5", "10.30.0.1"}
	for _, c := range []struct {
		name, rule, match string
		f                 *record.Finding
		want              bool
	}{
		{"all", "WXA-MED-001", "all", finding("run", "all", nil, nil), true},
		{"glob", "WXA-MED-*", "all", finding("run", "all", nil, nil), true},
		{"another rule", "WXA-MED-002", "all", finding("run", "all", nil, nil), false},
		{"site", "WXA-MED-001", "{site: hq}", finding("site", "hq", in, nil), true},
		{"another site", "WXA-MED-001", "{site: hq}", finding("site", "lab", in, nil), false},
		{"site is no proxy", "WXA-MED-001", "{site: hq}", finding("proxy", "hq", in, nil), false},
		{"subnet by key", "WXA-MED-001", "{subnet: 10.20.0.0/16}", finding("subnet", "10.20.1.0/24", nil, nil), true},
		{"subnet by clients", "WXA-MED-001", "{subnet: 10.20.0.0/16}", finding("site", "hq", in, nil), true},
		{"a client outside", "WXA-MED-001", "{subnet: 10.20.0.0/16}", finding("subnet", "10.20.1.0/24", out, nil), false},
		{"narrower than the subject", "WXA-MED-001", "{subnet: 10.20.1.128/25}", finding("subnet", "10.20.1.0/24", nil, nil), false},
		{"nobody named", "WXA-MED-001", "{subnet: 10.20.0.0/16}", finding("run", "all", nil, nil), false},
		{"proxy with port", "WXA-MED-001", "{proxy: '10.1.2.3:8080'}", finding("proxy", "10.1.2.3:8080", in, nil), true},
		{"proxy of any port", "WXA-MED-001", "{proxy: 10.1.2.3}", finding("proxy", "10.1.2.3:8080", in, nil), true},
		{"another port", "WXA-MED-001", "{proxy: '10.1.2.3:3128'}", finding("proxy", "10.1.2.3:8080", in, nil), false},
		{"prefix", "WXA-MED-001", "{prefix: 170.72.0.0/16}", finding("prefix", "170.72.0.0/16", in, nil), true},
		{"prefix by hosts", "WXA-MED-001", "{prefix: 170.72.0.0/16}", finding("subnet", "x", in, []string{"170.72.1.1", "170.72.2.0/24"}), true},
		{"a host outside", "WXA-MED-001", "{prefix: 170.72.0.0/16}", finding("subnet", "x", in, []string{"170.72.1.1", "1.1.1.1"}), false},
		{"host", "WXA-MED-001", "{host: '*.webex.com'}", finding("issuer", "x", in, []string{"a.webex.com", "B.c.WEBEX.com"}), true},
		{"a star is a label", "WXA-MED-001", "{host: '*.webex.com'}", finding("host", "evilwebex.com", in, nil), false},
		{"not itself", "WXA-MED-001", "{host: '*.webex.com'}", finding("host", "webex.com", in, nil), false},
		{"both must hold", "WXA-MED-001", "{site: hq, host: a.webex.com}", finding("site", "hq", in, []string{"b.webex.com"}), false},
	} {
		ws := load(t, one(c.rule, c.match))
		got, _ := ws.Apply([]*record.Finding{c.f}, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
		if (got[0].State == record.Waived) != c.want {
			t.Errorf("%s: %s", c.name, got[0].State)
		}
	}
}

// The last day counts, whole; the day after, the finding is back.
func TestExpiry(t *testing.T) {
	ws := load(t, one("WXA-MED-001", "all"))
	f := finding("site", "hq", nil, nil)
	for day, want := range map[string]struct {
		state  record.State
		notice string
	}{
		"2026-12-30T00:00:00Z": {record.Waived, ""},
		"2026-12-31T23:59:59Z": {record.Waived, ""},
		"2027-01-01T00:00:00Z": {record.Fail, "waiver w (WXA-MED-001, owner o) expired on 2026-12-31: what it covered is reported again"},
	} {
		asOf, _ := time.Parse(time.RFC3339, day)
		got, notices := ws.Apply([]*record.Finding{f}, asOf)
		if got[0].State != want.state || strings.Join(notices, "\n") != want.notice {
			t.Errorf("%s: %s, %q", day, got[0].State, notices)
		}
	}
	if f.State != record.Fail || f.Waiver != nil {
		t.Error("the finding given was changed")
	}
}

func TestNotices(t *testing.T) {
	ws := load(t, "- {id: a, rule: WXA-QOS-001, match: all, reason: r, owner: o, expires: 2026-12-31}\n"+
		"- {id: b, rule: WXA-QOS-001, match: all, reason: r, owner: o, expires: 2026-01-31}\n"+
		"- {id: c, rule: WXA-MED-001, match: all, reason: r, owner: o, expires: 2026-01-31}\n"+
		"- {id: d, rule: WXA-MED-001, match: all, reason: r, owner: o, expires: 2026-12-31, ticket: T}\n")
	pass := &record.Finding{Rule: "WXA-QOS-001", State: record.Pass}
	got, notices := ws.Apply([]*record.Finding{finding("site", "hq", nil, nil), pass},
		time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	want := "waiver a (WXA-QOS-001, owner o) matches no failure or warning of this run\n" +
		"waiver b (WXA-QOS-001, owner o) expired on 2026-01-31 and matches nothing: remove it\n" +
		"waiver c (WXA-MED-001, owner o) expired on 2026-01-31: what it covered is reported again"
	if strings.Join(notices, "\n") != want {
		t.Errorf("%s", strings.Join(notices, "\n"))
	}
	if w := got[0].Waiver; w == nil ||
		*w != (record.Waiver{ID: "d", State: record.Fail, Owner: "o", Reason: "r", Expires: "2026-12-31", Ticket: "T"}) {
		t.Errorf("%+v", w)
	}
	if got[1] != pass {
		t.Error("a pass was touched")
	}
	// Another list takes the place of the first.
	if again, _ := Waivers(nil).Apply(got, time.Time{}); again[0].State != record.Fail || again[0].Waiver != nil {
		t.Errorf("%+v", again[0])
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"all at once", "- id: a\n  rule: WXA-XXX-001\n  match: {sit: hq}\n  owner: [x]\n  expires: soon\n", []string{
			"w.yaml:1: [0]: reason is missing", `w.yaml:2: [0].rule: "WXA-XXX-001" names no rule`, "w.yaml:3: [0].match.sit: unknown key",
			"w.yaml:4: [0].owner: is a list, want text", `w.yaml:5: [0].expires: "soon" is no date`}},
		{"no expiry", "- {id: a, rule: WXA-MED-001, match: all, reason: r, owner: o}\n", []string{"w.yaml:1: [0]: expires is missing"}},
		{"no match", "- {id: a, rule: WXA-MED-001, reason: r, owner: o, expires: 2026-01-01}\n", []string{"match is missing"}},
		{"empty match", one("WXA-MED-001", "{}"), []string{"match: is empty; match: all stands for every cause"}},
		{"another word", one("WXA-MED-001", "any"), []string{`match: is "any", want a mapping`}},
		{"host bits", one("WXA-MED-001", "{subnet: 10.0.0.1/8}"), []string{"write 10.0.0.0/8"}},
		{"proxy by name", one("WXA-MED-001", "{proxy: 'p.example:80'}"), []string{"is no address or address:port"}},
		{"star", one("WXA-MED-001", "{host: 'a*.webex.com'}"), []string{"a star stands only for a whole label"}},
		{"id twice", one("WXA-MED-001", "all") + one("WXA-MED-002", "all"), []string{`w.yaml:2: [1]: id "w" is used in line 1 already`}},
		{"order of dates", "- {id: a, rule: WXA-MED-001, match: all, reason: r, owner: o, created: 2026-02-01, expires: 2026-01-01}\n", []string{"before it was created (2026-02-01)"}},
		{"no list", "id: a\n", []string{"file: is a mapping, want a list"}},
		{"bad glob", one("'WXA-[-*'", "all"), []string{"syntax error in pattern"}},
	} {
		_, err := Load(strings.NewReader(c.text), "w.yaml", known)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v lacks %s", c.name, err, want)
			}
		}
	}
	if ws, err := Load(strings.NewReader("# none\n"), "w.yaml", known); err != nil || len(ws) != 0 {
		t.Errorf("an empty file: %v, %v", ws, err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(one("WXA-MED-001", "{site: hq, subnet: 10.0.0.0/8, proxy: 10.1.1.1, prefix: '2001:db8::/32', host: '*.a.b'}"))
	f.Add("- 1\n- [a]\n- {id: {}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		ws, err := Load(strings.NewReader(text), "w.yaml", known)
		for _, w := range ws {
			if err != nil || w.ID == "" || w.Owner == "" || w.Reason == "" || w.Expires.IsZero() {
				t.Fatalf("%+v, %v", w, err)
			}
		}
	})
}
