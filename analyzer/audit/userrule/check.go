package userrule

import (
	"fmt"
	"net/netip"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Bounds of what a rule remembers beside its groups.
const (
	maxMissing = 100 // texts; a rule has as many as prerequisites
	maxBare    = 5   // pieces of evidence without a flow of each group
)

// judged is what a rule remembers of the records that it has judged, one by one.
type judged struct {
	rule   *Rule
	env    *audit.Env
	groups audit.Groups

	seen, judged, errors int64
	cost                 uint64        // of all expressions so far
	failure              string        // of the errors the first by its text
	missing              audit.Counter // what records lacked
	bare                 map[record.Subject][]record.Evidence
}

// citation orders the flows of the groups; what they quote depends on the record.
var citation = audit.Citation{Kind: "packet-range"}

func (r *Rule) begin(e *audit.Env) audit.Fold {
	return &judged{rule: r, env: e, groups: audit.NewGroups(&citation), missing: audit.NewCounter(maxMissing),
		bare: map[record.Subject][]record.Evidence{}}
}

// RecordType implements audit.RecordFold.
func (j *judged) RecordType() string { return j.rule.selects }

// Add implements audit.Fold.
func (j *judged) Add(f *observe.Flow) {
	if j.rule.selects == f.Flow.RecordType() {
		j.AddRecord(f.Flow, f)
	}
}

// AddRecord implements audit.RecordFold. An error leaves the record seen and not judged. Beyond what the rule may cost
// in a run nothing is judged any more, and nothing is reported, however the records are dealt.
func (j *judged) AddRecord(rec record.Record, f *observe.Flow) {
	if j.cost > j.rule.budget {
		return
	}
	var flow *record.Flow
	if f != nil {
		flow = f.Flow
	}
	if err := j.judge(rec, f, variables(rec, j.env.Run, flow)); err != nil {
		j.fail(1, err.Error())
	}
}

func (j *judged) fail(n int64, text string) {
	j.errors += n
	if n > 0 && (j.failure == "" || text < j.failure) {
		j.failure = text
	}
}

func (j *judged) judge(rec record.Record, f *observe.Flow, vars map[string]any) error {
	ours, err := j.rule.where.holds(vars, &j.cost)
	if err != nil {
		j.seen++
		return fmt.Errorf("where: %w", err)
	}
	if !ours {
		return nil
	}
	j.seen++
	for i, n := range j.rule.needs {
		switch met, err := n.that.holds(vars, &j.cost); {
		case err != nil:
			return fmt.Errorf("needs[%d]: %w", i, err)
		case !met:
			j.missing.Add(n.missing, 1)
			return nil
		}
	}
	hit, err := j.rule.when.holds(vars, &j.cost)
	if err != nil {
		return fmt.Errorf("when: %w", err)
	}
	j.judged++
	if hit {
		j.accuse(rec, f, vars)
	}
	return nil
}

// accuse adds a record to the group of its subject, with what the evidence quotes of it.
func (j *judged) accuse(rec record.Record, f *observe.Flow, vars map[string]any) {
	s := j.rule.subjectOf(j.env, rec, f)
	g := j.groups.At(s)
	g.Count++
	g.Raise(j.rule.confidence)
	fields := map[string]string{}
	for _, q := range j.rule.evidence {
		fields[q.name] = q.expr.show(vars, &j.cost)
	}
	if f == nil {
		if len(j.bare[s]) < maxBare {
			j.bare[s] = append(j.bare[s], record.Evidence{Kind: "counter", Fields: fields})
		}
		return
	}
	g.Host(host(f.Flow))
	g.Flow(j.env, f, &audit.Citation{Kind: citation.Kind,
		Fields: func(*observe.Flow) map[string]string { return fields }})
}

// Merge implements audit.Fold. Folds are merged before they read records that belong to no flow.
func (j *judged) Merge(other audit.Fold) {
	o := other.(*judged)
	j.seen, j.judged = j.seen+o.seen, j.judged+o.judged
	j.cost += o.cost
	j.fail(o.errors, o.failure)
	j.missing.Merge(&o.missing)
	j.groups.Merge(&o.groups)
}

// Close implements audit.Fold.
func (j *judged) Close(s *audit.Scope) {
	of := nounOf(j.rule.selects)
	if j.cost > j.rule.budget {
		s.Fails(0, wording.New("own.failed", "the rule could not run on every record"),
			wording.New("own.cost", "the rule itself: it takes more than %d steps over the records of this run", j.rule.budget))
		return
	}
	for g := range j.groups.All {
		many := wording.CountOf(g.Count, of)
		s.Report(g, audit.Verdict{State: record.Fail,
			Summary: wording.New("own.fail", "%s: %s of %s", s.Rule.Title, many,
				wording.Subject(g.Subject.Kind, g.Subject.Key)),
			Actual: wording.New("own.actual", "%s", many), Evidence: append(g.Evidence(), j.bare[g.Subject]...)})
	}
	if j.errors > 0 {
		s.Fails(j.seen, wording.New("own.failed", "the rule could not run on every record"),
			wording.New("own.error", "the rule itself: %s (in %d of %d)", j.failure, j.errors, j.seen))
		return
	}
	s.Conclude(audit.Outcome{Of: of, Seen: j.seen, Judged: j.judged,
		Pass: wording.New("own.pass", "nothing of this kind"), Missing: wording.New("own.missing", "%s", j.lacks())})
}

// lacks is what most of the records lacked that could not be judged.
func (j *judged) lacks() string {
	most := "an ingredient"
	var n int64
	for _, k := range j.missing.Keys() {
		if c := j.missing.Count(k); c > n {
			most, n = k, c
		}
	}
	return most
}

// nounOf is what a finding calls the records of a type.
func nounOf(recordType string) wording.Noun {
	one := strings.ReplaceAll(recordType, "_", " ")
	if stem, ok := strings.CutSuffix(one, "y"); ok {
		return wording.Noun{One: one, Many: stem + "ies"}
	}
	return wording.Noun{One: one, Many: one + "s"}
}

// subjectOf groups what is accused. A subject that the record does not have becomes the run.
func (r *Rule) subjectOf(e *audit.Env, rec record.Record, flow *observe.Flow) record.Subject {
	switch rec := rec.(type) {
	case *record.Session:
		if r.subject == "client" {
			return e.SubjectOf(rec.Client)
		}
	case *record.Reachability:
		switch r.subject {
		case "client":
			return clientGroup(rec.Client)
		case "prefix":
			return record.Subject{Kind: "prefix", Key: rec.Prefix}
		}
	}
	if flow != nil {
		switch r.subject {
		case "client":
			return flow.Subject
		case "host":
			return record.Subject{Kind: "host", Key: host(flow.Flow)}
		case "proxy":
			return record.Subject{Kind: "proxy", Key: flow.Server().String()}
		case "prefix":
			if flow.Prefix != "" {
				return record.Subject{Kind: "prefix", Key: flow.Prefix}
			}
			return record.Subject{Kind: "host", Key: flow.Server().Addr().String()}
		}
	}
	return record.Subject{Kind: "run", Key: "all"}
}

// clientGroup is a subnet, or the name of a site.
func clientGroup(text string) record.Subject {
	if _, err := netip.ParsePrefix(text); err == nil {
		return record.Subject{Kind: "subnet", Key: text}
	}
	return record.Subject{Kind: "site", Key: text}
}

// host is the server's name, else its address.
func host(f *record.Flow) string {
	switch {
	case f.SNI != "":
		return f.SNI
	case f.DNSName != "":
		return f.DNSName
	}
	return f.Server().Addr().String()
}
