package stun

import (
	"encoding/binary"
	"time"
)

// AttrType is the type of an attribute (IANA registry "STUN Attributes").
type AttrType uint16

const attrHeaderLen = 4

// The attributes that Message has fields for.
const (
	AttrMappedAddress          AttrType = 0x0001
	AttrChangedAddress         AttrType = 0x0005 // RFC 3489
	AttrUsername               AttrType = 0x0006
	AttrMessageIntegrity       AttrType = 0x0008
	AttrErrorCode              AttrType = 0x0009
	AttrChannelNumber          AttrType = 0x000C
	AttrLifetime               AttrType = 0x000D
	AttrXORPeerAddress         AttrType = 0x0012
	AttrData                   AttrType = 0x0013
	AttrRealm                  AttrType = 0x0014
	AttrXORRelayedAddress      AttrType = 0x0016
	AttrRequestedTransport     AttrType = 0x0019
	AttrMessageIntegritySHA256 AttrType = 0x001C
	AttrXORMappedAddress       AttrType = 0x0020
	AttrPriority               AttrType = 0x0024
	AttrUseCandidate           AttrType = 0x0025
	AttrXORMappedAddressEarly  AttrType = 0x8020 // drafts before RFC 5389, still sent by old servers
	AttrSoftware               AttrType = 0x8022
	AttrAlternateServer        AttrType = 0x8023
	AttrFingerprint            AttrType = 0x8028
	AttrICEControlled          AttrType = 0x8029
	AttrICEControlling         AttrType = 0x802A
	AttrOtherAddress           AttrType = 0x802C
	AttrCiscoFlowData          AttrType = 0xC000
	AttrEnfFlowDescription     AttrType = 0xC001
	AttrEnfNetworkStatus       AttrType = 0xC002
	AttrCiscoWebexFlowInfo     AttrType = 0xC003
)

// set stores the value of one complete attribute.
func (m *Message) set(t AttrType, v []byte) {
	if m.setBase(t, v) || m.setICE(t, v) || m.setTURN(t, v) || m.setCisco(t, v) || registered(t) {
		return
	}
	m.Unknown++
}

// setBase knows the attributes of RFC 8489, RFC 5780 and RFC 3489.
func (m *Message) setBase(t AttrType, v []byte) bool {
	switch t {
	case AttrSoftware:
		first(&m.Software, v)
	case AttrUsername:
		first(&m.Username, v)
	case AttrRealm:
		first(&m.Realm, v)
	case AttrMappedAddress:
		m.address(&m.MappedAddress, v)
	case AttrXORMappedAddress, AttrXORMappedAddressEarly:
		m.xorAddress(&m.XORMappedAddress, v)
	case AttrOtherAddress, AttrChangedAddress:
		m.address(&m.OtherAddress, v)
	case AttrAlternateServer:
		m.address(&m.AlternateServer, v)
	case AttrErrorCode:
		m.errorCode(v)
	case AttrMessageIntegrity:
		m.MessageIntegrity = true
	case AttrMessageIntegritySHA256:
		m.MessageIntegritySHA256 = true
	case AttrFingerprint:
		m.Fingerprint = true
	default:
		return false
	}
	return true
}

func (m *Message) setICE(t AttrType, v []byte) bool {
	switch t {
	case AttrPriority:
		if n, ok := m.uint32(v); ok && m.Priority == 0 {
			m.Priority = n
		}
	case AttrUseCandidate:
		m.UseCandidate = true
	case AttrICEControlling:
		m.ICEControlling = true
		m.tieBreaker(v)
	case AttrICEControlled:
		m.ICEControlled = true
		m.tieBreaker(v)
	default:
		return false
	}
	return true
}

