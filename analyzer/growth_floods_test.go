package analyzer_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// growthFlood is traffic of one kind, in any amount.
type growthFlood struct {
	name string
	make func(n int) *pcaptest.Capture
}

// byteByByte is the name of floods whose smallest capture must be small, since heads end at 16 KiB: beyond them time
// would grow with the traffic even if it grew with the square of a head.
const byteByByte = " byte by byte"

// each is n packets, 20 µs apart.
func each(n int, packet func(i int) []byte, wrap ...func(i int) pcaptest.Wrap) *pcaptest.Capture {
	s := pcaptest.New(1, pcaptest.Start)
	for i := range n {
		var w []pcaptest.Wrap
		for _, one := range wrap {
			w = append(w, one(i))
		}
		s.Packet(pcaptest.Start.Add(time.Duration(i)*20*time.Microsecond), packet(i), w...)
	}
	return s.Capture()
}

// host is the i-th address of a private network.
func host(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

var webexNode = netip.MustParseAddr("170.72.1.2")

func udp(src, dst netip.Addr, i int, sport, dport uint16, payload []byte) []byte {
	return pcaptest.IP{Src: src, Dst: dst, ID: uint16(i) | 1}.UDP(sport, dport, payload)
}

// piecewise sends texts over connections of at most 15,000 bytes each, in segments of so many bytes.
func piecewise(port uint16, text string, size int) func(n int) *pcaptest.Capture {
	return func(n int) *pcaptest.Capture {
		b := []byte(text)
		perConn := max(len(b)/size, 1)
		return each(n, func(i int) []byte {
			conn, at := i/perConn, i%perConn*size
			t := pcaptest.TCP{Src: uint16(1024 + conn%60_000), Dst: port, Seq: uint32(1 + at),
				Flags: pcaptest.PSH | pcaptest.ACK}
			return pcaptest.IP{Src: host(conn / 60_000), Dst: webexNode, ID: uint16(i) | 1}.TCP(t, b[at:at+size])
		})
	}
}

func rtpPacket(i int, ssrc uint32, seq uint16) []byte {
	return pcaptest.RTP{PT: 101, Seq: seq, Timestamp: uint32(i) * 960, SSRC: ssrc, Payload: make([]byte, 80)}.Bytes()
}

func bindingRequest(i int) []byte {
	m := pcaptest.STUN{Type: pcaptest.STUNRequest}
	binary.BigEndian.PutUint64(m.ID[:], uint64(i))
	return m.Bytes()
}

// crowdBehind are simultaneous calls behind one address, each with signalling, test and media.
func crowdBehind(n int) *pcaptest.Capture {
	nat := netip.MustParseAddr("198.51.100.1")
	return each(n, func(i int) []byte {
		call, step := i/40, i%40
		node := netip.AddrFrom4([4]byte{170, 72, byte(call >> 8), byte(call)})
		port := uint16(20_000 + call%40_000)
		if step < 2 {
			return udp(nat, node, i, port, 5004, bindingRequest(i))
		}
		return udp(nat, node, i, port, 5004, rtpPacket(step, uint32(call), uint16(step)))
	})
}

var padding = strings.Repeat("X-Padding: abcdefghijklmnop\r\n", 500)

// growthFloods are the kinds of traffic that an attacker or an accident makes much of.
var growthFloods = []growthFlood{
	{"UDP flows of one packet", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte { return udp(host(i/60_000), webexNode, i, uint16(i), 33434, []byte("probe")) })
	}},
	{"TCP SYN from many", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte {
			return pcaptest.IP{Src: host(i), Dst: webexNode,
				ID: 1}.TCP(pcaptest.TCP{Src: 50_000, Dst: 443, Flags: pcaptest.SYN}, nil)
		})
	}},
	{"TCP SYN of one client, refused", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte {
			t := pcaptest.TCP{Src: uint16(i / 2), Dst: 443, Flags: pcaptest.SYN}
			if i%2 == 1 {
				t = pcaptest.TCP{Src: 443, Dst: uint16(i / 2), Flags: pcaptest.RST | pcaptest.ACK}
				return pcaptest.IP{Src: webexNode, Dst: host(1), ID: uint16(i)}.TCP(t, nil)
			}
			return pcaptest.IP{Src: host(1), Dst: webexNode, ID: uint16(i) | 1}.TCP(t, nil)
		})
	}},
	{"flows of an IPv6 host with a chosen identifier", func(n int) *pcaptest.Capture {
		b := [16]byte{0x20, 1, 0xd, 0xb8}
		binary.BigEndian.PutUint64(b[8:], 0xe7037ed1a0b428db)
		return each(n, func(i int) []byte {
			b[7] = byte(i / 60_000)
			return udp(netip.AddrFrom16(b), netip.MustParseAddr("2001:db8:ffff::1"), i, uint16(i), 5004, []byte("probe"))
		})
	}},
	{"CONNECT" + byteByByte, piecewise(8080, "CONNECT webex.com:443 HTTP/1.1\r\n"+padding, 1)},
	{"HTTP heads" + byteByByte, piecewise(80, "GET / HTTP/1.1\r\n"+padding, 1)},
	{"SIP" + byteByByte, piecewise(5060, "OPTIONS sip:webex.com SIP/2.0\r\n"+padding, 1)},
	{"SIP in small messages", piecewise(5060, "OPTIONS sip:webex.com SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", 20)},
	{"XMPP" + byteByByte, piecewise(5222, "<?xml version='1.0'?><stream:stream to='webex.com' xmlns='jabber:client' "+
		"xmlns:stream='http://etherx.jabber.org/streams'><a b='"+strings.Repeat("c", 14_000), 1)},
	{"a ClientHello" + byteByByte, piecewise(443, string(pcaptest.Record(22, 0x0301, pcaptest.ClientHello{SNI: "webex.com"}.Message())), 1)},
	{"TLS handshake records of one byte", piecewise(443, "\x16\x03\x01\x00\x01\x01\x16\x03\x01\x00\x01\x00\x16\x03\x01\x00\x01\xff"+
		strings.Repeat("\x16\x03\x01\x00\x01a", 2000), 6)},
	{"segments behind a hole", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte {
			t := pcaptest.TCP{Src: 50_000, Dst: 443, Seq: uint32(100 + i*2), Flags: pcaptest.ACK}
			return pcaptest.IP{Src: host(1), Dst: webexNode, ID: uint16(i) | 1}.TCP(t, []byte{'a'})
		})
	}},
	{"segments sent again", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte {
			t := pcaptest.TCP{Src: 50_000, Dst: 443, Seq: 1, Flags: pcaptest.ACK}
			return pcaptest.IP{Src: host(1), Dst: webexNode, ID: uint16(i) | 1}.TCP(t, make([]byte, 100))
		})
	}},
	{"first fragments", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte {
			ip := pcaptest.IP{Src: host(i / 60_000), Dst: webexNode, ID: uint16(i)}
			return ip.Fragments(pcaptest.ProtoUDP, ip.Datagram(5004, 5004, make([]byte, 100)), 60)[0]
		})
	}},
	{"streams of one packet", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte {
			return udp(host(1), webexNode, i, 52_000, 5004, rtpPacket(i, uint32(i), uint16(i)))
		})
	}},
	{"a stream that jumps", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte {
			return udp(host(1), webexNode, i, 52_000, 5004, rtpPacket(i, 7, uint16(i*31_337)))
		})
	}},
	{"STUN requests of one flow", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte { return udp(host(1), webexNode, i, 52_000, 5004, bindingRequest(i)) })
	}},
	{"STUN requests of many flows", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte {
			return udp(host(i/50_000), webexNode, i, uint16(i), 5004, bindingRequest(i))
		})
	}},
	{"calls behind one address", crowdBehind},
	{"clients with a test each", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte { return udp(host(i), webexNode, i, 52_000, 5004, bindingRequest(i)) })
	}},
	{"questions for names", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte {
			d := pcaptest.DNS{Name: fmt.Sprintf("n%d.webex.com", i)}
			return udp(host(1), host(2), i, uint16(i), 53, d.Message(uint16(i), 1, false))
		})
	}},
	{"tunnels of one packet", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte { return udp(host(1), webexNode, i, 52_000, 5004, bindingRequest(i)) },
			func(i int) pcaptest.Wrap { return pcaptest.VXLAN(mirrorOuter, uint32(i)) })
	}},
	{"VLANs by turns", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte {
			return udp(host(1), webexNode, i, 52_000, 5004, rtpPacket(i, 7, uint16(i)))
		},
			func(i int) pcaptest.Wrap { return pcaptest.VLAN(uint16(i%4000) + 1) })
	}},
	{"ICMP errors for flows", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte {
			sent := udp(host(1), webexNode, i, uint16(i/2), 5004, bindingRequest(i))
			if i%2 == 0 {
				return sent
			}
			return pcaptest.IP{Src: host(9), Dst: host(1), ID: uint16(i)}.ICMPError(3, 13, 0, sent)
		})
	}},
	{"each packet twice", func(n int) *pcaptest.Capture {
		return each(n, func(i int) []byte {
			return udp(host(1), webexNode, i/2, 52_000, 5004, rtpPacket(i/2, 7, uint16(i/2)))
		})
	}},
	{"QUIC connections", func(n int) *pcaptest.Capture {
		initial := pcaptest.QUICInitial(pcaptest.NewRand(1), "webex.com", "h3")
		return each(n/10, func(i int) []byte { return udp(host(1), webexNode, i, uint16(i), 443, initial) })
	}},
}
