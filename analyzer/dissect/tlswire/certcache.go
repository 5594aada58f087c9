package tlswire

import "crypto/sha256"

// CertCache parses each distinct certificate once. It keeps the certificates of the last max to 2·max distinct ones; it
// has one owner. What it returns is shared and must not be changed.
type CertCache struct {
	max       int
	now, past map[[sha256.Size]byte]*Cert
}

// NewCertCache returns an empty cache of the given size, at least 1.
func NewCertCache(max int) *CertCache {
	if max < 1 {
		max = 1
	}
	return &CertCache{max: max, now: map[[sha256.Size]byte]*Cert{}}
}

// Parse is [ParseCertificate] with a memory. Bytes that are no certificate are not remembered.
func (c *CertCache) Parse(b []byte) (*Cert, error) {
	key := sha256.Sum256(b)
	if cert := c.now[key]; cert != nil {
		return cert, nil
	}
	cert := c.past[key]
	if cert == nil {
		parsed, err := parseCertificate(b, key)
		if err != nil {
			return nil, err
		}
		cert = &parsed
	}
	if len(c.now) >= c.max {
		c.past, c.now = c.now, make(map[[sha256.Size]byte]*Cert)
	}
	c.now[key] = cert
	return cert, nil
}
