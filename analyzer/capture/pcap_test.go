package capture

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPcap(t *testing.T) {
	const sec = 1_700_000_000
	one := packet{1, sec*1e9 + 5000, 60, 0, LinkEthernet, "abcd"}
	with := func(f func(*packet)) []packet { p := one; f(&p); return []packet{p} }
	tests := []struct {
		name string
		data []byte
		want []packet
	}{
		{"micro, little", join(little.pcap(magicMicro, 4, 65535, 1), little.record(sec, 5, 4, 60, "abcd")), []packet{one}},
		{"micro, big", join(big.pcap(magicMicro, 4, 65535, 1), big.record(sec, 5, 4, 60, "abcd")), []packet{one}},
		{"nano, little", join(little.pcap(magicNano, 4, 65535, 1), little.record(sec, 5000, 4, 60, "abcd")), []packet{one}},
		{"nano, big", join(big.pcap(magicNano, 4, 65535, 1), big.record(sec, 5000, 4, 60, "abcd")), []packet{one}},
		{"modified, little", join(little.pcap(magicModified, 4, 65535, 1),
			little.record(sec, 5, 4, 60, "abcd", 3, 0, 0, 0, 8, 0, 0, 0)), []packet{one}},
		{"modified, big", join(big.pcap(magicModified, 4, 65535, 1),
			big.record(sec, 5, 4, 60, "abcd", 0, 0, 0, 3, 0, 8, 0, 0)), []packet{one}},
		{"Ixia hardware", join(little.pcap(magicIxiaHW, 4, 65535, 1), little.u32(20), little.record(sec, 5000, 4, 60, "abcd")),
			[]packet{one}},
		{"Ixia software", join(big.pcap(magicIxiaSW, 4, 65535, 1), big.u32(20), big.record(sec, 5, 4, 60, "abcd")), []packet{one}},
		{"version 2.2 has the lengths the other way round",
			join(little.pcap(magicMicro, 2, 65535, 1), little.record(sec, 5, 60, 4, "abcd")), []packet{one}},
		{"version 2.3 has them either way",
			join(little.pcap(magicMicro, 3, 65535, 1), little.record(sec, 5, 60, 4, "abcd"), little.record(sec, 5, 4, 60, "abcd")),
			[]packet{one, with(func(p *packet) { p.Number = 2 })[0]}},
		{"no packets", little.pcap(magicMicro, 4, 65535, 1), nil},
		{"captured more than the original", join(little.pcap(magicMicro, 4, 65535, 1), little.record(sec, 5, 4, 1, "abcd")),
			with(func(p *packet) { p.WireLen = 4 })},
		{"captured more than the snapshot length", join(little.pcap(magicMicro, 4, 2, 1), little.record(sec, 5, 4, 60, "abcd")),
			[]packet{one}},
		{"nothing captured", join(little.pcap(magicMicro, 4, 65535, 1), little.record(sec, 5, 0, 60, "")),
			with(func(p *packet) { p.Data = "" })},
		{"a fraction of more than a second", join(little.pcap(magicMicro, 4, 65535, 1),
			little.record(sec, 0xffffffff, 4, 60, "abcd")), with(func(p *packet) { p.Time = sec*1e9 + 0xffffffff*1000 })},
		{"unknown link type", join(little.pcap(magicMicro, 4, 65535, 0xfffe), little.record(sec, 5, 4, 60, "abcd")),
			with(func(p *packet) { p.Link = 0xfffe })},
		{"reserved bits of the link type", join(little.pcap(magicMicro, 4, 65535, 0x03ff0001), little.record(sec, 5, 4, 60, "abcd")),
			[]packet{one}},
		{"frame check sequence, captured whole", join(little.pcap(magicMicro, 4, 65535, 0x24000001),
			little.record(sec, 5, 8, 8, "abcdFCS!")), with(func(p *packet) { p.WireLen = 4 })},
		{"frame check sequence, half of it captured", join(little.pcap(magicMicro, 4, 65535, 0x24000001),
			little.record(sec, 5, 6, 8, "abcdFC")), with(func(p *packet) { p.WireLen = 4 })},
		{"frame check sequence, not captured", join(little.pcap(magicMicro, 4, 65535, 0x24000001),
			little.record(sec, 5, 4, 64, "abcd")), []packet{one}},
		{"frame check sequence longer than the frame", join(little.pcap(magicMicro, 4, 65535, 0x24000001),
			little.record(sec, 5, 2, 2, "ab")), with(func(p *packet) { p.WireLen, p.Data = 2, "ab" })},
		{"length of a frame check sequence without the flag", join(little.pcap(magicMicro, 4, 65535, 0x20000001),
			little.record(sec, 5, 4, 60, "abcd")), []packet{one}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, size := range []int{1, 7, 20, blockSize} {
				got, info, err := readBytes(t, test.data, size)
				if err != nil {
					t.Fatalf("blocks of %d: %v", size, err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("blocks of %d (-want +got):\n%s", size, diff)
				}
				if info.Format != "pcap" || info.Packets != int64(len(test.want)) || info.Bytes != int64(len(test.data)) {
					t.Errorf("blocks of %d: info %+v", size, info)
				}
			}
		})
	}
}

