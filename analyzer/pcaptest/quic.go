package pcaptest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
)

// quicSalt protects the first packets of QUIC version 1 (RFC 9001 section 5.2).
var quicSalt = []byte{
	0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
}

// QUICInitial is a client's first datagram of QUIC version 1: a ClientHello in a CRYPTO frame, padded to 1200 bytes and
// protected as the standard wants it, so that an observer can open it.
func QUICInitial(r *Rand, sni string, alpn ...string) []byte {
	hello := ClientHello{Version: TLS13, Ciphers: ciphers13, SNI: sni, ALPN: alpn,
		Extra: []Extension{{57, []byte{4, 2, 0x40, 0x64}}}}
	r.Read(hello.Random[:])
	message := hello.Message()
	frame := append([]byte{6, 0}, quicVarint(len(message))...)
	frame = append(frame, message...)
	dcid := r.Bytes(8)

	const numberLength, tag = 4, 16
	head := append([]byte{0xc0 | numberLength - 1, 0, 0, 0, 1, byte(len(dcid))}, dcid...)
	head = append(head, 0, 0) // no source id, no token
	payload := 1200 - len(head) - 2 - numberLength - tag
	frame = append(frame, make([]byte, payload-len(frame))...) // PADDING frames are zeros
	head = append(head, quicVarint(numberLength+payload+tag)...)
	head = append(head, 0, 0, 0, 0) // packet number
	return quicProtect(dcid, head, frame, numberLength)
}

// quicProtect seals the payload and masks the header (RFC 9001 sections 5.3 and 5.4).
func quicProtect(dcid, head, payload []byte, numberLength int) []byte {
	initial := must(hkdf.Extract(sha256.New, dcid, quicSalt))
	secret := expandLabel(initial, "client in", 32)
	aead := must(cipher.NewGCM(must(aes.NewCipher(expandLabel(secret, "quic key", 16)))))
	packet := aead.Seal(head, expandLabel(secret, "quic iv", 12), payload, head) // packet number 0: the nonce is the iv
	number := len(head) - numberLength
	mask := make([]byte, 16)
	must(aes.NewCipher(expandLabel(secret, "quic hp", 16))).Encrypt(mask, packet[number+4:number+20])
	packet[0] ^= mask[0] & 0x0f
	for i := range numberLength {
		packet[number+i] ^= mask[1+i]
	}
	return packet
}

// expandLabel is HKDF-Expand-Label of RFC 8446 section 7.1 without context.
func expandLabel(secret []byte, label string, n int) []byte {
	info := binary.BigEndian.AppendUint16(nil, uint16(n))
	info = append(info, vector(1, []byte("tls13 "+label))...)
	return must(hkdf.Expand(sha256.New, secret, string(append(info, 0)), n))
}

func quicVarint(n int) []byte { return binary.BigEndian.AppendUint16(nil, 1<<14|uint16(n)) } // two bytes, up to 16383

// QUICShort is a packet with a short header to a connection id of eight bytes, n bytes in all.
func QUICShort(r *Rand, dcid [8]byte, n int) []byte {
	b := append([]byte{0x40 | byte(r.Uint32())&0x3f}, dcid[:]...)
	return append(b, r.Bytes(max(n-len(b), 20))...)
}

// must is for operations that fail only on wrong sizes, which are constants here.
func must[T any](v T, err error) T {
	if err != nil {
		panic("pcaptest: " + err.Error())
	}
	return v
}
