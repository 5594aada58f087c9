package tlswire

import (
	"errors"

	"golang.org/x/crypto/cryptobyte"
)

// Reasons why a hello could not be read to its end. What came before is in the value all the same.
var (
	ErrShort   = errors.New("tlswire: message is cut off or its lengths do not fit")
	ErrVersion = errors.New("tlswire: no such version")
)

// ClientHello is what a client offers (RFC 8446 section 4.1.2). Lists are in the order of the wire and include GREASE
// values. Byte slices borrow the message. A value can be used again: Decode keeps the memory of its lists.
type ClientHello struct {
	Version             uint16   // legacy_version: 1.2 where Versions says more
	Versions            []uint16 // supported_versions
	SessionID           []byte
	Suites              []uint16
	Compression         []byte
	Extensions          []uint16
	ServerName          []byte // server_name of type host_name, as sent; the outer one where there is ECH
	ALPN                [][]byte
	Groups              []uint16 // supported_groups
	PointFormats        []byte
	SignatureAlgorithms []uint16
	KeyShares           []uint16 // groups of key_share
	RecordSizeLimit     int      // 0: not sent (RFC 8449)
	PSKIdentities       int      // pre_shared_key
	TicketLen           int      // session_ticket (RFC 5077): length of the ticket offered
	Ticket              bool     // session_ticket sent, perhaps empty
	EarlyData           bool
	StatusRequest       bool // asks for a stapled OCSP answer
	SCT                 bool // asks for signed certificate timestamps
	ECH                 bool // encrypted_client_hello; real and GREASE look the same (RFC 9849)
	ESNI                bool // its withdrawn predecessor 0xffce
	GREASE              bool // a reserved value among suites, extensions, groups or versions (RFC 8701)
	SSLv2               bool // in SSLv2 framing
	Cut                 bool // the message ended early: what is missing may have been there
	Malformed           bool // an extension did not have the form of its type
}

// Decode fills h from the body of a ClientHello. A body that begins with 1 is one in SSLv2 framing, type byte included
// (RFC 5246 appendix E.2). With ErrShort everything up to the end of the bytes is in h.
func (h *ClientHello) Decode(body []byte) error {
	h.reset()
	if len(body) > 0 && body[0] == msgClientHello {
		return h.decodeSSLv2(body)
	}
	s := cryptobyte.String(body)
	if !s.ReadUint16(&h.Version) {
		return h.cut()
	}
	if h.Version>>8 != 3 {
		return ErrVersion
	}
	var suites, exts cryptobyte.String
	if !s.Skip(32) || !s.ReadUint8LengthPrefixed((*cryptobyte.String)(&h.SessionID)) {
		return h.cut()
	}
	whole := vector16(&s, &suites)
	h.Suites = h.appendList(h.Suites, suites)
	if !whole || !s.ReadUint8LengthPrefixed((*cryptobyte.String)(&h.Compression)) {
		return h.cut()
	}
	if s.Empty() {
		return nil // no extensions at all: legal before TLS 1.3
	}
	whole = vector16(&s, &exts)
	if !h.extensions(exts) || !whole {
		return h.cut()
	}
	return nil
}

func (h *ClientHello) reset() {
	*h = ClientHello{
		Versions: h.Versions[:0], Suites: h.Suites[:0], Extensions: h.Extensions[:0], ALPN: h.ALPN[:0], Groups: h.Groups[:0],
		SignatureAlgorithms: h.SignatureAlgorithms[:0], KeyShares: h.KeyShares[:0],
	}
}

func (h *ClientHello) cut() error {
	h.Cut = true
	return ErrShort
}

// appendList appends the 16-bit values of b and notes GREASE. An odd last byte is left out.
func (h *ClientHello) appendList(list []uint16, b []byte) []uint16 {
	for ; len(b) >= 2; b = b[2:] {
		v := uint16(b[0])<<8 | uint16(b[1])
		h.GREASE = h.GREASE || IsGREASE(v)
		list = append(list, v)
	}
	return list
}

// vector16 reads a vector with a 16-bit length. Where the bytes end early out is what there is of it, and the result
// false.
func vector16(s, out *cryptobyte.String) bool {
	var n uint16
	if !s.ReadUint16(&n) {
		return false
	}
	whole := int(n) <= len(*s)
	return s.ReadBytes((*[]byte)(out), min(int(n), len(*s))) && whole
}

// decodeSSLv2 reads the old form: three-byte suites, of which those that begin with 0 are the ones of TLS.
func (h *ClientHello) decodeSSLv2(b []byte) error {
	h.SSLv2 = true
	if len(b) < sslv2Fixed {
		return h.cut()
	}
	h.Version = uint16(b[1])<<8 | uint16(b[2])
	nSuites, nSession, _ := sslv2Lengths(b)
	b = b[sslv2Fixed:]
	list := b[:min(nSuites, len(b))]
	for ; len(list) >= 3; list = list[3:] {
		if list[0] == 0 {
			h.Suites = append(h.Suites, uint16(list[1])<<8|uint16(list[2]))
		}
	}
	if nSuites+nSession > len(b) {
		return h.cut()
	}
	h.SessionID = b[nSuites : nSuites+nSession]
	return nil
}

// MaxVersion is the highest version offered, GREASE left out: of supported_versions where sent, else the legacy
// version.
func (h *ClientHello) MaxVersion() uint16 {
	var best uint16
	for _, v := range h.Versions {
		if !IsGREASE(v) && v > best {
			best = v
		}
	}
	if len(h.Versions) == 0 {
		return h.Version
	}
	return best
}

// OffersResumption reports whether the client has an earlier session to take up: a pre-shared key, a ticket, or, where
// TLS 1.3 is not offered, a session id. A session id alone is a weak sign, for some clients fill it with random bytes
// in any version (as RFC 8446 appendix D.4 asks of TLS 1.3).
func (h *ClientHello) OffersResumption() bool {
	return h.PSKIdentities > 0 || h.TicketLen > 0 || len(h.SessionID) > 0 && !isTLS13(h.MaxVersion())
}
