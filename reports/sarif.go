package reports

import (
	"cmp"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode"

	"webexaudit/analyzer/record"
	"webexaudit/reports/view"
)

// writeSARIF writes the findings as a log of the Static Analysis Results Interchange Format (OASIS SARIF 2.1.0).
// Results are what failed, warns or is waived; the properties of the run have both verdicts and what was not judged.
func writeSARIF(w io.Writer, set *record.Set, v *view.View, o Options) error {
	l := &sarifBuilder{v: v, d: v.Detail(set), o: o, files: map[string]int{}, rules: map[string]int{}}
	b, err := json.MarshalIndent(sarifLog{
		Schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", Version: "2.1.0",
		Runs: []sarifRun{l.run()},
	}, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(record.EscapeJSON(nil, b), '\n'))
	return err
}

// sarifBuilder makes the log of a view.
type sarifBuilder struct {
	v     *view.View
	d     *view.Detail
	o     Options
	files map[string]int    // index of an artifact by its path
	rules map[string]int    // index of a rule by its id
	roots map[string]string // finding that another follows from at last, by their ids
	made  sarifRun
}

func (l *sarifBuilder) run() sarifRun {
	v, r := l.v, &l.made
	driver := &r.Tool.Driver
	driver.Name, driver.Rules, r.Results = "webexaudit", []sarifRule{}, []sarifResult{}
	if v.Run != nil {
		driver.Name, driver.Version = cmp.Or(v.Run.Tool, driver.Name), v.Run.Version
		for _, f := range v.Run.Files {
			l.artifact(f)
		}
	}
	for i, rule := range l.d.Rules {
		l.rules[rule.ID] = i
		driver.Rules = append(driver.Rules, l.rule(rule))
	}
	l.roots = map[string]string{}
	for _, list := range [][]*view.Root{v.Roots, v.CaptureRoots, v.Remarks, v.Waived} {
		for _, root := range list {
			for _, f := range root.Follows {
				l.roots[f.FindingID] = root.FindingID
			}
		}
	}
	for _, f := range v.All {
		if slices.Contains([]record.State{record.Fail, record.Warn, record.Waived}, f.State) {
			r.Results = append(r.Results, l.result(f))
		}
	}
	r.Invocations = []sarifInvocation{l.invocation()}
	r.Properties = l.properties()
	return *r
}

func (l *sarifBuilder) artifact(f record.File) {
	if _, known := l.files[f.Path]; known {
		return
	}
	l.files[f.Path] = len(l.made.Artifacts)
	a := sarifArtifact{Location: sarifArtifactLocation{URI: fileURI(f.Path)}, Length: f.Bytes, Roles: []string{"analysisTarget"}}
	if f.SHA256 != "" {
		a.Hashes = map[string]string{"sha-256": f.SHA256}
	}
	if f.XXH3 != "" {
		a.Hashes = map[string]string{"xxh3-128": f.XXH3}
	}
	l.made.Artifacts = append(l.made.Artifacts, a)
}

func (l *sarifBuilder) rule(r *view.Rule) sarifRule {
	about := RuleText{}
	if l.o.Rule != nil {
		about = l.o.Rule(r.ID)
	}
	title := sarifText(view.Sentence(r.Title))
	help := strings.Join(about.Help, "\n\n")
	rule := sarifRule{ID: r.ID, Name: pascal(r.Title), Short: sarifMessage{Text: cmp.Or(title, r.ID)},
		Full: sarifMessage{Text: sarifText(cmp.Or(about.What, view.Sentence(r.Title), r.ID))},
		Help: sarifMessage{Text: sarifLines(cmp.Or(help, about.What, view.Sentence(r.Title), r.ID))}}
	rule.Default.Level = sarifLevel(r.Severity, record.Confirmed, record.Fail)
	for _, f := range r.Findings {
		if id, text := f.Messages.Summary.ID, messageString(f.Messages.Summary); id != "" && rule.Messages[id].Text == "" {
			if rule.Messages == nil {
				rule.Messages = map[string]sarifMessage{}
			}
			rule.Messages[id] = sarifMessage{Text: text}
		}
	}
	return rule
}

func (l *sarifBuilder) result(f *record.Finding) sarifResult {
	index := l.rules[f.Rule]
	r := sarifResult{RuleID: f.Rule, RuleIndex: index, Kind: "fail", Message: l.message(f, index), Locations: l.locations(f)}
	state := f.State
	if f.Waiver != nil && f.State == record.Waived {
		state = f.Waiver.State
		r.Suppressions = []sarifSuppression{{"external", "accepted", sarifText(waiverText(f))}}
	}
	r.Level = sarifLevel(f.Severity, f.Confidence, state)
	if f.Fingerprint != "" {
		r.Fingerprints = map[string]string{"webexaudit/" + fingerprintVersion(f.Fingerprint): f.Fingerprint}
	}
	r.Baseline = map[string]string{"new": "new", "unchanged": "unchanged", "worse": "updated", "better": "updated"}[f.Baseline]
	r.Properties = sarifFinding{State: f.State, Severity: f.Severity, Confidence: f.Confidence, Subject: f.Subject,
		Clients: f.Clients, Hosts: f.Hosts, FindingID: f.FindingID, CausedBy: l.roots[f.FindingID], FirstSeen: f.FirstSeen,
		LastSeen: f.LastSeen, Expected: f.Expected, Actual: f.Actual, Remediation: f.Remediation}
	for _, e := range f.Evidence {
		if selects(l.v.Run, e) {
			r.Properties.Filters = append(r.Properties.Filters, sarifFilter{e.File, e.Filter, e.Packets})
		}
	}
	return r
}

