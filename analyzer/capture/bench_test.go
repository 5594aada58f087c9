package capture

import (
	"bufio"
	"io"
	"os"
	"testing"

	"github.com/gopacket/gopacket/pcapgo"
)

// BenchmarkRead reads a file in the page cache and touches one byte of each packet. The metric is nanoseconds a packet.
func BenchmarkRead(b *testing.B) {
	const packets = 200_000 // some 150 MB
	for _, format := range []struct {
		name string
		ng   bool
	}{{"pcap", false}, {"pcapng", true}} {
		data := manyPackets(b, format.ng, packets)
		path := file(b, format.name, data)
		b.Run(format.name+"/capture", func(b *testing.B) { benchmark(b, path, len(data), packets, readOurs) })
		b.Run(format.name+"/pcapgo", func(b *testing.B) {
			benchmark(b, path, len(data), packets, func(b *testing.B, path string) int {
				return readPcapgo(b, path, format.ng)
			})
		})
	}
}

// BenchmarkReadCompressed includes the unpacking.
func BenchmarkReadCompressed(b *testing.B) {
	const packets = 50_000
	data := manyPackets(b, false, packets)
	for name, z := range map[string][]byte{"gzip": gzipped(b, data), "zstd": zstandard(b, data)} {
		path := file(b, name, z)
		b.Run(name, func(b *testing.B) { benchmark(b, path, len(data), packets, readOurs) })
	}
}

func benchmark(b *testing.B, path string, size, packets int, read func(*testing.B, string) int) {
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		if n := read(b, path); n != packets {
			b.Fatalf("%d packets", n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(packets), "ns/packet")
}

var sum byte

func readOurs(b *testing.B, path string) (packets int) {
	s, err := Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var block Block
	for {
		err := s.Next(&block)
		packets += len(block.Frames)
		for i := range block.Frames {
			if f := &block.Frames[i]; f.Length > 0 {
				sum += block.Data[f.Offset]
			}
		}
		if err == io.EOF {
			return packets
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func readPcapgo(b *testing.B, path string, ng bool) (packets int) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	var next func() ([]byte, error)
	if ng {
		p, err := pcapgo.NewNgReader(r, pcapgo.NgReaderOptions{WantMixedLinkType: true})
		if err != nil {
			b.Fatal(err)
		}
		next = func() ([]byte, error) { data, _, err := p.ZeroCopyReadPacketData(); return data, err }
	} else {
		p, err := pcapgo.NewReader(r)
		if err != nil {
			b.Fatal(err)
		}
		next = func() ([]byte, error) { data, _, err := p.ZeroCopyReadPacketData(); return data, err }
	}
	for {
		data, err := next()
		if err == io.EOF {
			return packets
		}
		if err != nil {
			b.Fatal(err)
		}
		if packets++; len(data) > 0 {
			sum += data[0]
		}
	}
}
