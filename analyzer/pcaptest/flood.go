package pcaptest

import (
	"encoding/binary"
	"io"
	"net/netip"
	"time"
)

// Flood writes a classic pcap file with the given number of flows of one packet each, as scans and attacks make them:
// UDP and TCP SYN by turns, IPv4 and IPv6 by turns, perMilli flows in a millisecond. It keeps nothing, so a pipe can
// hold it.
func Flood(w io.Writer, flows int, perMilli int) error {
	head := []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, byte(LinkEthernet), 0, 0, 0}
	if _, err := w.Write(head); err != nil {
		return err
	}
	buf := make([]byte, 0, 1<<16)
	for i := range flows {
		at := Start.Add(time.Duration(i/perMilli) * time.Millisecond)
		frame := Ethernet(floodPacket(i))
		buf = binary.LittleEndian.AppendUint32(buf, uint32(at.Unix()))
		buf = binary.LittleEndian.AppendUint32(buf, uint32(at.Nanosecond()/1000))
		buf = binary.LittleEndian.AppendUint32(buf, uint32(len(frame)))
		buf = binary.LittleEndian.AppendUint32(buf, uint32(len(frame)))
		if buf = append(buf, frame...); len(buf) > 1<<15 || i == flows-1 {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	return nil
}

// floodPacket is the packet of a flow: who sends it differs from flow to flow, to a host of the documentation ranges.
func floodPacket(i int) []byte {
	var ip IP
	if n := uint32(i); i&2 == 0 {
		ip = IP{Src: netip.AddrFrom4([4]byte{100, 64 | byte(n>>18)&63, byte(n >> 10), byte(n >> 2)}),
			Dst: netip.AddrFrom4([4]byte{198, 51, 100, byte(n >> 24)})}
	} else {
		src := [16]byte{0x20, 1, 0xd, 0xb8, 12: byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
		ip = IP{Src: netip.AddrFrom16(src), Dst: netip.MustParseAddr("2001:db8:ffff::1")}
	}
	ip.ID = uint16(i) | 1
	port := 1024 + uint16(i)%60000
	if i&1 == 0 {
		return ip.UDP(port, 33434, []byte("probe"))
	}
	return ip.TCP(TCP{Src: port, Dst: 8080, Seq: uint32(i) * 2654435761, Flags: SYN}, nil)
}
