// Package signatures holds what is known of Webex on the wire as data: names, address ranges, ports, STUN values, RTP
// payload types, certificate issuers, cipher suites and rules of use, each a row with its source, its date and its
// examples, in YAML under webex/ (see README.md).
//
// In go YAML files, out comes a Catalog with all rows of all times and the packs cut from it: a Pack is what was valid
// on its date, compiled into look-up tables. Load reads the embedded files, LoadDir those of an operator on top;
// Builtin has what the embedded ones hold at once, from tables that are generated from them. Look-ups take the fields
// of a flow and return rows; they neither allocate nor change anything, so one pack serves all goroutines. Returned
// rows and slices belong to the pack: read only.
//
// The package weighs nothing: which sign counts for how much is decided where flows are classified. Two things are
// guarded here, though. A withdrawn row keeps its place in younger packs so that a flow to it is recognised, but with
// Retired set and its kind or rank replaced, so it never passes for a current one. And a port row always names what
// the server's address or name must be (Needs), because a port alone never makes Webex.
//
// Thresholds are not here; they belong to the audit.
package signatures

import (
	"fmt"
	"strings"
	"time"
)

// Select finds the pack that an operator names.
//
//	"", "latest"  the newest pack
//	YYYY-MM-DD    the pack valid on that date: the youngest that is not younger, or the oldest where all are
//	else          the pack of that id
//
// Without a choice flows are judged by the rows in force on their day: see [Catalog.Timeline].
func (c *Catalog) Select(spec string) (*Pack, error) {
	e, err := c.find(spec)
	if err != nil {
		return nil, err
	}
	return e.pack(), nil
}

// Check is the error that Select has for a spec. It compiles nothing.
func (c *Catalog) Check(spec string) error {
	_, err := c.find(spec)
	return err
}

func (c *Catalog) find(spec string) (entry, error) {
	if spec == "" || spec == "latest" {
		return c.packs[len(c.packs)-1], nil
	}
	for _, e := range c.packs {
		if e.id == spec {
			return e, nil
		}
	}
	if _, err := time.Parse(time.DateOnly, spec); err == nil {
		return c.on(spec), nil
	}
	return entry{}, fmt.Errorf("no signature pack %q: want latest, a date (YYYY-MM-DD) or one of %s", spec, strings.Join(c.packIDs(), ", "))
}

// on is the pack valid on a date.
func (c *Catalog) on(date string) entry {
	best := c.packs[0]
	for _, e := range c.packs {
		if e.date <= date {
			best = e
		}
	}
	return best
}

func (c *Catalog) packIDs() []string {
	ids := make([]string, len(c.packs))
	for i, e := range c.packs {
		ids[i] = e.id
	}
	return ids
}
