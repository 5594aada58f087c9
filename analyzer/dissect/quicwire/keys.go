package quicwire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
)

// Salts from which the keys of Initial packets are derived.
const (
	salt29 = "\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99" // drafts 29 to 32
	salt1  = "\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a" // RFC 9001 section 5.2, drafts 33 and 34
	salt2  = "\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9" // RFC 9369 section 3.3.1
)

// keys open the Initial packets of one side.
type keys struct {
	aead cipher.AEAD
	mask cipher.Block // header protection
	iv   [12]byte
}

// newKeys derives the keys for the side ("client in" or "server in") from the connection id that the client chose
// first.
func newKeys(version uint32, dcid []byte, side string) (*keys, error) {
	salt, prefix := salt1, "quic "
	switch {
	case version == Version2:
		salt, prefix = salt2, "quicv2 "
	case version >= 0xff00001d && version <= 0xff000020:
		salt = salt29
	}
	var initial, secret, key, iv, hp [sha256.Size]byte
	hmacSHA256(&initial, []byte(salt), dcid) // HKDF-Extract (RFC 5869 section 2.2)
	expandLabel(&secret, initial[:], side, sha256.Size)
	expandLabel(&key, secret[:], prefix+"key", 16)
	expandLabel(&iv, secret[:], prefix+"iv", 12)
	expandLabel(&hp, secret[:], prefix+"hp", 16)
	return cipherKeys(key[:16], [12]byte(iv[:12]), hp[:16])
}

func cipherKeys(key []byte, iv [12]byte, hp []byte) (*keys, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	mask, err := aes.NewCipher(hp)
	if err != nil {
		return nil, err
	}
	return &keys{aead, mask, iv}, nil
}

// expandLabel is HKDF-Expand-Label with an empty context (RFC 8446 section 7.1) of at most one block of the hash.
func expandLabel(out *[sha256.Size]byte, secret []byte, label string, length int) {
	var info [64]byte
	b := append(info[:0], byte(length>>8), byte(length), byte(len("tls13 ")+len(label)))
	b = append(append(append(b, "tls13 "...), label...), 0, 1) // 1: the block's number
	hmacSHA256(out, secret, b)
}

// hmacSHA256 is RFC 2104 for keys of at most one block and texts of at most 64 bytes. Unlike crypto/hmac it allocates
// nothing.
func hmacSHA256(out *[sha256.Size]byte, key, text []byte) {
	const inner, outer = 0x36, 0x5c
	var b [sha256.BlockSize + 64]byte
	copy(b[:sha256.BlockSize], key)
	for i := range sha256.BlockSize {
		b[i] ^= inner
	}
	*out = sha256.Sum256(append(b[:sha256.BlockSize], text...))
	for i := range sha256.BlockSize {
		b[i] ^= inner ^ outer
	}
	*out = sha256.Sum256(append(b[:sha256.BlockSize], out[:]...))
}

// open removes the protection of an Initial packet and returns its frames, in the memory of buf; nil if the keys do not
// fit.
//
// The packet number is taken as it stands, without the bits that a receiver would add: an Initial of a number that
// needs them does not occur (RFC 9000 section 17.1 sends enough bits for twice the packets in flight).
func (k *keys) open(p Packet, buf *[]byte) []byte {
	const sample = 16
	if p.Cut || len(p.Bytes) < p.number+4+sample {
		return nil
	}
	b := append((*buf)[:0], p.Bytes...)
	*buf = b
	var mask [aes.BlockSize]byte
	k.mask.Encrypt(mask[:], b[p.number+4:][:sample])
	b[0] ^= mask[0] & 0x0f
	size := int(b[0]&3) + 1
	var number uint32
	for i := range size {
		b[p.number+i] ^= mask[1+i]
		number = number<<8 | uint32(b[p.number+i])
	}
	nonce := k.iv
	binary.BigEndian.PutUint32(nonce[8:], binary.BigEndian.Uint32(nonce[8:])^number)
	header, sealed := b[:p.number+size], b[p.number+size:]
	frames, err := k.aead.Open(sealed[:0], nonce[:], sealed, header)
	if err != nil {
		return nil
	}
	return frames
}
