package record

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

// packer and unpacker of one table.
type packing struct {
	words *Words
	p     *Packer
	u     Unpacker
}

func newPacking() *packing {
	w := NewWords()
	return &packing{words: w, p: NewPacker(w)}
}

// pack makes one part of the records.
func (c *packing) pack(t testing.TB, list ...Record) []byte {
	t.Helper()
	c.p.Start(nil, 1_763_802_000_000_000_000, 1000)
	for _, r := range list {
		if !c.p.Record(r) {
			t.Fatalf("%T is not known", r)
		}
	}
	b, err := c.p.End()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// same reads the records of a part and holds them against those that were packed.
func (c *packing) same(t testing.TB, b []byte, list ...Record) {
	t.Helper()
	c.u.Release()
	c.u.Start(b, c.words.List(), 1_763_802_000_000_000_000, 1000)
	for _, want := range list {
		got := reflect.New(reflect.TypeOf(want).Elem()).Interface().(Record)
		if c.u.Record(got); !reflect.DeepEqual(got, want) {
			t.Fatalf("%T:\n%s\nwant\n%s", want, shown(got), shown(want))
		}
	}
	if rest, err := c.u.End(); err != nil || len(rest) > 0 {
		t.Fatalf("%d bytes are left, %v", len(rest), err)
	}
}

func shown(r Record) string {
	b, err := AppendJSON(nil, r)
	return fmt.Sprintf("%s %v", b, err)
}

// TestPack: records of all types, with something in every member, several in a part, are read as they were.
func TestPack(t *testing.T) {
	random := rand.New(rand.NewPCG(12, 13))
	c := newPacking()
	for range 300 {
		var list []Record
		for _, r := range Types() {
			if random.IntN(3) > 0 {
				fill(random, reflect.ValueOf(r).Elem(), 0)
			}
			list = append(list, r)
		}
		c.same(t, c.pack(t, list...), list...)
	}
	if n := len(c.words.List()); n < 15 {
		t.Errorf("%d words, of texts that came hundreds of times", n)
	}
}

// TestPackForms: what a value costs, and that all its forms are read back.
func TestPackForms(t *testing.T) {
	for _, c := range []struct {
		flow Flow
		want int // bytes above an empty record
	}{
		{Flow{FlowID: "0123456789abcdef"}, 10},
		{Flow{FlowID: "0123456789ABCDEF"}, 18}, {Flow{FlowID: "abc"}, 5}, {Flow{FlowID: "0123456789abcdeg"}, 18},
		{Flow{CommunityID: "1:wCb3OG7yAFWelaUydu0D+125CLM="}, 21},
		{Flow{CommunityID: "1:wCb3OG7yAFWelaUydu0D+125CLN="}, 32}, // bits that no encoder leaves
		{Flow{SrcIP: netip.MustParseAddr("10.1.2.3")}, 5}, {Flow{SrcIP: netip.MustParseAddr("2001:db8::1")}, 17},
		{Flow{SrcIP: netip.MustParseAddr("10.1.2.3"), Client: netip.MustParseAddr("10.1.2.3")}, 6},
		{Flow{SNI: "a.webex.com", DNSName: "a.webex.com"}, 14},
		{Flow{StartTime: 1_763_802_000_000_001_000}, 1}, {Flow{StartTime: 1_763_802_000_000_001_001}, 2},
		{Flow{FirstPacket: 1001, LastPacket: 1003}, 2}, {Flow{Webex: true}, 0}, {Flow{VLAN: []int{}}, 1},
		{Flow{DSCPFwd: DSCP{46: 7}}, 3}, {Flow{Packets: PacketSetOf(PacketRange{0, 5, 9})}, 4},
		{Flow{MediaPattern: &MediaPattern{RateFwd: 0.5, RateRev: 50}}, 6}, {Flow{MediaPattern: &MediaPattern{RateFwd: 1.0 / 3}}, 11},
	} {
		k := newPacking()
		b := k.pack(t, &c.flow)
		k.same(t, b, &c.flow)
		if got := len(b) - len(k.pack(t, new(Flow))); got != c.want {
			t.Errorf("%s: %d bytes, want %d", shown(&c.flow), got, c.want)
		}
	}
}

// TestWords: a text is taken in when it comes in a second part, and the table does not grow beyond its bounds.
func TestWords(t *testing.T) {
	c := newPacking()
	f := &Flow{SNI: "a.webex.com"}
	sizes := [3]int{len(c.pack(t, f)), len(c.pack(t, f)), len(c.pack(t, f))}
	if sizes[0]-sizes[1] != 12 || sizes[1] != sizes[2] || len(c.words.List()) != 1 {
		t.Errorf("%d bytes, %q", sizes, c.words.List())
	}
	for i := range 3 * maxWords {
		s := fmt.Sprintf("host-%d.webex.com", i/2)
		f := &Flow{SNI: s}
		c.same(t, c.pack(t, f), f)
	}
	if n := len(c.words.List()); n != maxWords {
		t.Errorf("%d words, want %d", n, maxWords)
	}
	long := &Flow{SNI: strings.Repeat("x", longestWord+1)}
	c.same(t, c.pack(t, long), long)
	c = newPacking()
	for i := range 1 << 14 {
		s := fmt.Sprintf("%*d", longestWord, i)
		c.pack(t, &Flow{SNI: s})
		c.pack(t, &Flow{SNI: s})
	}
	if c.words.bytes > maxWordBytes || c.words.bytes < maxWordBytes-longestWord {
		t.Errorf("%d bytes of words, want at most %d", c.words.bytes, maxWordBytes)
	}
}

// TestUnpackDamaged: every beginning of a part that lacks something is a fault, and so are lengths beyond its end.
func TestUnpackDamaged(t *testing.T) {
	random := rand.New(rand.NewPCG(14, 15))
	for _, r := range Types() {
		fill(random, reflect.ValueOf(r).Elem(), 0)
		c := newPacking()
		b := c.pack(t, r)
		for n := range b {
			c.u.Start(b[:n], nil, 1_763_802_000_000_000_000, 1000)
			c.u.Record(r)
			if _, err := c.u.End(); !errors.Is(err, errPacked) {
				t.Fatalf("%T, %d of %d bytes: %v", r, n, len(b), err)
			}
		}
	}
	var u Unpacker
	for _, b := range [][]byte{{0xff, 0xff, 0xff, 0xff, 0x0f}, {textHex, 9, 1}, {textCommunity, 1},
		{textPlain, 200, 1}, {byte(textWord)}} {
		if u.Start(b, nil, 0, 0); u.Text() != "" || u.err == nil {
			t.Errorf("%x is read as a text", b)
		}
	}
	for _, b := range [][]byte{{addr4, 1, 2, 3}, {addr6}, {addrZone, 1}, {addrRecent + 4}} {
		if u.Start(b, nil, 0, 0); u.Addr().IsValid() || u.err == nil {
			t.Errorf("%x is read as an address", b)
		}
	}
	if u.Start([]byte{0xff, 0xff, 0x7f}, nil, 0, 0); u.Len() != 0 || u.err == nil {
		t.Error("a list of 2 million members in 3 bytes")
	}
}

// FuzzUnpack reads anything as any record: no panic, and no more memory than its size allows.
func FuzzUnpack(f *testing.F) {
	random := rand.New(rand.NewPCG(16, 17))
	for i, r := range Types() {
		fill(random, reflect.ValueOf(r).Elem(), 0)
		f.Add(newPacking().pack(f, r), i)
		f.Add([]byte{0xff, 0xff, 0xff}, i)
	}
	words := []string{"tcp", "fwd"}
	f.Fuzz(func(t *testing.T, b []byte, i int) {
		types := Types()
		r := types[uint(i)%uint(len(types))]
		var u Unpacker
		u.Start(b, words, 0, 0)
		u.Record(r)
		if rest, err := u.End(); err == nil && len(rest) > len(b) {
			t.Fatalf("%d bytes are left of %d", len(rest), len(b))
		}
	})
}
