package audit

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"webexaudit/analyzer/record"
)

// Policy holds the thresholds that judge a run: a profile and what the operator set. Nil is the standard profile.
// It is not changed after the rules have started.
type Policy struct {
	catalogue *Catalogue
	profile   string
	set       map[string]float64
}

// Profiles are the names that NewPolicy accepts. Quick reports only what is beyond doubt, strict suits an acceptance
// test.
func Profiles() []string { return []string{"quick", "standard", "strict"} }

// Set takes an assignment "WXA-MED-001.min_seconds=45" and checks name and range.
func (p *Policy) Set(assignment string) error {
	name, text, ok := strings.Cut(assignment, "=")
	if !ok {
		return fmt.Errorf("%q: want RULE.param=value", assignment)
	}
	name = strings.TrimSpace(name)
	l, ok := p.catalogue.Limit(name)
	if !ok {
		return fmt.Errorf("%q: no such threshold%s", name, p.parameters(name))
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(v) {
		return fmt.Errorf("%s: %q is no number", name, text)
	}
	if v < l.Min || v > l.Max {
		return fmt.Errorf("%s: %s is outside %s to %s", name, l.number(v), l.number(l.Min), l.Text(l.Max))
	}
	p.set[name] = v
	return nil
}

// parameters names the thresholds of the rule in a mistyped assignment.
func (p *Policy) parameters(name string) string {
	rule, _, _ := strings.Cut(name, ".")
	var names []string
	for _, l := range p.catalogue.Limits() {
		if strings.HasPrefix(l.Name, rule+".") {
			names = append(names, l.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; " + rule + " has " + strings.Join(names, ", ")
}

// Threshold is the value in force with its origin.
func (p *Policy) Threshold(l *Limit) record.Threshold {
	t := record.Threshold{Name: l.Name, Unit: l.Unit, Origin: l.Origin}
	v, set := p.value(l)
	switch t.Value = v; {
	case set:
		t.Origin = "ours: set by the operator; standard is " + l.number(l.Standard) + " " + l.Origin
	case v != l.Standard:
		t.Origin = "ours: profile " + p.profile + "; standard is " + l.number(l.Standard) + " " + l.Origin
	}
	return t
}

// Value is the value in force.
func (p *Policy) Value(l *Limit) float64 {
	v, _ := p.value(l)
	return v
}

// value is the value in force, and whether the operator set it.
func (p *Policy) value(l *Limit) (v float64, set bool) {
	if p == nil {
		return l.Standard, false
	}
	if v, set = p.set[l.Name]; set {
		return v, true
	}
	switch p.profile {
	case "quick":
		return l.Quick, false
	case "strict":
		return l.Strict, false
	}
	return l.Standard, false
}
