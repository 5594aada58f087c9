package audit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"webexaudit/analyzer/record"
)

// Limit is one threshold: a line of the table in limits.go.
type Limit struct {
	Name                    string // WXA-MED-001.min_seconds
	Unit                    string // s, ms, %, bytes, packets, port … or date (as the number YYYYMMDD)
	Quick, Standard, Strict float64
	Min, Max                float64 // what --set may give it
	Origin                  string  // of the standard value: "published: " or "ours: " and why
	Meaning                 string
}

// Policy holds the thresholds that judge a run: a profile and what the operator set. Nil is the standard profile.
// It is not changed after the rules have started.
type Policy struct {
	profile string
	set     map[string]float64
}

// Profiles are the names that NewPolicy accepts. Quick reports only what is beyond doubt, strict suits an acceptance test.
func Profiles() []string { return []string{"quick", "standard", "strict"} }

// NewPolicy returns the thresholds of a profile; "" is standard.
func NewPolicy(profile string) (*Policy, error) {
	switch profile {
	case "":
		profile = "standard"
	case "quick", "standard", "strict":
	default:
		return nil, fmt.Errorf("unknown profile %q, want one of %s", profile, strings.Join(Profiles(), ", "))
	}
	return &Policy{profile: profile, set: map[string]float64{}}, nil
}

// Set takes an assignment "WXA-MED-001.min_seconds=45" and checks name and range.
func (p *Policy) Set(assignment string) error {
	name, text, ok := strings.Cut(assignment, "=")
	if !ok {
		return fmt.Errorf("%q: want RULE.param=value", assignment)
	}
	name = strings.TrimSpace(name)
	l, ok := findLimit(name)
	if !ok {
		return fmt.Errorf("%q: no such threshold%s", name, parameters(name))
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(v) {
		return fmt.Errorf("%s: %q is no number", name, text)
	}
	if v < l.Min || v > l.Max {
		return fmt.Errorf("%s: %s is outside %s to %s %s", name, number(v), number(l.Min), number(l.Max), l.Unit)
	}
	p.set[name] = v
	return nil
}

// parameters names the thresholds of the rule in a mistyped assignment.
func parameters(name string) string {
	rule, _, _ := strings.Cut(name, ".")
	var names []string
	for _, l := range Limits() {
		if strings.HasPrefix(l.Name, rule+".") {
			names = append(names, l.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; " + rule + " has " + strings.Join(names, ", ")
}

// Threshold is the value in force with its origin. It panics for a name that is not in the table: rules are literals of
// this package, and a test runs them all.
func (p *Policy) Threshold(name string) record.Threshold {
	l, ok := findLimit(name)
	if !ok {
		panic("audit: no threshold " + name)
	}
	t := record.Threshold{Name: name, Origin: l.Origin}
	v, set := p.value(&l)
	switch t.Value = v; {
	case set:
		t.Origin = "ours: set by the operator; standard is " + number(l.Standard) + " " + l.Origin
	case v != l.Standard:
		t.Origin = "ours: profile " + p.profile + "; standard is " + number(l.Standard) + " " + l.Origin
	}
	return t
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

// values are all thresholds in force by their names: rules ask for them flow by flow.
func (p *Policy) values() map[string]float64 {
	list := Limits()
	m := make(map[string]float64, len(list))
	for i := range list {
		m[list[i].Name], _ = p.value(&list[i])
	}
	return m
}

func findLimit(name string) (Limit, bool) {
	l, ok := limitByName()[name]
	return l, ok
}

// limitByName indexes the table once: every finding names its thresholds.
var limitByName = sync.OnceValue(func() map[string]Limit {
	m := make(map[string]Limit)
	for _, l := range Limits() {
		m[l.Name] = l
	}
	return m
})
