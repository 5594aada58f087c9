package userrule

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
)

// whole is a rule with two cases; %WHEN%, %SELECT% and %MORE% are filled in.
const whole = `id: ACME-QOS-001
title: A rule for tests
severity: low
docs: {what: A test., why: To see whether it works.}
select: %SELECT%
when: %WHEN%
remediation: none
tests:
  - {name: a, want: fail, records: '{"like":"udp-audio"}'}
  - {name: b, want: pass, records: '{"like":"udp-probe"}'}
%MORE%
`

func text(selects, when, more string) string {
	return strings.NewReplacer("%SELECT%", selects, "%WHEN%", when, "%MORE%", more).Replace(whole)
}

func load(t *testing.T, files map[string]string) ([]*Rule, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return LoadDir(dir)
}

func one(t *testing.T, text string) *Rule {
	t.Helper()
	rules, err := load(t, map[string]string{"r.yaml": text})
	if err != nil {
		t.Fatal(err)
	}
	return rules[0]
}

// judge is the outcome over records that begin from the templates of the fixtures.
func judge(t *testing.T, r *Rule, lines ...string) []*record.Finding {
	t.Helper()
	set, err := audit.ParseRecords(strings.Join(append([]string{`{"like":"run"}`}, lines...), "\n"))
	if err != nil {
		t.Fatal(err)
	}
	findings, _ := audit.Run(set, audit.Options{Own: []*audit.Rule{&r.Rule}, Only: []string{r.ID}})
	return findings
}

