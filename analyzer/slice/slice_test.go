package slice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

var (
	client = netip.MustParseAddrPort("10.20.1.15:50000")
	server = netip.MustParseAddrPort("170.72.1.2:5004")
	other  = netip.MustParseAddrPort("10.20.1.16:50000")
)

// file is a slice in memory.
type file struct{ bytes.Buffer }

func (*file) Close() error { return nil }

// cut cuts one slice out of captures.
func cut(t *testing.T, j *Job, captures ...*pcaptest.Capture) (*file, error) {
	t.Helper()
	var src Source
	for i, c := range captures {
		src.Files = append(src.Files, filepath.Join(t.TempDir(), fmt.Sprintf("%d.pcapng", i)))
		if err := c.Save(src.Files[i]); err != nil {
			t.Fatal(err)
		}
	}
	out := new(file)
	j.Begin = func(Count) (io.WriteCloser, capture.Section, error) { return out, capture.Section{}, nil }
	err := Cut(context.Background(), src, []*Job{j})
	return out, err
}

// read is what a slice holds: time, link type, length on the wire and bytes of each frame.
func read(t *testing.T, b []byte) (list []string) {
	t.Helper()
	src, err := capture.OpenReader("slice", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		var block capture.Block
		err = src.Next(&block)
		for i, f := range block.Frames {
			list = append(list, told(f.Time, uint16(f.Link), int(f.WireLen), block.Bytes(i)))
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return list
}

func told(at int64, link uint16, wire int, b []byte) string {
	return fmt.Sprintf("%d link %d wire %d %x", at, link, wire, b)
}

func want(captures ...*pcaptest.Capture) (list []string) {
	for _, c := range captures {
		for _, f := range c.Frames {
			list = append(list, told(f.Time.UnixNano(), uint16(c.Link), f.WireLen, f.Data))
		}
	}
	return list
}

// talk is a conversation over UDP.
func talk(s *pcaptest.Scenario, from, to netip.AddrPort, path pcaptest.Path, sizes ...int) *pcaptest.UDPFlow {
	u := s.UDP(from, to, path)
	for _, n := range sizes {
		u.Send(bytes.Repeat([]byte{4}, n)).Recv(bytes.Repeat([]byte{5}, n))
		u.Wait(20 * time.Millisecond)
	}
	return u
}

func flowOf(proto string, from, to netip.AddrPort) *Flow {
	return &Flow{Proto: proto, Src: from, Dst: to, Start: 1, End: 1 << 62}
}

// TestCut: of a flow all frames are taken as they are, in each form in which they travel, and none of another flow.
func TestCut(t *testing.T) {
	outer := pcaptest.Outer{Src: netip.MustParseAddr("192.0.2.1"), Dst: netip.MustParseAddr("192.0.2.2")}
	only := func(ends netip.AddrPort, path pcaptest.Path) *pcaptest.Capture {
		s := pcaptest.New(1, pcaptest.Start)
		talk(s, ends, server, path, 100, 3000, 50)
		return s.Capture()
	}
	for _, x := range []struct {
		name string
		path pcaptest.Path
		wrap []pcaptest.Wrap
		link pcaptest.Link
	}{
		{name: "plain", link: pcaptest.LinkEthernet},
		{name: "fragments", path: pcaptest.Path{MTU: 1300}, link: pcaptest.LinkEthernet},
		{name: "tagged, in VXLAN", wrap: []pcaptest.Wrap{pcaptest.VLAN(7), pcaptest.VXLAN(outer, 5000)},
			link: pcaptest.LinkEthernet},
		{name: "fragments in ERSPAN", path: pcaptest.Path{MTU: 1300},
			wrap: []pcaptest.Wrap{pcaptest.ERSPAN(outer, 2, 9)}, link: pcaptest.LinkEthernet},
		{name: "cooked", link: pcaptest.LinkSLL2},
		{name: "cut", wrap: []pcaptest.Wrap{pcaptest.Snap(60)}, link: pcaptest.LinkEthernet},
	} {
		t.Run(x.name, func(t *testing.T) {
			one, two := only(client, x.path).Wrap(x.wrap...), only(other, x.path).Wrap(x.wrap...)
			two = two.Shift(time.Millisecond)
			if x.link != pcaptest.LinkEthernet {
				one, two = one.As(x.link), two.As(x.link)
			}
			for _, s := range []Selection{{Flows: []*Flow{flowOf("udp", client, server)}},
				{Clients: netip.PrefixFrom(client.Addr(), 32)}} {
				got, err := cut(t, &Job{Selection: s}, pcaptest.Merge(one, two))
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(want(one), read(t, got.Bytes())); d != "" {
					t.Errorf("frames (-want +got):\n%s", d)
				}
			}
		})
	}
}

// TestOuterFragments: fragments of the tunnel that carries a selected packet are selected with it, also where they
// begin in another file.
func TestOuterFragments(t *testing.T) {
	inner := pcaptest.IP{Src: client.Addr(), Dst: server.Addr(), ID: 7}
	packet := inner.UDP(client.Port(), server.Port(), bytes.Repeat([]byte{4}, 1400))
	tunnel := pcaptest.IP{Src: netip.MustParseAddr("192.0.2.1"), Dst: netip.MustParseAddr("192.0.2.2"), ID: 9}
	parts := tunnel.Fragments(4, packet, 576)
	if len(parts) != 3 {
		t.Fatalf("%d fragments", len(parts))
	}
	var files []*pcaptest.Capture
	for i, p := range parts {
		c := &pcaptest.Capture{Link: pcaptest.LinkEthernet}
		c.Add(pcaptest.Start.Add(time.Duration(i)*time.Millisecond), pcaptest.Ethernet(p))
		files = append(files, c)
	}
	got, err := cut(t, &Job{Selection: Selection{Flows: []*Flow{flowOf("udp", client, server)}}}, files...)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want(files...), read(t, got.Bytes())); d != "" {
		t.Errorf("frames (-want +got):\n%s", d)
	}
}

// TestMixedLinks: files of different links are in one slice, each frame with its own.
func TestMixedLinks(t *testing.T) {
	s := pcaptest.New(1, pcaptest.Start)
	talk(s, client, server, pcaptest.Path{}, 10, 20)
	one := s.Capture()
	two := one.Shift(time.Minute).As(pcaptest.LinkRaw)
	got, err := cut(t, &Job{Selection: Selection{All: true}}, one, two)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want(one, two), read(t, got.Bytes())); d != "" {
		t.Errorf("frames (-want +got):\n%s", d)
	}
}

