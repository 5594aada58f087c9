package main

import (
	"net/netip"
	"strings"
	"time"

	"webexaudit/analyzer/pcaptest"

	"golang.org/x/net/dns/dnsmessage"
)

// addOddities fills what the odd mix draws from. r is not used further, so that other mixes do not depend on this list.
func (l *library) addOddities(r *pcaptest.Rand) {
	own := *r
	l.odd = append(built(&own), written...)
	for i := range l.odd {
		l.oddWeight += l.odd[i].weight
	}
	outer := pcaptest.Outer{Src: netip.AddrFrom4([4]byte{10, 0, 0, 1}), Dst: netip.AddrFrom4([4]byte{10, 0, 0, 2})}
	l.wraps = []pcaptest.Wrap{
		pcaptest.VLAN(0x6064), pcaptest.VLAN(0x0014), pcaptest.QinQ(100, 0x2005), pcaptest.MPLS(16001), pcaptest.PPPoE(7),
		pcaptest.GREv0(outer, pcaptest.GRE{}), pcaptest.VXLAN(outer, 4096), pcaptest.IPIP(outer), pcaptest.GTPU(outer, 77, false),
	}
}

// built are the oddities whose messages pcaptest builds.
func built(r *pcaptest.Rand) []oddity {
	name := pcaptest.DNS{Name: "host.example.org", Addrs: []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, 7})}}
	hello := pcaptest.Record(22, pcaptest.TLS10, pcaptest.ClientHello{
		Version: pcaptest.TLS13, SNI: "www.example.org", SessionID: r.Bytes(32), ALPN: []string{"h2"}}.Message())
	answer := pcaptest.Record(22, pcaptest.TLS12,
		pcaptest.ServerHello{Version: pcaptest.TLS13, SessionID: r.Bytes(32)}.Message())
	stun := pcaptest.STUN{Type: pcaptest.STUNRequest, Fingerprint: true}
	reply := pcaptest.STUN{Type: pcaptest.STUNSuccess, Fingerprint: true}
	rtp := pcaptest.RTP{PT: 8, SSRC: 7, Seq: 1, Payload: r.Bytes(160)}
	report := pcaptest.SenderReport{SSRC: 7, Sent: pcaptest.Start}
	asked, told := pcaptest.NTP{Mode: 3, Transmit: pcaptest.Start}, pcaptest.NTP{Mode: 4, Stratum: 2,
		Origin: pcaptest.Start, Transmit: pcaptest.Start.Add(time.Millisecond)}
	sip := sipScript()
	return []oddity{
		{60, udp, 53, client, [2]string{string(name.Message(7, dnsmessage.TypeA, false)), string(name.Message(7, dnsmessage.TypeA, true))}},
		{10, udp, 5353, client, [2]string{string(name.Message(0, dnsmessage.TypeA, false)), string(name.Message(0, dnsmessage.TypeA, true))}},
		{10, udp, 5355, client, [2]string{string(name.Message(9, dnsmessage.TypeA, false)), string(name.Message(9, dnsmessage.TypeA, true))}},
		{50, tcp, 443, client, [2]string{string(hello), string(answer)}},
		{15, tcp, 0, client, [2]string{string(hello), string(answer)}},
		{20, udp, 443, client, [2]string{string(pcaptest.QUICInitial(r, "www.example.org", "h3")), ""}},
		{10, udp, 3478, client, [2]string{string(stun.Bytes()), string(reply.Bytes())}},
		{10, udp, 0, client, [2]string{string(rtp.Bytes()), string(rtp.Bytes())}},
		{5, udp, 0, client, [2]string{string(report.Bytes()), string(report.Bytes())}},
		{15, udp, 123, client, [2]string{string(asked.Bytes()), string(told.Bytes())}},
		{15, udp, 5060, client, [2]string{string(sip[0].data), string(sip[1].data)}},
		{5, tcp, 5060, client, [2]string{string(sip[0].data), string(sip[1].data)}},
		{5, udp, 1719, client, [2]string{string(pcaptest.RAS(0, 1)), string(pcaptest.RAS(1, 1))}},
		{5, tcp, 1720, client, [2]string{string(pcaptest.Q931(5, false, 3)), string(pcaptest.Q931(2, true, 3))}},
		{5, udp, 0, client, [2]string{string(pcaptest.DTLSClientHello(r, 0)), string(pcaptest.DTLSServerHello(r, 0))}},
	}
}

