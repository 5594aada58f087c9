package audit

import (
	"cmp"
	"slices"
	"time"

	"webexaudit/analyzer/record"
)

// Root names a rule whose findings may be what another finding follows from.
type Root struct {
	Rule string
	Same Same
}

// Same is what a consequence shares with its root.
type Same uint8

// What findings may share. All but SameSubject also ask for times that overlap.
const (
	SameClients Same = iota // every client of the consequence is one of the root's
	SameFlows               // a flow
	SameHosts               // every host of the consequence is one of the root's, and so is every client
	SameSubject             // the subject: the issuer, the proxy …
)

// aside is by how much a consequence may begin before its root, or end after it.
const aside = 2 * time.Minute

// connect finds for each accusation the one that it follows from: of the roots that its rule names, the first that was
// found. A root that is less sure than possible consequences lends itself to none. What follows lends its root its
// severity, people and time.
func connect(findings []*record.Finding, rules []*Rule) {
	under := map[string][]Root{}
	for _, r := range rules {
		under[r.ID] = r.Under
	}
	byRule := map[string][]*record.Finding{}
	for _, f := range findings {
		if accuses(f) {
			f.AffectedClients = int64(len(f.Clients))
			byRule[f.Rule] = append(byRule[f.Rule], f)
		}
	}
	roots := map[*record.Finding]*record.Finding{}
	for _, f := range findings {
		if !accuses(f) {
			continue
		}
		for _, r := range under[f.Rule] {
			if root := explains(byRule[r.Rule], f, r.Same); root != nil && !leadsTo(roots, root, f) {
				roots[f], f.CausedBy = root, root.FindingID
				break
			}
		}
	}
	for f := range roots {
		lend(f, last(roots, f))
	}
}

func accuses(f *record.Finding) bool { return f.State == record.Fail || f.State == record.Warn }

// explains is the finding that f follows from: the one that shares most clients, and of equals the first.
func explains(candidates []*record.Finding, f *record.Finding, same Same) (best *record.Finding) {
	shared := -1
	for _, c := range candidates {
		if c == f || c.Confidence.Rank() < min(f.Confidence.Rank(), record.Probable.Rank()) || !linked(c, f, same) {
			continue
		}
		if n := common(c.Clients, f.Clients); n > shared {
			best, shared = c, n
		}
	}
	return best
}

func linked(root, f *record.Finding, same Same) bool {
	switch same {
	case SameSubject:
		return root.Subject == f.Subject
	case SameFlows:
		return together(root, f) && common(root.FlowIDs, f.FlowIDs) > 0
	case SameHosts:
		return together(root, f) && within(f.Hosts, root.Hosts) && within(f.Clients, root.Clients)
	}
	return together(root, f) && within(f.Clients, root.Clients)
}

// together reports whether the times of two findings overlap; one without times is always there.
func together(a, b *record.Finding) bool {
	if a.FirstSeen.IsZero() || b.FirstSeen.IsZero() {
		return true
	}
	return a.FirstSeen.Sub(b.LastSeen) <= aside && b.FirstSeen.Sub(a.LastSeen) <= aside
}

// common counts the members of two sorted lists that are in both.
func common(a, b []string) (n int) {
	for _, x := range b {
		if slices.Contains(a, x) {
			n++
		}
	}
	return n
}

func within(part, whole []string) bool { return len(part) > 0 && common(whole, part) == len(part) }

// leadsTo reports whether the way from a finding to its last root passes another: then it cannot follow from it.
func leadsTo(roots map[*record.Finding]*record.Finding, from, to *record.Finding) bool {
	for f := from; f != nil; f = roots[f] {
		if f == to {
			return true
		}
	}
	return false
}

func last(roots map[*record.Finding]*record.Finding, f *record.Finding) *record.Finding {
	for roots[f] != nil {
		f = roots[f]
	}
	return f
}

func lend(f, root *record.Finding) {
	if f.Severity.Rank() > root.Severity.Rank() && f.Confidence.Rank() >= record.Probable.Rank() {
		root.Severity = f.Severity
	}
	root.AffectedSeconds = max(root.AffectedSeconds, f.AffectedSeconds)
	root.AffectedClients = max(root.AffectedClients, f.AffectedClients)
}

// Sort puts findings into their total order; again, after their states have changed. What needs an action comes first:
// roots by severity, people and time affected, then confidence, each before what follows from it; a single guess goes
// behind what is surer.
func Sort(findings []*record.Finding) {
	byID := map[string]*record.Finding{}
	for _, f := range findings {
		byID[f.FindingID] = f
	}
	top := func(f *record.Finding) *record.Finding {
		for range findings { // never more steps than findings, whatever a stored run says
			root := byID[f.CausedBy]
			if root == nil || f.CausedBy == "" {
				break
			}
			f = root
		}
		return f
	}
	slices.SortStableFunc(findings, func(a, b *record.Finding) int {
		ra, rb := top(a), top(b)
		if ra != rb {
			return order(ra, rb)
		}
		if (a == ra) != (b == ra) {
			return rank(a == ra)
		}
		return order(a, b)
	})
}

func rank(first bool) int {
	if first {
		return -1
	}
	return 1
}

// order of findings that do not follow from each other.
func order(a, b *record.Finding) int {
	return cmp.Or(
		cmp.Compare(stateRank(a.State), stateRank(b.State)),
		cmp.Compare(guess(a), guess(b)),
		cmp.Compare(b.Severity.Rank(), a.Severity.Rank()),
		cmp.Compare(b.AffectedClients, a.AffectedClients),
		cmp.Compare(b.AffectedSeconds, a.AffectedSeconds),
		cmp.Compare(b.Confidence.Rank(), a.Confidence.Rank()),
		cmp.Compare(a.State, b.State),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Subject.Kind, b.Subject.Kind),
		cmp.Compare(a.Subject.Key, b.Subject.Key))
}

// guess is 1 for an accusation that is only possible, which is never the first headline.
func guess(f *record.Finding) int {
	if accuses(f) && f.Confidence == record.Possible {
		return 1
	}
	return 0
}

func stateRank(s record.State) int {
	switch s {
	case record.Fail, record.Warn:
		return 0
	case record.NotAssessable:
		return 1
	case record.Waived:
		return 2
	case record.NotObserved:
		return 4
	}
	return 3
}
