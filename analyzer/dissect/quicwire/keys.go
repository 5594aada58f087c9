package quicwire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
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
	iv   []byte
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
	initial, err := hkdf.Extract(sha256.New, dcid, []byte(salt))
	if err != nil {
		return nil, err
	}
	secret, err := expandLabel(initial, side, sha256.Size)
	if err != nil {
		return nil, err
	}
	key, err1 := expandLabel(secret, prefix+"key", 16)
	iv, err2 := expandLabel(secret, prefix+"iv", 12)
	hp, err3 := expandLabel(secret, prefix+"hp", 16)
	if err := firstError(err1, err2, err3); err != nil {
		return nil, err
	}
	return cipherKeys(key, iv, hp)
}

func cipherKeys(key, iv, hp []byte) (*keys, error) {
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

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// expandLabel is HKDF-Expand-Label with an empty context (RFC 8446 section 7.1).
func expandLabel(secret []byte, label string, length int) ([]byte, error) {
	info := []byte{byte(length >> 8), byte(length), byte(len("tls13 ") + len(label))}
	info = append(append(append(info, "tls13 "...), label...), 0)
	return hkdf.Expand(sha256.New, secret, string(info), length)
}

// open removes the protection of an Initial packet and returns its frames, in memory of their own; nil if the keys do
// not fit.
//
// The packet number is taken as it stands, without the bits that a receiver would add: an Initial of a number that
// needs them does not occur (RFC 9000 section 17.1 sends enough bits for twice the packets in flight).
func (k *keys) open(p Packet) []byte {
	const sample = 16
	if p.Cut || len(p.Bytes) < p.number+4+sample {
		return nil
	}
	b := append([]byte(nil), p.Bytes...)
	var mask [aes.BlockSize]byte
	k.mask.Encrypt(mask[:], b[p.number+4:][:sample])
	b[0] ^= mask[0] & 0x0f
	size := int(b[0]&3) + 1
	var number uint32
	for i := range size {
		b[p.number+i] ^= mask[1+i]
		number = number<<8 | uint32(b[p.number+i])
	}
	var nonce [12]byte
	copy(nonce[:], k.iv)
	binary.BigEndian.PutUint32(nonce[8:], binary.BigEndian.Uint32(nonce[8:])^number)
	header, sealed := b[:p.number+size], b[p.number+size:]
	frames, err := k.aead.Open(sealed[:0], nonce[:], sealed, header)
	if err != nil {
		return nil
	}
	return frames
}
