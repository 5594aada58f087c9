package tlswire

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseCertificate(t *testing.T) {
	chain := newAuthority().leaf.Certificate
	c, err := ParseCertificate(chain[0])
	if err != nil {
		t.Fatal(err)
	}
	check(t, "subject", c.Subject.Text, `CN=linus1.example.test,OU=Media,O=Example\, Inc.,C=US`)
	check(t, "subject O", c.Subject.O, "Example, Inc.")
	check(t, "subject OU", c.Subject.OU, "Media")
	check(t, "issuer", c.Issuer.Text, "CN=Example Issuing CA,O=Example Trust")
	check(t, "SANs", strings.Join(c.SANs, " "), "linus1.example.test external-media1.public.example.test 192.0.2.7")
	check(t, "serial", c.Serial, "4711")
	check(t, "usages", strings.Join(c.EKUs, " "), "serverAuth clientAuth")
	check(t, "not before", c.NotBefore, leafTemplate.NotBefore)
	check(t, "not after", c.NotAfter, leafTemplate.NotAfter)
	check(t, "key", fmt.Sprint(c.KeyType, c.KeyBits), "ECDSA256")
	check(t, "OCSP", c.OCSP, true)
	check(t, "CRL", c.CRL, true)
	check(t, "CA issuers", c.CAIssuers, true)
	check(t, "whole", c.Extensions && !c.Partial && !c.Malformed, true)
	check(t, "CA", c.CA || c.SelfIssued || c.SCT, false)

	ca, err := ParseCertificate(chain[1])
	if err != nil || !ca.CA || !ca.SelfIssued || ca.Subject != ca.Issuer {
		t.Errorf("CA: %v %+v", err, ca)
	}
}

// agree holds a certificate that crypto/x509 accepts against our reading of it.
func agree(t *testing.T, der []byte, want *x509.Certificate) {
	t.Helper()
	got, err := ParseCertificate(der)
	if err != nil || got.Partial {
		t.Fatalf("%v, partial %t", err, got.Partial)
	}
	check(t, "subject CN", got.Subject.CN, strings.ToValidUTF8(want.Subject.CommonName, "\uFFFD"))
	check(t, "issuer CN", got.Issuer.CN, strings.ToValidUTF8(want.Issuer.CommonName, "\uFFFD"))
	if n := len(want.Issuer.Organization); n > 0 {
		check(t, "issuer O", got.Issuer.O, strings.ToValidUTF8(want.Issuer.Organization[n-1], "\uFFFD"))
	}
	check(t, "not before", got.NotBefore.Equal(want.NotBefore), true)
	check(t, "not after", got.NotAfter.Equal(want.NotAfter), true)
	check(t, "SHA-256", got.SHA256, fmt.Sprintf("%x", sha256.Sum256(der)))
	if want.SerialNumber.Sign() > 0 {
		check(t, "serial", strings.TrimLeft(got.Serial, "0"), want.SerialNumber.Text(16))
	}
	if want.PublicKeyAlgorithm != x509.UnknownPublicKeyAlgorithm {
		check(t, "key", got.KeyType, want.PublicKeyAlgorithm.String())
		check(t, "key bits", got.KeyBits, keyBits(want.PublicKey))
	}
	if want.SignatureAlgorithm != x509.UnknownSignatureAlgorithm && got.SignatureAlgorithm != "RSAPSS" {
		check(t, "signature", got.SignatureAlgorithm, want.SignatureAlgorithm.String())
	}
	if !got.Extensions || got.Malformed {
		return // an oddity that crypto/x509 lets pass; what is absent is not claimed then
	}
	check(t, "CA", got.CA, want.IsCA)
	check(t, "self-issued", got.SelfIssued, bytes.Equal(want.RawSubject, want.RawIssuer))
	check(t, "OCSP", got.OCSP || len(want.OCSPServer) == 0, true)
	check(t, "CRL", got.CRL || len(want.CRLDistributionPoints) == 0, true)
	check(t, "usages", len(got.EKUs), len(want.ExtKeyUsage)+len(want.UnknownExtKeyUsage))
	check(t, "names", len(got.SANs) >= min(len(want.DNSNames)+len(want.IPAddresses), maxNames), true)
	for _, name := range want.DNSNames[:min(len(want.DNSNames), 100)] {
		check(t, "has "+name, name == "" || slices.Contains(got.SANs, strings.ToValidUTF8(name, "\uFFFD")), true)
	}
}

func keyBits(key any) int {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen()
	case *ecdsa.PublicKey:
		return k.Curve.Params().BitSize
	case ed25519.PublicKey:
		return 256
	}
	return 0
}

func TestParseCertificateAgreesWithX509(t *testing.T) {
	_, edKey, _ := ed25519.GenerateKey(rand.Reader)
	keys := []crypto.Signer{
		newKey(), edKey, must(rsa.GenerateKey(rand.Reader, 2048)), must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)),
	}
	for i, key := range keys {
		template := leafTemplate
		template.Subject.CommonName = fmt.Sprintf("host%d.example.test", i)
		template.SerialNumber = new(big.Int).Lsh(big.NewInt(0xff), uint(8*i))
		template.IsCA = i%2 == 1
		der := must(x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key))
		agree(t, der, must(x509.ParseCertificate(der)))
	}
	for _, der := range newAuthority().leaf.Certificate {
		agree(t, der, must(x509.ParseCertificate(der)))
	}
}

