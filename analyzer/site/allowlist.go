package site

import (
	"cmp"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// allowKinds are the ranges that firewalls are to let through.
var allowKinds = []string{signatures.KindMedia, signatures.KindMediaVIMT, signatures.KindCalling,
	signatures.KindGovernment}

// CompareAllowList compares the operator's list with the ranges of the pack; nil without a list.
func (s *Site) CompareAllowList(pack *signatures.Pack) *record.AllowList {
	return compareRanges(s.AllowList(), pack)
}

func compareRanges(list []netip.Prefix, pack *signatures.Pack) *record.AllowList {
	if len(list) == 0 {
		return nil
	}
	out := &record.AllowList{Entries: len(list)}
	current, retired := rangesOf(pack)
	for _, entry := range list {
		if slices.ContainsFunc(current, func(r kindRange) bool { return r.prefix.Overlaps(entry) }) {
			continue
		}
		for _, r := range retired {
			if r.prefix.Bits() <= entry.Bits() && r.prefix.Contains(entry.Addr()) {
				out.Withdrawn = append(out.Withdrawn, record.ListedRange{Prefix: entry.String(), Kind: r.kind,
					Why: r.retired})
				break
			}
		}
	}
	for _, r := range current {
		known := slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Addr().Is4() == r.prefix.Addr().Is4() })
		if r.tier == signatures.TierPublished && slices.Contains(allowKinds, r.kind) && known &&
			!covered(r.prefix, list) {
			out.Missing = append(out.Missing, record.ListedRange{Prefix: r.prefix.String(), Kind: r.kind})
		}
	}
	return out
}

// kindRange is a prefix of the pack and what the pack says of it.
type kindRange struct {
	prefix              netip.Prefix
	kind, tier, retired string
}

// rangesOf are the prefixes of the pack in order; a prefix that several kinds share stands there for each.
func rangesOf(pack *signatures.Pack) (current, retired []kindRange) {
	for _, row := range pack.Rows() {
		if row.Prefix == nil {
			continue
		}
		for _, p := range row.Prefix.Prefixes {
			r := kindRange{p, row.Prefix.Kind, row.Prefix.Tier, row.Retired}
			if r.retired == "" {
				current = append(current, r)
			} else {
				retired = append(retired, r)
			}
		}
	}
	order := func(a, b kindRange) int { return cmp.Or(a.prefix.Compare(b.prefix), cmp.Compare(a.kind, b.kind)) }
	slices.SortFunc(current, order)
	slices.SortFunc(retired, order)
	return slices.CompactFunc(current, func(a, b kindRange) bool { return order(a, b) == 0 }), retired
}

// covered reports whether the list holds every address of the prefix: in one entry, or in several that lie within it.
// The step from a prefix to its halves takes along the entries within, and ends where there are none.
func covered(p netip.Prefix, list []netip.Prefix) bool {
	var within []netip.Prefix
	for _, e := range list {
		if e.Bits() <= p.Bits() && e.Contains(p.Addr()) {
			return true
		}
		if e.Bits() > p.Bits() && p.Contains(e.Addr()) {
			within = append(within, e)
		}
	}
	if len(within) == 0 {
		return false
	}
	low, high := halves(p)
	return covered(low, within) && covered(high, within)
}

// halves of a prefix shorter than an address.
func halves(p netip.Prefix) (low, high netip.Prefix) {
	b, n := p.Addr().AsSlice(), p.Bits()
	low = netip.PrefixFrom(p.Addr(), n+1)
	b[n/8] |= 0x80 >> (n % 8)
	a, _ := netip.AddrFromSlice(b)
	return low, netip.PrefixFrom(a, n+1)
}
