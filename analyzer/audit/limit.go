package audit

import (
	"net/netip"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/analyzer/wording"
)

// Limit is one threshold of a rule: a variable beside the rule, so that a rule cannot ask for one that does not exist.
type Limit struct {
	Name                    string // WXA-MED-001.min_seconds
	Unit                    string // s, ms, %, bytes, packets, port … or date (as the number YYYYMMDD)
	Quick, Standard, Strict float64
	Min, Max                float64 // what --set may give it
	Origin                  string  // of the standard value: "published: " or "ours: " and why
	Meaning                 string
}

// NewLimit is a threshold with its values in the three profiles and the range that --set may give it.
func NewLimit(name, unit string, quick, standard, strict, least, most float64, origin, meaning string) *Limit {
	return &Limit{name, unit, quick, standard, strict, least, most, origin, meaning}
}

// Text writes a value of the threshold with its unit, such that the number to give to --set is in it.
func (l *Limit) Text(v float64) string { return wording.Quantity(v, l.Unit) }

// number writes a value without its unit.
func (l *Limit) number(v float64) string { return wording.Bare(v, l.Unit) }

// Unbounded is the upper end of a threshold that has none of its own.
const Unbounded = 1e12

// Env is what a fold knows from its beginning: the thresholds in force, the site file, the inputs. It does not change.
type Env struct {
	Site   *site.Site
	Run    *record.Run // nil in a fixture without one
	policy *Policy

	windows bool // what is remembered of this one is merged with what is of others
}

// Value is the threshold in force.
func (e *Env) Value(l *Limit) float64 { return e.policy.Value(l) }

// SubjectOf is by what findings group a client: its site, else its subnet.
func (e *Env) SubjectOf(client netip.Addr) record.Subject {
	if name := e.Site.SiteName(client); name != "" {
		return record.Subject{Kind: "site", Key: name}
	}
	return record.Subject{Kind: "subnet", Key: e.Site.Subject(client)}
}
