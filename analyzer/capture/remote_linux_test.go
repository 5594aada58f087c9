package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"
)

func TestParseRemote(t *testing.T) {
	any, six := netip.Addr{}, netip.MustParseAddr("2001:db8::1")
	for name, want := range map[string]Remote{
		"vxlan://":                      {"vxlan", any, 4789},
		"vxlan://:4790":                 {"vxlan", any, 4790},
		"tzsp://192.0.2.1":              {"tzsp", netip.MustParseAddr("192.0.2.1"), 37008},
		"geneve://[2001:db8::1]:6082/":  {"geneve", six, 6082},
		"geneve://2001:db8::1":          {"geneve", six, 6081},
		"erspan://":                     {"erspan", any, 0},
		"pcap-over-ip://192.0.2.1:5000": {"pcap-over-ip", netip.MustParseAddr("192.0.2.1"), 5000},
	} {
		if got, is, err := ParseRemote(name); got != want || !is || err != nil {
			t.Errorf("%s: %+v, %v, %v", name, got, is, err)
		}
	}
	if _, is, err := ParseRemote("eth0"); is || err != nil {
		t.Errorf("eth0: %v, %v", is, err)
	}
	for name, want := range map[string]string{
		"rpcap://host":                  "rpcap://host: want one of erspan://, geneve://, pcap-over-ip://, tzsp://, vxlan://",
		"vxlan://:0":                    `vxlan://:0: "0" is no port here`,
		"erspan://:5":                   `erspan://:5: "5" is no port here`,
		"pcap-over-ip://":               "pcap-over-ip://: the address to connect to is missing",
		"pcap-over-ip://sensor.example": `pcap-over-ip://sensor.example: "sensor.example" is no IP address (names are not looked up)`,
	} {
		if _, is, err := ParseRemote(name); !is || err == nil || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// freePort is a UDP port of this machine that nobody has.
func freePort(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	defer c.Close()
	return c.LocalAddr().String()
}

// TestTunnel: datagrams come out as the IP packets that they were, with the port by which the encapsulation is known.
func TestTunnel(t *testing.T) {
	at := freePort(t)
	s, err := OpenLive("vxlan://"+at, LiveOptions{RingMiB: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out, err := net.Dial("udp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	const n = 500
	begin := time.Now()
	for i := range n {
		if _, err := out.Write(bytes.Repeat([]byte{byte(i)}, 8+i)); err != nil {
			t.Fatal(err)
		}
		if i%20 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	got, _ := collect(t, s, n)
	if len(got) != n {
		t.Fatalf("%d packets", len(got))
	}
	checkDatagrams(t, got, uint16(out.LocalAddr().(*net.UDPAddr).Port), begin)
	if i := s.Info(); i.Packets != n || i.KernelDrops == nil || *i.KernelDrops != 0 || !i.Live {
		t.Errorf("%+v", i)
	}
}

// checkDatagrams wants packets of growing length from a port to that of VXLAN.
func checkDatagrams(t *testing.T, got []packet, from uint16, begin time.Time) {
	t.Helper()
	for i, p := range got {
		header := join([]byte{0x45, 0}, u16(uint16(28+8+i)),
			[]byte{0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1},
			u16(from), u16(4789), u16(uint16(16+i)), u16(0))
		want := string(header) + strings.Repeat(string([]byte{byte(i)}), 8+i)
		if p.Data != want || p.Link != LinkRaw || int(p.WireLen) != len(want) || p.Time < begin.UnixNano() ||
			p.Time > time.Now().UnixNano() {
			t.Fatalf("packet %d: %+v", i, p)
		}
	}
}

func u16(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }

// TestTunnelBounds: what is not fetched in time is counted, by the socket or by the relay.
func TestTunnelBounds(t *testing.T) {
	at := freePort(t)
	s, err := OpenLive("tzsp://"+at, LiveOptions{RingMiB: 1, Snaplen: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out, err := net.Dial("udp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	const n = 20_000
	for i := range n {
		if _, err := out.Write(make([]byte, 1400)); err != nil {
			t.Fatal(err)
		}
		if i%1000 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	got, _ := collect(t, s, n)
	drops := *s.Info().KernelDrops
	if drops == 0 || len(got)+int(drops) != n || len(got[0].Data) != 100 || got[0].WireLen != 1428 {
		t.Errorf("%d packets and %d drops of %d; %d bytes of %d", len(got), drops, n, len(got[0].Data), got[0].WireLen)
	}
}

// TestERSPAN: packets of GRE come as they are, whoever they are for.
func TestERSPAN(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		if err := exec.Command("ip", "link", "set", "lo", "up").Run(); err != nil {
			t.Error(err)
		}
		for name, network := range map[string]string{"erspan://": "ip4:gre", "erspan://::1": "ip6:gre"} {
			s, err := OpenLive(name, LiveOptions{RingMiB: 1})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			to := map[bool]string{true: "::1", false: "127.0.0.1"}[network == "ip6:gre"]
			out, err := net.Dial(network, to)
			if err != nil {
				t.Error(err)
				return
			}
			const gre = "\x10\x00\x88\xbe\x00\x00\x00\x07payload"
			_, _ = out.Write([]byte(gre))
			got, _ := collect(t, s, 1)
			if len(got) != 1 || !strings.HasSuffix(got[0].Data, gre) || got[0].Link != LinkRaw ||
				len(got[0].Data) != len(gre)+map[bool]int{true: 40, false: 20}[network == "ip6:gre"] {
				t.Errorf("%s: %+v", name, got)
			}
			out.Close()
		}
	})
}

func TestTunnelErrors(t *testing.T) {
	filter := func(LinkType, bool) ([]bpf.RawInstruction, error) { return nil, nil }
	if _, err := OpenLive("vxlan://"+freePort(t), LiveOptions{Filter: filter}); !errors.Is(err, ErrLive) {
		t.Error(err)
	}
	at := freePort(t)
	s, err := OpenLive("vxlan://"+at, LiveOptions{RingMiB: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLive("vxlan://"+at, LiveOptions{}); !errors.Is(err, ErrLive) || !strings.Contains(err.Error(), "address already in use") {
		t.Error(err)
	}
	var b Block
	if err := s.Next(&b); err != nil || len(b.Frames) > 0 {
		t.Errorf("silence: %v", err)
	}
	s.Close()
	for range 3 {
		err = s.Next(&b)
	}
	if !errors.Is(err, os.ErrClosed) || s.Info().Packets != 0 {
		t.Error(err)
	}
}

// peer accepts one connection and lets f write to it.
func peer(t *testing.T, f func(net.Conn)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		if c, err := l.Accept(); err == nil {
			f(c)
			c.Close()
		}
	}()
	return "pcap-over-ip://" + l.Addr().String()
}

// drain reads a live source to its end.
func drain(t *testing.T, s Source) (ps []packet, err error) {
	t.Helper()
	var b Block
	for range 50 {
		err = s.Next(&b)
		if ps = appendPackets(ps, &b); err != nil {
			return ps, err
		}
	}
	t.Error("no end")
	return ps, nil
}

func TestOverIP(t *testing.T) {
	file := manyPackets(t, true, 2000)
	want, _, err := readBytes(t, file, blockSize)
	if err != nil {
		t.Fatal(err)
	}
	url := peer(t, func(c net.Conn) {
		_, _ = c.Write(file[:10]) // within the header
		time.Sleep(2 * nextFor)
		_, _ = c.Write(file[10:])
	})
	s, err := OpenLive(url, LiveOptions{RingMiB: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := drain(t, s)
	if diff := cmp.Diff(want, got); err != io.EOF || diff != "" {
		t.Errorf("%v (-want +got):\n%.2000s", err, diff)
	}
	if i := s.Info(); i.Packets != 2000 || !i.Live || i.Format != "pcapng" || len(i.LinkTypes) != 3 {
		t.Errorf("%+v", i)
	}
}

// TestOverIPEnds: a peer that closes, cuts a record, or writes something else.
func TestOverIPEnds(t *testing.T) {
	file := manyPackets(t, false, 10)
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"nothing": {nil, "the file is empty"},
		"rubbish": {[]byte("HTTP/1.1 200 OK\r\nServer: none of ours\r\n\r\n"), "not a capture file"},
		"cut":     {file[:len(file)-3], "the file ends inside a record"},
		"whole":   {file, "EOF"},
	} {
		s, err := OpenLive(peer(t, func(c net.Conn) { _, _ = c.Write(test.data) }), LiveOptions{RingMiB: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = drain(t, s); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		s.Close()
	}
	s, err := OpenLive(peer(t, func(net.Conn) { time.Sleep(5 * time.Second) }), LiveOptions{RingMiB: 1})
	if err != nil {
		t.Fatal(err)
	}
	var b Block
	if err := s.Next(&b); err != nil || len(b.Frames) > 0 {
		t.Errorf("a peer that says nothing: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := drain(t, s); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if _, err := OpenLive("pcap-over-ip://127.0.0.1:1", LiveOptions{}); !errors.Is(err, ErrLive) {
		t.Error(err)
	}
}

// TestOverIPFilter: the filter and the snapshot length work here, not in the kernel.
func TestOverIPFilter(t *testing.T) {
	var records []byte
	for i := range uint32(10) {
		f := numberedFrameOf(i)
		records = append(records, little.record(i, 0, uint32(len(f)), uint32(len(f)), string(f))...)
	}
	url := peer(t, func(c net.Conn) { _, _ = c.Write(join(little.pcap(magicMicro, 4, 65535, 1), records)) })
	s, err := OpenLive(url, LiveOptions{RingMiB: 1, Snaplen: 20, Filter: oddNumbers})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, _ := drain(t, s)
	if len(got) != 5 || got[1].Data != string(numberedFrameOf(3)[:20]) || got[1].WireLen != 60 || got[1].Number != 2 {
		t.Errorf("%+v", got)
	}
}

// numberedFrameOf is an Ethernet frame of a type for experiments that holds a number.
func numberedFrameOf(n uint32) []byte {
	return append(binary.BigEndian.AppendUint32(append(make([]byte, 12), 0x88, 0xb5), n), make([]byte, 42)...)
}
