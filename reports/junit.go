package reports

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// The elements of JUnit's XML, in the form that build systems read.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Timestamp  string          `xml:"timestamp,attr,omitempty"` // of the first packet, UTC
		Properties []junitProperty `xml:"properties>property,omitempty"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string       `xml:"classname,attr"`
		Name    string       `xml:"name,attr"`
		Skipped *junitResult `xml:"skipped"`
		Failure *junitResult `xml:"failure"`
		Error   *junitResult `xml:"error"`
		Out     string       `xml:"system-out,omitempty"`
	}
	junitResult struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes a test suite for each group of rules and a test case for each rule, by the worst state of its
// findings. A suite of its own is the run: it has an error where the run did not come to its end, so that what was
// never looked at does not pass.
func writeJUnit(w io.Writer, set *record.Set, v *view.View, _ Options) error {
	j := &junit{v: v, d: v.Detail(set)}
	all := junitSuites{Name: "webexaudit"}
	all.Suites = append(all.Suites, j.whole())
	for _, group := range j.groups() {
		all.Suites = append(all.Suites, j.suite(group))
	}
	for i := range all.Suites {
		s := &all.Suites[i]
		if v.From != 0 {
			s.Timestamp = v.From.Time().Format("2006-01-02T15:04:05")
		}
		for _, c := range s.Cases {
			s.Tests++
			s.Failures += one(c.Failure)
			s.Errors += one(c.Error)
			s.Skipped += one(c.Skipped)
		}
		all.Tests, all.Failures = all.Tests+s.Tests, all.Failures+s.Failures
		all.Errors, all.Skipped = all.Errors+s.Errors, all.Skipped+s.Skipped
	}
	b, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(slices.Concat([]byte(xml.Header), b, []byte{'\n'}))
	return err
}

func one(r *junitResult) int {
	if r == nil {
		return 0
	}
	return 1
}

// junit makes the document of a view.
type junit struct {
	v *view.View
	d *view.Detail
}

// groups are those of the rules, in alphabetical order.
func (j *junit) groups() (list []string) {
	for _, r := range j.d.Rules {
		list = append(list, r.Group())
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// properties are both verdicts, and what they rest on.
func (j *junit) properties() []junitProperty {
	list := []junitProperty{{"network", j.v.Network.String()}, {"capture", j.v.Capture.String()}}
	list = append(list, junitProperty{"shown", j.v.Narrowed().String()})
	if a := j.d.Answer(j.v); a.Text != "" {
		list = append(list, junitProperty{"answer", a.Text}, junitProperty{"instruction", a.Do})
	}
	list = append(list, junitProperty{"causes", strconv.Itoa(len(j.v.Roots))}, junitProperty{"calls", strconv.Itoa(len(j.v.Calls))})
	if r := j.v.Run; r != nil {
		list = append(list, junitProperty{"version", r.Version}, junitProperty{"pack", pack(r.Pack)})
		for _, f := range r.Files {
			list = append(list, junitProperty{"input", f.Path})
		}
	}
	list = slices.DeleteFunc(list, func(p junitProperty) bool { return p.Value == "" })
	for i := range list {
		list[i].Value = clean(list[i].Value, false)
	}
	return list
}

// whole is the suite of the run itself.
func (j *junit) whole() junitSuite {
	c := junitCase{Class: "webexaudit.run", Name: "the run came to its end"}
	switch s := j.v.Summary; {
	case s == nil:
		c.Error = &junitResult{Message: clean(j.v.Network.Sentence, false), Type: "incomplete"}
	case !slices.Contains(ranToTheEnd, s.ExitCode):
		c.Error = &junitResult{Message: clean(s.ExitReason, false), Type: "status " + strconv.Itoa(s.ExitCode)}
	}
	for _, d := range j.v.Damage {
		c.Out += clean(strings.TrimPrefix(d.Input+": "+d.Text, ": "), false) + "\n"
	}
	return junitSuite{Name: "run", Properties: j.properties(), Cases: []junitCase{c}}
}

func (j *junit) suite(group string) junitSuite {
	s := junitSuite{Name: clean(group, false)}
	var rules []*view.Rule
	for _, r := range j.d.Rules {
		if r.Group() == group {
			rules = append(rules, r)
		}
	}
	slices.SortFunc(rules, func(a, b *view.Rule) int { return cmp.Compare(a.ID, b.ID) })
	for _, r := range rules {
		s.Cases = append(s.Cases, j.testcase(r))
	}
	return s
}

// testcase is a rule by the worst state of its findings: only what fails is a failure, and what warns passes with its
// text in the output.
func (j *junit) testcase(r *view.Rule) junitCase {
	c := junitCase{Class: "webexaudit." + clean(r.Group(), false), Name: clean(r.ID+" "+r.Title, false)}
	var first *record.Finding // of the rule's own state; the findings are in order of weight
	var text strings.Builder
	for _, f := range r.Findings {
		if f.State != r.State && (r.State != record.Fail || f.State != record.Warn) {
			continue
		}
		if first == nil && f.State == r.State {
			first = f
		}
		j.tell(&text, f)
	}
	result := &junitResult{Message: clean(view.Statement(first), false), Text: text.String()}
	switch r.State {
	case record.Fail:
		result.Type = string(first.Severity)
		c.Failure = result
	case record.Warn:
		c.Out = "warning: " + result.Message + "\n" + result.Text
	case record.Waived:
		result.Message, result.Text = "waived: "+clean(waiverText(first), false), ""
		c.Skipped = result
	case record.NotAssessable:
		missing := cmp.Or(first.Missing, "the run does not say what")
		result.Message, result.Text = "not assessed, because this is missing: "+clean(missing, false), ""
		c.Skipped = result
	case record.Pass:
	default:
		result.Message, result.Text = clean(string(r.State)+": "+cmp.Or(first.Summary, first.Title), false), ""
		c.Skipped = result
	}
	return c
}

// tell writes what was found, of whom, what to do, and by which filters it is seen.
func (j *junit) tell(b *strings.Builder, f *record.Finding) {
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(b, "%s: %s\n", name, clean(text, false))
		}
	}
	line(string(f.State), view.Statement(f))
	line("severity", fmt.Sprintf("%s, %s", f.Severity, cmp.Or(string(f.Confidence), "confidence not stated")))
	line("concerns", wording.Subject(f.Subject.Kind, f.Subject.Key).String())
	line("clients", strings.Join(f.Clients, ", "))
	line("expected", f.Expected)
	line("actual", f.Actual)
	line("what to do", f.Remediation)
	is := func(other *record.Finding) bool { return f.CausedBy != "" && other.FindingID == f.CausedBy }
	if at := slices.IndexFunc(j.v.All, is); at >= 0 {
		line("follows from", j.v.All[at].Rule+" "+j.v.All[at].Title)
	}
	if e, ok := view.Check(f); ok && selects(j.v.Run, e) {
		line("Wireshark"+whichFile(j.v.Run, e)+howMany(f, e), e.Filter)
	}
}
