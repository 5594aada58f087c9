package tlswire

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// suite is one line of the cipher suite registry.
type suite struct {
	id   uint16
	name string
}

// SuiteName is the IANA name of a cipher suite, or 0x and four hex digits where the registry has none.
func SuiteName(id uint16) string {
	if name := suiteName(id); name != "" {
		return name
	}
	return fmt.Sprintf("0x%04X", id)
}

// SuiteKnown reports whether the registry has a name for the suite. Of an unknown one nothing may be concluded.
func SuiteKnown(id uint16) bool { return suiteName(id) != "" }

func suiteName(id uint16) string {
	i, ok := slices.BinarySearchFunc(suites[:], id, func(s suite, id uint16) int { return cmp.Compare(s.id, id) })
	if !ok {
		return ""
	}
	return suites[i].name
}

// SuiteHasForwardSecrecy reports whether the key exchange is ephemeral: ECDHE, DHE, and every suite of TLS 1.3 (where a
// resumption without a new key share, psk_ke, is left out of account). False for suites that are not known: see
// [SuiteKnown].
func SuiteHasForwardSecrecy(id uint16) bool {
	name := suiteName(id)
	return hasAnyPrefix(name, "TLS_ECDHE_", "TLS_DHE_", "TLS_PSK_DHE_", "TLS_ECCPWD_", "TLS_ECJPAKE_", "TLS_DH_anon_", "TLS_ECDH_anon_") ||
		isSuite13(name)
}

// isSuite13 tells the suites of TLS 1.3 by their names, which have no key exchange in them (RFC 8446 appendix B.4).
func isSuite13(name string) bool {
	return hasAnyPrefix(name, "TLS_AES_", "TLS_CHACHA20_", "TLS_AEGIS_", "TLS_SM4_")
}

// SuiteIsWeak reports whether the suite has no encryption, no authentication, or a broken or withdrawn cipher or MAC:
// NULL, EXPORT, anonymous, RC2, RC4 (RFC 7465), DES and 3DES (RFC 8429), IDEA, MD5, and CBC with HMAC-SHA-1. CBC with
// SHA-2 is not weak in this sense, nor is a missing forward secrecy. False for suites that are not known.
func SuiteIsWeak(id uint16) bool {
	name := suiteName(id)
	if strings.HasSuffix(name, "_CBC_SHA") || strings.HasSuffix(name, "_MD5") {
		return true
	}
	for _, part := range [...]string{"_NULL", "EXPORT", "_anon_", "_RC2_", "_RC4_", "_DES_", "_DES40_", "_3DES_", "_IDEA_"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return strings.HasPrefix(name, "TLS_SHA") // integrity only (RFC 9150)
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}
