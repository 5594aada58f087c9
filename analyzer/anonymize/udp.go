package anonymize

import (
	"encoding/binary"
	"hash/crc32"
	"slices"

	"webexaudit/analyzer/dissect/demux"
	"webexaudit/analyzer/dissect/quicwire"
	"webexaudit/analyzer/dissect/rtp"
	"webexaudit/analyzer/dissect/sip"
	"webexaudit/analyzer/dissect/stun"
)

// datagram rewrites the payload of a datagram in place, by what it is. Only text may come out longer or shorter, where
// that is allowed: then it is returned. Whole says that a QUIC hello in it names nobody.
func (m *Mapper) datagram(ports [2]uint16, b []byte, resizable, whole bool) (text []byte) {
	if len(b) == 0 {
		return nil
	}
	switch {
	case slices.Contains(ports[:], 53):
		m.dns(b)
	case slices.Contains(ports[:], 123):
		m.ntp(b)
	case sip.Is(b):
		if resizable {
			return m.text(b, true)
		}
		copy(b, m.text(b, false))
	case len(b) <= 4 && sip.KeepAlive(b) == len(b):
	case whole && b[0] >= 192:
	default:
		m.realTime(b)
	}
	return nil
}

// realTime rewrites the protocols that share ports with media (RFC 9443).
func (m *Mapper) realTime(b []byte) {
	switch demux.Classify(b) {
	case demux.STUN:
		m.stun(b)
	case demux.RTP:
		m.rtp(b)
	case demux.RTCP:
		m.rtcp(b)
	case demux.DTLS:
		m.dtls(b)
	case demux.TURNChannel:
		if len(b) <= 4 || int(binary.BigEndian.Uint16(b[2:])) > len(b)-4 {
			m.blank(b, 1)
			break
		}
		m.datagram([2]uint16{}, b[4:], false, false)
	case demux.QUIC:
		m.quic(b)
	default:
		m.blank(b, 1)
	}
}

// blank leaves the first bytes and zeroes the others, but for a stand-in: copies of a packet must still be copies, and
// others not.
func (m *Mapper) blank(b []byte, keep int) {
	if keep >= len(b) {
		return
	}
	b = b[keep:]
	sum := m.sum("payload", string(b))
	clear(b)
	copy(b, sum[:8])
}

// noise takes the place of what is encrypted.
func (m *Mapper) noise(b []byte) {
	for seed := m.sum("noise", string(b)); len(b) > 0; seed = m.sum("noise", string(seed[:])) {
		b = b[copy(b, seed[:]):]
	}
}

// rtp keeps the header with its extensions.
func (m *Mapper) rtp(b []byte) {
	var h rtp.Header
	if !rtp.Is(b) || rtp.Parse(b, &h) != nil {
		m.blank(b, 1)
		return
	}
	clear(b[min(h.HeaderLen, len(b)):])
	if h.Extension && h.ExtensionProfile != rtp.ProfileOneByte && h.ExtensionProfile&0xfff0 != rtp.ProfileTwoByte {
		clear(h.ExtensionData)
	}
}

// rtcp keeps reports; names and reasons (SDES, BYE, APP: RFC 3550 section 6) are mapped or blank. What does not add up
// is encrypted, and becomes noise.
func (m *Mapper) rtcp(b []byte) {
	if len(b) < 8 || 4+4*int(binary.BigEndian.Uint16(b[2:])) > len(b) {
		m.blank(b, 1)
		return
	}
	for len(b) >= 4 {
		n := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b) || b[0]>>6 != 2 || b[1] < 192 || b[1] > 223 {
			m.noise(b)
			return
		}
		switch b[1] {
		case 202:
			m.sdes(b[4:n], int(b[0]&31))
		case 203:
			clear(b[min(4+4*int(b[0]&31), n):n])
		case 204:
			clear(b[min(12, n):n])
		}
		b = b[n:]
	}
}

// sdes maps the texts of source descriptions.
func (m *Mapper) sdes(b []byte, chunks int) {
	at := 0
	for range chunks {
		for at += 4; at+2 <= len(b) && b[at] != 0; {
			end := at + 2 + int(b[at+1])
			if end > len(b) {
				clear(b[at:])
				return
			}
			copy(b[at+2:end], m.Word(string(b[at+2:end])))
			at = end
		}
		at = (at + 4) &^ 3 // the chunk ends with a null and padding
	}
}

