package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// generate runs the command and returns its file and what it printed.
func generate(t *testing.T, args ...string) (file []byte, said string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out")
	var out bytes.Buffer
	if err := run(append([]string{"-o", path}, args...), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file, out.String()
}

// TestFrames reads a small capture with another implementation: times in order, checksums right, size and flows as
// asked.
func TestFrames(t *testing.T) {
	file, said := generate(t, "-size", "2MiB", "-flows", "150")
	if n := len(file); n < 17<<20/10 || n > 25<<20/10 {
		t.Errorf("%d bytes, 2 MiB were asked for", n)
	}
	if !regexp.MustCompile(`150 flows, .* sha256 [0-9a-f]{64} `).MatchString(said) {
		t.Errorf("said %q", said)
	}
	r, err := pcapgo.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var last int64
	flows := map[string]bool{}
	for n := 1; ; n++ {
		data, info, err := r.ReadPacketData()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if at := info.Timestamp.UnixNano(); at < last {
			t.Fatalf("frame %d goes back in time", n)
		} else {
			last = at
		}
		flows[check(t, n, data)] = true
	}
	if len(flows) < 140 || len(flows) > 150 { // a flow may begin after the end
		t.Errorf("%d flows in the file, 150 were asked for", len(flows))
	}
}

// TestSpan: the same flows over a longer time, between few hosts.
func TestSpan(t *testing.T) {
	file, said := generate(t, "-size", "2MiB", "-flows", "300", "-span", "48h", "-servers", "3")
	if !strings.Contains(said, "300 flows, ") || !strings.Contains(said, " 48h0m0s of traffic") {
		t.Errorf("said %q", said)
	}
	r, err := pcapgo.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	hours, servers := map[int64]bool{}, map[string]bool{}
	for {
		data, info, err := r.ReadPacketData()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		hours[info.Timestamp.Unix()/3600] = true
		ip := gopacket.NewPacket(data, layers.LinkTypeEthernet, gopacket.Lazy).NetworkLayer().NetworkFlow()
		for _, end := range []gopacket.Endpoint{ip.Src(), ip.Dst()} {
			if !strings.HasPrefix(end.String(), "10.2") {
				servers[end.String()] = true
			}
		}
	}
	if len(hours) < 40 || len(hours) > 49 {
		t.Errorf("packets in %d of 48 hours", len(hours))
	}
	if n := len(servers); n > 3*4*15 { // at most so many in each quarter of 15 networks
		t.Errorf("%d servers", n)
	}
}

// check verifies a frame's checksums and returns its conversation.
func check(t *testing.T, n int, data []byte) string {
	t.Helper()
	p := gopacket.NewPacket(data, layers.LinkTypeEthernet, gopacket.Default)
	ip := p.NetworkLayer()
	transport, ok := p.TransportLayer().(interface {
		SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
	})
	if !ok {
		t.Fatalf("frame %d: no transport layer: %v", n, p)
	}
	transport.SetNetworkLayerForChecksum(ip)
	if err, wrong := p.VerifyChecksums(); err != nil || len(wrong) > 0 {
		t.Fatalf("frame %d: bad checksums: %v %v", n, err, wrong)
	}
	a := ip.NetworkFlow().Src().String() + " " + p.TransportLayer().TransportFlow().Src().String()
	b := ip.NetworkFlow().Dst().String() + " " + p.TransportLayer().TransportFlow().Dst().String()
	return min(a, b) + " " + max(a, b)
}

func TestSameFlagsSameBytes(t *testing.T) {
	first, _ := generate(t, "-size", "1MiB")
	second, _ := generate(t, "-size", "1MiB")
	other, _ := generate(t, "-size", "1MiB", "-seed", "2")
	if !bytes.Equal(first, second) {
		t.Error("other bytes the second time")
	}
	if bytes.Equal(first, other) {
		t.Error("another seed gives the same bytes")
	}
}

func TestPcapngHoldsTheSameFrames(t *testing.T) {
	classic, _ := generate(t, "-size", "512KiB")
	ng, _ := generate(t, "-size", "512KiB", "-format", "pcapng")
	a, err := pcapgo.NewReader(bytes.NewReader(classic))
	if err != nil {
		t.Fatal(err)
	}
	b, err := pcapgo.NewNgReader(bytes.NewReader(ng), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; ; n++ {
		x, xi, xerr := a.ReadPacketData()
		y, yi, yerr := b.ReadPacketData()
		if xerr == io.EOF && yerr == io.EOF {
			break
		}
		if xerr != nil || yerr != nil || !bytes.Equal(x, y) || xi.Timestamp.UnixMicro() != yi.Timestamp.UnixMicro() {
			t.Fatalf("frame %d: %v %v, %v %v", n, xi, yi, xerr, yerr)
		}
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{
		{}, {"-o", "x", "-size", "0"}, {"-o", "x", "-size", "1TiB"}, {"-o", "x", "-format", "snoop"}, {"-o", "x", "more"},
		{"-o", "x", "-flows", "-1"}, {"-o", "x", "-mix", "even"},
	} {
		if _, err := parse(args, io.Discard); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
	c, err := parse([]string{"-o", "x", "-size", "512MiB"}, io.Discard)
	if err != nil || c.size != 512<<20 || c.flows != 25000 || c.seed != 1 || c.format != "pcap" || c.mix != &mixes[0] {
		t.Errorf("%+v %v", c, err)
	}
}

func BenchmarkGenerate(b *testing.B) {
	c := config{size: 32 << 20, flows: 1500, seed: 1, format: "pcap", mix: &mixes[0]}
	b.SetBytes(c.size)
	for b.Loop() {
		g, err := newGenerator(c)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := g.run(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
