package audit

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"webexaudit/analyzer/record"
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