// Every kind of member: what is absent, too.
func TestExpressions(t *testing.T) {
	const flow, stream, tls = `{"like":"udp-audio"}`, `{"like":"audio-up"}`, `{"like":"tls-session","flow_id":"u1"}`
	for _, c := range []struct{ selects, when, want string }{
		{"flow", `flow.webex && flow.dst_port == 5004 && flow.service == "meetings"`, "fail"},
		{"flow", `flow.src_ip == "10.20.0.5" && cidr("10.20.0.0/16").containsIP(flow.client)`, "fail"},
		{"flow", `flow.stun.answered == flow.stun.requests`, "fail"},
		{"flow", `flow.stun.types["0x0001"] == 12`, "fail"},
		{"flow", `flow.end_time - flow.start_time == duration("60s")`, "fail"},
		{"flow", `flow.start_time < timestamp("2026-09-01T10:00:01Z")`, "fail"},
		{"flow", `46 in flow.expected_dscp && flow.expected_dscp.exists(d, d == 46)`, "fail"},
		{"flow", `flow.sni == "" && !has(flow.sni) && size(flow.tunnels) == 0 && !has(flow.tcp)`, "fail"},
		{"flow", `has(flow.stun) && has(flow.start_time) && !has(flow.ttl_fwd)`, "fail"},
		{"flow", `run.vantage.value == "inside" && run.files[0].path == "a.pcap"`, "fail"},
		{"flow", `flow.tcp.syn > 0`, "not-assessable"},
		{"flow", `flow.ttl_fwd > 10`, "not-assessable"},
		{"flow", `flow.dscp_fwd[46] > 0`, "not-assessable"},
		{"flow", `1 / (flow.dst_port - 5004) > 0`, "not-assessable"},
		{"flow", `flow.dst_port == 443`, "pass"},
		{"media_stream", `media_stream.jitter_mean_ms > 3.0 && media_stream.dscp[46] == 3000 && flow.dst_port == 5004`, "fail"},
		{"media_stream", `media_stream.jitter_max_ms > 3.0`, "not-assessable"},
		{"tls_session", `tls_session.cert_issuer.contains("HydrantID") && !has(tls_session.resumed)`, "fail"},
		{"tls_session", `tls_session.inspection_signs.exists(s, s.weight > 2)`, "pass"},
		{"session", `session.transport != "udp"`, "not-observed"},
		{"run", `run.pack.id == "2026-08"`, "fail"},
	} {
		r := one(t, text(c.selects, "|\n  "+c.when, ""))
		if got := judge(t, r, flow, stream, tls); string(got[0].State) != c.want {
			t.Errorf("%s: %s", c.when, audit.Describe(got))
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"unknown field", text("flow", "flow.webx", ""), []string{"r.yaml:6: when: column 5: undefined field 'webx'"}},
		{"unknown variable", text("flow", "tls_session.sni == ''", ""), []string{"r.yaml:6: when: column 1: undeclared reference to 'tls_session'"}},
		{"unlike types", text("flow", `flow.dst_port == "443"`, ""), []string{"column 15: found no matching overload for '_==_'"}},
		{"no truth", text("flow", "flow.dst_port + 1", ""), []string{"is of type int, want bool"}},
		{"second line of a block", text("flow", "|\n  flow.webex\n  && flow.x", ""), []string{"r.yaml:8: when: column 8: undefined field 'x'"}},
		{"syntax", text("flow", "flow.webex &&", ""), []string{"r.yaml:6: when: column"}},
		{"bad pattern", text("flow", "flow.sni.matches('[')", ""), []string{"r.yaml:6: when:"}},
		{"too long", text("flow", "'"+strings.Repeat("true || ", 600)+"true'", ""), []string{"size exceeds limit"}},
		{"no such record", text("flows", "true", ""), []string{`r.yaml:5: select: "flows" is none of run, capture_health, flow,`}},
		{"shipped prefix", strings.Replace(text("flow", "true", ""), "ACME-QOS", "WXA-QOS", 1), []string{"r.yaml:1: id: the prefix WXA- is that of the shipped rules"}},
		{"form of the id", strings.Replace(text("flow", "true", ""), "ACME-QOS-001", "acme1", 1), []string{"is not of the form"}},
		{"another group", text("flow", "true", "group: TLS"), []string{`group: is "TLS", but the id says "QOS"`}},
		{"unknown key", text("flow", "true", "wen: x"), []string{"wen: unknown key"}},
		{"subject", text("session", "true", "subject: host"), []string{`subject: "host" is none of client, run`}},
		{"evidence", text("flow", "true", "evidence: [sni, snx]"), []string{"evidence[1]: column 5: undefined field 'snx'"}},
		{"need", text("flow", "true", "needs: [{that: flow.webex}]"), []string{"needs[0]: needs that and missing"}},
		{"nothing at all", "title: x\n", []string{"id: is missing", "when: is missing", "docs: is missing", "tests: is missing", "select: is missing"}},
		{"tests", strings.Replace(text("flow", "true", ""), "want: pass", "want: fial", 1), []string{`"fial" is none of`, "tests: none wants pass"}},
		{"records", strings.Replace(text("flow", "true", ""), "udp-probe", "udp-prob", 1), []string{`tests[1].records: record 1: no template "udp-prob"`}},
		{"empty", "# later\n", []string{"r.yaml: is empty"}},
	} {
		_, err := load(t, map[string]string{"r.yaml": c.text})
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v lacks %s", c.name, err, want)
			}
		}
	}
	if _, err := load(t, nil); err == nil || !strings.Contains(err.Error(), "no *.yaml file here") {
		t.Errorf("%v", err)
	}
	two := text("flow", "flow.webex", "")
	if _, err := load(t, map[string]string{"a.yaml": two, "b.yaml": two}); err == nil || !strings.Contains(err.Error(), "is used in") {
		t.Errorf("%v", err)
	}
}

// An error keeps a rule from passing, and what it found stays.
func TestErrorBesideHit(t *testing.T) {
	r := one(t, text("flow", "flow.stun.answered == 0", ""))
	got := audit.Outline(judge(t, r, `{"like":"udp-probe"}`, `{"like":"tls-signalling"}`))
	if got != "fail low probable subnet 10.20.0.0/24\nnot-assessable low - run all\n" {
		t.Error(got)
	}
	got = audit.Describe(judge(t, r, `{"like":"udp-audio"}`, `{"like":"tls-signalling"}`))
	if !strings.Contains(got, "missing: the rule itself: when: stun is absent in a record; ask with has() (in 1 of 2)") || strings.Contains(got, "pass") {
		t.Error(got)
	}
}