// TestTimes: what comes of the flow's 5-tuple at another time is another flow, and the bounds of a job hold.
func TestTimes(t *testing.T) {
	s := pcaptest.New(1, pcaptest.Start)
	u := talk(s, client, server, pcaptest.Path{}, 10, 10, 10)
	u.ICMP(pcaptest.Client, netip.MustParseAddr("10.20.1.1"), 3, 3)
	c := s.Capture()
	f := flowOf("udp", client, server)
	at := func(i int) record.Time { return record.Time(c.Frames[i].Time.UnixNano()) }
	f.Start, f.End = at(1), at(len(c.Frames)-2)
	for _, x := range []struct {
		name string
		s    Selection
		want int // frames
	}{
		{"of the flow, and the error about it", Selection{Flows: []*Flow{f}}, len(c.Frames) - 1},
		{"within bounds", Selection{Flows: []*Flow{f}, From: f.Start, To: f.Start}, 1},
		{"all within bounds", Selection{All: true, To: f.Start}, 2},
		{"by number, whatever the time",
			Selection{Packets: []record.PacketRange{{First: 5, Last: 6}, {First: 1, Last: 1}}, From: 1, To: 2}, 3},
		{"the client of the quoted packet", Selection{Clients: netip.PrefixFrom(client.Addr(), 32)}, len(c.Frames)},
		{"nobody", Selection{Clients: netip.PrefixFrom(other.Addr(), 32)}, 0},
	} {
		got, err := cut(t, &Job{Selection: x.s}, c)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(read(t, got.Bytes())); n != x.want {
			t.Errorf("%s: %d frames, want %d", x.name, n, x.want)
		}
	}
}

