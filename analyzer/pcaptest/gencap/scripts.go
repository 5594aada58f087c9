package main

import (
	"net/netip"

	"webexaudit/analyzer/pcaptest"

	"golang.org/x/net/dns/dnsmessage"
)

// library holds what is built once: scripts and templates that many flows share.
type library struct {
	dns        [][]beat
	web        [][]beat
	signalling [][]beat
	probe      []beat
	quic       [][]byte
	http       []beat
	sip        []beat

	odd       []oddity
	oddWeight int // of all of them
	wraps     []pcaptest.Wrap
}

var webNames = []string{
	"www.example.com", "login.example.net", "cdn.example.org", "mail.example.com", "drive.example.net", "news.example.org",
	"static.example.com", "api.example.net", "shop.example.org", "maps.example.com", "video.example.net", "docs.example.org",
}

var webexNames = []string{
	"usersub-a.wbx2.com", "mercury-connection-a.wbx2.com", "locus-a.wbx2.com", "conv-a.wbx2.com", "calliope-a.wbx2.com",
	"idbroker.webex.com", "identity.webex.com", "files-api-a.wbx2.com", "avatar-prod-us-east-2.webexcontent.com",
}

func newLibrary(r *pcaptest.Rand) library {
	var l library
	for i, name := range append(webNames[:len(webNames):len(webNames)], webexNames...) {
		d := pcaptest.DNS{Name: name, Addrs: []netip.Addr{netip.AddrFrom4([4]byte{151, 101, byte(i), 69})}}
		l.dns = append(l.dns, []beat{
			{from: client, data: d.Message(0, dnsmessage.TypeA, false), patch: dnsID},
			{from: server, turn: true, data: d.Message(0, dnsmessage.TypeA, true), patch: dnsID},
		})
	}
	for i, name := range webNames {
		chain := pcaptest.Chain(pcaptest.Certificate{
			Subject: pcaptest.Name{CN: name}, SANs: []string{name}, Public: true,
			Issuer: pcaptest.Name{CN: "R11", O: "Let's Encrypt"},
		}, pcaptest.Name{CN: "ISRG Root X1"})
		l.web = append(l.web, tlsScript(r, name, i%3 != 0, chain))
		for range 8 {
			l.quic = append(l.quic, pcaptest.QUICInitial(r, name, "h3"))
		}
	}
	for i, name := range webexNames {
		chain := pcaptest.SignallingChain("*."+pcaptest.Zone(name), pcaptest.Zone(name))
		l.signalling = append(l.signalling, tlsScript(r, name, i%4 != 0, chain))
	}
	l.probe = tlsScript(r, "", false, pcaptest.MediaNodeChain(pcaptest.NodeName))
	l.http, l.sip = httpScript(), sipScript()
	l.addOddities(r)
	return l
}

// ccs is a ChangeCipherSpec record.
const ccs = "\x14\x03\x03\x00\x01\x01"

// tlsScript is a whole short session: three-way handshake, TLS 1.3 or 1.2, two requests with answers, close.
func tlsScript(r *pcaptest.Rand, sni string, v13 bool, chain [][]byte) []beat {
	hello := pcaptest.ClientHello{Version: pcaptest.TLS13, SNI: sni, SessionID: r.Bytes(32), ALPN: []string{"h2", "http/1.1"}}
	if sni == "" {
		hello.ALPN = nil
	}
	beats := opening(pcaptest.Record(22, pcaptest.TLS10, hello.Message()), helloRandom)
	if v13 {
		beats = append(beats, answer13(r, hello.SessionID, chain)...)
	} else {
		beats = append(beats, answer12(r, chain)...)
	}
	for i, n := range []int{620, 380} {
		beats = append(beats,
			beat{from: client, flags: pshFlag | ackFlag, pause: int64(i) * 3e8, data: appData(n), noise: n},
			beat{from: server, flags: pshFlag | ackFlag, turn: true, data: appData(1200), noise: 1200},
			beat{from: client, flags: ackFlag, pause: 2e7})
	}
	return append(beats, closing()...)
}

// answer13 is the server's flight of TLS 1.3 and the client's Finished.
func answer13(r *pcaptest.Rand, session []byte, chain [][]byte) []beat {
	hello := pcaptest.ServerHello{Version: pcaptest.TLS13, SessionID: session}
	flight := append(pcaptest.Record(22, pcaptest.TLS12, hello.Message()), ccs...)
	certificate := 40
	for _, der := range chain {
		certificate += len(der) + 5
	}
	for _, n := range []int{27, certificate, 281, 69} {
		flight = append(flight, pcaptest.Record(23, pcaptest.TLS12, r.Bytes(n))...)
	}
	finished := beat{from: client, flags: pshFlag | ackFlag, data: append([]byte(ccs), appData(69)...), noise: 69}
	return append(segments(server, flight, helloRandom), finished)
}

// answer12 is the server's flight of TLS 1.2 and what follows it.
func answer12(r *pcaptest.Rand, chain [][]byte) []beat {
	hello := pcaptest.ServerHello{Version: pcaptest.TLS12, SessionID: r.Bytes(32)}
	flight := pcaptest.Record(22, pcaptest.TLS12, hello.Message())
	flight = append(flight, pcaptest.Record(22, pcaptest.TLS12, pcaptest.CertificateMessage(chain))...)
	exchange := append([]byte{12, 0, 1, 40, 3, 0, 0x1d, 32}, r.Bytes(32)...)
	exchange = append(append(exchange, 8, 4, 1, 0), r.Bytes(256)...)
	flight = append(flight, pcaptest.Record(22, pcaptest.TLS12, exchange)...)
	flight = append(flight, pcaptest.Record(22, pcaptest.TLS12, []byte{14, 0, 0, 0})...)
	const finished = ccs + "\x16\x03\x03\x00\x28"
	key := append(pcaptest.Record(22, pcaptest.TLS12, append([]byte{16, 0, 0, 33, 32}, r.Bytes(32)...)), finished...)
	return append(segments(server, flight, helloRandom),
		beat{from: client, flags: pshFlag | ackFlag, data: key, noise: 40},
		beat{from: server, flags: pshFlag | ackFlag, turn: true, data: []byte(finished), noise: 40})
}

func appData(n int) []byte { return []byte{23, 3, 3, byte(n >> 8), byte(n)} }

// opening is the three-way handshake and the first message, which fits into one segment.
func opening(first []byte, p patch) []beat {
	return []beat{
		{from: client, flags: synFlag},
		{from: server, flags: synFlag | ackFlag, turn: true},
		{from: client, flags: ackFlag},
		{from: client, flags: pshFlag | ackFlag, data: first, patch: p},
	}
}

func closing() []beat {
	return []beat{
		{from: client, flags: finFlag | ackFlag, pause: 1e8},
		{from: server, flags: finFlag | ackFlag, turn: true},
		{from: client, flags: ackFlag},
	}
}

// segments cuts an answer; the first segment comes a round trip later and carries the patch.
func segments(from int, b []byte, p patch) []beat {
	var out []beat
	for first := true; len(b) > 0; first = false {
		n := min(len(b), 1460)
		s := beat{from: from, flags: ackFlag, turn: first, data: b[:n]}
		if first {
			s.patch = p
		}
		out = append(out, s)
		b = b[n:]
	}
	out[len(out)-1].flags |= pshFlag
	return append(out, beat{from: 1 - from, flags: ackFlag})
}
