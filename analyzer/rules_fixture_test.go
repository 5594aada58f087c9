package analyzer_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"webexaudit/analyzer"
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// fixture is a whole capture and what the audit makes of it: packets in, findings out.
type fixture struct {
	name    string
	rule    string // the rule in question: want are all its findings
	capture func() *pcaptest.Capture

	site    string // text of a site file
	vantage string // declared
	policy  string // signature pack
	set     []string
	files   int // that the capture is cut into; 0: one

	want   []string // as told by [finding]
	passes int      // rules that must have been able to pass
}

// fixtures are the captures of all rule families. A family adds its list here; the evidence of every finding in every
// one of them is compared with tshark.
func fixtures() []fixture {
	return slices.Concat(mediaFixtures, mediaUDPFixtures, markFixtures, captureFixtures, natFixtures,
		signallingFixtures, proxyFixtures, healthyFixtures)
}

// allFixtures are these and those of the tables that say themselves what must be found.
func allFixtures() []fixture {
	return slices.Concat(fixtures(), callFixtures(), tlsFixtures(), qualityFixtures())
}

// tlsFixtures are the captures of rules_tls_test.go.
func tlsFixtures() (list []fixture) {
	for _, c := range tlsCases() {
		list = append(list, fixture{name: c.name, rule: c.rule, site: c.site, capture: c.capture,
			want: []string{c.want + " "}})
	}
	return list
}

// qualityFixtures are the captures of rules_qua_test.go.
func qualityFixtures() (list []fixture) {
	for _, c := range qualityCases() {
		list = append(list, fixture{name: c.name, rule: c.rule, site: c.site, want: []string{string(c.state) + " "},
			capture: func() *pcaptest.Capture {
				return c.capture
			}})
	}
	return list
}

// callFixtures are the faults of rules_calls_test.go, which says itself what must be found in them.
func callFixtures() (list []fixture) {
	for _, c := range ruleCases {
		x := fixture{name: c.name, rule: "WXA-" + c.rule, site: cmp.Or(c.site, deployment), want: []string{c.want}}
		x.capture = func() *pcaptest.Capture {
			s := pcaptest.New(3, pcaptest.Start)
			for _, b := range c.play {
				w := strings.Fields(b.flow)
				b.play(s, ends{netip.MustParseAddrPort(w[1]), netip.MustParseAddrPort(w[2]), true})
			}
			return s.Capture()
		}
		list = append(list, x)
	}
	return list
}

// finding is one in words: state, severity, subject, count.
func finding(f *record.Finding) string {
	return fmt.Sprintf("%s %s %s %s %d", f.State, f.Severity, f.Subject.Kind, f.Subject.Key, f.Count)
}

// accuses tells findings that somebody has to act on or to know of.
func accuses(f *record.Finding) bool { return f.State == record.Fail || f.State == record.Warn }

