// Package waiver holds the exceptions that somebody has answered for: findings that are known and accepted for a time.
//
// In: the YAML of a waiver file, read by [Load], and the findings of a run, fresh or stored. Out: findings of state
// waived with owner, reason and expiry in them, and notices about waivers that have expired or match nothing. Findings
// are copied before they change. The clock is the capture's: a waiver is judged by a date that the caller gives, never
// by the wall.
package waiver

import (
	"net/netip"
	"time"

	"webexaudit/analyzer/record"
)

// Waiver is one exception.
type Waiver struct {
	ID      string
	Rule    string // a rule's id, or a glob as of --rules
	Match   Match
	Reason  string
	Owner   string
	Ticket  string
	Expires time.Time // the last day on which it holds, UTC midnight
	Created time.Time // zero where it is not given
}

// Match says which causes of the rule are meant. All that is given must hold; All stands for every cause.
type Match struct {
	All    bool
	Site   string       // name of a site of the site file
	Subnet netip.Prefix // holds all clients of the finding
	Proxy  string       // address, or address:port
	Prefix netip.Prefix // holds all servers of the finding
	Host   string       // name of all servers; *.example.com stands for all names below
}

// Waivers of one file, in its order.
type Waivers []Waiver

// dateLayout is how dates are written: 2026-12-31.
const dateLayout = time.DateOnly

// inForce reports whether the waiver holds on a day; its last day counts. On an unknown day (zero) none holds.
func (w *Waiver) inForce(asOf time.Time) bool {
	return !asOf.IsZero() && asOf.Before(w.Expires.AddDate(0, 0, 1))
}

// record is what the finding says of the waiver.
func (w *Waiver) record(state record.State) *record.Waiver {
	return &record.Waiver{ID: w.ID, State: state, Owner: w.Owner, Reason: w.Reason,
		Expires: w.Expires.Format(dateLayout), Ticket: w.Ticket}
}
