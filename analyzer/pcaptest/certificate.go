package pcaptest

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"time"
)

// Name is a distinguished name of the three parts that interception and issuer rules look at.
type Name struct{ CN, O, OU string }

func (n Name) pkix() (out pkix.Name) {
	out.CommonName = n.CN
	if n.O != "" {
		out.Organization = []string{n.O}
	}
	if n.OU != "" {
		out.OrganizationalUnit = []string{n.OU}
	}
	return out
}

// Certificate says what stands in a certificate. Zero times mean 90 days around [Start]; the signature is RSA with
// SHA-256 by the one test key, whatever the issuer's name, so the same Certificate always gives the same bytes.
type Certificate struct {
	Subject, Issuer     Name
	SANs                []string // DNS names and IP addresses
	NotBefore, NotAfter time.Time
	CA                  bool
	Public              bool // has SCTs, OCSP and CRL addresses, as leaves of public CAs have
	ClientAuth          bool // extended key usage client authentication beside server authentication
}

// DER returns the certificate. Each is signed once in a process: signing takes longer than most captures do.
func (c Certificate) DER() []byte {
	name := fmt.Sprintf("%+v", c)
	if der, ok := signed.Load(name); ok {
		return bytes.Clone(der.([]byte))
	}
	der := c.sign()
	signed.Store(name, bytes.Clone(der))
	return der
}

// signed are the certificates made so far, by everything that is said of them.
var signed sync.Map

func (c Certificate) sign() []byte {
	key := testKey()
	template := c.template()
	parent := &x509.Certificate{Subject: c.Issuer.pkix(), SubjectKeyId: keyID(c.Issuer)}
	der, err := x509.CreateCertificate(NewRand(0), template, parent, &key.PublicKey, key)
	if err != nil {
		panic("pcaptest: " + err.Error()) // a name in a test that no certificate can hold
	}
	return der
}

func (c Certificate) template() *x509.Certificate {
	if c.NotBefore.IsZero() {
		c.NotBefore = Start.Add(-30 * 24 * time.Hour)
	}
	if c.NotAfter.IsZero() {
		c.NotAfter = c.NotBefore.Add(90 * 24 * time.Hour)
	}
	t := &x509.Certificate{
		SerialNumber: c.serial(), Subject: c.Subject.pkix(), NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		SubjectKeyId: keyID(c.Subject), BasicConstraintsValid: true, IsCA: c.CA,
		SignatureAlgorithm: x509.SHA256WithRSA, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	if c.CA {
		t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	} else {
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	if c.ClientAuth {
		t.ExtKeyUsage = append(t.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	for _, name := range c.SANs {
		if ip := net.ParseIP(name); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, name)
		}
	}
	if c.Public {
		t.OCSPServer = []string{"http://ocsp.example.net"}
		t.CRLDistributionPoints = []string{"http://crl.example.net/ca.crl"}
		t.ExtraExtensions = []pkix.Extension{c.scts()}
	}
	return t
}

// serial follows from the contents: 128 bits, positive.
func (c Certificate) serial() *big.Int {
	text := strings.Join([]string{c.Subject.CN, c.Subject.O, c.Issuer.CN, c.NotBefore.String(),
		strings.Join(c.SANs, ",")}, "|")
	sum := sha256.Sum256([]byte(text))
	sum[0] &= 0x7f
	return new(big.Int).SetBytes(sum[:16])
}

func keyID(n Name) []byte {
	sum := sha256.Sum256([]byte(n.CN + "|" + n.O + "|" + n.OU))
	return sum[:20]
}

// scts is a list of two signed certificate timestamps (RFC 6962 section 3.3) with pseudo-random logs and signatures.
func (c Certificate) scts() pkix.Extension {
	r := NewRand(c.serial().Uint64())
	var list []byte
	for range 2 {
		sct := append([]byte{0}, r.Bytes(32)...) // version 1, log id
		sct = append(sct, 0, 0, 1, 0x90, 0, 0, 0, 0, 0, 0, 4, 3, 0, 71)
		sct = append(sct, r.Bytes(71)...)
		list = append(list, byte(len(sct)>>8), byte(len(sct)))
		list = append(list, sct...)
	}
	list = append([]byte{byte(len(list) >> 8), byte(len(list))}, list...)
	value, err := asn1.Marshal(list)
	if err != nil {
		panic("pcaptest: " + err.Error())
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: value}
}

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	block, _ := pem.Decode([]byte(strings.TrimSpace(testingKey)))
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		panic("pcaptest: " + err.Error())
	}
	return key
})

// Chain returns a leaf and its issuing CA's certificate, signed by a root that is not sent.
func Chain(leaf Certificate, root Name) [][]byte {
	ca := Certificate{
		Subject: leaf.Issuer, Issuer: root, CA: true,
		NotBefore: Start.AddDate(-3, 0, 0), NotAfter: Start.AddDate(7, 0, 0),
	}
	return [][]byte{leaf.DER(), ca.DER()}
}

// Chains as they are met in the field (issuers by date: public CAs of the vendor's services, and an interception
// product).

// SignallingChain is what the vendor's cloud services present.
func SignallingChain(names ...string) [][]byte {
	return Chain(Certificate{
		Subject: Name{CN: names[0], O: "Cisco Systems Inc."}, SANs: names, Public: true,
		Issuer:   Name{CN: "HydrantID Server CA O1", O: "IdenTrust"},
		NotAfter: Start.AddDate(0, 4, 0),
	}, Name{CN: "IdenTrust Commercial Root CA 1", O: "IdenTrust"})
}

// MediaNodeChain is what media nodes present: no organisation, a public CA of 90 days.
func MediaNodeChain(node string) [][]byte {
	return Chain(Certificate{
		Subject: Name{CN: node}, SANs: []string{node}, Public: true,
		Issuer: Name{CN: "R11", O: "Let's Encrypt"},
	}, Name{CN: "ISRG Root X1", O: "Internet Security Research Group"})
}

// InspectedChain is what an inspecting proxy of a well-known make presents instead: its own issuer, 14 days, no SCTs.
func InspectedChain(names ...string) [][]byte {
	return Chain(Certificate{
		Subject: Name{CN: names[0], O: "Zscaler Inc.", OU: "Zscaler Inc."}, SANs: names,
		Issuer:    Name{CN: "Zscaler Intermediate Root CA (zscalertwo.net) (t) ", O: "Zscaler Inc.", OU: "Zscaler Inc."},
		NotBefore: Start.Add(-5 * 24 * time.Hour), NotAfter: Start.Add(9 * 24 * time.Hour),
	}, Name{CN: "Zscaler Intermediate Root CA (zscalertwo.net)", O: "Zscaler Inc.", OU: "Zscaler Inc."})
}
