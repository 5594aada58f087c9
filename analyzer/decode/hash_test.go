package decode

import (
	"math/rand/v2"
	"testing"
)

// weak are words that a product of the usual kind swallows: with one of them the others no longer count.
var weak = []uint64{0, 1, 0x9e3779b97f4a7c15, 0xe7037ed1a0b428db, 0xa0761d6478bd642f, 0xd6e8feb86659fd93, ^uint64(0)}

// TestFlowHash: flows of whatever addresses are spread over slots and over shares, and both directions meet.
func TestFlowHash(t *testing.T) {
	const flows = 4096
	for _, hi := range weak {
		for _, lo := range weak {
			low, tags, shares := map[uint64]int{}, map[uint64]bool{}, map[uint8]int{}
			for i := range flows {
				a, b := Addr{hi, lo}, Addr{0x2001_0db8 << 32, uint64(i / 64)}
				ap, bp := uint16(i), uint16(5004)
				h, s := FlowHash(a, b, ap, bp, ProtoUDP), FlowShare(a, b, ap, bp, ProtoUDP)
				if h != FlowHash(b, a, bp, ap, ProtoUDP) || s != FlowShare(b, a, bp, ap, ProtoUDP) {
					t.Fatalf("%v %d: another hash in the other direction", a, ap)
				}
				low[h%flows]++
				tags[h>>32] = true
				shares[s%16]++
			}
			if len(low) < flows/2 || len(tags) < flows-16 { // 63 % of the slots by chance
				t.Errorf("client %x:%x: %d flows in %d slots, %d tags", hi, lo, flows, len(low), len(tags))
			}
			for s := range uint8(16) {
				if n := shares[s]; n < flows/32 || n > flows/8 {
					t.Errorf("client %x:%x: share %d has %d of %d flows", hi, lo, s, n, flows)
				}
			}
		}
	}
}

// TestKeys: another process, with other keys, finds the same copies, also where more packets come at a time than the
// table can hold; no bytes of the payload make another packet a copy.
func TestKeys(t *testing.T) {
	old := keys
	defer func() { keys = old }()
	run := func(seed uint64) (copies []int) {
		for i := range keys {
			keys[i] = rand.NewPCG(seed, uint64(i)).Uint64()
		}
		r := rand.New(rand.NewPCG(1, 2))
		dups := NewCopies(1)
		for i := range 200_000 {
			p := Packet{Src: Addr{0, uint64(r.IntN(4))}, Dst: Addr{0, 9}, SrcPort: 5004, DstPort: 5004, Proto: ProtoUDP,
				IPLen: 100, ipid: uint32(i/2%60_000) + 1, Payload: make([]byte, 48), PayloadLen: 48}
			for j := range p.Payload[:8] {
				p.Payload[j] = byte(weak[i/2%len(weak)] >> (8 * j))
			}
			p.Share = FlowShare(p.Src, p.Dst, p.SrcPort, p.DstPort, p.Proto)
			if dups.Seen(&p) {
				copies = append(copies, i)
			}
		}
		return copies
	}
	a, b := run(1), run(2)
	if len(a) == 0 || len(a) != len(b) {
		t.Fatalf("%d copies with some keys, %d with others", len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("copy %d is packet %d, and %d with other keys", i, a[i], b[i])
		}
	}
}
