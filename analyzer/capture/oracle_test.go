package capture

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// The oracle is pcapgo, which also wrote what is read here.

// frames gives n frames of mixed lengths, some cut short, with times that rise, the same on each run.
func frames(n int, emit func(i int, ci gopacket.CaptureInfo, data []byte)) {
	noise := rand.NewChaCha8([32]byte{1})
	rnd := rand.New(noise)
	at := time.Unix(1_700_000_000, 0)
	buf := make([]byte, 1500)
	for i := range n {
		data := buf[:rnd.IntN(len(buf))]
		_, _ = noise.Read(data)
		at = at.Add(time.Duration(rnd.IntN(1e6)))
		emit(i, gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(data), Length: len(data) + rnd.IntN(2)*40}, data)
	}
}

// manyPackets is a capture of n packets, as classic file or as pcapng with three interfaces.
func manyPackets(t testing.TB, ng bool, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	if ng {
		writeNg(t, &b, n)
	} else {
		writeClassic(t, pcapgo.NewWriterNanos(&b), n)
	}
	return b.Bytes()
}

func writeClassic(t testing.TB, w *pcapgo.Writer, n int) {
	t.Helper()
	if err := w.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	frames(n, func(_ int, ci gopacket.CaptureInfo, data []byte) {
		if err := w.WritePacket(ci, data); err != nil {
			t.Fatal(err)
		}
	})
}

func writeNg(t testing.TB, out io.Writer, n int) {
	t.Helper()
	w, err := pcapgo.NewNgWriter(out, layers.LinkTypeEthernet)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []pcapgo.NgInterface{
		{Name: "raw", LinkType: layers.LinkTypeRaw, SnapLength: 65535, TimestampResolution: 6, Comment: "micro"},
		{Name: "sll2", LinkType: layers.LinkType(276), SnapLength: 65535, TimestampResolution: 9, Filter: "udp"},
	} {
		if _, err := w.AddInterface(i); err != nil {
			t.Fatal(err)
		}
	}
	frames(n, func(i int, ci gopacket.CaptureInfo, data []byte) {
		ci.InterfaceIndex = i % 3
		drops := uint64(1)
		options := pcapgo.NgPacketOptions{}
		if i%100 == 0 {
			options = pcapgo.NgPacketOptions{Comments: []string{"a remark"}, DropCount: &drops}
		}
		if err := w.WritePacketWithOptions(ci, data, options); err != nil {
			t.Fatal(err)
		}
	})
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

// classicByPcapgo and ngByPcapgo read with the oracle, to the end or to the first error.
func classicByPcapgo(r io.Reader) (ps []packet, err error) {
	p, err := pcapgo.NewReader(r)
	if err != nil {
		return nil, err
	}
	for {
		data, ci, err := p.ReadPacketData()
		if err != nil {
			return ps, err
		}
		ps = append(ps, ours(len(ps), ci, p.LinkType(), data))
	}
}

func ngByPcapgo(r io.Reader) (ps []packet, err error) {
	p, err := pcapgo.NewNgReader(r, pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		return nil, err
	}
	for {
		data, ci, err := p.ReadPacketData()
		if err != nil {
			return ps, err
		}
		ps = append(ps, ours(len(ps), ci, ci.AncillaryData[0].(layers.LinkType), data))
	}
}

func ours(i int, ci gopacket.CaptureInfo, link layers.LinkType, data []byte) packet {
	at := int64(0)
	if !ci.Timestamp.IsZero() {
		at = ci.Timestamp.UnixNano()
	}
	return packet{int64(i + 1), at, uint32(max(ci.Length, len(data))), uint32(ci.InterfaceIndex), LinkType(link),
		string(data)}
}

func TestOracle(t *testing.T) {
	var micro bytes.Buffer
	writeClassic(t, pcapgo.NewWriter(&micro), 2000)
	for _, test := range []struct {
		name   string
		data   []byte
		oracle func(io.Reader) ([]packet, error)
	}{
		{"pcap micro", micro.Bytes(), classicByPcapgo},
		{"pcap nano", manyPackets(t, false, 2000), classicByPcapgo},
		{"pcapng", manyPackets(t, true, 2000), ngByPcapgo},
	} {
		want, err := test.oracle(bytes.NewReader(test.data))
		if err != io.EOF || len(want) != 2000 {
			t.Fatalf("%s: oracle reads %d packets, %v", test.name, len(want), err)
		}
		for _, size := range []int{1, 100, 1024, 5000, 65536, blockSize} {
			got, info, err := readBytes(t, test.data, size)
			if err != nil || !slices.Equal(want, got) {
				t.Errorf("%s, blocks of %d: error %v, packets (-want +got):\n%s", test.name, size, err, cmp.Diff(head(want), head(got)))
			}
			if info.Format == "pcapng" && (info.KernelDrops == nil || *info.KernelDrops != 20) {
				t.Errorf("%s, blocks of %d: kernel drops %v", test.name, size, info.KernelDrops)
			}
		}
	}
}

func head(ps []packet) []string {
	var lines []string
	for _, p := range ps[:min(3, len(ps))] {
		lines = append(lines, fmt.Sprintf("%d %d %d %d %d %x", p.Number, p.Time, p.WireLen, p.Interface, p.Link, p.Data))
	}
	return lines
}

// mustOpen opens bytes in blocks of a size, and closes the source with the test.
func mustOpen(t testing.TB, data []byte, size int) Source {
	t.Helper()
	s, err := open("test", bytes.NewReader(data), nil, size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
