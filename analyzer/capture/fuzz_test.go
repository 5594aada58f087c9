package capture

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
)

// FuzzRead compares with pcapgo where both read to the end, and small blocks with large ones always.
func FuzzRead(f *testing.F) {
	for _, seed := range [][]byte{
		join(little.pcap(magicMicro, 4, 65535, 1), little.record(1, 5, 4, 60, "abcd"), little.record(2, 5, 2, 2, "ef")),
		join(big.pcap(magicNano, 4, 65535, 0x24000001), big.record(1, 5, 4, 60, "abcd")),
		join(little.pcap(magicModified, 3, 65535, 1), little.record(1, 5, 4, 60, "abcd", 0, 0, 0, 3, 0, 8, 0, 0)),
		join(little.section(), little.iface(1, 4, little.option(ngOptResolution, 9), little.option64(ngOptOffset, 7)),
			little.enhanced(0, 5, 60, "abcd", little.option64(ngOptGap, 3), little.option(ngOptFlags, 0x80, 0, 0, 0)),
			little.simple(60, "abcd"), little.obsolete(0, 1, 5, 60, "abc"), little.stats(0, little.option64(ngOptKernelDrops, 2)),
			little.block(ngCustom, make([]byte, 4)), little.block(10, make([]byte, 20)),
			big.section(), big.iface(101, 0), big.enhanced(0, 5, 3, "xyz")),
		join(snoopHeader(2, 4), snoopRecord("abcd", 60), snoopRecord("", 1)),
		gzipped(f, join(little.pcap(magicMicro, 4, 65535, 1), little.record(1, 5, 4, 60, "abcd"))),
		zstandard(f, join(little.section(), little.iface(1, 0), little.enhanced(0, 5, 60, "abcd"))),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if compression(data) != nil && len(data) > 2048 {
			t.Skip("may unpack to more than is worth reading in small blocks")
		}
		got, info, err := readBytes(t, data, blockSize)
		again, infoAgain, errAgain := readBytes(t, data, 64)
		if len(got) != len(again) || (err == nil) != (errAgain == nil) {
			t.Fatalf("%d packets and %v in large blocks, %d and %v in small ones", len(got), err, len(again), errAgain)
		}
		for i := range got {
			if got[i] != again[i] {
				t.Errorf("packet %+v in large blocks is %+v in small ones", got[i], again[i])
			}
		}
		if info.Packets != infoAgain.Packets || len(info.LinkTypes) != len(infoAgain.LinkTypes) {
			t.Errorf("%+v is not %+v", info, infoAgain)
		}
		checkDamage(t, len(got), err)
		for _, oracle := range []func(io.Reader) ([]packet, error){classicByPcapgo, ngByPcapgo} {
			if want, theirs := oracle(bytes.NewReader(data)); err == nil && theirs == io.EOF {
				compareLenient(t, want, got)
			}
		}
	})
}

func checkDamage(t *testing.T, packets int, err error) {
	t.Helper()
	var damaged *DamageError
	if errors.As(err, &damaged) && damaged.Packet < int64(packets+1) {
		t.Errorf("%v after %d packets", err, packets)
	}
}

// compareLenient compares what the two readers must agree on. Pcapgo knows neither frame check sequences nor some time
// resolutions, and counts interfaces in each section anew.
func compareLenient(t *testing.T, want, got []packet) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%d packets, pcapgo reads %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		fcs := len(w.Data) - len(g.Data)
		if g.Link != w.Link || !strings.HasPrefix(w.Data, g.Data) || fcs != 0 && (fcs > 4 || g.Link != LinkEthernet) ||
			w.WireLen-g.WireLen > 4 {
			t.Errorf("packet %+v is %+v for pcapgo", g, w)
		}
	}
}

// TestClaims reads files that claim much and hold little. What is allocated must not follow the claim.
func TestClaims(t *testing.T) {
	start := join(little.section(), little.iface(1, 0))
	for name, data := range map[string][]byte{
		"pcap record":     join(little.pcap(magicMicro, 4, 0xffffffff, 1), little.record(1, 0, 0xffffffff, 0xffffffff, "")),
		"pcap record max": join(little.pcap(magicMicro, 4, 0xffffffff, 1), little.record(1, 0, maxFrame, maxFrame, "")),
		"packet block":    join(start, little.u32(6, maxBlock, 0, 0, 0, 60, 60)),
		"interface block": join(start, little.u32(1, maxBlock)),
		"unknown block":   join(start, little.u32(0x77, 0xfffffffc)),
		"options":         join(start, little.enhanced(0, 0, 1, "a", little.u32(0xffff0001))),
		"snoop record":    join(snoopHeader(2, 4), big.u32(0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 0)),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		readBytes(t, data, blockSize)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: %d bytes allocated", name, n)
		}
	}
}
