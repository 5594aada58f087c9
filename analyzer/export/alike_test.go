package export

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"webexaudit/analyzer/record"
)

// asked are flows of a flood that nobody answered, in their order: from strangers, and from two addresses of which more
// is seen.
func asked(n int) (list []*record.Flow, heard map[netip.Addr]bool) {
	r := rand.New(rand.NewPCG(1, 2))
	server := netip.MustParseAddr("198.51.100.1")
	heard = map[netip.Addr]bool{server: true}
	for i := range n {
		src := netip.AddrFrom4([4]byte{100, 64, byte(r.IntN(4)), byte(r.IntN(250))})
		if r.IntN(3) == 0 {
			src = netip.AddrFrom4([4]byte{10, 0, 0, byte(r.IntN(2))})
			heard[src] = true
		}
		f := &record.Flow{SrcIP: src, DstIP: server, DstPort: 3478 + r.IntN(2), Proto: "udp", App: "stun",
			StartTime: record.Time(i), EndTime: record.Time(i + r.IntN(50)), LastPacket: int64(i), PacketsFwd: 2,
			BytesFwd: int64(40 + r.IntN(9)), DSCPFwd: record.DSCP{r.IntN(2) * 46: 2}}
		f.STUN = &record.STUNFacts{Requests: 2, Types: map[string]int64{[]string{"binding", "allocate"}[r.IntN(2)]: 2}}
		list = append(list, f)
	}
	return list, heard
}

// joinedInRanges concludes such a flood in ranges of a size, and returns the records that stand for many, how many
// flows have their own, and how many were joined of a range.
func joinedInRanges(flows, size int) (standing []*record.Flow, own, joined int) {
	list, heard := asked(flows)
	x := newPiles(heard)
	for len(list) > 0 {
		k := &concluder{piles: x, cloner: record.NewCloner()}
		n := min(size, len(list))
		for _, f := range list[:n] {
			k.set(f, 1)
			*f = record.Flow{} // it was lent
		}
		list = list[n:]
		for _, f := range k.unanswered {
			switch x.place(f.Flow) {
			case itself:
				own++
			case standsFor:
				standing = append(standing, f.Flow)
			}
		}
		for kd, s := range k.joined {
			joined += int(s.rest.Count())
			x.add(&kd, s)
		}
	}
	x.finish()
	return standing, own, joined
}

// TestPiles: whether a goroutine joins the flows of its range before their turn comes, or not, is all the same.
func TestPiles(t *testing.T) {
	const flows = 20_000
	want, own, joined := joinedInRanges(flows, flows)
	if joined > 0 {
		t.Fatalf("%d flows were joined of the only range", joined)
	}
	for _, size := range []int{1, 7, 300, 1024} {
		got, n, early := joinedInRanges(flows, size)
		if n != own || early < flows/4 {
			t.Errorf("ranges of %d: %d flows have records of their own, want %d; %d were joined of ranges", size, n, own,
				early)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
			t.Errorf("ranges of %d: %s", size, d)
		}
	}
	var all, packets int64
	for _, f := range want {
		all, packets = all+f.Count(), packets+f.PacketsFwd
	}
	if all+int64(own) != flows || packets != 2*all {
		t.Errorf("%d records stand for %d flows with %d packets, %d are themselves", len(want), all, packets, own)
	}
}
