package tlswire

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Transport is the first letter of a JA4 fingerprint.
type Transport byte

// What carried the hello.
const (
	OverTCP  Transport = 't'
	OverQUIC Transport = 'q'
	OverDTLS Transport = 'd'
)

// JA4 is the fingerprint "JA4: TLS Client Fingerprinting" (FoxIO, 2023; this part of the family is under the BSD
// licence), as t13d1516h2_8daaf6152771_e5627efa2ab1. GREASE values are left out. A hello that is cut off or in SSLv2
// framing has none.
func (h *ClientHello) JA4(t Transport) string {
	if h.Cut || h.SSLv2 || h.Version == 0 {
		return ""
	}
	var out [36]byte
	var room [3][96]uint16
	suites := appendPlain(room[0][:0], h.Suites)
	exts := appendPlain(room[1][:0], h.Extensions)
	b := append(out[:0], byte(t))
	b = append(b, ja4Version(h.MaxVersion())...)
	b = append(b, ja4Domain(exts))
	b = appendCount(b, len(suites))
	b = appendCount(b, len(exts))
	alpn := h.ja4ALPN()
	b = append(b, alpn[:]...)

	slices.Sort(suites)
	b = append(b, '_')
	b = appendHash(b, suites, nil)

	exts = slices.DeleteFunc(exts, func(v uint16) bool { return v == extServerName || v == extALPN })
	slices.Sort(exts)
	b = append(b, '_')
	b = appendHash(b, exts, appendPlain(room[2][:0], h.SignatureAlgorithms))
	return string(b)
}

func ja4Version(v uint16) string {
	switch v {
	case VersionTLS13:
		return "13"
	case VersionTLS12:
		return "12"
	case VersionTLS11:
		return "11"
	case VersionTLS10:
		return "10"
	case VersionSSL3:
		return "s3"
	case VersionSSL2:
		return "s2"
	case 0xfeff:
		return "d1"
	case 0xfefd:
		return "d2"
	case 0xfefc:
		return "d3"
	}
	return "00"
}

// ja4Domain is 'd' for a hello with a server name and 'i' for one without.
func ja4Domain(exts []uint16) byte {
	if slices.Contains(exts, extServerName) {
		return 'd'
	}
	return 'i'
}

// ja4ALPN is the first and last character of the first protocol, or of its hex form where one of them is not
// alphanumeric.
func (h *ClientHello) ja4ALPN() [2]byte {
	if len(h.ALPN) == 0 || len(h.ALPN[0]) == 0 {
		return [2]byte{'0', '0'}
	}
	name := h.ALPN[0]
	first, last := name[0], name[len(name)-1]
	if isAlphanumeric(first) && isAlphanumeric(last) {
		return [2]byte{first, last}
	}
	return [2]byte{hexDigits[first>>4], hexDigits[last&15]}
}

const hexDigits = "0123456789abcdef"

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// appendCount appends n as two digits, 99 at most.
func appendCount(b []byte, n int) []byte {
	n = min(n, 99)
	return append(b, byte('0'+n/10), byte('0'+n%10))
}

// appendPlain appends the values of list that are not GREASE.
func appendPlain(dst, list []uint16) []uint16 {
	for _, v := range list {
		if !IsGREASE(v) {
			dst = append(dst, v)
		}
	}
	return dst
}

// appendHash appends the first twelve hex digits of the SHA-256 of the list, or of the two lists with "_" between;
// zeros where the first is empty.
func appendHash(b []byte, list, more []uint16) []byte {
	if len(list) == 0 {
		return append(b, "000000000000"...)
	}
	var room [1024]byte
	text := appendHexList(room[:0], list)
	if len(more) > 0 {
		text = appendHexList(append(text, '_'), more)
	}
	sum := sha256.Sum256(text)
	return hex.AppendEncode(b, sum[:6])
}

func appendHexList(dst []byte, list []uint16) []byte {
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, hexDigits[v>>12], hexDigits[v>>8&15], hexDigits[v>>4&15], hexDigits[v&15])
	}
	return dst
}
