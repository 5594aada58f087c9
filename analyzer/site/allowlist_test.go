package site

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

func rangesText(list []record.ListedRange) string {
	var words []string
	for _, r := range list {
		words = append(words, r.Prefix+" "+r.Kind)
	}
	return strings.Join(words, ", ")
}

// packOf2026 is the pack of September, with the ranges that were published by then.
func packOf2026(t *testing.T) (pack *signatures.Pack, published []netip.Prefix) {
	t.Helper()
	catalog, err := signatures.Load()
	if err != nil {
		t.Fatal(err)
	}
	pack, err = catalog.Select("2026-09-01")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range pack.Rows() {
		if p := row.Prefix; p != nil && row.Retired == "" && p.Tier == signatures.TierPublished {
			published = append(published, p.Prefixes...)
		}
	}
	return pack, published
}

// with is the list and more ranges.
func with(list []netip.Prefix, more ...string) []netip.Prefix {
	list = slices.Clone(list)
	for _, m := range more {
		list = append(list, netip.MustParsePrefix(m))
	}
	return list
}

// TestAllowList: what is missing in an operator's list, and what stands in it for nothing.
func TestAllowList(t *testing.T) {
	pack, all := packOf2026(t)
	without := func(text string) []netip.Prefix {
		return slices.DeleteFunc(slices.Clone(all), func(p netip.Prefix) bool {
			return p.Overlaps(netip.MustParsePrefix(text))
		})
	}
	v4 := slices.DeleteFunc(slices.Clone(all), func(p netip.Prefix) bool { return p.Addr().Is6() })
	for _, c := range []struct {
		name, withdrawn, missing string
		list                     []netip.Prefix
	}{
		{name: "complete", list: all},
		{name: "a range missing", list: without("64.68.96.0/19"), missing: "64.68.96.0/19 media"},
		{name: "half of it missing", list: with(without("64.68.96.0/19"), "64.68.96.0/20"), missing: "64.68.96.0/19 media"},
		{name: "in two halves", list: with(without("64.68.96.0/19"), "64.68.112.0/20", "64.68.96.0/20")},
		{name: "in four parts, one of them twice", list: with(without("64.68.96.0/19"), "64.68.112.0/21", "64.68.120.0/21", "64.68.96.0/20", "64.68.112.0/22")},
		{name: "wider", list: with(without("64.68.96.0/19"), "64.68.0.0/16")},
		{name: "withdrawn", list: with(all, "66.114.160.0/20"), withdrawn: "66.114.160.0/20 media"},
		{name: "a part of a withdrawn range", list: with(all, "66.114.161.9/32"), withdrawn: "66.114.161.9/32 media"},
		{name: "wider than a withdrawn range", list: with(all, "66.114.0.0/16")},
		{name: "others", list: with(all, "192.0.2.0/24", "0.0.0.0/0")},
		{name: "without IPv6", list: v4},
	} {
		got := compareRanges(c.list, pack)
		if w, m := rangesText(got.Withdrawn), rangesText(got.Missing); w != c.withdrawn || m != c.missing ||
			got.Entries != len(c.list) {
			t.Errorf("%s: withdrawn %q, missing %q", c.name, w, m)
		}
	}
}

// TestAllowListOfStrangers: a list of other ranges, of a withdrawn one, and none.
func TestAllowListOfStrangers(t *testing.T) {
	pack, _ := packOf2026(t)
	one := compareRanges(with(nil, "192.0.2.1/32"), pack)
	if len(one.Missing) < 20 || len(one.Withdrawn) != 0 ||
		!strings.HasPrefix(fmt.Sprint(compareRanges(with(nil, "66.114.160.0/24"), pack).Withdrawn[0].Why), "since 2025-04-04") {
		t.Errorf("%d missing, %v", len(one.Missing), one.Withdrawn)
	}
	if compareRanges(nil, pack) != nil {
		t.Error("no list, but a comparison")
	}
}
