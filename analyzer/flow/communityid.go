package flow

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"

	"webexaudit/analyzer/decode"
)

// CommunityID returns the Community ID v1 of the key with seed 0: "1:" and the base64 of SHA-1 over seed, addresses,
// protocol, padding and ports, the smaller end first (github.com/corelight/community-id-spec). It says nothing of
// tunnels.
func (k *Key) CommunityID() string {
	b := make([]byte, 2, 42)
	a1, a2, p1, p2 := k.AddrA, k.AddrB, k.PortA, k.PortB
	b = appendAddr(appendAddr(b, a1), a2)
	b = append(b, k.Proto, 0)
	switch k.Proto {
	case decode.ProtoTCP, decode.ProtoUDP, decode.ProtoSCTP, decode.ProtoICMP, decode.ProtoICMPv6:
		b = binary.BigEndian.AppendUint16(b, p1)
		b = binary.BigEndian.AppendUint16(b, p2)
	}
	sum := sha1.Sum(b)
	return "1:" + base64.StdEncoding.EncodeToString(sum[:])
}

func appendAddr(b []byte, a decode.Addr) []byte {
	if a.Is4() {
		return binary.BigEndian.AppendUint32(b, uint32(a.Lo))
	}
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, a.Hi), a.Lo)
}