// TestRoom: a bound leaves packets out and counts them, but never a commented one.
func TestRoom(t *testing.T) {
	s := pcaptest.New(1, pcaptest.Start)
	talk(s, client, server, pcaptest.Path{}, 958, 958, 958) // frames of 1,000 bytes
	j := &Job{Selection: Selection{All: true}, MaxBytes: 2500,
		Comments: []Comment{{Packets: []record.PacketRange{{First: 6, Last: 6}}, Text: "the last"}, {Text: "none"}}}
	got, err := cut(t, j, s.Capture())
	if err != nil {
		t.Fatal(err)
	}
	n := len(read(t, got.Bytes()))
	if n != 3 || j.count.Packets != 3 || j.count.Left != 3 || len(j.count.Found) != 1 ||
		!bytes.Contains(got.Bytes(), []byte("the last")) {
		t.Errorf("%d frames, count %+v", n, j.count)
	}
}

// TestDamage: what precedes the damage of a file is cut, and so are the other files.
func TestDamage(t *testing.T) {
	s := pcaptest.New(1, pcaptest.Start)
	talk(s, client, server, pcaptest.Path{}, 10, 20)
	c := s.Capture()
	dir := t.TempDir()
	src := Source{}
	for _, name := range []string{"cut.pcap", "whole.pcap", "missing.pcap"} {
		src.Files = append(src.Files, filepath.Join(dir, name))
	}
	b := c.Pcap()
	for i, content := range [][]byte{b[:len(b)-5], b} {
		if err := os.WriteFile(src.Files[i], content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := new(file)
	j := &Job{Selection: Selection{All: true}}
	j.Begin = func(Count) (io.WriteCloser, capture.Section, error) { return out, capture.Section{}, nil }
	err := Cut(context.Background(), src, []*Job{j})
	var damage *capture.DamageError
	if !errors.As(err, &damage) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error: %v", err)
	}
	if n := len(read(t, out.Bytes())); n != 2*len(c.Frames)-1 {
		t.Errorf("%d frames, want %d", n, 2*len(c.Frames)-1)
	}
}

// TestHeaders: media, application data and bodies are cut off, and no name or header that an audit reads.
func TestHeaders(t *testing.T) {
	secret := []byte("secret words of people")
	s := pcaptest.New(1, pcaptest.Start)
	u := s.UDP(client, server, pcaptest.Path{})
	rtp := pcaptest.RTP{PT: 111, Seq: 1, SSRC: 0xfeedbeef, Payload: secret}
	u.Send(rtp.Bytes()).Recv(append([]byte{0x40, 1, 0, 22}, secret...))
	u.Send(append([]byte{23, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 22}, secret...))
	u.Send(append(bytes.Repeat([]byte{9}, 16), secret...))
	c := s.TCP(netip.MustParseAddrPort("10.20.1.15:50001"), netip.MustParseAddrPort("10.20.0.80:8080"), pcaptest.Path{})
	c.Open()
	c.Send([]byte("CONNECT a.webex.com:443 HTTP/1.1\r\nHost: a.webex.com\r\n\r\n"))
	c.Recv([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	c.Send(append([]byte{22, 3, 3, 0, 9}, "hello.org"...))
	c.Recv(append([]byte{20, 3, 3, 0, 1, 1}, append([]byte{22, 3, 3, 0, 9}, "certchain"...)...))
	c.Send(append([]byte{23, 3, 3, 0, 22}, secret...))
	c.Recv(append([]byte{23, 3, 3, 0, 22}, secret...))
	h := s.TCP(netip.MustParseAddrPort("10.20.1.15:50002"), netip.MustParseAddrPort("10.20.0.80:80"), pcaptest.Path{})
	h.Open()
	h.Send(append([]byte("POST /x HTTP/1.1\r\nHost: clear.example\r\n\r\n"), secret...))
	got, err := cut(t, &Job{Selection: Selection{All: true}, Headers: true}, s.Capture())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(got.Bytes(), secret[:16]) {
		t.Error("payload is in the slice")
	}
	for _, kept := range []string{"\xfe\xed\xbe\xef", "CONNECT a.webex.com:443", "hello.org", "certchain",
		"Host: clear.example\r\n\r\n", "\x17\x03\x03\x00\x16"} {
		if !bytes.Contains(got.Bytes(), []byte(kept)) {
			t.Errorf("%q is not in the slice", kept)
		}
	}
	first := fmt.Sprintf("wire %d ", 42+12+len(secret))
	_, kept, ok := strings.Cut(read(t, got.Bytes())[0], first)
	if f := kept; !ok || len(f) != 2*(42+12) {
		t.Errorf("an RTP frame is %s", f)
	}
}
