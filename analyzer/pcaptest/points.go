package pcaptest

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Segment is what lies between two capture points, A beside the client and B behind an address translation and two
// routers. The zero value changes addresses, ports and TTL alone.
type Segment struct {
	Offset time.Duration // what B's clock shows more than A's
	Drift  float64       // seconds that B's clock gains in a second
	Delay  time.Duration // from one point to the other
	Jitter time.Duration // up to which more
	// packets of RTP that are lost between the points: missing at B on their way up, at A on their way down
	Lose    func(ssrc uint32, seq uint16) bool
	Mark    func(up bool, dscp uint8) uint8 // the DSCP at B of what has dscp at A; nil: the same
	Bridged bool                            // no router: the TTL stays
}

// NATAddr is the client's address at B.
var NATAddr = netip.MustParseAddr("198.51.100.7")

// natPorts is what the translation adds to ports.
const natPorts = 7000

// Captures are those of both points, made of what A would see if nothing were lost. They hold its UDP over IPv4.
func (x Segment) Captures(whole *Capture) (a, b *Capture) {
	r := NewRand(77)
	a, b = &Capture{Link: whole.Link}, &Capture{Link: whole.Link}
	for _, f := range whole.Frames {
		if f.Data[23] != 17 {
			continue
		}
		up := netip.AddrFrom4([4]byte(f.Data[26:30])) == ClientA
		rtp := f.Data[42:]
		lost := x.Lose != nil && isRTP(rtp) &&
			x.Lose(binary.BigEndian.Uint32(rtp[8:]), binary.BigEndian.Uint16(rtp[2:]))
		if up || !lost {
			a.Frames = append(a.Frames, f)
		}
		if !up || !lost {
			b.Frames = append(b.Frames, x.atB(f, up, r))
		}
	}
	return a, b.Sort()
}

func isRTP(b []byte) bool {
	return len(b) >= 12 && b[0]>>6 == 2 && (b[1]&0x7f < 64 || b[1]&0x7f > 95)
}

// atB is a frame as B sees it.
func (x Segment) atB(f Frame, up bool, r *Rand) Frame {
	f.Data = append([]byte(nil), f.Data...)
	ip, udp, nat := f.Data[14:34], f.Data[34:], NATAddr.As4()
	delay, hops := x.Delay, uint8(2)
	if x.Jitter > 0 {
		delay += time.Duration(r.Uint32()) % x.Jitter
	}
	if x.Bridged {
		hops = 0
	}
	if x.Mark != nil {
		ip[1] = x.Mark(up, ip[1]>>2)<<2 | ip[1]&3
	}
	address, port := ip[12:16], udp[0:2]
	if !up {
		address, port, delay, hops = ip[16:20], udp[2:4], -delay, -hops
	}
	copy(address, nat[:])
	binary.BigEndian.PutUint16(port, binary.BigEndian.Uint16(port)+natPorts)
	ip[8] -= hops
	ip[10], ip[11], udp[6], udp[7] = 0, 0, 0, 0
	binary.BigEndian.PutUint16(ip[10:], checksum(ip, 0))
	since := f.Time.Add(delay).Sub(Start)
	f.Time = Start.Add(since + time.Duration(float64(since)*x.Drift) + x.Offset)
	return f
}

// OneCall is a call of ClientA with audio and video, as its switch port sees it.
func OneCall(lasting time.Duration) *Capture {
	s := New(5, Start)
	c := WebexCall(ClientA, netip.MustParseAddrPort("170.72.1.2:5004"))
	c.Lasting = lasting
	s.Call(c)
	return s.Capture()
}

// TwoPoints are captures of one call at two points. Segment them 1 % of the packets is lost and EF is taken from what
// the client sends; the clock of B is 300 ms ahead.
func TwoPoints() (a, b *Capture) {
	return Segment{Offset: 300 * time.Millisecond, Delay: 4 * time.Millisecond, Jitter: 2 * time.Millisecond,
		Lose: func(_ uint32, seq uint16) bool { return seq%100 == 37 },
		Mark: func(up bool, dscp uint8) uint8 {
			if up && dscp == EF {
				return 0
			}
			return dscp
		}}.Captures(OneCall(time.Minute))
}