func (m *Message) setTURN(t AttrType, v []byte) bool {
	switch t {
	case AttrXORRelayedAddress:
		m.xorAddress(&m.XORRelayedAddress, v)
	case AttrXORPeerAddress:
		m.Peers++
		m.xorAddress(&m.XORPeerAddress, v)
	case AttrLifetime:
		if n, ok := m.uint32(v); ok && !m.HasLifetime {
			m.Lifetime, m.HasLifetime = time.Duration(n)*time.Second, true
		}
	case AttrRequestedTransport: // one byte and three reserved ones
		if n, ok := m.uint32(v); ok && m.RequestedTransport == 0 {
			m.RequestedTransport = uint8(n >> 24)
		}
	case AttrChannelNumber: // two bytes and two reserved ones
		if n, ok := m.uint32(v); ok && m.ChannelNumber == 0 {
			m.ChannelNumber = uint16(n >> 16)
		}
	case AttrData:
		first(&m.Data, v)
	default:
		return false
	}
	return true
}

func (m *Message) setCisco(t AttrType, v []byte) bool {
	switch t {
	case AttrCiscoWebexFlowInfo:
		m.HasFlowInfo = true
		first(&m.FlowInfo, v)
	case AttrCiscoFlowData:
		m.FlowData = true
	case AttrEnfFlowDescription:
		m.EnfFlowDescription = true
	case AttrEnfNetworkStatus:
		m.EnfNetworkStatus = true
	default:
		return false
	}
	return true
}

// setCut stores what a cut attribute still tells. A part of a name is no name, but the start of a relayed datagram is
// as good as that of any packet, and that FLOW-INFO is present needs none of its value.
func (m *Message) setCut(t AttrType, v []byte) {
	if t == AttrData {
		first(&m.Data, v)
	} else {
		m.setCisco(t, v)
	}
}

// first keeps the first of repeated values.
func first(dst *[]byte, v []byte) {
	if *dst == nil {
		*dst = v
	}
}

// uint32 is the value of the attributes that are four bytes long.
func (m *Message) uint32(v []byte) (uint32, bool) {
	if len(v) != 4 {
		m.Malformed++
		return 0, false
	}
	return binary.BigEndian.Uint32(v), true
}

func (m *Message) tieBreaker(v []byte) {
	if len(v) != 8 {
		m.Malformed++
	} else if m.TieBreaker == 0 {
		m.TieBreaker = binary.BigEndian.Uint64(v)
	}
}

// errorCode reads ERROR-CODE: 21 reserved bits, the hundreds, the rest, the phrase (RFC 8489 section 14.8).
func (m *Message) errorCode(v []byte) {
	if len(v) < 4 {
		m.Malformed++
	} else if m.ErrorCode == 0 {
		m.ErrorCode, m.Reason = int(v[2]&7)*100+int(v[3]), v[4:]
	}
}

// registered holds for the types of the IANA registry that Message has no field for (state of 2026, with the reserved
// ones that had a meaning in RFC 3489 or in TURN's drafts).
func registered(t AttrType) bool {
	switch t {
	case 0x0002, 0x0003, 0x0004, 0x0007, 0x000B, // RFC 3489: RESPONSE-ADDRESS … REFLECTED-FROM
		0x000A, 0x0015, 0x001D, 0x001E, 0x8002, 0x8003, // RFC 8489: UNKNOWN-ATTRIBUTES, NONCE, PASSWORD-ALGORITHM(S) …
		0x0010, 0x0017, 0x0018, 0x001A, 0x0021, 0x0022, 0x8000, 0x8001, 0x8004, // RFC 8656
		0x001B, 0x802E, // RFC 7635
		0x0026, 0x0027, 0x8027, 0x802B, // RFC 5780
		0x002A,                 // RFC 6062 CONNECTION-ID
		0x8025, 0x802D, 0x8030, // RFC 7982, RFC 6679, RFC 8016
		0xC057, 0xC058, 0xC059, 0xC05A, 0xC05B, 0xC05C, 0xC05D, 0xC060, // GOOG-…
		0xC070, 0xC071: // DTLS-IN-STUN and its acknowledgement
		return true
	}
	return false
}
