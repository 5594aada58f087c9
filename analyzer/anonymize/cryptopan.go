package anonymize

import (
	"crypto/aes"
	"crypto/cipher"
	"net/netip"
)

// cryptoPAn maps addresses so that two that share a prefix of any length still do, and no others (J. Xu, J. Fan, M.
// Ammar, S. Moon: Prefix-Preserving IP Address Anonymization, ICNP 2002): each bit is flipped or not by a keyed
// function of those before it.
type cryptoPAn struct {
	block cipher.Block
	pad   [aes.BlockSize]byte
}

// keyLen is the length of a key: AES-128 and the secret that is padded with.
const keyLen = 32

func newCryptoPAn(key [keyLen]byte) *cryptoPAn {
	c := new(cryptoPAn)
	c.block, _ = aes.NewCipher(key[:16]) // whose only error is a wrong length
	c.block.Encrypt(c.pad[:], key[16:])
	return c
}

// addr maps an address of either version.
func (c *cryptoPAn) addr(a netip.Addr) netip.Addr {
	b := a.AsSlice()
	in, out := c.pad, make([]byte, len(b))
	var sum [aes.BlockSize]byte
	for i := range len(b) * 8 {
		at, bit := i/8, byte(0x80)>>(i%8)
		c.block.Encrypt(sum[:], in[:])
		out[at] |= (b[at] & bit) ^ (sum[0]>>7)*bit
		in[at] = in[at]&^bit | b[at]&bit
	}
	mapped, _ := netip.AddrFromSlice(out)
	return mapped
}