// checkNames holds the names of a cut certificate against those of the whole one.
func checkNames(t *testing.T, c, whole *Cert, withSubject bool) {
	t.Helper()
	check(t, "issuer", c.Issuer, whole.Issuer)
	var subject Name
	if withSubject {
		subject = whole.Subject
	}
	check(t, "subject", c.Subject, subject)
	if !slices.Equal(c.SANs, whole.SANs[:len(c.SANs)]) {
		t.Fatalf("%q", c.SANs)
	}
}

// Cut anywhere, a certificate yields whole names or none.
func TestParseCertificateCut(t *testing.T) {
	der := newAuthority().leaf.Certificate[0]
	whole := must(ParseCertificate(der))
	issuerEnd := bytes.Index(der, []byte("Example Trust")) + len("Example Trust")
	subjectEnd := bytes.Index(der, []byte("linus1.example.test")) + len("linus1.example.test")
	for n := range der {
		c, err := ParseCertificate(der[:n])
		if (err != nil) != (n < issuerEnd+len("\x31\x1b0\x19\x06\x03\x55\x04\x03\x13\x12Example Issuing CA")) {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if err != nil {
			continue
		}
		checkNames(t, &c, &whole, n >= subjectEnd)
		if !c.Partial || c.SHA256 != "" || c.Malformed || c.Extensions && !(c.OCSP && c.CRL && len(c.SANs) == 3) {
			t.Fatalf("%d bytes: %+v", n, c)
		}
	}
	cut := must(ParseCertificate(der[:bytes.Index(der, []byte("external-media1"))+20]))
	check(t, "names before the cut", strings.Join(cut.SANs, " "), "linus1.example.test")
}

func TestNameText(t *testing.T) {
	printable, utf8, bmp, t61, octets := byte(19), byte(12), byte(30), byte(20), byte(4)
	cn, o, unknown := "\x55\x04\x03", "\x55\x04\x0a", "\x2a\x03\x04"
	tests := []struct {
		name string
		der  []byte
		want string
	}{
		{"order is reversed", rdns(rdn(o, printable, "Cisco Systems, Inc."), rdn(cn, printable, "*.webex.com")), `CN=*.webex.com,O=Cisco Systems\, Inc.`},
		{"one set", rdns(setOf(pair(o, utf8, "a")+pair(cn, utf8, "b")), rdn(o, utf8, "c")), "O=c,O=a+CN=b"},
		{"escapes", rdns(rdn(cn, utf8, ` #a+"b\<c>;=d `)), `CN=\ #a\+\"b\\\<c\>\;=d\ `},
		{"leading number sign", rdns(rdn(cn, utf8, "#1")), `CN=\#1`},
		{"one blank", rdns(rdn(cn, utf8, " ")), `CN=\ `},
		{"control characters", rdns(rdn(cn, utf8, "a\x00b\x1b[2J\x7f")), `CN=a\00b\1b[2J\7f`},
		{"broken UTF-8", rdns(rdn(cn, utf8, "caf\xe9")), `CN=caf\e9`},
		{"Latin-1", rdns(rdn(cn, t61, "caf\xe9")), "CN=café"},
		{"BMPString", rdns(rdn(cn, bmp, "\x00Z\x00\xfc")), "CN=Zü"},
		{"no text", rdns(rdn(cn, octets, "\x01\x02")), "CN=#04020102"},
		{"unknown type", rdns(rdn(unknown, utf8, "x")), "1.2.3.4=#0c0178"},
		{"empty", nil, ""},
	}
	for _, tt := range tests {
		n, ok := parseName(tt.der)
		if !ok || n.Text != tt.want {
			t.Errorf("%s: %t %s", tt.name, ok, n.Text)
		}
	}
	if _, ok := parseName(rdns(rdn(cn, utf8, "abc"))[:9]); ok {
		t.Error("a cut name is a name")
	}
}

func rdns(sets ...string) []byte { return []byte(strings.Join(sets, "")) }

func rdn(oid string, tag byte, value string) string { return setOf(pair(oid, tag, value)) }

func setOf(s string) string { return tlv(tagSet, s) }

func pair(oid string, tag byte, value string) string {
	return tlv(tagSequence, tlv(tagOID, oid)+tlv(tag, value))
}

func tlv(tag byte, value string) string { return string([]byte{tag, byte(len(value))}) + value }

func TestParseTime(t *testing.T) {
	for _, tt := range []struct {
		tag  byte
		text string
		want string
	}{
		{tagUTCTime, "151011133704Z", "2015-10-11T13:37:04Z"},
		{tagUTCTime, "500101000000Z", "1950-01-01T00:00:00Z"},
		{tagUTCTime, "491231235959Z", "2049-12-31T23:59:59Z"},
		{tagUTCTime, "1510111337Z", "2015-10-11T13:37:00Z"},
		{tagUTCTime, "151011133704+0200", "2015-10-11T11:37:04Z"},
		{tagGeneralizedTime, "20501231235959Z", "2050-12-31T23:59:59Z"},
		{tagGeneralizedTime, "99991231235959Z", "9999-12-31T23:59:59Z"},
		{tagUTCTime, "nonsense", "0001-01-01T00:00:00Z"},
		{tagUTCTime, "", "0001-01-01T00:00:00Z"},
		{tagInteger, "151011133704Z", "0001-01-01T00:00:00Z"},
	} {
		check(t, tt.text, parseTime(element{tag: tt.tag, body: der(tt.text)}).Format(time.RFC3339), tt.want)
	}
}

func TestOIDString(t *testing.T) {
	for _, oid := range []asn1.ObjectIdentifier{{2, 5, 4, 3}, {1, 2, 840, 113549, 1, 1, 11}, {2, 999, 3},
		{0, 9, 2342, 19200300, 100, 1, 25}} {
		check(t, "OID", oidString(must(asn1.Marshal(oid))[2:]), oid.String())
	}
}

func TestCertificateList(t *testing.T) {
	_, server := converse2(t, tls.VersionTLS12, nil)
	chain := newAuthority().leaf.Certificate
	var body []byte
	new(Reader).Feed(server, func(e Event) {
		if e.Kind == KindCertificate {
			body = bytes.Clone(e.Body)
		}
	})
	var got [][]byte
	for der, whole := range CertificateList(body) {
		check(t, "whole", whole, true)
		got = append(got, der)
	}
	if len(got) != 2 || !bytes.Equal(got[0], chain[0]) || !bytes.Equal(got[1], chain[1]) {
		t.Errorf("%d certificates", len(got))
	}
	for n := range body {
		i := 0
		for der, whole := range CertificateList(body[:n]) {
			if whole != (len(der) == len(chain[i])) || !bytes.HasPrefix(chain[i], der) {
				t.Fatalf("%d bytes: certificate %d: %d bytes, whole %t", n, i, len(der), whole)
			}
			i++
		}
	}
	for range CertificateList([]byte{0, 0, 9, 0, 0, 0, 0, 0, 3, 1, 2, 3}) {
		t.Error("walked on over an empty certificate")
	}
}

func TestCertCache(t *testing.T) {
	cache := NewCertCache(2)
	chain := newAuthority().leaf.Certificate
	first := must(cache.Parse(chain[0]))
	if again := must(cache.Parse(bytes.Clone(chain[0]))); again != first {
		t.Error("parsed twice")
	}
	for n := len(chain[0]) - 5; n < len(chain[0]); n++ {
		must(cache.Parse(chain[0][:n]))
	}
	if len(cache.now)+len(cache.past) > 4 {
		t.Errorf("%d and %d entries", len(cache.now), len(cache.past))
	}
	if again := must(cache.Parse(chain[0])); again == first || again.SHA256 != first.SHA256 {
		t.Error("not evicted, or not equal")
	}
	if _, err := cache.Parse([]byte("no certificate")); err != ErrCertificate {
		t.Error(err)
	}
}

// An inspection box may write what crypto/x509 refuses: here a serial number without digits, a key without bits, and no
// signature.
func TestParseCertificateOdd(t *testing.T) {
	name := tlv(tagSequence, rdn("\x55\x04\x03", 12, "proxy"))
	validity := tlv(tagSequence, tlv(tagUTCTime, "260101000000Z")+tlv(tagUTCTime, "270101000000Z"))
	algorithm := tlv(tagSequence, tlv(tagOID, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"))
	key := tlv(tagSequence, algorithm+tlv(tagBitString, "\x00"))
	body := tlv(tagInteger, "") + algorithm + name + validity + name + key
	odd := slices.Concat([]byte{tagSequence, 0x81, byte(len(body) + 3), tagSequence, 0x81, byte(len(body))},
		[]byte(body))
	if _, err := x509.ParseCertificate(odd); err == nil {
		t.Error("crypto/x509 takes it")
	}
	c, err := ParseCertificate(odd)
	if err != nil || c.Issuer.CN != "proxy" || !c.SelfIssued || c.NotAfter.Year() != 2027 || c.SignatureAlgorithm != "SHA256-RSA" {
		t.Errorf("%v %+v", err, c)
	}
	check(t, "malformed", c.Malformed, false)
	undated, err := ParseCertificate(bytes.Replace(odd, []byte("2601"), []byte("2699"), 1))
	if err != nil || !undated.Malformed || !undated.NotBefore.IsZero() || undated.NotAfter != c.NotAfter {
		t.Errorf("month 99: %v %+v", err, undated)
	}
	for _, s := range []string{"", "0", "\x30\x80", "\x30\x03\x30\x01", "\x30\x84\x00\x00\x00\x01\x00", hex.EncodeToString(odd)} {
		if _, err := ParseCertificate([]byte(s)); err != ErrCertificate {
			t.Errorf("%q: %v", s, err)
		}
	}
}
