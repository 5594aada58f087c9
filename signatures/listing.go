package signatures

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Listing is what a saved copy of a published list holds: prefixes, and names as they are printed ("*.webex.com").
type Listing struct {
	Prefixes []netip.Prefix
	Names    []string
}

// Limits on a listing. Wider prefixes than these hold more than any published range; a list that has one is no list of
// ranges.
const (
	maxListing   = 16 << 20 // bytes
	shortestIPv4 = 12
	shortestIPv6 = 28
)

// ReadListing takes prefixes and names out of plain text, CSV or JSON, whatever stands around them: in JSON from all
// strings, else from words between blanks, commas, quotes and brackets. A single public address is a prefix of its own;
// what is neither is passed over. Prefixes with bits beyond their length, private or too wide ones are mistakes: the
// error is a Faults with lines. file is for messages.
func ReadListing(file string, data []byte) (*Listing, error) {
	if len(data) > maxListing {
		return nil, Faults{{Position{file, 1}, "file", fmt.Sprintf("is larger than %d bytes", maxListing)}}
	}
	r := listReader{file: file}
	if json.Valid(data) {
		r.json(data)
	} else {
		for i, line := range bytes.Split(data, []byte("\n")) {
			r.line = i + 1
			r.text(string(line))
		}
	}
	slices.SortFunc(r.list.Prefixes, netip.Prefix.Compare)
	slices.Sort(r.list.Names)
	r.list.Prefixes, r.list.Names = slices.Compact(r.list.Prefixes), slices.Compact(r.list.Names)
	return &r.list, r.faults.err()
}

type listReader struct {
	file   string
	line   int
	list   Listing
	faults Faults
}

func (r *listReader) json(data []byte) {
	d := json.NewDecoder(bytes.NewReader(data))
	counted, line := int64(0), 1
	for {
		t, err := d.Token()
		if err == io.EOF || err != nil {
			return
		}
		at := d.InputOffset()
		line += bytes.Count(data[counted:at], []byte("\n"))
		counted, r.line = at, line
		if s, ok := t.(string); ok {
			r.text(s)
		}
	}
}

// text takes the words of a line.
func (r *listReader) text(s string) {
	words := strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(" \t\r\n,;\"'`|()[]{}<>", c) })
	for _, w := range words {
		if strings.Contains(w, "://") {
			continue
		}
		if p, isPrefix := r.prefix(w); isPrefix {
			if p.IsValid() {
				r.list.Prefixes = append(r.list.Prefixes, p)
			}
			continue
		}
		if n := listedName(w); n != "" {
			r.list.Names = append(r.list.Names, n)
		}
	}
}

// prefix reads a prefix or an address; an invalid one with true is to be passed over, or a mistake that has been noted.
func (r *listReader) prefix(word string) (netip.Prefix, bool) {
	word = strings.Trim(word, ".:")
	if a, err := netip.ParseAddr(word); err == nil && a.Zone() == "" {
		if !public(a) {
			return netip.Prefix{}, true // an address of an example, passed over
		}
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(word)
	if err != nil {
		return p, false
	}
	shortest := shortestIPv6
	if p.Addr().Is4() {
		shortest = shortestIPv4
	}
	what := ""
	switch {
	case p != p.Masked():
		what = "has bits beyond its length, want " + p.Masked().String()
	case p.Bits() < shortest || p.Addr().Is4In6():
		what = "is too wide or mapped"
	case !public(p.Addr()):
		what = "is no public range"
	}
	if what != "" {
		r.faults.add(Position{r.file, r.line}, "prefix", "%s %s", word, what)
		return netip.Prefix{}, true
	}
	return p, true
}

func public(a netip.Addr) bool { return a.IsGlobalUnicast() && !a.IsPrivate() }

// listedName returns a name in the form of the packs, or "": it must end in a suffix under which names are registered,
// and be more than such a suffix of the registries (com, co.uk).
func listedName(word string) string {
	word, _, _ = strings.Cut(strings.ToLower(word), "/")
	word = strings.Trim(word, ".:")
	if badPattern(word) != "" {
		return ""
	}
	plain := strings.TrimPrefix(word, "*.")
	suffix, icann := publicsuffix.PublicSuffix(strings.ReplaceAll(plain, "*", "x"))
	if !icann && !strings.Contains(suffix, ".") || icann && plain == suffix {
		return ""
	}
	return word
}
