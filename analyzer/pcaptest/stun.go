package pcaptest

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"hash/crc32"
	"net/netip"
	"time"
)

// STUN message types and attributes (RFC 8489, RFC 8656, RFC 8445; 0xC003 is the vendor's entry in the IANA registry).
const (
	STUNRequest       = 0x0001
	STUNIndication    = 0x0011
	STUNSuccess       = 0x0101
	STUNFailure       = 0x0111
	TURNAllocate      = 0x0003
	TURNAllocated     = 0x0103
	TURNAllocateError = 0x0113

	AttrUsername         = 0x0006
	AttrMessageIntegrity = 0x0008
	AttrErrorCode        = 0x0009
	AttrLifetime         = 0x000d
	AttrRealm            = 0x0014
	AttrNonce            = 0x0015
	AttrXORRelayed       = 0x0016
	AttrTransport        = 0x0019
	AttrXORMapped        = 0x0020
	AttrPriority         = 0x0024
	AttrUseCandidate     = 0x0025
	AttrSoftware         = 0x8022
	AttrFingerprint      = 0x8028
	AttrControlled       = 0x8029
	AttrControlling      = 0x802a
	AttrWebexFlowInfo    = 0xc003
)

const stunCookie = 0x2112a442

// STUN is a STUN message. With a password MESSAGE-INTEGRITY is appended, with Fingerprint FINGERPRINT.
type STUN struct {
	Type        uint16
	ID          [12]byte
	Attrs       []STUNAttr
	Password    string
	Fingerprint bool
}

// STUNAttr is one attribute; the value is padded when written.
type STUNAttr struct {
	Type  uint16
	Value []byte
}

// Bytes returns the message.
func (m STUN) Bytes() []byte {
	b := make([]byte, 20)
	binary.BigEndian.PutUint16(b, m.Type)
	binary.BigEndian.PutUint32(b[4:], stunCookie)
	copy(b[8:], m.ID[:])
	for _, a := range m.Attrs {
		b = stunAppend(b, a.Type, a.Value)
	}
	if m.Password != "" {
		// RFC 8489 section 14.5: the length counts the attribute
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)-20+24))
		mac := hmac.New(sha1.New, []byte(m.Password))
		mac.Write(b)
		b = stunAppend(b, AttrMessageIntegrity, mac.Sum(nil))
	}
	if m.Fingerprint {
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)-20+8))
		b = stunAppend(b, AttrFingerprint, binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)^0x5354554e))
	}
	return b
}

func stunAppend(b []byte, typ uint16, value []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, typ)
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-20))
	return b
}

// XORAddress is the value of XOR-MAPPED-ADDRESS and its relatives.
func XORAddress(a netip.AddrPort, id [12]byte) []byte {
	key := binary.BigEndian.AppendUint32(nil, stunCookie)
	key = append(key, id[:]...)
	b := []byte{0, 1, byte(a.Port()>>8) ^ key[0], byte(a.Port()) ^ key[1]}
	if a.Addr().Is6() {
		b[1] = 2
	}
	for i, c := range a.Addr().AsSlice() {
		b = append(b, c^key[i])
	}
	return b
}

// STUNError is the value of ERROR-CODE.
func STUNError(code int, reason string) []byte {
	return append([]byte{0, 0, byte(code / 100), byte(code % 100)}, reason...)
}

// Binding is a STUN transaction as ICE does it.
type Binding struct {
	Username   string         // ICE: peer's fragment, colon, own fragment
	Software   string         // of the request
	FlowInfo   []byte         // value of 0xC003, where there is one
	Password   string         // integrity of both messages
	Check      bool           // with PRIORITY, ICE-CONTROLLING and USE-CANDIDATE
	Mapped     netip.AddrPort // what the answer tells; the zero value: the client's own address
	Error      int            // the answer is an error with this code
	Unanswered bool
}

// WebexBinding is what the Webex app sends: SOFTWARE Cisco-Spark, a server fragment of eight letters and its own of
// four, and the flow attribute.
func (s *Scenario) WebexBinding() Binding {
	return Binding{
		Username: s.Text(8) + ":" + s.Text(4),
		Software: "Cisco-Spark",
		FlowInfo: []byte{0, 0, 0, 1, 0, 0, 0, 0},
		Password: "pcaptest",
		Check:    true,
	}
}

// STUN runs one transaction over a pipe: a request of the client and, a turn later, the answer.
func (s *Scenario) STUN(p Pipe, b Binding) {
	request, answer := b.messages(s.Rand, p.base().ends[Client])
	p.Put(Client, request)
	if !b.Unanswered {
		p.Put(Server, answer)
	}
}

