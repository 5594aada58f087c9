package tlswire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"iter"
	"time"
)

// ErrCertificate says that the bytes do not begin like a certificate, or end before the issuer's name does.
var ErrCertificate = errors.New("tlswire: no certificate, or cut off before its issuer")

// Cert is what a certificate says (RFC 5280). Nothing is verified. Unknown values are empty.
//
// In a cut certificate only what is there whole is set, so no name is ever the first half of another one. What is
// absent is a fact only where Extensions is true.
type Cert struct {
	Subject, Issuer     Name
	SANs                []string  // DNS names, addresses, URIs and mail addresses, as far as present
	Serial              string    // hex digits
	NotBefore, NotAfter time.Time // zero if they cannot be read
	SHA256              string    // of the DER, hex digits; only of a whole certificate
	SignatureAlgorithm  string    // "SHA256-RSA", "ECDSA-SHA384" …, or the object identifier
	KeyType             string    // "RSA", "ECDSA", "Ed25519" …, or the object identifier
	KeyBits             int       // 0: not known
	EKUs                []string
	CA                  bool // basicConstraints
	SelfIssued          bool // subject and issuer are equal; whether it signed itself was not verified
	SCT                 bool // has a list of signed certificate timestamps
	OCSP                bool // names an OCSP responder
	CAIssuers           bool // names where the issuer's certificate is found
	CRL                 bool // names a revocation list
	Partial             bool // the DER is cut off
	Extensions          bool // the extensions were read to their end
	Malformed           bool // some part has not the form that it should have
}

// ParseCertificate reads a certificate, which may be cut off or odd in its encoding. It fails only if not even the
// issuer can be read.
//
// It does not go through crypto/x509: that package refuses cut and odd certificates, and two readers would sometimes
// tell one name in two ways. The tests hold the two against each other.
func ParseCertificate(b []byte) (Cert, error) {
	return parseCertificate(b, sha256.Sum256(b))
}

func parseCertificate(b []byte, sum [sha256.Size]byte) (Cert, error) {
	var c Cert
	d := der(b)
	outer, ok := d.take(tagSequence)
	if !ok {
		return Cert{}, ErrCertificate
	}
	c.Partial = !outer.whole
	if outer.whole {
		c.SHA256 = hex.EncodeToString(sum[:])
	}
	tbs, ok := outer.body.take(tagSequence)
	if !ok || !c.toIssuer(&tbs.body) {
		return Cert{}, ErrCertificate
	}
	c.Malformed = !c.afterIssuer(tbs.body) && !c.Partial
	return c, nil
}

// toIssuer reads version, serial number, signature algorithm and issuer.
func (c *Cert) toIssuer(d *der) bool {
	d.take(0xa0)
	serial, ok1 := d.takeWhole(tagInteger)
	algorithm, ok2 := d.takeWhole(tagSequence)
	oid, ok3 := algorithm.takeWhole(tagOID)
	rawIssuer := *d
	issuer, ok4 := d.takeWhole(tagSequence)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return false
	}
	c.Serial = hex.EncodeToString(trimZeros(serial))
	c.SignatureAlgorithm = algorithmName(oid)
	c.Issuer, ok4 = parseName(issuer)
	c.SelfIssued = ok4 && sameElement(rawIssuer, *d, subjectOf(*d))
	return ok4
}

// trimZeros removes leading zero bytes but keeps the last byte.
func trimZeros(b []byte) []byte {
	for len(b) > 1 && b[0] == 0 {
		b = b[1:]
	}
	return b
}

// subjectOf is the rest of a TBSCertificate from the subject on, where d begins with the validity.
func subjectOf(d der) der {
	d.takeWhole(tagSequence)
	return d
}

// sameElement reports whether the element between from and rest stands again, whole, at the start of other.
func sameElement(from, rest, other der) bool {
	return bytes.HasPrefix(other, from[:len(from)-len(rest)])
}

// afterIssuer reads validity, subject, key and extensions as far as they are there; false where they end early or a
// time cannot be read.
func (c *Cert) afterIssuer(d der) bool {
	validity, ok := d.takeWhole(tagSequence)
	if !ok {
		return false
	}
	from, _ := validity.next()
	to, _ := validity.next()
	c.NotBefore, c.NotAfter = parseTime(from), parseTime(to)
	dated := !c.NotBefore.IsZero() && !c.NotAfter.IsZero()
	subject, ok := d.takeWhole(tagSequence)
	if !ok {
		return false
	}
	if c.Subject, ok = parseName(subject); !ok {
		return false
	}
	key, ok := d.takeWhole(tagSequence)
	if !ok {
		return false
	}
	c.KeyType, c.KeyBits = parseKey(key)
	d.take(0x81) // issuerUniqueID, subjectUniqueID
	d.take(0xa1)
	d.take(0x82)
	d.take(0xa2)
	wrapped, ok := d.take(0xa3)
	if !ok {
		c.Extensions = len(d) == 0 && !c.Partial // version 1: there are none
		return c.Extensions && dated
	}
	list, ok := wrapped.body.take(tagSequence)
	c.Extensions = ok && c.extensions(list.body) && list.whole
	return c.Extensions && dated
}

// CertificateList walks the certificates of a Certificate message of TLS 1.2 or older, leaf first (RFC 5246 section
// 7.4.2). body may be cut; whole is false for a certificate that is, or that is longer than its list. It stops at a
// certificate without bytes.
func CertificateList(body []byte) iter.Seq2[[]byte, bool] {
	return func(yield func(certificate []byte, whole bool) bool) {
		if len(body) < 3 {
			return
		}
		list := body[3:]
		list = list[:min(uint24(body), len(list))]
		for len(list) >= 3 {
			n := uint24(list)
			list = list[3:]
			der := list[:min(n, len(list))]
			if len(der) == 0 || !yield(der, len(der) == n) {
				return
			}
			list = list[len(der):]
		}
	}
}

func uint24(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }
