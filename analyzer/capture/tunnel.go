package capture

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/ipv4"
)

// Sizes of what is received: datagrams a system call, and the longest of one.
const (
	tunnelBatch = 32
	tunnelMost  = 64 << 10
)

// openTunnel listens for frames that a mirror sends in UDP or GRE. They are given as the IP packets that they came in,
// with headers made anew, so that their way is decoded as if it had been captured: tunnels, VNIs, sequence numbers.
func openTunnel(name string, r Remote, o LiveOptions) (Source, error) {
	t := &tunnel{port: defaultPorts[r.Scheme]}
	network, address := "udp", r.address()
	if !r.Host.IsValid() {
		address = fmt.Sprintf(":%d", r.Port)
	}
	if r.Scheme == "erspan" {
		network, address, t.gre = "ip4:gre", "0.0.0.0", true
		if r.Host.IsValid() {
			address = r.Host.String()
		}
		if r.Host.Is6() {
			network = "ip6:gre"
		}
	}
	conn, err := net.ListenPacket(network, address)
	if err != nil {
		return nil, permission(err)
	}
	t.about = Info{Name: name, Live: true, Format: "live", LinkTypes: []LinkType{LinkRaw}, Snaplen: o.Snaplen,
		KernelDrops: new(int64)}
	t.relay = newRelay(t.about, conn, o.Ring())
	t.local, _ = endpoint(conn.LocalAddr())
	t.lost = prepareSocket(conn, o.Ring())
	go t.run(ipv4.NewPacketConn(conn))
	return t, nil
}

// tunnel is a socket that receives frames.
type tunnel struct {
	*relay
	about   Info
	gre     bool
	port    uint16 // that the decoder knows the encapsulation by
	local   netip.Addr
	block   *Block // being filled; nil: none is
	scratch []byte // of a packet that is put together
}

// run receives until the socket is closed. What has come waits for more no longer than nextFor.
func (t *tunnel) run(conn *ipv4.PacketConn) {
	messages := make([]ipv4.Message, tunnelBatch)
	for i := range messages {
		messages[i].Buffers = [][]byte{make([]byte, tunnelMost)}
		messages[i].OOB = make([]byte, 64)
	}
	for {
		var deadline time.Time
		if t.block != nil {
			deadline = time.Now().Add(nextFor)
		}
		_ = conn.SetReadDeadline(deadline)
		n, err := conn.ReadBatch(messages, 0)
		now := time.Now().UnixNano()
		for i := range messages[:max(n, 0)] {
			m := &messages[i]
			t.add(m.Buffers[0][:m.N], m.Addr, cmp.Or(stamp(m.OOB[:m.NN]), now))
		}
		if t.block != nil && (err != nil || len(t.full) < cap(t.full)/2) {
			t.flush()
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.end(gone(t.about.Name, err))
			return
		}
	}
}

// add puts a packet into the block, or counts it where there is no room. IPv4's own header comes with GRE.
func (t *tunnel) add(packet []byte, from net.Addr, at int64) {
	addr, port := endpoint(from)
	if !t.gre || addr.Is6() {
		packet = t.packet(packet, addr, port)
	}
	if t.block != nil && len(t.block.Data)+len(packet) > cap(t.block.Data) {
		t.flush()
	}
	if t.block == nil {
		select {
		case t.block = <-t.free:
		default:
			t.drops.Add(1)
			return
		}
	}
	b, wire := t.block, len(packet)
	if cap(b.Data) < blockSize {
		b.Data = make([]byte, 0, blockSize)
	}
	if t.about.Snaplen > 0 {
		packet = packet[:min(wire, t.about.Snaplen)]
	}
	b.Frames = append(b.Frames, Frame{Time: at, Offset: uint32(len(b.Data)), Length: uint32(len(packet)),
		WireLen: uint32(wire), Link: LinkRaw})
	b.Data = append(b.Data, packet...)
}

// flush hands the block over. As many as there are find room.
func (t *tunnel) flush() {
	t.full <- delivery{t.block, t.about}
	t.block = nil
}

// Lengths of headers, and the protocols that they announce.
const (
	ip4Header, udpHeader = 20, 8
	protoUDP, protoGRE   = 17, 47
)

// packet puts the headers that the kernel took off before a payload: from there to here.
func (t *tunnel) packet(payload []byte, from netip.Addr, port uint16) []byte {
	proto, size := byte(protoUDP), udpHeader+len(payload)
	if t.gre {
		proto, size = protoGRE, len(payload)
	}
	b := t.scratch[:0]
	if from.Is4() {
		b = append(b, 0x45, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(min(ip4Header+size, 0xffff)))
		b = append(b, 0, 0, 0, 0, 64, proto, 0, 0)
		src, dst := from.As4(), as4(t.local)
		b = append(append(b, src[:]...), dst[:]...)
	} else {
		b = append(b, 0x60, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(min(size, 0xffff)))
		b = append(b, proto, 64)
		src, dst := from.As16(), t.local.As16()
		b = append(append(b, src[:]...), dst[:]...)
	}
	if !t.gre {
		b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, port), t.port)
		b = binary.BigEndian.AppendUint16(b, uint16(min(size, 0xffff)))
		b = append(b, 0, 0)
	}
	t.scratch = append(b, payload...)
	return t.scratch
}

func as4(a netip.Addr) (b [4]byte) {
	if a.Is4() {
		b = a.As4()
	}
	return b
}

// endpoint is the address of a peer, and its port if it has one.
func endpoint(a net.Addr) (netip.Addr, uint16) {
	switch a := a.(type) {
	case *net.UDPAddr:
		ap := a.AddrPort()
		return ap.Addr().Unmap().WithZone(""), ap.Port()
	case *net.IPAddr:
		addr, _ := netip.AddrFromSlice(a.IP)
		return addr.Unmap(), 0
	}
	return netip.Addr{}, 0
}
