package tlswire

import (
	"crypto/tls"
	"fmt"
	"slices"
	"testing"
)

// The vectors of the JA3 page (github.com/salesforce/ja3, "How it works").
func TestJA3Published(t *testing.T) {
	old := ClientHello{Version: 769, Suites: []uint16{47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4}}
	old.Extensions, old.Groups, old.PointFormats = []uint16{0, 10, 11}, []uint16{23, 24, 25}, []byte{0}
	check(t, "string", string(old.AppendJA3(nil)), "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0")
	check(t, "MD5", old.JA3(), "ada70206e40642a3e4461f35503241d5")

	bare := ClientHello{Version: 769, Suites: []uint16{4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99}}
	check(t, "string", string(bare.AppendJA3(nil)), "769,4-5-10-9-100-98-3-6-19-18-99,,,")
	check(t, "MD5", bare.JA3(), "de350869b8c85de67a350c8d186f11e6")
}

// ja4Example is the example of the JA4 page (FoxIO, technical_details/JA4.md), with GREASE strewn in.
func ja4Example() *ClientHello {
	return &ClientHello{
		Version:  VersionTLS12,
		Versions: []uint16{0x9a9a, VersionTLS13, VersionTLS12},
		Suites: []uint16{
			0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
		},
		Extensions: []uint16{
			0x7a7a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0xdada,
			0x0015,
		},
		SignatureAlgorithms: []uint16{0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601},
		ALPN:                [][]byte{[]byte("h2"), []byte("http/1.1")},
	}
}

func TestJA4Published(t *testing.T) {
	h := ja4Example()
	check(t, "example", h.JA4(OverTCP), "t13d1516h2_8daaf6152771_e5627efa2ab1")
	check(t, "QUIC", h.JA4(OverQUIC), "q13d1516h2_8daaf6152771_e5627efa2ab1")

	h.SignatureAlgorithms = nil
	check(t, "no signature algorithms", h.JA4(OverTCP), "t13d1516h2_8daaf6152771_6d807ffa2a79")

	h.Extensions = slices.DeleteFunc(h.Extensions, func(v uint16) bool { return v == extServerName })
	h.ALPN = nil
	check(t, "no server name, no ALPN", h.JA4(OverTCP), "t13i151500_8daaf6152771_6d807ffa2a79")

	empty := ClientHello{Version: VersionSSL3}
	check(t, "nothing", empty.JA4(OverTCP), "ts3i000000_000000000000_000000000000")

	many := ClientHello{Version: VersionTLS10, Suites: make([]uint16, 300), Extensions: make([]uint16, 300)}
	check(t, "counts", many.JA4(OverTCP)[:8], "t10d9999")
}

func TestJA4ALPN(t *testing.T) {
	for name, want := range map[string]string{
		"": "00", "h2": "h2", "http/1.1": "h1", "x": "xx", "\xab": "ab", "\xab\xcd": "ad", "\x30\xab": "3b", "\x30\x31\xab\xcd": "3d",
		"\x30\xab\xcd\x31": "01",
	} {
		h := ClientHello{Version: VersionTLS12, ALPN: [][]byte{[]byte(name)}}
		check(t, fmt.Sprintf("%q", name), h.JA4(OverTCP)[8:10], want)
	}
}

func TestJA3S(t *testing.T) {
	h := ServerHello{LegacyVersion: 771, Version: VersionTLS13, Suite: 49200, Extensions: []uint16{65281, 11}}
	check(t, "string", string(h.AppendJA3S(nil)), "771,49200,65281-11")
	check(t, "MD5", h.JA3S(), "0debd3853f330c574b05e0b6d882dc27")
	h = ServerHello{LegacyVersion: 771, Suite: 4866, Extensions: []uint16{43, 51}}
	check(t, "TLS 1.3", h.JA3S(), "15af977ce25de452b96affa2addb1036")
}

func TestSuites(t *testing.T) {
	if !slices.IsSortedFunc(suites[:], func(a, b suite) int { return int(a.id) - int(b.id) }) {
		t.Error("table is not in order")
	}
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range list {
			check(t, "name", SuiteName(s.ID), s.Name)
		}
	}
	check(t, "unknown", SuiteName(0xcc13), "0xCC13")
	tests := []struct {
		id       uint16
		fs, weak bool
	}{
		{0xc030, true, false}, {0x1302, true, false}, {0x009d, false, false}, {0xc028, true, false}, {0xc014, true, true}, {0x0004, false, true},
		{0x000a, false, true}, {0x0033, true, true}, {0xc02e, false, false}, {0x0000, false, true}, {0x0017, true, true}, {0xc019, true, true},
		{0xcca8, true, false}, {0xc0b4, false, true}, {0xffff, false, false}, {0x0034, true, true}, {0xcca9, true, false},
	}
	for _, tt := range tests {
		check(t, SuiteName(tt.id)+" forward secrecy", SuiteHasForwardSecrecy(tt.id), tt.fs)
		check(t, SuiteName(tt.id)+" weak", SuiteIsWeak(tt.id), tt.weak)
	}
}

func TestNames(t *testing.T) {
	for v, want := range map[uint16]string{0x0304: "1.3", 0x0303: "1.2", 0x0301: "1.0", 0x0300: "SSL 3.0", 2: "SSL 2.0", 0x7f12: "1.3", 0xfefd: "0xFEFD"} {
		check(t, "version", VersionName(v), want)
	}
	check(t, "alert", Alert{2, 48}.String(), "fatal unknown_ca")
	check(t, "unknown alert", Alert{9, 99}.String(), "9 99")
	check(t, "kind", KindProtected.String(), "protected")
	check(t, "no kind", Kind(99).String(), "none")
	grease := 0
	for v := range 1 << 16 {
		if IsGREASE(uint16(v)) {
			grease++
		}
	}
	check(t, "GREASE values", grease, 16)
}
