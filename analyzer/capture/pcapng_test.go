package capture

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPcapng(t *testing.T) {
	const us = 1_700_000_000_000_005
	one := packet{1, us * 1000, 60, 0, LinkEthernet, "abcd"}
	with := func(f func(*packet)) packet { p := one; f(&p); return p }
	at := func(ns int64) []packet { return []packet{with(func(p *packet) { p.Time = ns })} }
	timed := func(ticks uint64, options ...[]byte) []byte {
		return join(big.section(), big.iface(1, 0, options...), big.enhanced(0, ticks, 60, "abcd"))
	}
	tests := []struct {
		name string
		data []byte
		want []packet
	}{
		{"little", join(little.section(), little.iface(1, 0), little.enhanced(0, us, 60, "abcd")), []packet{one}},
		{"big", timed(us), []packet{one}},
		{"only a section header", big.section(), nil},
		{"sections of either byte order, interfaces count on", join(
			little.section(), little.iface(1, 0), little.iface(101, 0), little.enhanced(1, us, 60, "abcd"),
			big.section(), big.iface(276, 0), big.enhanced(0, us, 60, "abcd"),
			little.section(), little.iface(1, 0), little.enhanced(0, us, 60, "abcd"),
		), []packet{
			with(func(p *packet) { p.Interface, p.Link = 1, LinkRaw }),
			with(func(p *packet) { p.Number, p.Interface, p.Link = 2, 2, LinkSLL2 }),
			with(func(p *packet) { p.Number, p.Interface = 3, 3 }),
		}},
		{"seconds", timed(7, big.option(ngOptResolution, 0)), at(7e9)},
		{"milliseconds", timed(7, big.option(ngOptResolution, 3)), at(7e6)},
		{"nanoseconds", timed(7, big.option(ngOptResolution, 9)), at(7)},
		{"picoseconds", timed(7_001, big.option(ngOptResolution, 12)), at(7)},
		{"10^-19 s", timed(15e18, big.option(ngOptResolution, 19)), at(1_500_000_000)},
		{"10^-20 s is nothing", timed(7, big.option(ngOptResolution, 20)), at(0)},
		{"2^-10 s", timed(5*1024+512, big.option(ngOptResolution, 0x8a)), at(5_500_000_000)},
		{"2^-63 s", timed(3<<62, big.option(ngOptResolution, 0x80|63)), at(1_500_000_000)},
		{"2^-64 s is nothing", timed(7, big.option(ngOptResolution, 0x80|64)), at(0)},
		{"offset", timed(5_000_000, big.option64(ngOptOffset, 1000)), at(1005e9)},
		{"offset of a time stamp of 0", timed(0, big.option64(ngOptOffset, 1000)), at(1000e9)},
		{"negative offset", timed(5_000_000, big.option64(ngOptOffset, math.MaxUint64-9)), at(-5e9)},
		{"beyond the year 2262", timed(math.MaxUint64, big.option(ngOptResolution, 3)), at(math.MaxInt64)},
		{"offset beyond all", timed(math.MaxUint64, big.option64(ngOptOffset, math.MaxInt64)), at(math.MaxInt64)},
		{"simple packets have no time, and the snapshot length of the first interface", join(
			little.section(), little.iface(1, 4), little.iface(101, 0), little.simple(60, "abcd"), little.simple(3, "abc"),
		), []packet{with(func(p *packet) { p.Time = 0 }),
			with(func(p *packet) { p.Number, p.Time, p.WireLen, p.Data = 2, 0, 3, "abc" })}},
		{"obsolete packets", join(big.section(), big.iface(101, 0), big.iface(1, 0), big.obsolete(1, 7, us, 60, "abcd")),
			[]packet{with(func(p *packet) { p.Interface = 1 })}},
		{"frame check sequence in bytes", join(little.section(), little.iface(1, 0, little.option(ngOptFCS, 4)),
			little.enhanced(0, us, 8, "abcdFCS!")), []packet{with(func(p *packet) { p.WireLen = 4 })}},
		{"frame check sequence in bits", join(little.section(), little.iface(1, 0, little.option(ngOptFCS, 32)),
			little.enhanced(0, us, 8, "abcdFCS!")), []packet{with(func(p *packet) { p.WireLen = 4 })}},
		{"frame check sequence of one packet", join(little.section(), little.iface(1, 0),
			little.enhanced(0, us, 8, "abcdFCS!", little.option(ngOptFlags, 4<<5, 0, 0, 0)), little.enhanced(0, us, 60, "abcd")),
			[]packet{with(func(p *packet) { p.WireLen = 4 }), with(func(p *packet) { p.Number = 2 })}},
		{"no frame check sequence but on Ethernet", join(little.section(), little.iface(101, 0, little.option(ngOptFCS, 4)),
			little.enhanced(0, us, 4, "abcd")), []packet{with(func(p *packet) { p.Link, p.WireLen = LinkRaw, 4 })}},
		{"other blocks are passed over", join(little.section(), little.block(4, make([]byte, 8)), little.iface(1, 0),
			little.block(10, make([]byte, 3000)), little.block(0x80000001), little.enhanced(0, us, 60, "abcd"),
			little.block(0x77, make([]byte, 500)), little.stats(9)), []packet{one}},
		{"Wireshark numbers custom and journal blocks", join(little.section(), little.iface(1, 0), little.block(ngCustom, make([]byte, 8)),
			little.enhanced(0, us, 60, "abcd"), little.block(ngJournal, make([]byte, 400)), little.block(ngCustomKeep, make([]byte, 8)),
			little.enhanced(0, us, 60, "abcd")),
			[]packet{with(func(p *packet) { p.Number = 2 }), with(func(p *packet) { p.Number = 5 })}},
		{"an option that claims more than there is", join(little.section(), little.iface(1, 0),
			little.enhanced(0, us, 60, "abcd", little.u32(0x01f40001))), []packet{one}},
		{"much text behind a packet", join(little.section(), little.iface(1, 0),
			little.enhanced(0, us, 60, "abcd", little.option(1, make([]byte, 60000)...), little.option(1, make([]byte, 60000)...)),
			little.enhanced(0, us, 60, "abcd")), []packet{one, with(func(p *packet) { p.Number = 2 })}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, size := range []int{1, 13, 100, blockSize} {
				got, info, err := readBytes(t, test.data, size)
				if err != nil {
					t.Fatalf("blocks of %d: %v", size, err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("blocks of %d (-want +got):\n%s", size, diff)
				}
				if info.Format != "pcapng" || info.Packets != int64(len(test.want)) || info.Bytes != int64(len(test.data)) {
					t.Errorf("blocks of %d: info %+v", size, info)
				}
			}
		})
	}
}

