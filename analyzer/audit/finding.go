package audit

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// finding of the rule about a subject, with the thresholds in force.
func (r *Rule) finding(policy *Policy, state record.State, s record.Subject) *record.Finding {
	f := &record.Finding{Rule: r.ID, RuleVersion: cmp.Or(r.Version, "1"), State: state, Severity: r.Severity,
		Title: r.Title, Subject: s}
	for _, l := range r.Thresholds {
		f.Thresholds = append(f.Thresholds, policy.Threshold(l))
	}
	return f
}

// complete fills in what follows from the other members of findings, and puts them into their order.
func complete(findings []*record.Finding, s *site.Site) {
	for _, f := range findings {
		f.SeverityRank = f.Severity.Rank()
		subnets, sites := map[string]bool{}, map[string]bool{}
		for _, c := range f.Clients {
			if a, err := netip.ParseAddr(c); err == nil {
				subnet, site := s.Place(a)
				subnets[subnet], sites[site] = true, true
			}
		}
		delete(sites, "")
		f.ClientSubnets, f.Sites = slices.Sorted(maps.Keys(subnets)), slices.Sorted(maps.Keys(sites))
	}
	Sort(findings)
}

// fingerprintVersion stands before each fingerprint and changes with what is hashed: two versions are never compared.
const fingerprintVersion = "v1-"

// identify gives a finding its ids. The fingerprint depends on rule and subject only, so that the same trouble keeps it
// from capture to capture; the finding's own id also tells the captures apart.
func identify(f *record.Finding) {
	f.Fingerprint = fingerprintVersion + hash(f.Rule, f.Subject.Kind, f.Subject.Key)
	f.FindingID = hash(f.Fingerprint, string(f.State), f.FirstSeen.String(), f.LastSeen.String())
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}