// The cost of an expression is bounded for each record.
func TestCost(t *testing.T) {
	long := `[` + strings.Repeat("0,", 100) + `0]`
	r := one(t, text("flow", "'"+long+".all(a, "+long+".all(b, "+long+".all(c, a + b + c == flow.duplicates)))'", ""))
	got := audit.Describe(judge(t, r, `{"like":"udp-audio"}`))
	if !strings.Contains(got, "cost limit exceeded") || !strings.HasPrefix(got, "not-assessable") {
		t.Error(got)
	}
}

// A rule that costs too much over all records reports nothing, however the records are dealt.
func TestRunCost(t *testing.T) {
	r := one(t, text("flow", "flow.src_port > 0", ""))
	for budget, want := range map[uint64]string{maxRunCost: "fail", 10: "not-assessable"} {
		r.budget = budget
		for _, workers := range []int{1, 3} {
			set, err := audit.ParseRecords(strings.Repeat(`{"like":"udp-audio"}`+"\n", 1000))
			if err != nil {
				t.Fatal(err)
			}
			o := audit.Options{Own: []*audit.Rule{&r.Rule}, Only: []string{r.ID}, Workers: workers}
			findings, _ := audit.Run(set, o)
			if got := audit.Describe(findings); !strings.HasPrefix(got, want) || strings.Count(got, "not-assessable") > 1 ||
				budget == 10 && !strings.Contains(got, "takes more than 10 steps") {
				t.Errorf("budget %d, %d workers: %s", budget, workers, got)
			}
		}
	}
}

// Prerequisites, the part that a rule speaks of, the evidence, and grouping.
func TestParts(t *testing.T) {
	r := one(t, text("media_stream", "media_stream.dscp[46] == 3000",
		"where: media_stream.upstream\nneeds:\n  - {that: media_stream.packets > 100, missing: more packets}\n"+
			"evidence: [kind, packets, jitter_max_ms]\nsubject: host\nconfidence: confirmed\n"))
	findings := judge(t, r, `{"like":"udp-audio"}`, `{"like":"audio-up"}`, `{"like":"audio-down"}`)
	f := findings[0]
	if f.State != record.Fail || f.Count != 1 || f.Confidence != record.Confirmed ||
		f.Subject != (record.Subject{Kind: "host", Key: "170.72.1.2"}) {
		t.Error(audit.Describe(findings))
	}
	if e := f.Evidence[0]; e.Fields["kind"] != "audio" || e.Fields["packets"] != "3000" || e.Fields["jitter_max_ms"] != "absent" || e.Filter == "" {
		t.Errorf("%+v", e)
	}
	if len(f.RuleVersion) != 12 || !strings.HasPrefix(f.Fingerprint, "v1-") {
		t.Errorf("%+v", f)
	}
	short := judge(t, r, `{"like":"udp-audio"}`, `{"like":"audio-up","packets":50}`)
	if short[0].State != record.NotAssessable || short[0].Missing != "more packets" {
		t.Error(audit.Describe(short))
	}
	if none := judge(t, r, `{"like":"udp-audio"}`, `{"like":"audio-down"}`); none[0].State != record.NotObserved {
		t.Error(audit.Describe(none))
	}
}

