package signatures

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// overlay writes the differences as YAML in the form of the packs. Rows that lost prefixes are left out of the new
// pack; what remains of them and what was withdrawn are rows of their own, so the rows of older packs need no change.
func (im *Import) overlay(p *Pack, o ImportOptions) []byte {
	w := overlayWriter{date: o.Date}
	var lost []*Row
	for _, r := range p.rows {
		if r.Prefix != nil && r.Retired == "" && slices.ContainsFunc(r.Prefix.Prefixes, im.removed) &&
			r.Prefix.Tier == TierPublished && slices.Contains(importKinds[o.Kind].kinds, r.Prefix.Kind) {
			lost = append(lost, r)
		}
	}
	w.head(im, o, lost)
	k := importKinds[o.Kind]
	if len(im.Added.Prefixes) > 0 {
		w.prefixes(&Row{
			ID: "imported-" + o.Kind + "-" + o.Date, Title: "New in the published list, copy of " + o.Date, Service: k.service, Function: k.function, Confidence: "probable",
			Priority: 1, Prefix: &PrefixSpec{Kind: o.Kind, Tier: TierPublished, Prefixes: im.Added.Prefixes},
		}, false)
	}
	for _, r := range lost {
		var stay, gone []netip.Prefix
		for _, pfx := range r.Prefix.Prefixes {
			if im.removed(pfx) {
				gone = append(gone, pfx)
			} else {
				stay = append(stay, pfx)
			}
		}
		if len(stay) > 0 {
			w.prefixes(part(r, "-"+o.Date, stay), false)
		}
		w.prefixes(part(r, "-withdrawn-"+o.Date, gone), true)
	}
	if len(im.Added.Names) > 0 {
		w.names(im.Added.Names)
	}
	return w.Bytes()
}

func (im *Import) removed(p netip.Prefix) bool { return slices.Contains(im.Removed.Prefixes, p) }

// part is a row with some of its prefixes under another id.
func part(r *Row, suffix string, prefixes []netip.Prefix) *Row {
	c, spec := *r, *r.Prefix
	spec.Prefixes = prefixes
	c.ID, c.Prefix = r.ID+suffix, &spec
	return &c
}

type overlayWriter struct {
	bytes.Buffer
	date string
}

func (w *overlayWriter) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

func (w *overlayWriter) head(im *Import, o ImportOptions, lost []*Row) {
	w.line("# Made by webexaudit signatures import from a saved copy of %s, against pack %s. Read it before you use it (--signatures DIR).", o.Date, im.Against)
	if len(im.Removed.Names) > 0 {
		w.line("# Names that the copy does not list any more, to be retired by hand if that is right: %s", strings.Join(im.Removed.Names, " "))
	}
	w.line("\nsources:\n  - {id: imported-%s, title: %s, date: %s}", o.Date, quoted("Saved copy of the published list: "+o.From), o.Date)
	w.line("\npacks:\n  - id: %s\n    date: %s\n    title: %s", im.Pack, o.Date, quoted("Imported from a saved copy of "+o.Date))
	if len(lost) > 0 {
		w.line("    without:")
		for _, r := range lost {
			w.line("      - %s", r.ID)
		}
	}
	w.line("\nrows:")
}

func (w *overlayWriter) row(r *Row) {
	w.line("  - id: %s\n    title: %s\n    service: %s\n    function: %s", r.ID, quoted(r.Title), r.Service, r.Function)
	w.line("    confidence: %s\n    sources: [imported-%s]\n    valid_from: %s", r.Confidence, w.date, w.date)
	if r.Priority != 0 {
		w.line("    priority: %d", r.Priority)
	}
	if r.Notes != "" {
		w.line("    notes: %s", quoted(r.Notes))
	}
}

func (w *overlayWriter) prefixes(r *Row, withdrawn bool) {
	w.row(r)
	if withdrawn {
		w.line("    retired: {from: %s, why: %s}", w.date, quoted("not in the published list's copy of "+w.date))
	}
	w.line("    prefix:\n      kind: %s\n      tier: %s", r.Prefix.Kind, r.Prefix.Tier)
	if r.Prefix.Region != "" {
		w.line("      region: %s", quoted(r.Prefix.Region))
	}
	w.line("      prefixes:")
	for _, p := range r.Prefix.Prefixes {
		w.line("        - %s", quoted(p.String()))
	}
	w.line("    examples: {match: [%s], differ: [\"192.0.2.1\"]}", quoted(r.Prefix.Prefixes[0].Addr().String()))
}

// names writes new names as weak: whether they are Webex's alone a list does not tell.
func (w *overlayWriter) names(list []string) {
	w.row(&Row{
		ID: "imported-names-" + w.date, Title: "Names new in the published list, copy of " + w.date, Service: "other", Function: "other", Confidence: "probable",
		Notes: "Of class weak until somebody knows that they are Webex's alone.",
	})
	w.line("    name:\n      class: weak\n      patterns:")
	for _, n := range list {
		w.line("        - %s", quoted(n))
	}
	w.line("    examples: {match: [%s], differ: [nothing.example]}", quoted(strings.ReplaceAll(list[0], "*", "x")))
}

// quoted is a YAML scalar in double quotes.
func quoted(s string) string { return strconv.Quote(strings.ToValidUTF8(s, "?")) }
