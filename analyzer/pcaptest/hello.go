package pcaptest

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// TLS versions.
const (
	TLS10 = 0x0301
	TLS11 = 0x0302
	TLS12 = 0x0303
	TLS13 = 0x0304
)

// ClientHello is the first message of TLS. Nil lists mean those of a present-day native client.
type ClientHello struct {
	Version   uint16 // highest offered; up to 1.2 it is the legacy version, 1.3 stands in supported_versions
	Random    [32]byte
	SessionID []byte
	Ciphers   []uint16
	SNI       string
	ALPN      []string
	Groups    []uint16
	Shares    []uint16 // groups of key_share; nil: the first of Groups
	PSK       bool     // pre_shared_key with one ticket
	Early     bool
	GREASE    bool        // as browsers send it (RFC 8701)
	Bare      bool        // no extension block at all, as some clients of 2015 sent it
	Extra     []Extension // appended
}

// Extension is one hello extension.
type Extension struct {
	Type uint16
	Body []byte
}

var (
	ciphers13 = []uint16{0x1302, 0x1303, 0x1301}
	ciphers12 = []uint16{0xc030, 0xc02f, 0xcca8, 0xc028, 0xc027}
)

// Message returns the handshake message with its four-byte header.
func (h ClientHello) Message() []byte {
	ciphers := h.Ciphers
	if ciphers == nil {
		if h.Version >= TLS13 {
			ciphers = append(ciphers, ciphers13...)
		}
		ciphers = append(ciphers, ciphers12...)
	}
	if h.GREASE {
		ciphers = append([]uint16{0x5a5a}, ciphers...)
	}
	b := binary.BigEndian.AppendUint16(nil, min(h.Version, TLS12))
	b = append(b, h.Random[:]...)
	b = append(b, vector(1, h.SessionID)...)
	b = append(b, vector(2, words(ciphers))...)
	b = append(b, 1, 0) // no compression
	if h.Bare {
		return handshake(1, b)
	}
	return handshake(1, append(b, extensions(h.extensions())...))
}

func (h ClientHello) extensions() []Extension {
	var ext []Extension
	if h.GREASE {
		ext = append(ext, Extension{0x3a3a, nil})
	}
	if h.SNI != "" {
		ext = append(ext, Extension{0, vector(2, append([]byte{0}, vector(2, []byte(h.SNI))...))})
	}
	groups := h.Groups
	if groups == nil {
		groups = []uint16{0x1d, 0x17, 0x18}
	}
	ext = append(ext,
		Extension{23, nil},           // extended_master_secret
		Extension{0xff01, []byte{0}}, // renegotiation_info
		Extension{10, vector(2, words(groups))},
		Extension{11, vector(1, []byte{0})},
		Extension{35, nil}, // session_ticket
		Extension{13, vector(2, words([]uint16{0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601}))},
	)
	if h.ALPN != nil {
		ext = append(ext, alpn(h.ALPN...))
	}
	if h.Version >= TLS13 {
		ext = append(ext,
			h.keyShares(groups),
			Extension{45, vector(1, []byte{1})},
			Extension{43, vector(1, words([]uint16{TLS13, TLS12}))},
		)
	}
	ext = append(ext, h.Extra...)
	if h.Early {
		ext = append(ext, Extension{42, nil})
	}
	if h.PSK { // has to be the last one (RFC 8446 section 4.2.11)
		ext = append(ext, h.preSharedKey())
	}
	return ext
}

// keyShares has a key for each of Shares, or for the first of the groups (RFC 8446 section 4.2.8).
func (h ClientHello) keyShares(groups []uint16) Extension {
	shares := h.Shares
	if shares == nil {
		shares = groups[:1]
	}
	var list []byte
	for _, group := range shares {
		list = append(list, keyShare(group, h.Random[0], 1216)...)
	}
	return Extension{51, vector(2, list)}
}

// preSharedKey has one ticket and its binder (RFC 8446 section 4.2.11).
func (h ClientHello) preSharedKey() Extension {
	random := NewRand(uint64(h.Random[1]))
	identities := append(vector(2, random.Bytes(176)), random.Bytes(4)...)
	return Extension{41, append(vector(2, identities), vector(2, vector(1, random.Bytes(48)))...)}
}

// keyShare is an entry of key_share (RFC 8446 section 4.2.8); hybrid is the length of an X25519MLKEM768 share, which is
// longer for clients.
func keyShare(group uint16, seed byte, hybrid int) []byte {
	n := map[uint16]int{0x17: 65, 0x18: 97, 0x11ec: hybrid}[group]
	if n == 0 {
		n = 32
	}
	return append(words([]uint16{group}), vector(2, NewRand(uint64(seed)).Bytes(n))...)
}

