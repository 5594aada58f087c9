package capture

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"webexaudit/analyzer/pcaptest/wire"
)

// inNamespace runs a test in a network namespace of its own, which holds nothing but a pair of connected interfaces, v0
// and v1, that send nothing by themselves.
func inNamespace(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	wire.In(t, []string{
		"link add v0 mtu 65535 type veth peer name v1 mtu 65535",
		"link set v0 addrgenmode none", "link set v1 addrgenmode none", "link set v0 up", "link set v1 up",
	}, func() { test(t) })
}

// onPair runs a test in such a namespace, with v1 captured and a sender at v0.
func onPair(t *testing.T, o LiveOptions, test func(t *testing.T, s Source, out *sender)) {
	t.Helper()
	inNamespace(t, func(t *testing.T) {
		s, err := OpenLive("v1", o)
		if err != nil {
			t.Error(err)
			return
		}
		defer s.Close()
		test(t, s, newSender(t, "v0"))
	})
}

// sender writes frames to an interface.
type sender struct {
	t  *testing.T
	fd int
	to unix.SockaddrLinklayer
}

func newSender(t *testing.T, name string) *sender {
	t.Helper()
	i, err := net.InterfaceByName(name)
	if err != nil {
		t.Error(err)
		return nil
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Error(err)
		return nil
	}
	t.Cleanup(func() { unix.Close(fd) })
	return &sender{t, fd, unix.SockaddrLinklayer{Ifindex: i.Index}}
}

func (s *sender) send(frame []byte) {
	if err := unix.Sendto(s.fd, frame, 0, &s.to); err != nil {
		s.t.Error(err)
	}
}

// numberedFrame is an Ethernet frame of a type for experiments (IEEE 802, 0x88b5) that holds its number; tag is a VLAN
// tag or 0.
func numberedFrame(number uint32, size int, tag uint16) []byte {
	f := append(make([]byte, 0, size), 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1)
	if tag != 0 {
		f = binary.BigEndian.AppendUint16(append(f, 0x81, 0), tag)
	}
	f = binary.BigEndian.AppendUint32(append(f, 0x88, 0xb5), number)
	for len(f) < size {
		f = append(f, byte(len(f)))
	}
	return f
}

// collect reads until there are n frames or nothing has come for a second, and returns copies of the frames.
func collect(t *testing.T, s Source, n int) (ps []packet, vlans []uint16) {
	t.Helper()
	var b Block
	for idle := 0; len(ps) < n && idle < 7; idle++ {
		start := time.Now()
		if err := s.Next(&b); err != nil {
			t.Error(err)
			return
		}
		if d := time.Since(start); d > 300*time.Millisecond {
			t.Errorf("Next took %v", d)
		}
		if b.First != int64(len(ps)+1) {
			t.Errorf("a block begins with packet %d after %d packets", b.First, len(ps))
		}
		if cap(b.Data) > blockSize {
			t.Errorf("the block has grown to %d", cap(b.Data))
		}
		for _, f := range b.Frames {
			idle = 0
			vlans = append(vlans, f.VLAN)
		}
		ps = appendPackets(ps, &b)
	}
	return ps, vlans
}

// checkNumbered wants numbered frames of all sizes, received since then.
func checkNumbered(t *testing.T, got []packet, since time.Time) {
	t.Helper()
	for i, p := range got {
		if p.Data != string(numberedFrame(uint32(i), 60+i%1400, 0)) || int(p.WireLen) != len(p.Data) ||
			p.Link != LinkEthernet {
			t.Errorf("packet %d is %+v", i, p)
			break
		}
		if p.Time < since.UnixNano() || p.Time > time.Now().UnixNano() {
			t.Errorf("packet %d has the time %d", i, p.Time)
			break
		}
	}
}

func TestLive(t *testing.T) {
	onPair(t, LiveOptions{RingMiB: 16, Promiscuous: true}, func(t *testing.T, s Source, out *sender) {
		const n = 20_000
		begin := time.Now()
		go func() {
			for i := range n {
				if i%2000 == 1999 {
					time.Sleep(20 * time.Millisecond)
				}
				out.send(numberedFrame(uint32(i), 60+i%1400, 0))
			}
		}()
		got, _ := collect(t, s, n)
		if len(got) != n {
			t.Errorf("%d packets of %d", len(got), n)
		}
		checkNumbered(t, got, begin)
		info := s.Info()
		if info.KernelDrops == nil || *info.KernelDrops != 0 || info.Packets != n || !info.Live || info.Name != "v1" ||
			info.Format != "live" {
			t.Errorf("%+v, drops %v", info, info.KernelDrops)
		}
	})
}

func TestLiveTagsAndSizes(t *testing.T) {
	onPair(t, LiveOptions{RingMiB: 4}, func(t *testing.T, s Source, out *sender) {
		out.send(numberedFrame(1, 100, 5<<13|42)) // priority 5
		out.send(numberedFrame(2, 65535+14, 0))
		for range 20 {
			out.send(numberedFrame(3, 30_000, 0)) // more than a block
		}
		got, vlans := collect(t, s, 22)
		if len(got) != 22 {
			t.Errorf("%d packets", len(got))
			return
		}
		untagged := string(numberedFrame(1, 100, 5<<13|42))
		untagged = untagged[:12] + untagged[16:]
		if got[0].Data != untagged || vlans[0] != 0x1000|42 || vlans[1] != 0 {
			t.Errorf("VLAN %#x, %x", vlans[0], got[0].Data)
		}
		if got[1].Data != string(numberedFrame(2, 65535+14, 0)) || got[1].WireLen != 65535+14 {
			t.Errorf("large frame: %d bytes of %d", len(got[1].Data), got[1].WireLen)
		}
		if got[21].Data != string(numberedFrame(3, 30_000, 0)) {
			t.Error("the last frame differs")
		}
	})
}

