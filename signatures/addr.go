package signatures

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"
)

// AddrMatch is one range that holds an address.
type AddrMatch struct {
	Row     *Row
	Prefix  netip.Prefix
	Kind    string // as in the row, but KindRetired where the range is withdrawn in this pack
	Service string
	Tier    string // published, probable
	Retired string
}

// Addr lists the ranges that hold an address, the longest prefix first; ranges of the same length stand in the order
// government, media-vimt, media, calling, calling-config, as-space, retired. An IPv4 address mapped into IPv6 counts as
// IPv4. The slice belongs to the pack.
func (p *Pack) Addr(a netip.Addr) []AddrMatch {
	list, _ := p.addrs.table.Lookup(a.Unmap().WithZone(""))
	return list
}

// addrIndex maps every distinct prefix to the whole chain of ranges that hold it.
type addrIndex struct {
	table *bart.Table[[]AddrMatch]
}

// kindOrder is the order of ranges of the same length: the narrower meaning first.
var kindOrder = []string{KindGovernment, KindMediaVIMT, KindMedia, KindCalling, KindCallingConfig, KindASSpace,
	KindRetired}

func (x *addrIndex) compile(rows []*Row) {
	own := &bart.Table[[]AddrMatch]{}
	for _, r := range rows {
		if r.Prefix == nil {
			continue
		}
		kind := r.Prefix.Kind
		if r.Retired != "" {
			kind = KindRetired
		}
		for _, pfx := range r.Prefix.Prefixes {
			m := AddrMatch{Row: r, Prefix: pfx, Kind: kind, Service: r.Service, Tier: r.Prefix.Tier, Retired: r.Retired}
			list, _ := own.Get(pfx)
			own.Insert(pfx, append(list, m))
		}
	}
	x.table = &bart.Table[[]AddrMatch]{}
	for pfx := range own.All() {
		var chain []AddrMatch
		for _, list := range own.Supernets(pfx) {
			chain = append(chain, list...)
		}
		slices.SortStableFunc(chain, nearer)
		x.table.Insert(pfx, chain)
	}
}

func nearer(a, b AddrMatch) int {
	return cmp.Or(
		cmp.Compare(b.Prefix.Bits(), a.Prefix.Bits()),
		cmp.Compare(slices.Index(kindOrder, a.Kind), slices.Index(kindOrder, b.Kind)),
		cmp.Compare(b.Row.Priority, a.Row.Priority), cmp.Compare(a.Row.ID, b.Row.ID))
}
