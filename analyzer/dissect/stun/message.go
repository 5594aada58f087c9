package stun

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Message is one STUN message. Parse overwrites all of it, so a caller keeps one and reuses it. Slices borrow the
// parsed bytes; a nil slice means that the attribute is absent, an empty one that its value is. Of an attribute that is
// repeated the first counts (RFC 8489 section 14).
type Message struct {
	Type          Type
	Length        int      // of the attributes in bytes, as the header claims
	Cookie        uint32   // MagicCookie; of a classic message the first four bytes of its 128-bit transaction ID
	TransactionID [12]byte // of a classic message the last twelve bytes

	// Truncated: the attributes end before the claimed length does, or one of them claims to be longer than what is
	// left. What precedes the end has been read.
	Truncated  bool
	Attributes int // attributes that were there in full
	Unknown    int // of these, of a type that is not in the IANA registry
	Malformed  int // of these, with a value of the wrong size or address family

	Software      []byte // product and version of the sender; RFC 3489bis drafts called it SERVER
	Username      []byte
	Realm         []byte
	MappedAddress netip.AddrPort
	// XORMappedAddress is the sender's address as the server saw it, freed from the XOR (also from the early type
	// 0x8020).
	XORMappedAddress netip.AddrPort
	OtherAddress     netip.AddrPort // OTHER-ADDRESS of RFC 5780, CHANGED-ADDRESS of RFC 3489
	AlternateServer  netip.AddrPort
	ErrorCode        int    // 300 to 699 by the standard; 0: none
	Reason           []byte // phrase of ErrorCode

	MessageIntegrity       bool
	MessageIntegritySHA256 bool
	Fingerprint            bool

	ICE
	TURN
	Cisco
}

// ICE holds the attributes of RFC 8445 section 7.1.
type ICE struct {
	Priority       uint32 // 0: absent
	UseCandidate   bool
	ICEControlling bool
	ICEControlled  bool
	TieBreaker     uint64 // value of ICE-CONTROLLING or ICE-CONTROLLED
}

// TURN holds the attributes of RFC 8656 section 18.
type TURN struct {
	XORRelayedAddress  netip.AddrPort // the relay's address
	XORPeerAddress     netip.AddrPort // the first one
	Peers              int            // number of XOR-PEER-ADDRESS attributes
	Lifetime           time.Duration  // whole seconds
	HasLifetime        bool           // tells a lifetime of 0 (give up the allocation) from none
	RequestedTransport uint8          // IANA protocol number, 17 for UDP; 0: absent
	ChannelNumber      uint16         // 0: absent
	Data               []byte         // datagram of a Send or Data indication; as much of it as was captured
}

// Cisco holds Cisco's comprehension-optional attributes of the IANA registry. Their contents are not published.
type Cisco struct {
	FlowInfo           []byte // 0xC003 CISCO-WEBEX-FLOW-INFO; as much of it as was captured
	HasFlowInfo        bool
	FlowData           bool // 0xC000 CISCO-STUN-FLOWDATA
	EnfFlowDescription bool // 0xC001 ENF-FLOW-DESCRIPTION
	EnfNetworkStatus   bool // 0xC002 ENF-NETWORK-STATUS
}

// Parse fills m from the message at the start of b. It needs the 20 bytes of the header; of the attributes it takes
// what is there and sets Truncated where something is missing. What follows the message in b is left alone: see Size.
// It accepts exactly what [Is] or [IsClassic] accepts. On an error m is empty.
func Parse(b []byte, m *Message) error {
	*m = Message{}
	if err := check(b); err != nil {
		return err
	}
	m.Type = Type(binary.BigEndian.Uint16(b))
	m.Length = int(binary.BigEndian.Uint16(b[2:]))
	m.Cookie = binary.BigEndian.Uint32(b[4:])
	copy(m.TransactionID[:], b[8:])
	body := b[HeaderLen:]
	if m.Length < len(body) {
		body = body[:m.Length]
	}
	m.attributes(body)
	return nil
}

// Classic reports whether the message is one of RFC 3489, without magic cookie.
func (m *Message) Classic() bool { return m.Cookie != MagicCookie }

// Size is the length of the whole message in bytes as the header claims it: where the next one begins on a stream.
func (m *Message) Size() int { return HeaderLen + m.Length }

// Mapped is the address under which the server saw the request: XOR-MAPPED-ADDRESS, else MAPPED-ADDRESS, else invalid.
func (m *Message) Mapped() netip.AddrPort {
	if m.XORMappedAddress.IsValid() {
		return m.XORMappedAddress
	}
	return m.MappedAddress
}

func check(b []byte) error {
	switch {
	case len(b) < HeaderLen:
		return ErrShort
	case b[0]&0xC0 != 0:
		return ErrType
	case b[3]&3 != 0:
		return ErrLength
	case binary.BigEndian.Uint32(b[4:]) != MagicCookie && !IsClassic(b):
		return ErrCookie
	}
	return nil
}

// attributes reads the attributes of b, which ends with the claimed length or with the capture, whichever is earlier.
func (m *Message) attributes(b []byte) {
	claimed := m.Length
	m.Truncated = len(b) < claimed
	for len(b) > 0 {
		if len(b) < attrHeaderLen {
			m.Truncated = true
			return
		}
		t, n := AttrType(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint16(b[2:]))
		b, claimed = b[attrHeaderLen:], claimed-attrHeaderLen
		if n > len(b) {
			m.Truncated = true
			if n <= claimed { // the capture is short, the message does not lie
				m.setCut(t, b)
			}
			return
		}
		m.Attributes++
		m.set(t, b[:n:n])
		n = min(padded(n), len(b))
		b, claimed = b[n:], claimed-n
	}
}