// oddNumbers is a filter for numbered frames without a tag.
func oddNumbers(LinkType, bool) ([]bpf.RawInstruction, error) {
	return bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 17, Size: 1}, bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 1, SkipFalse: 1},
		bpf.RetConstant{Val: 0xffff}, bpf.RetConstant{},
	})
}

func TestLiveFilter(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		o := LiveOptions{RingMiB: 4, Snaplen: 20, Filter: oddNumbers}
		tp, err := openRing("v1", o)
		if err != nil {
			t.Error(err)
			return
		}
		s := &live{name: "v1", tp: tp, link: LinkEthernet, snaplen: o.Snaplen, number: 1}
		defer s.Close()
		out := newSender(t, "v0")
		for i := range uint32(10) {
			out.send(numberedFrame(100+i, 60, 0)) // the filter is not there yet
		}
		if err := s.filter(o); err != nil {
			t.Error(err)
		}
		for i := range uint32(10) {
			out.send(numberedFrame(i, 60, 0))
		}
		got, _ := collect(t, s, 6)
		if len(got) != 5 {
			t.Errorf("%d packets", len(got))
		}
		for i, p := range got {
			if p.Data != string(numberedFrame(uint32(2*i+1), 60, 0)[:20]) || p.WireLen != 60 {
				t.Errorf("packet %d: %d bytes of %d: %x", i, len(p.Data), p.WireLen, p.Data)
			}
		}
		if s.Info().Snaplen != 20 {
			t.Errorf("%+v", s.Info())
		}
	})
}

func TestLiveSnaplen(t *testing.T) {
	onPair(t, LiveOptions{RingMiB: 4, Snaplen: 33}, func(t *testing.T, s Source, out *sender) {
		out.send(numberedFrame(1, 60, 0))
		got, _ := collect(t, s, 1)
		if len(got) != 1 || len(got[0].Data) != 33 || got[0].WireLen != 60 {
			t.Errorf("%+v", got)
		}
	})
}

func TestLiveSilence(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		s, err := OpenLive("v1", LiveOptions{RingMiB: 1, Snaplen: 96})
		if err != nil {
			t.Error(err)
			return
		}
		var b Block
		start := time.Now()
		err = s.Next(&b)
		if d := time.Since(start); err != nil || len(b.Frames) != 0 || d < 50*time.Millisecond ||
			d > 300*time.Millisecond {
			t.Errorf("%d frames and %v after %v", len(b.Frames), err, d)
		}
		checkClose(t, s)
	})
}

// checkClose closes twice; then there are no more packets, and the counts are still told.
func checkClose(t *testing.T, s Source) {
	t.Helper()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	var b Block
	if err := s.Next(&b); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if info := s.Info(); info.KernelDrops == nil || *info.KernelDrops != 0 {
		t.Errorf("after Close: %+v", info)
	}
}

// TestLiveDrops fills a small ring without reading it.
func TestLiveDrops(t *testing.T) {
	onPair(t, LiveOptions{RingMiB: 2}, func(t *testing.T, s Source, out *sender) {
		const n = 200
		for i := range uint32(n) {
			out.send(numberedFrame(i, 60_000, 0))
		}
		got, _ := collect(t, s, n)
		drops := *s.Info().KernelDrops
		if drops == 0 || int(drops)+len(got) != n {
			t.Errorf("%d packets and %d drops of %d", len(got), drops, n)
		}
	})
}

func TestLiveErrors(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		_, err := OpenLive("nope", LiveOptions{})
		if want := "nope: live capture is not possible: no such interface (there are: lo, v1, v0)"; !errors.Is(err, ErrLive) || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
		_, err = OpenLive("lo", LiveOptions{})
		if want := "lo: live capture is not possible: the interface is down (ip link set lo up)"; !errors.Is(err, ErrLive) || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
		infos, err := Interfaces()
		if err != nil || len(infos) != 3 || infos[0].Name != "lo" || infos[0].Up || !infos[0].Loopback || !infos[1].Up {
			t.Errorf("%+v, %v", infos, err)
		}
		if err := exec.Command("ip", "addr", "add", "192.0.2.1/24", "dev", "v0").Run(); err != nil {
			t.Error(err)
		}
		infos, _ = Interfaces()
		if a := infos[2].Addresses; len(a) != 1 || a[0].String() != "192.0.2.1/24" {
			t.Errorf("%v", a)
		}
	})
}

// TestLivePermission gives up the right to capture, in a thread of its own.
func TestLivePermission(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		if err := unix.Capset(&header, &make([]unix.CapUserData, 2)[0]); err != nil {
			t.Error(err)
			return
		}
		_, err := OpenLive("v1", LiveOptions{})
		if !errors.Is(err, ErrLive) || !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "setcap cap_net_raw") {
			t.Error(err)
		}
	})
}