func TestPcapInfo(t *testing.T) {
	_, info, err := readBytes(t, little.pcap(magicMicro, 4, 1500, 113), blockSize)
	want := Info{Name: "test", Format: "pcap", Bytes: 24, LinkTypes: []LinkType{LinkSLL}, Snaplen: 1500}
	if diff := cmp.Diff(want, info); err != nil || diff != "" {
		t.Errorf("error %v, info (-want +got):\n%s", err, diff)
	}
}

// TestBlockOwnership keeps all blocks until the end, as a pipeline with blocks in flight does, or spoils each before
// the next.
func TestBlockOwnership(t *testing.T) {
	data := manyPackets(t, false, 3000)
	want, _, err := readBytes(t, data, blockSize)
	if err != nil || len(want) != 3000 {
		t.Fatalf("%d packets, %v", len(want), err)
	}
	for name, keep := range map[string]bool{"kept": true, "spoilt": false} {
		s := mustOpen(t, data, 4096)
		var blocks []*Block
		var got []packet
		for {
			b := &Block{}
			if s.Next(b) != nil {
				break
			}
			if blocks = append(blocks, b); !keep {
				got = appendPackets(got, b)
				clear(b.Data[:cap(b.Data)])
			}
		}
		for _, b := range blocks {
			if keep {
				got = appendPackets(got, b)
			}
		}
		if len(blocks) < 100 || !slices.Equal(want, got) {
			t.Errorf("%s: %d blocks with %d packets that differ from those read at once", name, len(blocks), len(got))
		}
	}
}

// TestLargestFrame has frames larger than a block between small ones. Small blocks grow with them, and shrink again.
func TestLargestFrame(t *testing.T) {
	large := string(make([]byte, maxFrame))
	data := join(little.pcap(magicMicro, 4, maxFrame, 1), little.record(1, 0, 2, 2, "ab"),
		little.record(2, 0, maxFrame, maxFrame, large), little.record(3, 0, maxFrame, maxFrame, large),
		little.record(4, 0, 2, 2, "cd"))
	for _, size := range []int{100, blockSize} {
		s := mustOpen(t, data, size)
		var got []packet
		var b Block
		for s.Next(&b) == nil {
			got = appendPackets(got, &b)
			if cap(b.Data) > 4*maxFrame {
				t.Errorf("blocks of %d: the buffer has grown to %d", size, cap(b.Data))
			}
		}
		if len(got) != 4 || got[1].Data != large || got[2].Data != large || got[3].Data != "cd" {
			t.Errorf("blocks of %d: %d packets", size, len(got))
		}
		if size == 100 && cap(b.Data) > 1000 {
			t.Errorf("the buffer is still %d", cap(b.Data))
		}
	}
}

// TestMessages has frames of a link that carries messages longer than any frame: they are cut, not damage.
func TestMessages(t *testing.T) {
	const usb = 189
	long := string(make([]byte, 300_000))
	for name, data := range map[string][]byte{
		"pcap":   join(little.pcap(magicMicro, 4, 65535, usb), little.record(1, 0, 300_000, 300_000, long), little.record(2, 0, 2, 2, "ab")),
		"pcapng": join(big.section(), big.iface(usb, 0), big.enhanced(0, 0, 300_000, long, big.option(1, 'x')), big.enhanced(0, 0, 2, "ab")),
	} {
		for _, size := range []int{100, blockSize} {
			got, _, err := readBytes(t, data, size)
			if err != nil || len(got) != 2 || len(got[0].Data) != maxFrame || got[0].WireLen != 300_000 ||
				got[1].Data != "ab" {
				t.Errorf("%s, blocks of %d: %d packets, %v", name, size, len(got), err)
			}
		}
	}
}
