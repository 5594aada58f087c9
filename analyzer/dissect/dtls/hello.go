package dtls

import "encoding/binary"

// HandshakeType is the type of a handshake message.
type HandshakeType uint8

// The handshake types that are sent in clear and tell something.
const (
	ClientHello        HandshakeType = 1
	ServerHello        HandshakeType = 2
	HelloVerifyRequest HandshakeType = 3
	Certificate        HandshakeType = 11
	ServerKeyExchange  HandshakeType = 12
	CertificateRequest HandshakeType = 13
	ServerHelloDone    HandshakeType = 14
	CertificateVerify  HandshakeType = 15
	ClientKeyExchange  HandshakeType = 16
)

// Message is what the first record of a datagram says. Parse overwrites all of it.
type Message struct {
	Record
	// Of a handshake record in clear; Handshake is 0 otherwise.
	Handshake      HandshakeType
	MessageLength  int // of the whole handshake message in bytes
	MessageSeq     uint16
	FragmentOffset int
	FragmentLength int
	Fragmented     bool // the message is spread over several records

	// Of an alert in clear.
	AlertLevel       uint8
	AlertDescription uint8

	Hello
}

// Hello is what a ClientHello, ServerHello or HelloVerifyRequest says. Complete tells whether all of it was there:
// where it is false, an absent extension may only have been cut off.
type Hello struct {
	Complete      bool
	LegacyVersion Version // client_version or server_version
	// HelloVersion is the version a ServerHello chose or the highest a ClientHello offers, supported_versions
	// considered.
	HelloVersion Version
	CipherSuite  uint16 // of a ServerHello
	UseSRTP      bool   // use_srtp is present; a DTLS 1.3 server answers it encrypted
	SRTPProfile  uint16 // the first profile offered, or the chosen one (RFC 5764, RFC 7714)

	profiles [maxProfiles]uint16
	offers   int // profiles kept
}

// maxProfiles is how many SRTP profiles of a hello are kept; six are registered.
const maxProfiles = 8

// SRTPProfiles are the profiles of use_srtp in order: those offered, or the one chosen. They borrow h.
func (h *Hello) SRTPProfiles() []uint16 { return h.profiles[:h.offers] }

// Extension types.
const (
	extUseSRTP           = 14
	extSupportedVersions = 43
)

const handshakeLen = 12

// Parse fills m from the first record of b; [Next] leads to the others. On an error m is empty.
func Parse(b []byte, m *Message) error {
	*m = Message{}
	if err := check(b); err != nil {
		return err
	}
	m.Record, _, _ = Next(b)
	if m.Epoch != 0 {
		return nil
	}
	switch {
	case m.Type == Alert && m.Length == 2 && !m.Truncated:
		m.AlertLevel, m.AlertDescription = m.Fragment[0], m.Fragment[1]
	case m.Type == Handshake && len(m.Fragment) >= handshakeLen:
		m.handshake(m.Fragment)
	}
	return nil
}

// handshake reads the header of RFC 6347 section 4.2.2 and, in a first fragment, the hello behind it.
func (m *Message) handshake(f []byte) {
	m.Handshake = HandshakeType(f[0])
	m.MessageLength = uint24(f[1:])
	m.MessageSeq = binary.BigEndian.Uint16(f[4:])
	m.FragmentOffset = uint24(f[6:])
	m.FragmentLength = uint24(f[9:])
	m.Fragmented = m.FragmentLength < m.MessageLength
	if m.FragmentOffset != 0 || m.FragmentLength > m.MessageLength || m.FragmentLength > m.Length-handshakeLen {
		return // not the start of a message, or lengths that lie
	}
	body := f[handshakeLen:]
	body = body[:min(len(body), m.FragmentLength)]
	whole := len(body) == m.MessageLength
	switch m.Handshake {
	case ClientHello:
		m.Complete = m.clientHello(reader{b: body}) && whole
	case ServerHello:
		m.Complete = m.serverHello(reader{b: body}) && whole
	case HelloVerifyRequest:
		m.Complete = m.helloVersion(&reader{b: body}) && whole
	}
}

func (h *Hello) helloVersion(r *reader) bool {
	h.LegacyVersion = Version(r.uint16())
	h.HelloVersion = h.LegacyVersion
	return r.ok()
}

// clientHello is true when it has read to the end.
func (h *Hello) clientHello(r reader) bool {
	h.helloVersion(&r)
	r.take(32)              // random
	r.take(int(r.uint8()))  // session_id
	r.take(int(r.uint8()))  // cookie
	r.take(int(r.uint16())) // cipher_suites
	r.take(int(r.uint8()))  // compression_methods
	return h.extensions(&r, func(v reader) {
		v = reader{b: v.take(int(v.uint8()))}
		for v.more() {
			h.offered(Version(v.uint16()))
		}
	})
}

func (h *Hello) serverHello(r reader) bool {
	h.helloVersion(&r)
	r.take(32)             // random
	r.take(int(r.uint8())) // session_id
	h.CipherSuite = r.uint16()
	r.take(1) // compression_method
	return h.extensions(&r, func(v reader) { h.offered(Version(v.uint16())) })
}

// offered takes the newer version; the numbers of DTLS count down. Values of other families (GREASE) do not count.
func (h *Hello) offered(v Version) {
	if v.String() != "" && v < h.HelloVersion {
		h.HelloVersion = v
	}
}

// extensions reads the list that ends a hello, which may be missing altogether. versions reads supported_versions.
func (h *Hello) extensions(r *reader, versions func(reader)) bool {
	if !r.ok() || len(r.b) == 0 {
		return r.ok()
	}
	list := reader{b: r.upTo(int(r.uint16()))}
	for list.more() {
		typ := list.uint16()
		v := reader{b: list.take(int(list.uint16()))}
		if !list.ok() {
			return false
		}
		switch typ {
		case extUseSRTP:
			h.useSRTP(v)
		case extSupportedVersions:
			versions(v)
		}
	}
	return r.ok()
}

// useSRTP reads use_srtp: a list of profiles, then a key identifier that is not read. What is cut off is missing.
func (h *Hello) useSRTP(v reader) {
	h.UseSRTP = true
	for list := (reader{b: v.upTo(int(v.uint16()))}); len(list.b) >= 2 && h.offers < maxProfiles; h.offers++ {
		h.profiles[h.offers] = list.uint16()
	}
	h.SRTPProfile = h.profiles[0]
}

func uint24(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }
