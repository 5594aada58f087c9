package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Catalogue is a list of rules with an index of their ids and thresholds.
type Catalogue struct {
	rules  []*Rule
	limits []*Limit // in the order of their names
}

// NewCatalogue puts rules into the order of their ids.
func NewCatalogue(rules ...*Rule) *Catalogue {
	c := &Catalogue{rules: slices.Clone(rules)}
	slices.SortStableFunc(c.rules, func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
	for _, r := range c.rules {
		c.limits = append(c.limits, r.Thresholds...)
	}
	slices.SortStableFunc(c.limits, func(a, b *Limit) int { return cmp.Compare(a.Name, b.Name) })
	c.limits = slices.CompactFunc(c.limits, func(a, b *Limit) bool { return a.Name == b.Name })
	return c
}

// Rules in the order of their ids.
func (c *Catalogue) Rules() []*Rule {
	if c == nil {
		return nil
	}
	return slices.Clone(c.rules)
}

// Limits in the order of their names.
func (c *Catalogue) Limits() []*Limit { return slices.Clone(c.limits) }

// Find returns the rule of that id.
func (c *Catalogue) Find(id string) (*Rule, bool) {
	if c == nil {
		return nil, false
	}
	i, ok := slices.BinarySearchFunc(c.rules, id, func(r *Rule, id string) int { return cmp.Compare(r.ID, id) })
	if !ok {
		return nil, false
	}
	return c.rules[i], true
}

// Limit returns the threshold of that name.
func (c *Catalogue) Limit(name string) (*Limit, bool) {
	i, ok := slices.BinarySearchFunc(c.limits, name, func(l *Limit, name string) int {
		return cmp.Compare(l.Name, name)
	})
	if !ok {
		return nil, false
	}
	return c.limits[i], true
}

// NewPolicy returns the thresholds of a profile; "" is standard.
func (c *Catalogue) NewPolicy(profile string) (*Policy, error) {
	switch profile {
	case "":
		profile = "standard"
	case "quick", "standard", "strict":
	default:
		return nil, fmt.Errorf("unknown profile %q, want one of %s", profile, strings.Join(Profiles(), ", "))
	}
	return &Policy{catalogue: c, profile: profile, set: map[string]float64{}}, nil
}