func TestPcapngInfo(t *testing.T) {
	n := func(v int64) *int64 { return &v }
	kernel := func(v uint64) []byte { return little.option64(ngOptKernelDrops, v) }
	device := func(v uint64) []byte { return little.option64(ngOptDeviceDrops, v) }
	gap := func(v uint64) []byte { return little.enhanced(0, 0, 1, "a", little.option64(ngOptGap, v)) }
	start := join(little.section(), little.iface(1, 0), little.iface(101, 0))
	tests := []struct {
		name           string
		data           []byte
		kernel, device *int64
	}{
		{"nothing said", start, nil, nil},
		{"none lost", join(start, little.stats(0, kernel(0), device(0))), n(0), n(0)},
		{"the last statistics of each interface count", join(start, little.stats(0, kernel(3)), little.stats(1, kernel(10), device(2)),
			little.stats(0, kernel(5))), n(15), n(2)},
		{"over sections", join(start, little.stats(0, kernel(3)), start, little.stats(0, kernel(4))), n(7), nil},
		{"not known", join(start, little.stats(0, kernel(math.MaxUint64))), nil, nil},
		{"gaps alone", join(start, gap(2), gap(3)), n(5), nil},
		{"gaps that the statistics tell as well", join(start, gap(2), gap(3), little.stats(0, kernel(4), device(1))), n(4), n(1)},
		{"gaps beyond the statistics", join(start, gap(20), little.stats(0, kernel(4), device(1))), n(19), n(1)},
		{"obsolete packets", join(start, little.obsolete(0, 7, 0, 1, "a"), little.obsolete(0, 0xffff, 0, 1, "a")), n(7), nil},
		{"absurd", join(start, gap(math.MaxUint64), gap(math.MaxUint64)), n(math.MaxInt64), nil},
	}
	for _, test := range tests {
		_, info, err := readBytes(t, test.data, blockSize)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([2]*int64{test.kernel, test.device},
			[2]*int64{info.KernelDrops, info.InterfaceDrops}); diff != "" {
			t.Errorf("%s: kernel and interface drops (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestPcapngNames: names go on over sections, as the indices of frames do.
func TestPcapngNames(t *testing.T) {
	named := func(name string) []byte { return little.iface(1, 0, little.option(ngOptName, []byte(name)...)) }
	long := strings.Repeat("x", 2*maxName)
	data := join(little.section(), named("eth1"), little.iface(1, 0), little.section(), named("eth2"), named(long),
		little.enhanced(0, 0, 1, "a"))
	frames, info, err := readBytes(t, data, blockSize)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"eth1", "", "eth2", long[:maxName]}, info.Interfaces); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if i := frames[0].Interface; info.Interfaces[i] != "eth2" {
		t.Errorf("the frame is of interface %d", i)
	}
}

func TestPcapngLinkTypes(t *testing.T) {
	_, info, _ := readBytes(t, join(little.section(), little.iface(999, 0), little.iface(101, 128), little.iface(1, 96),
		little.enhanced(2, 0, 1, "a"), little.enhanced(1, 0, 1, "a"), little.enhanced(2, 0, 1, "a")), blockSize)
	want := []LinkType{LinkEthernet, LinkRaw} // those with packets, in order of appearance
	if diff := cmp.Diff(want, info.LinkTypes); diff != "" || info.Snaplen != 96 {
		t.Errorf("snapshot length %d, link types (-want +got):\n%s", info.Snaplen, diff)
	}
}

// TestSkippedBlock has a block that is much longer than the buffer, and must not be buffered.
func TestSkippedBlock(t *testing.T) {
	long := little.block(0x77, []byte(strings.Repeat("x", 3<<20)))
	data := join(little.section(), little.iface(1, 0), little.enhanced(0, 0, 1, "a"), long, little.enhanced(0, 0, 1, "b"))
	s := mustOpen(t, data, 4096)
	var b Block
	for s.Next(&b) == nil {
		if cap(b.Data) > 16384 {
			t.Fatalf("the buffer has grown to %d bytes", cap(b.Data))
		}
	}
	if got := s.Info().Packets; got != 2 {
		t.Errorf("%d packets", got)
	}
}
