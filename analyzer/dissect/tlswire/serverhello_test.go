package tlswire

import (
	"bytes"
	"crypto/tls"
	"slices"
	"testing"
)

func TestServerHelloFromCryptoTLS(t *testing.T) {
	tests := []struct {
		version  uint16
		suite    string
		alpn     string
		keyShare uint16
	}{
		{tls.VersionTLS12, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "h2", 0},
		{tls.VersionTLS13, "TLS_AES_128_GCM_SHA256", "", uint16(tls.X25519MLKEM768)},
	}
	for _, tt := range tests {
		fromClient, fromServer := converse2(t, tt.version, nil)
		_, s, _ := decodeBoth(t, fromClient, fromServer)
		check(t, "version", s.Version, tt.version)
		check(t, "legacy version", s.LegacyVersion, VersionTLS12)
		check(t, "suite", SuiteName(s.Suite), tt.suite)
		check(t, "ALPN", string(s.ALPN), tt.alpn)
		check(t, "key share", s.KeyShare, tt.keyShare)
		check(t, "downgraded", s.Downgraded, false)
		check(t, "retry", s.Retry, false)
		if s.Cut || s.Malformed || s.PSK {
			t.Errorf("%+v", s)
		}
	}
}

// A server that could do TLS 1.3 says so in its random when it does less.
func TestServerHelloDowngraded(t *testing.T) {
	fromClient, fromServer := converse2(t, tls.VersionTLS12, func(_, s *tls.Config) { s.MaxVersion = tls.VersionTLS13 })
	if _, s, _ := decodeBoth(t, fromClient, fromServer); !s.Downgraded || s.Version != VersionTLS12 {
		t.Errorf("%+v", s)
	}
}

func TestServerHelloRetry(t *testing.T) {
	_, fromServer := converse2(t, tls.VersionTLS13, func(_, s *tls.Config) {
		s.CurvePreferences = []tls.CurveID{tls.CurveP384}
	})
	var seen []ServerHello
	new(Reader).Feed(fromServer, func(e Event) {
		if e.Kind == KindHelloRetryRequest || e.Kind == KindServerHello {
			var h ServerHello
			if err := h.Decode(bytes.Clone(e.Body)); err != nil {
				t.Error(err)
			}
			seen = append(seen, h)
		}
	})
	if len(seen) != 2 || !seen[0].Retry || seen[1].Retry || seen[0].KeyShare != uint16(tls.CurveP384) ||
		seen[1].KeyShare != uint16(tls.CurveP384) {
		t.Errorf("%+v", seen)
	}
}

func TestServerHelloOldForms(t *testing.T) {
	random := bytes.Repeat([]byte{7}, 32)
	tests := []struct {
		name  string
		body  []byte
		want  string
		suite uint16
	}{
		{"SSL 3.0 without extensions", slices.Concat([]byte{3, 0}, random, []byte{0, 0, 5, 0}), "SSL 3.0", 5},
		{"TLS 1.3 draft 18", slices.Concat([]byte{0x7f, 0x12}, random, []byte{0x13, 1, 0, 8, 0, 51, 0, 4, 0, 29, 0, 0}), "1.3", 0x1301},
	}
	for _, tt := range tests {
		var h ServerHello
		err := h.Decode(tt.body)
		if err != nil || VersionName(h.Version) != tt.want || h.Suite != tt.suite || h.Malformed {
			t.Errorf("%s: %v %+v", tt.name, err, h)
		}
	}
}

func TestServerHelloCut(t *testing.T) {
	_, fromServer := converse2(t, tls.VersionTLS12, nil)
	length := uint24(fromServer[HeaderLen+1:])
	body := fromServer[HeaderLen+4:][:length]
	var whole, h ServerHello
	if err := whole.Decode(body); err != nil {
		t.Fatal(err)
	}
	for n := range body {
		if err := h.Decode(body[:n]); err == nil && len(h.Extensions) > 0 || err != nil && (!h.Cut || h.JA3S() != "") {
			t.Errorf("%d bytes: %v %+v", n, err, h)
		}
	}
}

func TestGroupName(t *testing.T) {
	for g, want := range map[uint16]string{GroupX25519: "x25519", GroupX25519MLKEM768: "X25519MLKEM768", 0x17: "secp256r1", 0x7777: "0x7777"} {
		if got := GroupName(g); got != want {
			t.Errorf("%#x: %s, want %s", g, got, want)
		}
	}
}
