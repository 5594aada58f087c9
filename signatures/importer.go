package signatures

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A listing with fewer entries than these is not taken for a published list; names that are fewer stand in it by
// chance.
const (
	minPrefixes = 10
	minNames    = 10
)

// publishedNames is the source whose list of domains an import is compared with.
const publishedNames = "webex-network-requirements"

// ImportOptions say what list a copy is of.
type ImportOptions struct {
	Kind string // media, calling or government: the kind of its prefixes
	Date string // of the copy, YYYY-MM-DD
	From string // where it was read from, for the source's title
}

// Import is what a saved copy of a published list changes against the newest pack.
type Import struct {
	Pack           string // id of the new pack
	Against        string // id of the newest pack
	Added, Removed Listing
	Kept           int    // prefixes of the newest pack that are in the copy
	YAML           []byte // an overlay with the new pack; nil where nothing changed
}

// importKinds are the kinds of prefixes that a list of one kind holds, and what a new one is for.
var importKinds = map[string]struct {
	kinds             []string
	service, function string
}{
	KindMedia:      {[]string{KindMedia, KindMediaVIMT}, "meetings", "media-mixed"},
	KindCalling:    {[]string{KindCalling}, "calling", "media-mixed"},
	KindGovernment: {[]string{KindGovernment}, "government", "media-mixed"},
}

// Import compares a listing with the newest pack and makes an overlay of the differences: a new pack of the copy's
// date. All packs that are there stay as they are, to the digest. It refuses a listing that is too short, that has
// fewer than half of the pack's entries, or from which more than half of them are gone: then it is another list, or a
// copy in part.
func (c *Catalog) Import(l *Listing, o ImportOptions) (*Import, error) {
	p := c.packs[len(c.packs)-1].pack()
	kind, ok := importKinds[o.Kind]
	if !ok {
		return nil, fmt.Errorf("kind %q: want media, calling or government", o.Kind)
	}
	if _, err := time.Parse(time.DateOnly, o.Date); err != nil {
		return nil, fmt.Errorf("date %q of the copy: want YYYY-MM-DD", o.Date)
	}
	if o.Date <= p.Date {
		return nil, fmt.Errorf("the copy is of %s, the newest pack (%s) of %s: an older list is not imported", o.Date, p.ID, p.Date)
	}
	im := &Import{Pack: "webex-imported-" + o.Date, Against: p.ID}
	have := p.published(kind.kinds)
	if err := im.comparePrefixes(l.Prefixes, have); err != nil {
		return nil, err
	}
	if len(l.Names) >= minNames {
		if err := im.compareNames(p, l.Names); err != nil {
			return nil, err
		}
	}
	if len(im.Added.Prefixes)+len(im.Removed.Prefixes)+len(im.Added.Names) > 0 {
		im.YAML = im.overlay(p, o)
		return im, c.proves(im)
	}
	return im, nil
}

// published are the current prefixes of the kinds.
func (p *Pack) published(kinds []string) []netip.Prefix {
	var list []netip.Prefix
	for _, r := range p.rows {
		if r.Prefix != nil && r.Retired == "" && r.Prefix.Tier == TierPublished && slices.Contains(kinds, r.Prefix.Kind) {
			list = append(list, r.Prefix.Prefixes...)
		}
	}
	slices.SortFunc(list, netip.Prefix.Compare)
	return slices.Compact(list)
}

func (im *Import) comparePrefixes(list, have []netip.Prefix) error {
	if len(list) < minPrefixes {
		return fmt.Errorf("only %d prefixes: a published list has at least %d", len(list), minPrefixes)
	}
	im.Added.Prefixes, _ = split(list, have)
	im.Removed.Prefixes, im.Kept = split(have, list)
	return shrunk("prefixes", len(list), im.Kept, len(have), im.Against)
}

func shrunk(what string, listed, kept, had int, pack string) error {
	if 2*listed < had || 2*kept < had {
		return fmt.Errorf("the list shrinks too much: %d %s, and %d of the %d of pack %s are among them; nothing is written", listed, what, kept, had, pack)
	}
	return nil
}

// split parts the prefixes that none of the others holds from the rest, which it counts.
func split(list, others []netip.Prefix) (alone []netip.Prefix, held int) {
	for _, p := range list {
		if slices.ContainsFunc(others, func(o netip.Prefix) bool {
			return o.Bits() <= p.Bits() && o.Contains(p.Addr())
		}) {
			held++
		} else {
			alone = append(alone, p)
		}
	}
	return alone, held
}

func (im *Import) compareNames(p *Pack, list []string) error {
	have := p.publishedNames()
	for _, pattern := range have {
		if !slices.ContainsFunc(list, func(n string) bool { return covers(n, pattern) }) {
			im.Removed.Names = append(im.Removed.Names, pattern)
		}
	}
	for _, n := range list {
		if _, known := p.Name(strings.ReplaceAll(n, "*", "x")); !known {
			im.Added.Names = append(im.Added.Names, n)
		}
	}
	return shrunk("names", len(list), len(have)-len(im.Removed.Names), len(have), im.Against)
}

// publishedNames are the patterns of the published list of domains, without those that another of them holds.
func (p *Pack) publishedNames() []string {
	var all, own []string
	for _, r := range p.rows {
		if r.Name != nil && r.Retired == "" && slices.ContainsFunc(r.Sources, func(s Source) bool {
			return s.ID == publishedNames
		}) {
			all = append(all, r.Name.Patterns...)
		}
	}
	for _, pattern := range all {
		if !slices.ContainsFunc(all, func(o string) bool { return o != pattern && covers(o, pattern) }) {
			own = append(own, pattern)
		}
	}
	slices.Sort(own)
	return own
}

// covers reports whether a listed name holds a pattern: the name itself, or one below it. Lists print a star for the
// domain as well.
func covers(listed, pattern string) bool {
	domain, star := strings.CutPrefix(listed, "*.")
	return listed == pattern || star && (pattern == domain || strings.HasSuffix(pattern, "."+domain))
}

// proves loads the overlay and runs its examples.
func (c *Catalog) proves(im *Import) error {
	with, err := c.applyOverlay([]yamlFile{{"import.yaml", im.YAML}})
	if err != nil {
		return fmt.Errorf("the overlay does not load: %w", err)
	}
	p, err := with.Select(im.Pack)
	if err != nil {
		return err
	}
	return p.CheckExamples()
}