// However the flows are dealt, and in whatever order their records come, a flow counts once and quotes its first
// record.
func TestDealt(t *testing.T) {
	const flows = `{"like":"udp-audio","flow_id":"a"}
{"like":"udp-audio","flow_id":"b","client":"10.20.0.6","src_ip":"10.20.0.6"}
{"like":"tls-signalling","flow_id":"c"}
`
	const streams = `{"like":"audio-up","flow_id":"a","ssrc":1}
{"like":"audio-up","flow_id":"b","ssrc":2}
{"like":"audio-up","flow_id":"a","ssrc":3}
{"like":"audio-up","flow_id":"lost","ssrc":4}
`
	for _, c := range []struct {
		rule    string
		count   int64
		flows   string
		clients int
		state   record.State // of the last finding
		first   string       // ssrc
	}{
		{text("flow", "flow.stun.answered == 12", "evidence: [flow_id]"), 2, "a b", 2, record.NotAssessable, ""},
		{text("media_stream", "media_stream.upstream", "evidence: [ssrc]"), 3, "a b", 2, record.Fail, "1"},
	} {
		r := one(t, c.rule)
		set, err := audit.ParseRecords(`{"like":"run"}` + "\n" + flows + streams)
		if err != nil {
			t.Fatal(err)
		}
		o := audit.Options{Own: []*audit.Rule{&r.Rule}, Only: []string{r.ID}}
		want, _ := audit.Run(set, o)
		dealt := audit.RunDealt(set, o, [][]int{{2, 1}, {}, {0}})
		lent, _ := audit.Run(recordtest.Lend(set), o)
		for _, findings := range [][]*record.Finding{dealt, lent} {
			if got := audit.Describe(findings); got != audit.Describe(want) {
				t.Errorf("%s\nwant\n%s", got, audit.Describe(want))
			}
		}
		f := want[0]
		if f.Count != c.count || strings.Join(f.FlowIDs, " ") != c.flows || len(f.Clients) != c.clients ||
			len(f.Evidence) != 2 || want[len(want)-1].State != c.state ||
			c.first != "" && f.Evidence[0].Fields["ssrc"] != c.first {
			t.Error(audit.Describe(want))
		}
	}
}

// TestTLSSessions: each is judged once, of Webex or not, with its flow where that is there, of lists and lent alike.
func TestTLSSessions(t *testing.T) {
	r := one(t, text("tls_session", `tls_session.tls_version == "1.2"`, "evidence: [sni]"))
	set, err := audit.ParseRecords(`{"like":"run"}
{"like":"tls-signalling","flow_id":"a"}
{"like":"tls-signalling","flow_id":"b","webex":false}
{"like":"tls-session","flow_id":"a"}
{"like":"tls-session","flow_id":"b","webex":false}
{"like":"tls-session","flow_id":"gone"}`)
	if err != nil {
		t.Fatal(err)
	}
	o := audit.Options{Own: []*audit.Rule{&r.Rule}, Only: []string{r.ID}}
	for _, set := range []*record.Set{set, recordtest.Lend(set)} {
		findings, _ := audit.Run(set, o)
		var list []string
		for _, f := range findings {
			list = append(list, fmt.Sprint(f.Subject.Kind, " ", f.Count, " ", strings.Join(f.FlowIDs, " ")))
		}
		if got := strings.Join(list, ", "); got != "subnet 2 a b, run 1 " {
			t.Error(got)
		}
	}
}

func TestRunTests(t *testing.T) {
	if passed, failed := one(t, text("flow", "flow.dst_port == 5004 && flow.packets_rev > 0", "")).RunTests(); passed != 2 || failed != nil {
		t.Errorf("%d, %v", passed, failed)
	}
	passed, failed := one(t, text("flow", "flow.webex", "")).RunTests()
	if passed != 1 || len(failed) != 1 || !strings.Contains(failed[0].Error(), "r.yaml: b: want pass, got\nfail low") {
		t.Errorf("%d, %v", passed, failed)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(text("flow", "flow.webex", "needs: [{that: true, missing: x}]"))
	f.Add("when: |\n  [1].map(x, x)\nselect: session\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Load(strings.NewReader(text), "r.yaml")
		if err == nil && (r.ID == "" || r.when == nil) {
			t.Fatalf("%+v", r)
		}
	})
}