func (b Binding) messages(r *Rand, client netip.AddrPort) (request, answer []byte) {
	m := STUN{Type: STUNRequest, Password: b.Password, Fingerprint: true}
	r.Read(m.ID[:])
	reply := STUN{Type: STUNSuccess, ID: m.ID, Password: b.Password, Fingerprint: true}
	if b.Username != "" {
		m.add(AttrUsername, []byte(b.Username))
	}
	if b.FlowInfo != nil {
		m.add(AttrWebexFlowInfo, b.FlowInfo)
	}
	if b.Software != "" {
		m.add(AttrSoftware, []byte(b.Software))
	}
	if b.Check {
		m.add(AttrPriority, []byte{0x6e, 0x7f, 0x1e, 0xff})
		m.add(AttrControlling, r.Bytes(8))
		m.add(AttrUseCandidate, nil)
	}
	if !b.Mapped.IsValid() {
		b.Mapped = client
	}
	reply.add(AttrXORMapped, XORAddress(b.Mapped, m.ID))
	if b.Error != 0 {
		reply.Type, reply.Attrs = STUNFailure, nil
		reply.add(AttrErrorCode, STUNError(b.Error, "Error"))
	}
	return m.Bytes(), reply.Bytes()
}

func (m *STUN) add(typ uint16, value []byte) { m.Attrs = append(m.Attrs, STUNAttr{typ, value}) }

// TURN allocates a relay (RFC 8656): a request that is refused with 401, realm and nonce, then one with the user name,
// which the server grants. The address is the relay's.
func (s *Scenario) TURN(p Pipe, user string, relay netip.AddrPort) {
	first := STUN{Type: TURNAllocate, ID: s.transaction()}
	first.add(AttrTransport, []byte{ProtoUDP, 0, 0, 0})
	p.Put(Client, first.Bytes())

	realm, nonce := []byte("webex.com"), []byte(s.Text(16))
	refused := STUN{Type: TURNAllocateError, ID: first.ID}
	refused.add(AttrErrorCode, STUNError(401, "Unauthorized"))
	refused.add(AttrRealm, realm)
	refused.add(AttrNonce, nonce)
	p.Put(Server, refused.Bytes())

	again := STUN{Type: TURNAllocate, ID: s.transaction(), Password: "pcaptest"}
	again.add(AttrTransport, []byte{ProtoUDP, 0, 0, 0})
	again.add(AttrUsername, []byte(user))
	again.add(AttrRealm, realm)
	again.add(AttrNonce, nonce)
	p.Put(Client, again.Bytes())

	granted := STUN{Type: TURNAllocated, ID: again.ID, Password: "pcaptest"}
	granted.add(AttrXORRelayed, XORAddress(relay, again.ID))
	granted.add(AttrXORMapped, XORAddress(p.base().ends[Client], again.ID))
	granted.add(AttrLifetime, []byte{0, 0, 2, 88})
	p.Put(Server, granted.Bytes())
}

// ChannelData is a TURN channel message (RFC 8656 section 12.4), padded as over TCP.
func ChannelData(channel uint16, b []byte) []byte {
	out := binary.BigEndian.AppendUint16(nil, channel)
	out = binary.BigEndian.AppendUint16(out, uint16(len(b)))
	out = append(out, b...)
	return append(out, make([]byte, -len(b)&3)...)
}

// Channel puts each message in ChannelData of a channel, but STUN, which stands in the stream as it is (RFC 8656
// section 12.5).
func Channel(p Pipe, channel uint16) Pipe { return channelled{p, channel} }

type channelled struct {
	Pipe
	channel uint16
}

func (c channelled) Put(from Side, b []byte, faults ...Fault) {
	if b[0] > 3 {
		b = ChannelData(c.channel, b)
	}
	c.Pipe.Put(from, b, faults...)
}

func (s *Scenario) transaction() (id [12]byte) {
	s.Read(id[:])
	return id
}

// Consents is a list of n STUN transactions at a steady pace, from start on: ICE consent checks or keepalives. The
// answers come a round trip after their requests.
func (s *Scenario) Consents(p Pipe, b Binding, start time.Time, every time.Duration, n int) []Event {
	var out []Event
	for i := range n {
		t := start.Add(time.Duration(i) * every)
		request, answer := b.messages(s.Rand, p.base().ends[Client])
		out = append(out, Event{At: t, From: Client, Data: request})
		if !b.Unanswered {
			out = append(out, Event{At: t.Add(p.base().path.RTT), From: Server, Data: answer})
		}
	}
	return out
}
