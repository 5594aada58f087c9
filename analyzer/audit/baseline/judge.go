package baseline

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// present says what a cause of the later run is against the earlier one.
func (c *comparison) present(f *record.Finding) Change {
	old := c.old.by[f.Fingerprint]
	ch := Change{Rule: f.Rule, Title: f.Title, Subject: f.Subject, Fingerprint: f.Fingerprint, New: sideOf(f)}
	if old != nil {
		ch.Old = sideOf(old)
	}
	switch ch.Reason = c.obstacle(f); {
	case ch.Reason != "":
		ch.Change = NotComparable
	case old == nil:
		ch.Change, ch.Reason = New, c.notBefore(f)
	default:
		ch.Change = direction(ch.Old, ch.New)
		if ch.lapsed() {
			ch.Reason = fmt.Sprintf("waiver %s of the earlier run (until %s) does not hold any more", old.Waiver.ID, old.Waiver.Expires)
		}
	}
	return ch
}

// notBefore says of a new finding that the earlier run could not have shown it.
func (c *comparison) notBefore(f *record.Finding) string {
	for _, o := range c.old.rules[f.Rule] {
		if o.State != record.NotObserved && o.State != record.NotAssessable {
			return ""
		}
	}
	return fmt.Sprintf("the rule was %s in the earlier run", c.old.rules[f.Rule][0].State)
}

// direction compares by state, then by severity. Counts depend on how long was captured and decide nothing.
func direction(old, now *Side) string {
	a, b := weight(old), weight(now)
	switch {
	case b > a:
		return Worse
	case b < a:
		return Better
	}
	return Unchanged
}

func weight(s *Side) int {
	w := s.Severity.Rank()
	if s.State == record.Fail {
		w += 10
	}
	return w
}

// obstacle is why the outcomes of the finding's rule cannot be compared, or "".
func (c *comparison) obstacle(f *record.Finding) string {
	if c.reason != "" {
		return c.reason
	}
	old, now := c.old.rules[f.Rule], c.now.rules[f.Rule]
	if len(old) == 0 {
		return "the rule was not in force in the earlier run"
	}
	if len(now) == 0 {
		return "the rule was not in force in the later run"
	}
	a, b := old[0], now[0]
	switch {
	case a.RuleVersion != b.RuleVersion:
		return fmt.Sprintf("other version of the rule: %s, then %s", orNone(a.RuleVersion), orNone(b.RuleVersion))
	case fingerprintVersion(a) != fingerprintVersion(b):
		return "other version of the fingerprints"
	}
	if t := otherThreshold(a, b); t != "" {
		return "other threshold: " + t
	}
	_, inOld := c.old.by[f.Fingerprint]
	_, inNow := c.now.by[f.Fingerprint]
	bySite := f.Subject.Kind == "site" || f.Subject.Kind == "subnet"
	if bySite && c.old.set.Run.Site != c.now.set.Run.Site && !(inOld && inNow) {
		return "other site file: clients are grouped by it"
	}
	return ""
}

func orNone(version string) string {
	if version == "" {
		return "none"
	}
	return version
}

func fingerprintVersion(f *record.Finding) string {
	v, _, _ := strings.Cut(f.Fingerprint, "-")
	return v
}

// otherThreshold names the first limit that differs.
func otherThreshold(a, b *record.Finding) string {
	values := map[string]float64{}
	for _, t := range a.Thresholds {
		values[t.Name] = t.Value
	}
	for _, t := range b.Thresholds {
		if v, ok := values[t.Name]; ok && v != t.Value {
			return fmt.Sprintf("%s was %g, is %g", t.Name, v, t.Value)
		}
	}
	return ""
}

// gone says what became of a cause that the later run does not have. Fixed is only what the rule judged there and
// passed, for clients of the same subnets.
func (c *comparison) gone(f *record.Finding) Change {
	ch := Change{Change: NotComparable, Rule: f.Rule, Title: f.Title, Subject: f.Subject, Fingerprint: f.Fingerprint,
		Old: sideOf(f)}
	if ch.Reason = c.obstacle(f); ch.Reason != "" {
		return ch
	}
	rule, ok := c.find(f.Rule)
	if !ok {
		ch.Reason = "the rule is not known here, and the later run does not speak of this " + f.Subject.Kind
		return ch
	}
	now := c.now.rules[f.Rule][0]
	if c.now.set.NumFlows() > 0 {
		now = assess(c.now.set, rule, f, now.Thresholds)
	}
	switch now.State {
	case record.Pass:
		ch.Change = Fixed
	case record.NotObserved:
		ch.Reason = fmt.Sprintf("no such traffic of %s %s in the later run", f.Subject.Kind, f.Subject.Key)
	case record.NotAssessable:
		ch.Reason = "not assessable in the later run: " + now.Missing
	default:
		ch.Reason = fmt.Sprintf("the same clients now fail as %s %s", now.Subject.Kind, now.Subject.Key)
	}
	return ch
}

// belongs selects the flows in which the trouble would show again: those of the subnets of its clients; of a domain or
// prefix only what concerns it.
func belongs(f *record.Finding) func(*record.Flow) bool {
	var none *site.Site
	subnets := map[string]bool{}
	for _, c := range f.Clients {
		if a, err := netip.ParseAddr(c); err == nil {
			subnets[none.Subject(a)] = true
		}
	}
	return func(fl *record.Flow) bool {
		if len(subnets) > 0 && !subnets[none.Subject(fl.ClientAddr())] && !subnets[none.Subject(fl.SrcIP)] {
			return false
		}
		switch f.Subject.Kind {
		case "prefix":
			return fl.Prefix == f.Subject.Key
		case "domain", "host":
			return names(fl, f.Subject.Key)
		}
		return true
	}
}

// names reports whether a flow speaks of the domain or a name below it.
func names(fl *record.Flow, domain string) bool {
	list := []string{fl.SNI, fl.DNSName, fl.Server().Addr().String()}
	if fl.Connect != nil {
		list = append(list, fl.Connect.Host)
	}
	for _, l := range fl.Lookups {
		list = append(list, l.Name)
	}
	return slices.ContainsFunc(list, func(n string) bool { return n == domain || strings.HasSuffix(n, "."+domain) })
}
