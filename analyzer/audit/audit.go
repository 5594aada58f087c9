// Package audit judges the records of a run by the rule catalogue.
//
// In: the records of one run in any order, which it never changes, and the operator's [Options]. Out: findings in a
// total order and the summary. Every rule answers for every run: where it has nothing to accuse it states pass,
// not-observed (no traffic that it speaks of) or not-assessable (such traffic, but an ingredient is missing, which it
// names).
//
// A rule is a value ([Rule]); those of the program stand in package catalogue, which says how to add one. Thresholds
// stand beside them ([NewLimit]). Facts about Webex (ports, prefixes, marks, names) are not known here: they are in the
// records.
package audit

import (
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// Rule is one thing that can be right or wrong with Webex traffic or with the capture of it.
type Rule struct {
	ID          string // WXA-MED-001; group and number never change their meaning
	Title       string // what is wrong when the rule fails
	Severity    record.Severity
	Doc         Doc
	Remediation string
	Refs        []string
	// rows of the pack that it rests on, or that make the flows that it reads Webex's: files of signatures/webex, and
	// ids of policies. Nil: packets alone
	Rows       []string
	Needs      []string // record types it reads, and what the capture must hold
	Thresholds []*Limit // by which it judges, its own and those of other rules
	// changes when the rule judges otherwise than before: baselines of two versions are not compared; "" is 1
	Version string
	Reads   Reads // the flows that it wants to see; zero: those of Webex
	Judge   Judge
	// it judges two capture points that are compared ([record.Comparison]), and no other run
	Compares bool
	// what was wrong, as a clause of the past that stands behind "because" in the answer of a run, in words of a
	// helpdesk; %s in it is what the finding saw. Empty: the finding's summary
	Plain string
	// it tells what became of calls, and why only as far as it can be seen: nothing stands behind "because"
	Symptom   bool
	Essential bool   // the network is called right only where this rule passes
	Hides     bool   // what fails by it keeps the network from being judged at all
	Under     []Root // what its findings may follow from, the likelier first
}

// Doc is the text of `webexaudit explain`.
type Doc struct {
	What       string // the condition in one or two sentences
	Why        string // why it matters
	Trigger    string // exactly when it fires
	LookAlikes string // what resembles it and is not reported, or could still fool it
	// how to check by hand in Wireshark; display filters in backquotes, with CLIENT, NODE … for what is to be filled in
	Verify string
}

// Group is the middle part of the id: CAP, MED, QOS …
func (r *Rule) Group() string { return groupOf(r.ID) }

func groupOf(id string) string {
	_, rest, _ := strings.Cut(id, "-")
	group, _, _ := strings.Cut(rest, "-")
	return group
}

// Options of a run. The zero value judges all rules by the standard profile and gates nothing.
type Options struct {
	Catalogue     *Catalogue
	Site          *site.Site
	Policy        *Policy           // nil: standard profile
	Only          []string          // rule globs; empty means all
	Skip          []string          // rule globs taken out
	FailOn        record.Severity   // least severity of a failing finding that gives exit status 1; "" is none
	MinConfidence record.Confidence // least confidence that counts for the exit status; "" is probable
	// only findings that the baseline lacks, or has in a better state, count for the exit status
	FailOnNew bool
	// fingerprints of findings that the baseline has by a waiver that no longer holds: they count all the same
	Lapsed   map[string]bool
	Own      []*Rule // rules of the operator, judged beside the catalogue
	Coverage float64 // least coverage in percent, else exit status 4; 0 is none
	Workers  int     // rules judged at a time, which changes nothing in the result; 0: one for each CPU
}