// written are the oddities that are short enough to be written down; the ports are IANA's. What is empty is
// pseudo-random.
var written = []oddity{
	{60, tcp, 80, client, text("GET /index.html HTTP/1.1|Host: www.example.org|User-Agent: Mozilla/5.0||", "HTTP/1.1 200 OK|Server: nginx|Content-Length: 5000||")},
	{15, tcp, 8080, client, text("POST /api HTTP/1.1|Host: api.example.org|Content-Length: 2000||", "HTTP/1.1 204 No Content||")},
	{8, tcp, 3128, client, text("CONNECT www.example.org:443 HTTP/1.1|Host: www.example.org:443||", "HTTP/1.1 200 Connection established||")},
	{10, tcp, 22, server, text("SSH-2.0-OpenSSH_9.2|", "SSH-2.0-OpenSSH_9.6|")},
	{8, tcp, 5222, client, [2]string{
		"<?xml version='1.0'?><stream:stream to='example.org' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
		"<?xml version='1.0'?><stream:stream id='1' from='example.org' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"}},
	{8, tcp, 1080, client, [2]string{"\x05\x02\x00\x02", "\x05\x00"}},
	{5, tcp, 1080, client, [2]string{"\x04\x01\x01\xbb\xc0\x00\x02\x01user\x00", "\x00\x5a\x00\x00\x00\x00\x00\x00"}},
	{8, tcp, 554, client, text("OPTIONS rtsp://cam.example.org/1 RTSP/1.0|CSeq: 1||", "RTSP/1.0 200 OK|CSeq: 1|Public: DESCRIBE, SETUP, PLAY||")},
	{8, tcp, 25, server, text("220 mail.example.org ESMTP|", "EHLO client.example.org|")},
	{5, tcp, 587, server, text("220 mail.example.org ESMTP|", "EHLO client.example.org|")},
	{5, tcp, 110, server, text("+OK POP3 ready|", "CAPA|")},
	{5, tcp, 143, server, text("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready|", "a1 CAPABILITY|")},
	{8, tcp, 21, server, text("220 FTP server ready|", "USER anonymous|")},
	{5, tcp, 119, server, text("200 news.example.org ready|", "MODE READER|")},
	{5, tcp, 6667, client, text("NICK guest|USER guest 0 * :guest|", ":irc.example.org 001 guest :Welcome|")},
	{8, tcp, 23, server, [2]string{"\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23", "\xff\xfb\x18\xff\xfc\x20"}},
	{5, tcp, 43, client, text("example.org|", "Domain Name: EXAMPLE.ORG|")},
	{8, tcp, 3306, server, [2]string{"\x4a\x00\x00\x00\x0a8.0.36\x00\x08\x00\x00\x00abcdefgh\x00", "\x20\x00\x00\x01\x85\xa6\x3f\x00"}},
	{8, tcp, 5432, client, [2]string{"\x00\x00\x00\x08\x04\xd2\x16\x2f", "N"}},
	{8, tcp, 6379, client, text("*1|$4|PING|", "+PONG|")},
	{5, tcp, 11211, client, text("get key|", "END|")},
	{8, tcp, 1883, client, [2]string{"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04node", "\x20\x02\x00\x00"}},
	{5, tcp, 5672, client, [2]string{"AMQP\x00\x00\x09\x01", "\x01\x00\x00\x00\x00\x00\x0c\x00\x0a\x00\x0a\x00\x09\x00\x00\x00\x00"}},
	{10, tcp, 445, client, [2]string{"\x00\x00\x00\x44\xfeSMB\x40\x00\x00\x00", "\x00\x00\x00\x44\xfeSMB\x40\x00\x00\x01"}},
	{5, tcp, 139, client, [2]string{"\x81\x00\x00\x44 EEFDFEFCFGFEFCCACACACACACACACACA\x00", "\x82\x00\x00\x00"}},
	{8, tcp, 389, client, [2]string{"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00", "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"}},
	{8, tcp, 3389, client, [2]string{"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00", "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x00\x08\x00\x02\x00\x00\x00"}},
	{5, tcp, 5900, server, [2]string{"RFB 003.008\n", "RFB 003.008\n"}},
	{5, tcp, 502, client, [2]string{"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x0a", "\x00\x01\x00\x00\x00\x05\x01\x03\x02\x00\x2a"}},
	{5, tcp, 102, client, [2]string{"\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc1\x02\x01\x00\xc2\x02\x01\x02\xc0\x01\x0a", ""}},
	{5, tcp, 20000, client, [2]string{"\x05\x64\x05\xc9\x01\x00\x00\x04\xe9\x21", ""}},
	{8, tcp, 6881, client, [2]string{"\x13BitTorrent protocol\x00\x00\x00\x00\x00\x10\x00\x05", "\x13BitTorrent protocol\x00\x00\x00\x00\x00\x10\x00\x05"}},
	{5, tcp, 1935, client, [2]string{"\x03\x00\x00\x00\x01\x00\x00\x00\x00", "\x03\x00\x00\x00\x01\x00\x00\x00\x00"}},
	{5, tcp, 179, client, [2]string{strings.Repeat("\xff", 16) + "\x00\x1d\x01\x04\xfd\xe8\x00\xb4\xc0\x00\x02\x01\x00", strings.Repeat("\xff", 16) + "\x00\x13\x04"}},
	{5, tcp, 2049, client, [2]string{"\x80\x00\x00\x28\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86\xa3", "\x80\x00\x00\x18\x00\x00\x00\x01\x00\x00\x00\x01"}},
	{5, tcp, 9100, client, [2]string{"\x1b%-12345X@PJL INFO STATUS\r\n", "@PJL INFO STATUS\r\n"}},
	{5, tcp, 27017, client, [2]string{"\x3a\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xd4\x07\x00\x00", ""}},
	{5, tcp, 4369, client, [2]string{"\x00\x01n", "\x00\x00\x11\x11"}},
	{8, udp, 161, client, [2]string{"\x30\x26\x02\x01\x01\x04\x06public\xa0\x19\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x05\x00", "\x30\x26\x02\x01\x01\x04\x06public\xa2\x19\x02\x01\x01"}},
	{8, udp, 1900, client, text("M-SEARCH * HTTP/1.1|HOST: 239.255.255.250:1900|MAN: \"ssdp:discover\"|MX: 1|ST: ssdp:all||", "HTTP/1.1 200 OK|ST: upnp:rootdevice||")},
	{5, udp, 137, client, [2]string{"\x12\x34\x01\x10\x00\x01\x00\x00\x00\x00\x00\x00 CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x00\x00\x21\x00\x01", ""}},
	{5, udp, 514, client, [2]string{"<34>Oct 11 22:14:15 host su: failed", "<34>Oct 11 22:14:16 host su: failed"}},
	{5, udp, 1812, client, [2]string{"\x01\x07\x00\x14abcdefghijklmnop", "\x02\x07\x00\x14abcdefghijklmnop"}},
	{5, udp, 69, client, [2]string{"\x00\x01config\x00octet\x00", "\x00\x03\x00\x01data"}},
	{5, udp, 67, client, [2]string{"\x01\x01\x06\x00\x12\x34\x56\x78" + strings.Repeat("\x00", 228) + "\x63\x82\x53\x63\x35\x01\x01\xff", "\x02\x01\x06\x00\x12\x34\x56\x78" + strings.Repeat("\x00", 228) + "\x63\x82\x53\x63\x35\x01\x02\xff"}},
	{5, udp, 5683, client, [2]string{"\x40\x01\x12\x34\xb4temp", "\x60\x45\x12\x34\xff21"}},
	{8, udp, 51820, client, [2]string{"\x01\x00\x00\x00" + strings.Repeat("k", 144), "\x02\x00\x00\x00" + strings.Repeat("k", 88)}},
	{5, udp, 1194, client, [2]string{"\x38abcdefgh\x00\x00\x00\x00\x00", "\x40ijklmnop\x01\x00\x00\x00\x00abcdefgh\x00\x00\x00\x00"}},
	{8, udp, 500, client, [2]string{"abcdefgh\x00\x00\x00\x00\x00\x00\x00\x00\x21\x20\x22\x08\x00\x00\x00\x00\x00\x00\x00\x1c", "abcdefghijklmnop\x21\x20\x22\x20\x00\x00\x00\x00\x00\x00\x00\x1c"}},
	{5, udp, 4500, client, [2]string{"\xff", ""}},
	{5, udp, 27015, client, [2]string{"\xff\xff\xff\xffTSource Engine Query\x00", "\xff\xff\xff\xffI\x11server\x00map\x00"}},
	{8, udp, 6881, client, [2]string{"d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe", "d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re"}},
	{5, udp, 88, client, [2]string{"\x6a\x81\x9c\x30\x81\x99\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a", "\x7e\x81\x9c\x30\x81\x99"}},
	{5, udp, 3702, client, [2]string{"<?xml version=\"1.0\"?><soap:Envelope><soap:Body><wsd:Probe/></soap:Body></soap:Envelope>", ""}},
	{5, udp, 47808, client, [2]string{"\x81\x0b\x00\x0c\x01\x20\xff\xff\x00\xff\x10\x08", "\x81\x0b\x00\x0c\x01\x20\xff\xff\x00\xff\x10\x00"}},
	{5, udp, 2055, client, [2]string{"\x00\x09\x00\x01\x00\x00\x10\x00\x5f\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00", ""}},
	{60, udp, 0, client, [2]string{}},
	{15, udp, 9000, client, [2]string{}},
	{15, udp, 5004, client, [2]string{}},
	{60, tcp, 0, client, [2]string{}},
	{15, tcp, 443, client, [2]string{}},
	{10, tcp, 5004, client, [2]string{}},
	{25, pcaptest.ProtoICMP, 0, client, [2]string{"abcdefghijklmnopqrstuvwabcdefghi", "abcdefghijklmnopqrstuvwabcdefghi"}},
	{5, 50, 0, client, [2]string{}},  // ESP
	{3, 132, 0, client, [2]string{}}, // SCTP
	{3, 89, 0, client, [2]string{}},  // OSPF
	{3, 112, 0, client, [2]string{}}, // VRRP
	{3, 253, 0, client, [2]string{}}, // for experiments
}

// text writes lines with | for the end of each.
func text(ask, answer string) [2]string {
	end := strings.NewReplacer("|", "\r\n")
	return [2]string{end.Replace(ask), end.Replace(answer)}
}
