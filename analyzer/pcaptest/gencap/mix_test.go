package main

import (
	"bytes"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"webexaudit/analyzer/pcaptest/oracle"
)

// TestSizeAndFlows: both are what was asked for, whatever their relation is.
func TestSizeAndFlows(t *testing.T) {
	for _, tt := range []struct {
		args            string
		size, flows     int
		atMost, atLeast float64 // bytes of a frame
	}{
		{"-size 16MiB -flows 100", 16 << 20, 100, 900, 500},
		{"-size 16MiB -flows 40000 -mix short", 16 << 20, 40000, 250, 100},
		{"-size 16MiB -flows 3700 -mix audio", 16 << 20, 3700, 340, 250},
		{"-size 16MiB -flows 3700 -mix odd", 16 << 20, 3700, 370, 270},
	} {
		file, said := generate(t, strings.Fields(tt.args)...)
		if n := len(file); n < tt.size*8/10 || n > tt.size*12/10 {
			t.Errorf("%s: %d bytes", tt.args, n)
		}
		frames, flows := shape(t, file)
		if flows < tt.flows*9/10 || flows > tt.flows*11/10 {
			t.Errorf("%s: %d flows", tt.args, flows)
		}
		if mean := float64(len(file))/float64(frames) - 16; mean < tt.atLeast || mean > tt.atMost {
			t.Errorf("%s: mean frame %.0f (%s)", tt.args, mean, said)
		}
	}
}

// shape counts frames and conversations of innermost addresses and ports.
func shape(t *testing.T, file []byte) (frames, flows int) {
	t.Helper()
	r, err := pcapgo.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[2]uint64]bool{}
	for {
		data, _, err := r.ReadPacketData()
		if err == io.EOF {
			return frames, len(seen)
		}
		if err != nil {
			t.Fatal(err)
		}
		frames++
		var key [2]uint64
		for _, l := range gopacket.NewPacket(data, layers.LinkTypeEthernet, gopacket.NoCopy).Layers() {
			switch l := l.(type) {
			case gopacket.NetworkLayer:
				key[0] = l.NetworkFlow().FastHash()
			case gopacket.TransportLayer:
				key[1] = l.TransportFlow().FastHash()
			}
		}
		seen[key] = true
	}
}

func TestStandardOutput(t *testing.T) {
	file, _ := generate(t, "-size", "1MiB")
	var out, said bytes.Buffer
	if err := run([]string{"-o", "-", "-size", "1MiB"}, &out, &said); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), file) || !strings.Contains(said.String(), " flows, ") {
		t.Errorf("%d bytes on standard output, %d in the file; said %q", out.Len(), len(file), &said)
	}
}

// TestOddMix: the same bytes come a second time, and another decoder finds many protocols and no wrong checksum.
func TestOddMix(t *testing.T) {
	file, _ := generate(t, "-size", "8MiB", "-flows", "2000", "-mix", "odd")
	again, _ := generate(t, "-size", "8MiB", "-flows", "2000", "-mix", "odd")
	if !bytes.Equal(file, again) {
		t.Fatal("other bytes the second time")
	}
	oracle.Tshark(t)
	layers := strings.Fields(tshark(t, file, "-T", "fields", "-e", "frame.protocols"))
	known := map[string]bool{}
	for _, l := range layers {
		for _, p := range strings.Split(l, ":") {
			known[p] = true
		}
	}
	if len(known) < 60 {
		t.Errorf("%d protocols, want at least 60: %v", len(known), known)
	}
	for _, p := range []string{"vlan", "mpls", "pppoes", "gre", "vxlan", "gtp", "ipv6", "icmp", "icmpv6", "esp", "ssh", "xmpp", "socks", "rtsp"} {
		if !known[p] {
			t.Errorf("no frame has %s", p)
		}
	}
	if tshark(t, file, "-Y", "ip.flags.mf == 1") == "" {
		t.Error("no fragments")
	}
	wrong := tshark(t, file, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
		"-Y", "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 || icmp.checksum.status == 0")
	if wrong != "" {
		t.Errorf("wrong checksums:\n%.2000s", wrong)
	}
}

func tshark(t *testing.T, file []byte, args ...string) string {
	t.Helper()
	c := exec.Command("tshark", append([]string{"-n", "-r", "-"}, args...)...)
	c.Stdin = bytes.NewReader(file)
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
