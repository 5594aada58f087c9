package main

import (
	"fmt"
	"net/netip"

	"webexaudit/analyzer/pcaptest"
)

func httpScript() []beat {
	request := "GET /status HTTP/1.1\r\nHost: intranet.example.com\r\nUser-Agent: pcaptest\r\nAccept: */*\r\n\r\n"
	answer := "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 1100\r\n\r\n"
	beats := opening([]byte(request), noPatch)
	beats = append(beats,
		beat{from: server, flags: pshFlag | ackFlag, turn: true, data: []byte(answer), noise: 1100},
		beat{from: client, flags: ackFlag})
	return append(beats, closing()...)
}

func sipScript() []beat {
	headers := []string{
		"Via: SIP/2.0/UDP 10.20.9.9:5060;branch=z9hG4bK74bf9", "From: <sip:2001@example.com>;tag=9fxced76sl",
		"To: <sip:2001@example.com>", "Call-ID: 3848276298220188511@example.com", "CSeq: 1 REGISTER", "Max-Forwards: 70",
		"Contact: <sip:2001@10.20.9.9:5060>", "Expires: 120",
	}
	request := pcaptest.SIP{Start: "REGISTER sip:example.com SIP/2.0", Headers: headers}.Bytes()
	answer := pcaptest.SIP{Start: "SIP/2.0 200 OK", Headers: headers}.Bytes()
	return []beat{
		{from: client, data: request}, {from: server, turn: true, data: answer},
		{from: client, pause: 2e9, data: request}, {from: server, turn: true, data: answer},
	}
}

func (g *generator) dns(f *flow) {
	f.udp(g.hosts(f, 53), [4]byte{10, 20, 0, 53})
	f.rtt = int64(f.rnd.Range(1, 12)) * 1e6
	f.beats = g.lib.dns[f.rnd.Intn(len(g.lib.dns))]
}

func (g *generator) webTLS(f *flow) {
	f.tcp(g.hosts(f, 443), [4]byte{151, 101, byte(f.rnd.Intn(200)), byte(f.rnd.Intn(250))})
	f.beats = g.lib.web[f.rnd.Intn(len(g.lib.web))]
}

func (g *generator) signalling(f *flow) {
	f.tcp(g.hosts(f, 443), [4]byte{52, 29, byte(f.rnd.Intn(20)), byte(f.rnd.Intn(250))})
	f.beats = g.lib.signalling[f.rnd.Intn(len(g.lib.signalling))]
}

// probeUDP is a reachability test of a media node; one in five is not answered.
func (g *generator) probeUDP(f *flow) {
	f.udp(g.hosts(f, 5004), mediaNode(&f.rnd))
	answered := f.rnd.Intn(5) > 0
	for i := range 4 {
		request, answer := g.stun(f)
		f.beats = append(f.beats, beat{from: client, pause: int64(min(i, 1)) * 4e8, data: request})
		if answered {
			f.beats = append(f.beats, beat{from: server, turn: true, data: answer})
		}
	}
}

// probeTCP is the same with RFC 4571 framing.
func (g *generator) probeTCP(f *flow) {
	f.tcp(g.hosts(f, 5004), mediaNode(&f.rnd))
	request, answer := g.stun(f)
	f.beats = opening(framed(request), noPatch)
	f.beats = append(f.beats, beat{from: server, flags: pshFlag | ackFlag, turn: true, data: framed(answer)})
	for range 4 {
		request, answer = g.stun(f)
		f.beats = append(f.beats,
			beat{from: client, flags: pshFlag | ackFlag, pause: 2e7, data: framed(request)},
			beat{from: server, flags: pshFlag | ackFlag, turn: true, data: framed(answer)})
	}
	f.beats = append(f.beats, closing()...)
}

func framed(b []byte) []byte { return append([]byte{byte(len(b) >> 8), byte(len(b))}, b...) }

func (g *generator) probeTLS(f *flow) {
	f.tcp(g.hosts(f, 443), mediaNode(&f.rnd))
	f.beats = g.lib.probe
}

// quicShort is one QUIC connection with a small answer.
func (g *generator) quicShort(f *flow) {
	f.udp(g.hosts(f, 443), [4]byte{142, 250, byte(f.rnd.Intn(200)), byte(f.rnd.Intn(250))})
	short := []byte{0x40 | byte(f.rnd.Uint32())&0x3f}
	f.beats = []beat{
		{from: client, data: g.lib.quic[f.rnd.Intn(len(g.lib.quic))]},
		{from: server, turn: true, data: short, noise: 1199},
		{from: server, data: short, noise: 1199},
		{from: client, data: short, noise: 80},
		{from: server, turn: true, data: short, noise: 600},
		{from: client, data: short, noise: 40},
	}
}

func (g *generator) webHTTP(f *flow) {
	f.tcp(g.hosts(f, 80), [4]byte{93, 184, byte(f.rnd.Intn(200)), byte(f.rnd.Intn(250))})
	f.beats = g.lib.http
}

func (g *generator) sip(f *flow) {
	f.udp(g.hosts(f, 5060), [4]byte{81, 23, 228, byte(f.rnd.Intn(250))})
	f.beats = g.lib.sip
}

// silent is a host that does not answer: three SYNs of the same number.
func (g *generator) silent(f *flow) {
	f.tcp(g.hosts(f, 8080), [4]byte{81, 169, byte(f.rnd.Intn(200)), byte(f.rnd.Intn(250))})
	f.beats = []beat{
		{from: client, flags: synFlag},
		{from: client, flags: synFlag, pause: 1e9, patch: repeated},
		{from: client, flags: synFlag, pause: 2e9, patch: repeated},
	}
}

func (g *generator) ntp(f *flow) {
	f.udp(g.hosts(f, 123), [4]byte{162, 159, 200, byte(f.rnd.Intn(250))})
	request := make([]byte, 48)
	request[0] = 0x23
	answer := append([]byte{0x24, 2, 6, 0xe9}, request[4:]...)
	f.beats = []beat{{from: client, data: request}, {from: server, turn: true, data: answer}}
}

// stun is a binding request of the app and its answer.
func (g *generator) stun(f *flow) (request, answer []byte) {
	m := pcaptest.STUN{Type: pcaptest.STUNRequest, Password: "gencap", Fingerprint: true}
	f.rnd.Read(m.ID[:])
	m.Attrs = []pcaptest.STUNAttr{
		{Type: pcaptest.AttrUsername, Value: []byte(fmt.Sprintf("%08x:%04x", f.order, uint16(f.order)))},
		{Type: pcaptest.AttrSoftware, Value: []byte("Cisco-Spark")},
		{Type: pcaptest.AttrPriority, Value: []byte{0x6e, 0x7f, 0x1e, 0xff}},
	}
	mapped := netip.AddrPortFrom(netip.AddrFrom4([4]byte{81, 2, 69, f.addr[client][3]}), f.port[client])
	reply := pcaptest.STUN{Type: pcaptest.STUNSuccess, ID: m.ID, Password: "gencap", Fingerprint: true}
	reply.Attrs = []pcaptest.STUNAttr{{Type: pcaptest.AttrXORMapped, Value: pcaptest.XORAddress(mapped, m.ID)}}
	return m.Bytes(), reply.Bytes()
}

func mediaNode(r *pcaptest.Rand) [4]byte {
	nets := [...][2]byte{{170, 72}, {62, 109}, {170, 133}, {144, 196}, {23, 89}}
	n := nets[r.Intn(len(nets))]
	return [4]byte{n[0], n[1], byte(192 + r.Intn(62)), byte(1 + r.Intn(250))}
}
