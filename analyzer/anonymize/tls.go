package anonymize

import "encoding/binary"

// TLS numbers (RFC 8446 sections 4 and 5.1).
const (
	recordHandshake, recordData       = 22, 23
	messageClientHello, messageServer = 1, 2
	messageTicket, messageCertificate = 4, 11
	extensionServerName, extensionPSK = 0, 41
	recordHeader, maxRecord           = 5, 1<<14 + 2048
)

// isRecord reports whether a TLS record begins here.
func isRecord(b []byte) bool {
	return len(b) >= recordHeader && b[0] >= 20 && b[0] <= 24 && b[1] == 3 && b[2] <= 4 &&
		int(binary.BigEndian.Uint16(b[3:])) <= maxRecord
}

// records rewrites a stream of TLS in place as far as it was captured, and returns where the record begins that is
// beyond. Messages of the handshake are put together from records that follow one another.
func (m *Mapper) records(b []byte) int {
	at := 0
	var body []byte  // of the handshake records at hand
	var places []int // of its bytes
	flush := func() {
		m.handshake(body)
		for i, p := range places {
			b[p] = body[i]
		}
		body, places = nil, nil
	}
	for at+recordHeader <= len(b) && isRecord(b[at:]) {
		from, end := at+recordHeader, at+recordHeader+int(binary.BigEndian.Uint16(b[at+3:]))
		if b[at] == recordHandshake {
			for i := from; i < min(end, len(b)); i++ {
				body, places = append(body, b[i]), append(places, i)
			}
		} else {
			flush()
			if b[at] == recordData {
				clear(b[from:min(end, len(b))])
			}
		}
		at = end
	}
	flush()
	if at < len(b) {
		clear(b[at:])
	}
	return at
}

// handshake rewrites the messages of a handshake in clear. Encrypted ones look like messages of no known type.
func (m *Mapper) handshake(b []byte) {
	for len(b) >= 4 {
		n := 4 + int(b[1])<<16 + int(b[2])<<8 + int(b[3])
		body := b[4:min(n, len(b))]
		switch b[0] {
		case messageClientHello:
			m.hello(body, false)
		case messageServer, messageTicket, 0, 12, 14, 16, 20, 22, 24:
		case messageCertificate:
			m.certificates(body)
		case 13:
			m.der(body)
			m.scanDER(body)
		}
		if n > len(b) {
			return
		}
		b = b[n:]
	}
}

// hello maps the server name of a client's hello (RFC 6066 section 3) in place.
func (m *Mapper) hello(b []byte, dtls bool) {
	c := cutter{b: b}
	c.skip(34)
	c.skip(c.length(1))
	if dtls {
		c.skip(c.length(1))
	}
	c.skip(c.length(2))
	c.skip(c.length(1))
	for c.skip(2); !c.bad && c.at+4 <= len(b); {
		typ := c.length(2)
		n := c.length(2)
		v := b[c.at:min(c.at+n, len(b))]
		if typ == extensionServerName && len(v) > 5 {
			copy(v[5:], m.Name(string(v[5:])))
		}
		c.skip(n)
	}
}

// cutter walks over fields with lengths.
type cutter struct {
	b   []byte
	at  int
	bad bool
}

func (c *cutter) skip(n int) {
	if c.at += n; c.at > len(c.b) {
		c.at, c.bad = len(c.b), true
	}
}

// length reads a number of so many bytes.
func (c *cutter) length(size int) (n int) {
	for range size {
		if c.at >= len(c.b) {
			c.bad = true
			return 0
		}
		n = n<<8 | int(c.b[c.at])
		c.at++
	}
	return n
}

// certificates rewrites a chain (RFC 5246 section 7.4.2).
func (m *Mapper) certificates(b []byte) {
	c := cutter{b: b}
	for c.length(3); !c.bad && c.at < len(b); {
		n := c.length(3)
		cert := b[c.at:min(c.at+n, len(b))]
		m.der(cert)
		c.skip(n)
	}
}

// scanDER maps the distinguished names of a certificate request, which have lengths of two bytes before them.
func (m *Mapper) scanDER(b []byte) {
	for i := range b {
		if b[i] == 0x30 && i+2 < len(b) && b[i+1] < 0x80 {
			m.der(b[i:])
			return
		}
	}
}

// der maps the texts in a DER value, and what it is nested in, in place: texts of names, and the names of
// subjectAltName (context tags 1, 2, 6, 7). Texts of issuers that the pack knows stay.
func (m *Mapper) der(b []byte) {
	for len(b) >= 2 {
		tag, n, head := b[0], int(b[1]), 2
		if n >= 0x80 {
			k := n & 0x7f
			if k == 0 || k > 3 || len(b) < 2+k {
				return
			}
			n, head = 0, 2+k
			for _, c := range b[2 : 2+k] {
				n = n<<8 | int(c)
			}
		}
		v := b[head:min(head+n, len(b))]
		m.value(tag, v)
		if head+n > len(b) {
			return
		}
		b = b[head+n:]
	}
}

func (m *Mapper) value(tag byte, v []byte) {
	switch tag {
	case 0x30, 0x31, 0xa0, 0xa3: // sequence, set, version, extensions
		m.der(v)
	case 0x04: // an octet string may hold an extension
		if isSequence(v) {
			m.der(v)
		}
	case 0x0c, 0x13, 0x14, 0x16, 0x1e: // UTF8String, PrintableString, T61String, IA5String, BMPString
		if !m.issuer(string(v)) {
			copy(v, m.dnText(string(v)))
		}
	case 0x81, 0x82, 0x86: // rfc822Name, dNSName, URI
		copy(v, m.dnText(string(v)))
	case 0x87: // iPAddress
		switch len(v) {
		case 4:
			m.addr4(v)
		case 16:
			m.addr6(v)
		}
	}
}

// isSequence reports whether a value looks like one sequence.
func isSequence(v []byte) bool {
	return len(v) > 4 && v[0] == 0x30 && (v[1]&0x80 != 0 || int(v[1]) == len(v)-2)
}

// issuer reports whether the pack knows an authority, or a product that inspects, by the text.
func (m *Mapper) issuer(s string) bool {
	_, name := m.pack.Issuer("CN=" + s)
	_, organisation := m.pack.Issuer("O=" + s)
	return name || organisation
}

// dnText maps a text of a certificate: a name as a name, else word by word. Two letters are a country.
func (m *Mapper) dnText(s string) string {
	if len(s) == 2 {
		return s
	}
	return string(m.text([]byte(s), false))
}