// stun maps addresses and texts of a message (RFC 8489) in place; SOFTWARE and what Cisco and ICE say stays, tokens and
// what is not known is blank. What it relays is rewritten as a datagram of its own.
func (m *Mapper) stun(b []byte) {
	if !stun.Is(b) {
		m.blank(b, 1)
		return
	}
	id := b[4:20]
	end := min(stun.HeaderLen+int(binary.BigEndian.Uint16(b[2:])), len(b))
	clear(b[end:])
	for at := stun.HeaderLen; at+4 <= end; {
		typ, n := stun.AttrType(binary.BigEndian.Uint16(b[at:])), int(binary.BigEndian.Uint16(b[at+2:]))
		v := b[at+4 : min(at+4+n, end)]
		if typ == stun.AttrFingerprint && len(v) == 4 {
			binary.BigEndian.PutUint32(v, crc32.ChecksumIEEE(b[:at])^0x5354554e)
		} else {
			m.attribute(typ, v, id)
		}
		at += 4 + (n+3)&^3
	}
}

func (m *Mapper) attribute(typ stun.AttrType, v, id []byte) {
	switch typ {
	case stun.AttrMappedAddress, stun.AttrAlternateServer, stun.AttrOtherAddress,
		stun.AttrChangedAddress, 2, 4, 0xb, 0x802b: // RFC 3489, RFC 5780
		m.stunAddress(v, nil)
	case stun.AttrXORMappedAddress, stun.AttrXORMappedAddressEarly, stun.AttrXORPeerAddress, stun.AttrXORRelayedAddress:
		m.stunAddress(v, id)
	case stun.AttrUsername, stun.AttrRealm:
		if _, known := m.pack.STUNUsername(string(v)); !known {
			copy(v, m.Name(string(v)))
		}
	case stun.AttrData:
		m.datagram([2]uint16{}, v, false, false)
	case stun.AttrErrorCode, stun.AttrChannelNumber, stun.AttrLifetime,
		stun.AttrRequestedTransport, stun.AttrPriority, stun.AttrUseCandidate, stun.AttrSoftware,
		stun.AttrICEControlled, stun.AttrICEControlling, 0xa, stun.AttrCiscoFlowData,
		stun.AttrEnfFlowDescription, stun.AttrEnfNetworkStatus,
		stun.AttrCiscoWebexFlowInfo: // 0xa lists attributes
		if typ == stun.AttrErrorCode && len(v) > 4 {
			copy(v[4:], m.text(v[4:], false))
		}
	default:
		clear(v)
	}
}

// stunAddress maps an address; id is what it is masked with, nil where it is not.
func (m *Mapper) stunAddress(v, id []byte) {
	if len(v) < 8 {
		clear(v)
		return
	}
	a := v[4:]
	mask := func() {
		for i := range a {
			if id != nil {
				a[i] ^= id[i%16]
			}
		}
	}
	mask()
	switch {
	case v[1] == 1 && len(a) == 4:
		m.addr4(a)
	case v[1] == 2 && len(a) == 16:
		m.addr6(a)
	default:
		clear(a)
	}
	mask()
}

// dtls keeps record headers and hellos, whose server name is mapped, and blanks the rest.
func (m *Mapper) dtls(b []byte) {
	if len(b) < 13 || b[1] != 0xfe {
		m.blank(b, 1)
		return
	}
	for len(b) >= 13 {
		n := min(13+int(binary.BigEndian.Uint16(b[11:])), len(b))
		switch inClear := b[3] == 0 && b[4] == 0; { // epoch 0
		case b[0] == recordHandshake && inClear:
			m.dtlsMessage(b[13:n])
		case b[0] != 20 && b[0] != 21:
			m.blank(b[13:n], 0)
		}
		b = b[n:]
	}
	clear(b[min(1, len(b)):])
}

// dtlsMessage keeps a hello, with its name mapped, and of other messages the header (RFC 6347 section 4.2.2).
func (m *Mapper) dtlsMessage(b []byte) {
	switch {
	case len(b) > 12 && b[0] == messageClientHello:
		m.hello(b[12:], true)
	case len(b) > 12 && b[0] == messageServer:
	default:
		clear(b[min(12, len(b)):])
	}
}

// quic keeps a packet's header: of a long one versions and connection identifiers (RFC 8999).
func (m *Mapper) quic(b []byte) {
	keep := 1
	if quicwire.Is(b) && len(b) > 6 && b[5] <= 20 {
		if keep = 6 + int(b[5]); keep < len(b) && b[keep] <= 20 {
			keep += 1 + int(b[keep])
		}
	}
	m.blank(b, keep)
}

// ntp blanks the reference, which for most is the address of the server's server (RFC 5905 section 7.3), and what
// follows the header.
func (m *Mapper) ntp(b []byte) {
	if len(b) < 48 {
		m.blank(b, 1)
		return
	}
	if b[1] > 1 {
		clear(b[12:16])
	}
	clear(b[48:])
}
