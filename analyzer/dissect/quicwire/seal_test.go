package quicwire

import (
	"crypto/aes"
	"encoding/binary"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// rfcDCID is the connection id of the examples in RFC 9001 appendix A and RFC 9369 appendix A.
var rfcDCID = unhex("8394c8f03e515708")

func unhex(s string) []byte { return must(hex.DecodeString(strings.Join(strings.Fields(s), ""))) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// vector is a packet of testdata.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	return unhex(string(must(os.ReadFile("testdata/" + name + ".hex"))))
}

// seal makes a protected Initial packet of the client with a packet number of two bytes.
func seal(version uint32, dcid []byte, number uint16, frames []byte) []byte {
	k := must(newKeys(version, dcid, "client in"))
	first := byte(0xc1)
	if version == Version2 {
		first = 0xd1
	}
	b := binary.BigEndian.AppendUint32([]byte{first}, version)
	b = append(append(b, byte(len(dcid))), dcid...)
	b = append(b, 0, 0) // no source connection id, no token
	length := 2 + len(frames) + k.aead.Overhead()
	b = binary.BigEndian.AppendUint16(b, 0x4000|uint16(length))
	at := len(b)
	b = binary.BigEndian.AppendUint16(b, number)
	nonce := k.iv[:]
	binary.BigEndian.PutUint16(nonce[10:], binary.BigEndian.Uint16(nonce[10:])^number)
	b = append(b, k.aead.Seal(nil, nonce, frames, b)...)
	var mask [aes.BlockSize]byte
	k.mask.Encrypt(mask[:], b[at+4:][:aes.BlockSize])
	b[0] ^= mask[0] & 0x0f
	b[at] ^= mask[1]
	b[at+1] ^= mask[2]
	return b
}

// crypto is a CRYPTO frame.
func crypto(offset int, data []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{6}, 0x4000|uint16(offset))
	b = binary.BigEndian.AppendUint16(b, 0x4000|uint16(len(data)))
	return append(b, data...)
}