// message is what was found; where it reads as the rule's message string with its arguments, these stand beside it.
func (l *sarifBuilder) message(f *record.Finding, rule int) sarifMessage {
	m := sarifMessage{Text: cmp.Or(sarifText(view.Statement(f)), f.Rule)}
	t := f.Messages.Summary
	var args []string
	for _, a := range t.Args {
		args = append(args, noLink.Replace(clean(a.String(), false)))
	}
	known := l.made.Tool.Driver.Rules[rule].Messages[t.ID].Text
	if known != "" && expand(known, args) == strings.NewReplacer("{{", "{", "}}", "}").Replace(m.Text) {
		m.ID, m.Arguments = t.ID, args
	}
	return m
}

// locations are the captures that the evidence is in, or else those of the run.
func (l *sarifBuilder) locations(f *record.Finding) (list []sarifLocation) {
	var paths []string
	for _, e := range f.Evidence {
		if e.File != "" && !slices.Contains(paths, e.File) {
			paths = append(paths, e.File)
		}
	}
	if r := l.v.Run; r != nil && len(paths) == 0 {
		for _, file := range r.Files {
			paths = append(paths, file.Path)
		}
		for _, name := range r.Interface {
			list = append(list, sarifLocation{Logical: []sarifLogical{{clean(name, false), "resource"}}})
		}
	}
	for _, path := range paths {
		at := sarifArtifactLocation{URI: fileURI(path)}
		if i, ok := l.files[path]; ok {
			at.Index = &i
		}
		list = append(list, sarifLocation{Physical: &sarifPhysical{at}})
	}
	return list
}

// invocation says how the run ended and what keeps it from being believed.
func (l *sarifBuilder) invocation() sarifInvocation {
	v := l.v
	var i sarifInvocation
	if v.Run != nil {
		i.Arguments = v.Run.Arguments
	}
	note := func(level, text string) {
		i.Notifications = append(i.Notifications, sarifNotification{level, sarifMessage{Text: sarifText(text)}})
	}
	if s := v.Summary; s != nil {
		i.ExitCode, i.ExitReason = &s.ExitCode, clean(s.ExitReason, false)
		i.Successful = slices.Contains(ranToTheEnd, s.ExitCode)
	}
	if s := v.Network.State; s != record.Pass && s != record.Warn && s != record.Fail {
		note("warning", view.Sentence("Network: "+v.Network.String()))
	}
	if v.Capture.State != record.Pass {
		note("warning", view.Sentence("Capture: "+v.Capture.String()))
	}
	if s := v.Narrowed(); !s.IsZero() {
		note("note", s.String())
	}
	for _, d := range v.Damage {
		note("error", strings.TrimPrefix(d.Input+": "+d.Text, ": "))
	}
	if v.Summary != nil {
		for _, n := range v.Summary.Notices {
			note("note", n)
		}
	}
	return i
}

// ranToTheEnd are the exit statuses of a run that came to its end: 0, findings (1), too little judged (4).
var ranToTheEnd = []int{0, 1, 4}

func (l *sarifBuilder) properties() sarifRunProperties {
	a := l.d.Answer(l.v)
	p := sarifRunProperties{Network: l.v.Network, Capture: l.v.Capture, Answer: a.Text, Instruction: a.Do,
		Calls: len(l.v.Calls), NotAssessed: l.v.Needs}
	for _, s := range l.d.States {
		p.Rules = append(p.Rules, sarifCount{s.State, s.Rules})
	}
	return p
}

// sarifLevel is how a viewer ranks a finding: an error is what fails with severity high or critical and more than a
// possibility.
func sarifLevel(s record.Severity, c record.Confidence, state record.State) string {
	switch {
	case s.Rank() >= record.High.Rank() && c != record.Possible && state == record.Fail:
		return "error"
	case s.Rank() >= record.Medium.Rank():
		return "warning"
	}
	return "note"
}

// fingerprintVersion is "v1" of "v1-1537d57f99279ea6", as the name of a partial fingerprint ends (section 3.27.17).
func fingerprintVersion(s string) string {
	if end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }); end > 0 {
		return s[:end]
	}
	return "v1"
}