// save writes the capture, cut into as many files as wanted.
func (x *fixture) save(t *testing.T) (files []string) {
	t.Helper()
	c, n, dir := x.capture(), max(x.files, 1), t.TempDir()
	for i := range n {
		part := *c
		part.Frames = c.Frames[i*len(c.Frames)/n : (i+1)*len(c.Frames)/n]
		files = append(files, filepath.Join(dir, fmt.Sprintf("%d.pcapng", i)))
		if err := part.Save(files[i]); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// audit runs the fixture.
func (x *fixture) audit(t *testing.T) *record.Set {
	t.Helper()
	set, err := run(t, x.config(t))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// config says how the fixture is analysed.
func (x *fixture) config(t *testing.T) analyzer.Config {
	t.Helper()
	policy, err := catalogue.All().NewPolicy("")
	if err != nil {
		t.Fatal(err)
	}
	for _, assignment := range x.set {
		if err := policy.Set(assignment); err != nil {
			t.Fatal(err)
		}
	}
	c := analyzer.Config{Files: x.save(t), Workers: 1, Vantage: x.vantage, Policy: x.policy,
		Audit: audit.Options{Policy: policy}}
	if x.site != "" {
		if c.Site, err = site.Load(strings.NewReader(x.site), "site.yaml"); err != nil {
			t.Fatal(err)
		}
		c.Audit.Site = c.Site
	}
	return c
}

// TestRuleFixtures: each capture has exactly these findings of its rule. A capture without a rule is healthy: want are
// all that fail or warn.
func TestRuleFixtures(t *testing.T) {
	for _, x := range fixtures() {
		t.Run(strings.TrimPrefix(x.rule+"/", "/")+x.name, func(t *testing.T) {
			t.Parallel()
			set := x.audit(t)
			var got, beside []string
			passed := 0
			for _, f := range set.Findings {
				if f.State == record.Pass {
					passed++
				}
				switch {
				case f.Rule == x.rule:
					got = append(got, finding(f))
				case accuses(f) && x.rule == "":
					got = append(got, f.Rule+" "+finding(f)+": "+f.Summary)
				case accuses(f):
					beside = append(beside, f.Rule+" "+finding(f)+": "+f.Summary)
				}
			}
			if passed < x.passes {
				t.Errorf("only %d rules passed", passed)
			}
			if d := gocmp.Diff(x.want, got); d != "" {
				t.Errorf("findings (-want +got):\n%s\nbeside:\n%s", d, strings.Join(beside, "\n"))
			}
		})
	}
}

// TestEveryRuleHasACapture: what fails or warns in the catalogue does so in a whole capture, unless the rule is listed
// with a reason.
func TestEveryRuleHasACapture(t *testing.T) {
	exempt := map[string]string{
		"WXA-CAP-010": "accuses nobody by design: a short capture is not assessable",
		"WXA-MED-016": "accuses nobody by design: it passes with the number of tests",
		"WXA-PRX-006": "TestBoxOnTheWay has its captures",
		"WXA-QOS-005": "it compares two capture points; a run sees one",
		"WXA-QUA-008": "TestSideOfLoss has its captures",
		"WXA-QUA-009": "accuses nobody by design: it says which streams are too short to be classified",
		"WXA-TLS-012": "accuses nobody by design: it lists the fingerprints",
	}
	seen := map[string]bool{}
	for _, x := range allFixtures() {
		for _, w := range x.want {
			if strings.HasPrefix(w, "fail ") || strings.HasPrefix(w, "warn ") {
				seen[x.rule] = true
			}
		}
	}
	for _, r := range catalogue.All().Rules() {
		if _, ok := exempt[r.ID]; ok == seen[r.ID] && slices.Contains(wholeCaptures, r.Group()) {
			t.Errorf("%s: a failing capture: %v, exempt: %v", r.ID, seen[r.ID], ok)
		}
	}
}

// wholeCaptures are the families whose every rule has a capture in which it accuses.
var wholeCaptures = []string{"MED", "QOS", "CAL", "EXP", "VMN", "EDG", "CAP", "DAT", "NAT", "SIG", "PRX", "QUA", "TLS"}

// story tells a capture with the words of ladder_build_test.go.
func story(tell func(l *ladder)) func() *pcaptest.Capture {
	return func() *pcaptest.Capture {
		l := newLadder(7, pcaptest.ClientA.String())
		tell(l)
		return l.Capture()
	}
}

// then changes a capture that another function makes.
func then(of func() *pcaptest.Capture, change func(c *pcaptest.Capture) *pcaptest.Capture) func() *pcaptest.Capture {
	return func() *pcaptest.Capture { return change(of()) }
}

const lan = "subnet 10.20.1.0/24"

// newLadder begins a story of one client.
func newLadder(seed uint64, client string) *ladder {
	return &ladder{Scenario: pcaptest.New(seed, pcaptest.Start), client: netip.MustParseAddr(client),
		rtt: 30 * time.Millisecond}
}

// crowdOf tells the same story of several clients of one subnet at the same time.
func crowdOf(clients int, tell func(i int, l *ladder)) func() *pcaptest.Capture {
	return func() *pcaptest.Capture {
		var all []*pcaptest.Capture
		for i := range clients {
			l := newLadder(uint64(20+i), fmt.Sprintf("10.20.1.%d", 15+i))
			l.Advance(time.Duration(i) * 137 * time.Millisecond)
			tell(i, l)
			all = append(all, l.Capture())
		}
		return pcaptest.Merge(all...)
	}
}
