package tlswire

import (
	"bytes"

	"golang.org/x/crypto/cryptobyte"
)

// ServerHello is what a server chose (RFC 8446 section 4.1.3), or asks to be offered instead (HelloRetryRequest). Byte
// slices borrow the message. A value can be used again.
type ServerHello struct {
	Version        uint16 // negotiated: selected_version where sent, else the legacy version
	LegacyVersion  uint16
	SessionID      []byte
	Suite          uint16 // see Chosen
	Compression    byte
	Extensions     []uint16
	ALPN           []byte // chosen protocol; in TLS 1.3 it is encrypted
	KeyShare       uint16 // group of key_share; 0: none
	PSK            bool   // pre_shared_key selected: resumption in TLS 1.3
	Retry          bool   // a HelloRetryRequest
	Ticket         bool   // will send a session ticket (TLS 1.2)
	StatusRequest  bool   // will staple an OCSP answer (TLS 1.2)
	SCT            bool   // carries certificate timestamps (TLS 1.2)
	ExtendedMaster bool   // extended_master_secret
	Downgraded     bool   // the server can do better than the version chosen, says its random (RFC 8446 section 4.1.3)
	Cut            bool
	Malformed      bool

	hasSuite bool
}

// Chosen is the suite; false where the message was cut off before it. A suite also settles the version: those of TLS
// 1.3 serve no other (RFC 8446 appendix B.4), so Version is right even where the extension that tells it was cut off.
func (h *ServerHello) Chosen() (suite uint16, ok bool) { return h.Suite, h.hasSuite }

// retryRandom is the random of a HelloRetryRequest: SHA-256 of "HelloRetryRequest".
var retryRandom = [32]byte{
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
}

// isRetry reports whether the body of a ServerHello is a HelloRetryRequest.
func isRetry(body []byte) bool { return len(body) >= 34 && [32]byte(body[2:34]) == retryRandom }

// suites13 is the first byte of the suites of TLS 1.3.
const suites13 = 0x13

// isDowngrade reports whether a server's random says that it knows a later version (RFC 8446 section 4.1.3).
func isDowngrade(random []byte) bool {
	return bytes.HasPrefix(random[24:], []byte("DOWNGRD")) && random[31] <= 1
}

// Decode fills h from the body of a ServerHello or HelloRetryRequest. With ErrShort everything up to the end of the
// bytes is in h.
func (h *ServerHello) Decode(body []byte) error {
	*h = ServerHello{Extensions: h.Extensions[:0], Retry: isRetry(body)}
	s := cryptobyte.String(body)
	if !s.ReadUint16(&h.LegacyVersion) {
		return h.cut()
	}
	h.Version = h.LegacyVersion
	draft := h.Version>>8 == draftMajor // before draft 22 a TLS 1.3 ServerHello had neither session id nor compression
	if h.Version>>8 != 3 && !draft {
		return ErrVersion
	}
	var random []byte
	if !s.ReadBytes(&random, 32) {
		return h.cut()
	}
	h.Downgraded = isDowngrade(random)
	if !draft && !s.ReadUint8LengthPrefixed((*cryptobyte.String)(&h.SessionID)) {
		return h.cut()
	}
	if h.hasSuite = s.ReadUint16(&h.Suite); !h.hasSuite {
		return h.cut()
	}
	if h.Suite>>8 == suites13 && h.Version == VersionTLS12 {
		h.Version = VersionTLS13
	}
	if !draft && !s.ReadUint8(&h.Compression) {
		return h.cut()
	}
	if s.Empty() {
		return nil
	}
	var exts cryptobyte.String
	whole := vector16(&s, &exts)
	if !h.extensions(exts) || !whole {
		return h.cut()
	}
	return nil
}

func (h *ServerHello) cut() error {
	h.Cut = true
	return ErrShort
}

func (h *ServerHello) extensions(block cryptobyte.String) bool {
	for !block.Empty() {
		var typ uint16
		var data cryptobyte.String
		if !block.ReadUint16(&typ) || !block.ReadUint16LengthPrefixed(&data) {
			return false
		}
		h.Extensions = append(h.Extensions, typ)
		if !h.extension(typ, data) {
			h.Malformed = true
		}
	}
	return true
}

func (h *ServerHello) extension(typ uint16, data cryptobyte.String) bool {
	switch typ {
	case extSupportedVersions:
		return data.ReadUint16(&h.Version)
	case extKeyShare, extKeyShareDraft:
		return data.ReadUint16(&h.KeyShare)
	case extALPN:
		var list cryptobyte.String
		return data.ReadUint16LengthPrefixed(&list) && list.ReadUint8LengthPrefixed((*cryptobyte.String)(&h.ALPN))
	case extPreSharedKey:
		h.PSK = true
	case extSessionTicket:
		h.Ticket = true
	case extStatusRequest:
		h.StatusRequest = true
	case extSCT:
		h.SCT = true
	case extExtendedMaster:
		h.ExtendedMaster = true
	}
	return true
}

// Resumed tells whether the server took up an earlier session, and whether that can be told at all. c is the client's
// hello, or nil where it was not captured. full and changed say what else the server sent ([Reader.Seen]): full, a
// Certificate or ServerHelloDone; changed, a ChangeCipherSpec.
//
// Up to TLS 1.2 a resumed handshake goes from ServerHello straight to ChangeCipherSpec; where that was not captured the
// server's echo of the session id tells (RFC 5246 section 7.3, RFC 5077 section 3.4). In TLS 1.3 it is the choice of a
// pre-shared key.
func Resumed(c *ClientHello, s *ServerHello, full, changed bool) (resumed, known bool) {
	switch {
	case s.Retry:
		return false, false
	case isTLS13(s.Version):
		return s.PSK, !s.Cut
	case full:
		return false, true
	case changed:
		return true, true
	case c == nil || c.Cut || s.Cut:
		return false, false
	case len(c.SessionID) > 0:
		return bytes.Equal(c.SessionID, s.SessionID), true
	}
	return false, c.TicketLen == 0 // a ticket without a session id may be taken up without a sign in the hello
}