// ServerHello answers. Version 1.3 stands in an extension, as the standard wants it.
type ServerHello struct {
	Version   uint16
	Random    [32]byte
	SessionID []byte
	Cipher    uint16 // 0: 0x1302 in TLS 1.3, 0xc030 before
	ALPN      string // TLS 1.2; in 1.3 it is encrypted
	Group     uint16 // TLS 1.3; 0: x25519
	PSK       bool   // TLS 1.3: takes the client's ticket
	Retry     bool   // is a HelloRetryRequest for Group
	Extra     []Extension
}

// retryRandom makes a ServerHello a HelloRetryRequest: SHA-256 of its name (RFC 8446 section 4.1.3).
var retryRandom = sha256.Sum256([]byte("HelloRetryRequest"))

// Message returns the handshake message with its four-byte header.
func (h ServerHello) Message() []byte {
	cipher, ext := h.Cipher, []Extension{{0xff01, []byte{0}}, {11, vector(1, []byte{0})}, {35, nil}, {23, nil}}
	if cipher == 0 {
		cipher = ciphers12[0]
	}
	if h.ALPN != "" {
		ext = append(ext, alpn(h.ALPN))
	}
	if h.Version >= TLS13 {
		ext = h.extensions13()
		if h.Cipher == 0 {
			cipher = ciphers13[0]
		}
	}
	b := binary.BigEndian.AppendUint16(nil, min(h.Version, TLS12))
	if h.Retry {
		h.Random = retryRandom
	}
	b = append(b, h.Random[:]...)
	b = append(b, vector(1, h.SessionID)...)
	b = append(b, byte(cipher>>8), byte(cipher), 0)
	return handshake(2, append(b, extensions(append(ext, h.Extra...))...))
}

func (h ServerHello) extensions13() []Extension {
	group := h.Group
	if group == 0 {
		group = 0x1d
	}
	share := keyShare(group, h.Random[0], 1120)
	if h.Retry {
		share = words([]uint16{group})
	}
	ext := []Extension{{51, share}, {43, words([]uint16{TLS13})}}
	if h.PSK {
		ext = append(ext, Extension{41, []byte{0, 0}})
	}
	return ext
}

func alpn(names ...string) Extension {
	var list []byte
	for _, n := range names {
		list = append(list, vector(1, []byte(n))...)
	}
	return Extension{16, vector(2, list)}
}

func extensions(list []Extension) []byte {
	var b []byte
	for _, e := range list {
		b = binary.BigEndian.AppendUint16(b, e.Type)
		b = append(b, vector(2, e.Body)...)
	}
	return vector(2, b)
}

// CertificateMessage is the Certificate message of TLS 1.2 and earlier; chain holds DER, the leaf first.
func CertificateMessage(chain [][]byte) []byte {
	var list []byte
	for _, der := range chain {
		list = append(list, vector(3, der)...)
	}
	return handshake(11, vector(3, list))
}

// Record is one TLS record; longer contents are cut into several of 16384 bytes.
func Record(typ uint8, version uint16, b []byte) []byte {
	var out []byte
	for first := true; first || len(b) > 0; first = false {
		n := min(len(b), 1<<14)
		out = append(out, typ, byte(version>>8), byte(version), byte(n>>8), byte(n))
		out = append(out, b[:n]...)
		b = b[n:]
	}
	return out
}

// Alert is an alert record in clear: level 1 warning, 2 fatal; 0 close_notify, 40 handshake_failure, 42
// bad_certificate, 46 certificate_unknown, 48 unknown_ca, 70 protocol_version, 112 unrecognized_name.
func Alert(version uint16, level, description uint8) []byte {
	return Record(21, version, []byte{level, description})
}

func handshake(typ uint8, body []byte) []byte {
	return append([]byte{typ, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}

// vector puts a length of n bytes before b.
func vector(n int, b []byte) []byte {
	out := make([]byte, n, n+len(b))
	for i := range n {
		out[i] = byte(len(b) >> (8 * (n - 1 - i)))
	}
	return append(out, b...)
}

func words(list []uint16) (b []byte) {
	for _, w := range list {
		b = binary.BigEndian.AppendUint16(b, w)
	}
	return b
}

// Zone is the parent of a host name: a wildcard certificate covers *.Zone.
func Zone(host string) string {
	_, zone, _ := strings.Cut(host, ".")
	return zone
}
