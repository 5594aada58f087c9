package tlswire

import (
	"crypto/x509"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// captures is where real captures lie beside the repository. They are other people's and not part of it.
const captures = "../../../../shared/captures"

// direction is one direction of one TCP connection of a capture.
type direction struct {
	key    string // addresses and ports
	stream []byte // payload in order, up to the first gap
	next   uint32
	gap    bool
}

// directions reads the TCP streams of a classic capture file with Ethernet and IPv4: as little as these tests need.
// Segments have to come in order; what repeats is skipped.
func directions(t *testing.T, file string) []*direction {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(captures, file))
	if err != nil {
		t.Skipf("real capture not here: %v", err)
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if b[0] == 0xa1 {
		order = binary.BigEndian
	}
	var list []*direction
	byKey := map[string]*direction{}
	for b = b[24:]; len(b) >= 16; {
		n := min(int(order.Uint32(b[8:])), len(b)-16)
		frame := b[16:][:n]
		b = b[16+n:]
		if len(frame) < 54 || frame[12] != 8 || frame[13] != 0 || frame[23] != 6 {
			continue
		}
		ip := frame[14:]
		ip = ip[:min(len(ip), int(binary.BigEndian.Uint16(ip[2:])))]
		head := int(ip[0]&15) * 4
		if len(ip) < head+20 || len(ip) < head+int(ip[head+12]>>4)*4 {
			continue
		}
		tcp := ip[head:]
		key := string(ip[12:20]) + string(tcp[:4])
		seq, payload := binary.BigEndian.Uint32(tcp[4:]), tcp[int(tcp[12]>>4)*4:]
		if tcp[13]&2 != 0 {
			seq++
		}
		d := byKey[key]
		if d == nil {
			d = &direction{key: key, next: seq}
			byKey[key] = d
			list = append(list, d)
		}
		d.add(seq, payload)
	}
	return list
}

func (d *direction) add(seq uint32, payload []byte) {
	if skip := int32(d.next - seq); skip > 0 && int(skip) <= len(payload) {
		payload, seq = payload[skip:], d.next
	}
	if d.gap = d.gap || int32(seq-d.next) > 0; d.gap || seq != d.next {
		return
	}
	d.stream = append(d.stream, payload...)
	d.next += uint32(len(payload))
}

// seen is what a direction showed.
type seen struct {
	SNI, JA3, JA3S, version, subject, issuer string
	sans                                     int
	partial                                  bool
	protected                                int
}

func look(t *testing.T, d *direction) (s seen) {
	t.Helper()
	emit := func(e Event) {
		switch e.Kind {
		case KindClientHello:
			var h ClientHello
			h.Decode(e.Body)
			s.SNI, s.JA3 = string(h.ServerName), h.JA3()
		case KindServerHello:
			var h ServerHello
			if err := h.Decode(e.Body); err != nil {
				t.Errorf("ServerHello: %v", err)
			}
			s.JA3S, s.version = h.JA3S(), VersionName(h.Version)
		case KindCertificate:
			s.certificate(t, e.Body)
		case KindProtected:
			s.protected++
		}
	}
	var r Reader
	r.Feed(d.stream, emit)
	r.Finish(emit)
	return s
}

func (s *seen) certificate(t *testing.T, body []byte) {
	first := true
	for der, whole := range CertificateList(body) {
		c, err := ParseCertificate(der)
		if x, err := x509.ParseCertificate(der); err == nil && whole {
			agree(t, der, x)
		}
		if first && err == nil && s.subject == "" {
			s.subject, s.issuer, s.sans, s.partial = c.Subject.CN, c.Issuer.CN, len(c.SANs), c.Partial
		}
		first = false
	}
}

// Expected: names from the captures' index, JA3 and JA3S from tshark 4.0.
func TestCaptures(t *testing.T) {
	const webex, symantec = "*.webex.com", "Symantec Class 3 Secure Server CA - G4"
	tests := []struct {
		file string
		n    int // of the direction, in order of first appearance, among those with records
		want seen
	}{
		{"webex/mercury-webex-2021-part1.pcap", 0, seen{SNI: "usersub-a.wbx2.com", JA3: "7aa7f2239814b7c9a7d138392b48f9f8"}},
		{"webex/mercury-webex-2021-part1.pcap", 1, seen{JA3S: "15af977ce25de452b96affa2addb1036", version: "1.3", protected: 1}},
		{"webex/mercury-webex-2021-part1.pcap", 2, seen{
			JA3S: "ec74a5c51106f0419184d0dd08fb05bc", version: "1.2", partial: true,
			subject: "linus24.wamsm-a-4.prod.infra.webex.com", issuer: "R3", sans: 4,
		}},
		{"webex/mercury-webex-2021-part1.pcap", 4, seen{
			JA3S: "ec74a5c51106f0419184d0dd08fb05bc", version: "1.2", partial: true,
			subject: "linus31.wsydm-a-4.prod.infra.webex.com", issuer: "R3", sans: 3,
		}},
		{"webex/ndpi-webex-2015-part1.pcap", 0, seen{SNI: "radcom.webex.com", JA3: "f9010d8c34749bdf7659b52227e6f91b"}},
		{"webex/ndpi-webex-2015-part1.pcap", 1, seen{JA3S: "c253ec3ad88e42f8da4032682892f9a0", version: "1.2", subject: webex, issuer: symantec, sans: 1}},
		{"tls-inspection/mercury-umbrella-forged-cert.pcap", 1, seen{
			JA3S: "d9e1cff9881c2f3d4acb9b3851188cac", version: "1.2", subject: "ext.surfshark.com", issuer: "Cisco Umbrella Secondary SubCA ash-SG", sans: 1,
		}},
		{"malformed/mercury__multi_record_cert.pcap", 0, seen{
			JA3S: "0debd3853f330c574b05e0b6d882dc27", version: "1.2", partial: true,
			subject: "la4-c2-dfw.salesforceliveagent.com", issuer: "DigiCert SHA2 Secure Server CA", sans: 2,
		}},
		{"malformed/mercury__full_cert_empty_second_cert.pcap", 0, seen{
			JA3S: "8d2a028aa94425f76ced7826b1f39039", version: "1.2",
			subject: "wywyuserservice.com", issuer: "COMODO RSA Domain Validation Secure Server CA", sans: 2,
		}},
		{"malformed/pcpp__SSL-PartialCertificate1.pcap", 0, seen{
			JA3S: "ab1e32eeaf70ee94c0af00f08d126891", version: "1.0", partial: true,
			subject: "www.bankhapoalim.co.il", issuer: "Symantec Class 3 EV SSL CA - G3", sans: 1,
		}},
	}
	for _, tt := range tests {
		var withTLS []*direction
		for _, d := range directions(t, tt.file) {
			if IsRecord(d.stream) {
				withTLS = append(withTLS, d)
			}
		}
		if tt.n >= len(withTLS) {
			t.Errorf("%s: %d directions with TLS", tt.file, len(withTLS))
			continue
		}
		got := look(t, withTLS[tt.n])
		got.protected = min(got.protected, tt.want.protected)
		if got != tt.want {
			t.Errorf("%s, direction %d:\n got %+v\nwant %+v", tt.file, tt.n, got, tt.want)
		}
	}
}

// Every stream of every capture: fed in one piece and byte by byte it says the same.
func TestCapturesSplit(t *testing.T) {
	files, _ := filepath.Glob(captures + "/*/*.pcap")
	if len(files) == 0 {
		t.Skip("real captures not here")
	}
	for _, file := range files {
		head := make([]byte, 24)
		if f, err := os.Open(file); err == nil {
			f.Read(head)
			f.Close()
		}
		if magic := binary.LittleEndian.Uint32(head); magic != 0xa1b2c3d4 || head[20] != 1 ||
			strings.Contains(file, "malformed-tcpdump") || strings.Contains(file, "file-format") {
			continue
		}
		for _, d := range directions(t, strings.TrimPrefix(file, captures)) {
			stream := d.stream[:min(len(d.stream), 16<<10)]
			whole, _ := readAll(new(Reader), stream)
			var pieces [][]byte
			for i := range stream {
				pieces = append(pieces, stream[i:i+1])
			}
			if got, _ := readAll(new(Reader), pieces...); strings.Join(got, "\n") != strings.Join(whole, "\n") {
				t.Errorf("%s: %d and %d events", file, len(got), len(whole))
			}
		}
	}
}
