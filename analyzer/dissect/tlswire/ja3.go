package tlswire

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"
)

// AppendJA3 appends the JA3 string of the hello (Althouse, Atkinson, Atkins: "JA3", 2017): version, suites, extensions,
// groups and point formats as decimals, GREASE values left out. A hello that is cut off or in SSLv2 framing has none.
func (h *ClientHello) AppendJA3(dst []byte) []byte {
	if h.Cut || h.SSLv2 || h.Version == 0 {
		return dst
	}
	dst = strconv.AppendUint(dst, uint64(h.Version), 10)
	dst = appendDecimals(append(dst, ','), h.Suites)
	dst = appendDecimals(append(dst, ','), h.Extensions)
	dst = appendDecimals(append(dst, ','), h.Groups)
	dst = append(dst, ',')
	for i, f := range h.PointFormats {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = strconv.AppendUint(dst, uint64(f), 10)
	}
	return dst
}

// JA3 is the MD5 of the JA3 string as 32 hex digits, or empty where there is none.
func (h *ClientHello) JA3() string {
	var buf [512]byte
	return md5Hex(h.AppendJA3(buf[:0]))
}

// AppendJA3S appends the JA3S string of the hello: version, suite, extensions. The version is the legacy one, as in
// JA3.
func (h *ServerHello) AppendJA3S(dst []byte) []byte {
	if h.Cut || h.LegacyVersion == 0 {
		return dst
	}
	dst = strconv.AppendUint(dst, uint64(h.LegacyVersion), 10)
	dst = strconv.AppendUint(append(dst, ','), uint64(h.Suite), 10)
	return appendDecimals(append(dst, ','), h.Extensions)
}

// JA3S is the MD5 of the JA3S string as 32 hex digits, or empty where there is none.
func (h *ServerHello) JA3S() string {
	var buf [128]byte
	return md5Hex(h.AppendJA3S(buf[:0]))
}

func appendDecimals(dst []byte, list []uint16) []byte {
	first := true
	for _, v := range list {
		if IsGREASE(v) {
			continue
		}
		if !first {
			dst = append(dst, '-')
		}
		first = false
		dst = strconv.AppendUint(dst, uint64(v), 10)
	}
	return dst
}

// md5Hex is a name for the string, not a protection of it: the fingerprint is defined with MD5.
func md5Hex(s []byte) string {
	if len(s) == 0 {
		return ""
	}
	sum := md5.Sum(s)
	var text [2 * md5.Size]byte
	hex.Encode(text[:], sum[:])
	return string(text[:])
}
