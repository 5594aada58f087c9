package signatures

import (
	"strings"
	"time"
)

// IssuerMatch is what the issuer of a certificate says.
type IssuerMatch struct {
	Row     *Row
	Kind    string // public, interception, cisco-device
	Product string // the authority or the interception product
	From    string // dates between which genuine certificates bore it; "" means open
	To      string
}

// ExpectedOn reports whether genuine certificates bore the issuer at a time.
func (m IssuerMatch) ExpectedOn(t time.Time) bool {
	date := t.UTC().Format(time.DateOnly)
	return m.Kind == IssuerPublic && m.From <= date && (m.To == "" || date < m.To)
}

// Issuer finds the row of an issuer's distinguished name, written as in RFC 4514 ("CN=R3,O=Let's Encrypt,C=US"; case,
// spaces, order and quotes do not matter; a text without "=" counts as CN). Interception products are looked for first:
// "Cisco Umbrella" is one although Cisco is also a genuine issuer of device certificates. Public authorities are
// recognised by organisation, never by the name of the sub-CA.
func (p *Pack) Issuer(dn string) (IssuerMatch, bool) {
	for _, r := range p.issuers {
		if r.Issuer.matches(dn) {
			return IssuerMatch{Row: r, Kind: r.Issuer.Kind, Product: r.Issuer.Product, From: r.Issuer.From,
				To: r.Issuer.To}, true
		}
	}
	return IssuerMatch{}, false
}

func (p *Pack) compileIssuers(rows []*Row) {
	for _, kind := range []string{IssuerInterception, IssuerCiscoDevice, IssuerPublic} {
		for _, r := range rows {
			if r.Issuer != nil && r.Issuer.Kind == kind {
				p.issuers = append(p.issuers, r)
			}
		}
	}
}

func (s *IssuerSpec) matches(dn string) bool {
	for rest := dn; rest != ""; {
		var key, value string
		key, value, rest = nextAttribute(rest)
		isOrg := strings.EqualFold(key, "O")
		if !isOrg && !strings.EqualFold(key, "OU") && !strings.EqualFold(key, "CN") {
			continue
		}
		if s.matchesValue(value, isOrg) {
			return true
		}
	}
	return false
}

func (s *IssuerSpec) matchesValue(value string, isOrg bool) bool {
	for _, w := range s.Strings {
		if containsWord(value, w) {
			return true
		}
	}
	if !isOrg {
		return false
	}
	for _, o := range s.Organisations {
		if len(value) >= len(o) && strings.EqualFold(value[:len(o)], o) && !letterAt(value, len(o)) {
			return true
		}
	}
	return false
}

// nextAttribute cuts the first "key=value" off a distinguished name. A backslash or quotes keep a comma in the value.
func nextAttribute(dn string) (key, value, rest string) {
	quoted := false
	end := len(dn)
loop:
	for i := 0; i < len(dn); i++ {
		switch dn[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case ',', '+', ';':
			if !quoted {
				end = i
				break loop
			}
		}
	}
	if end < len(dn) {
		rest = dn[end+1:]
	}
	key, value, found := strings.Cut(dn[:end], "=")
	if !found {
		key, value = "CN", key
	}
	return strings.TrimSpace(key), strings.Trim(value, ` "`), rest
}

// containsWord finds w in s without regard to ASCII case, bounded by non-letters, so that "Sophos" is not found in
// "Philosophos".
func containsWord(s, w string) bool {
	for i := 0; i+len(w) <= len(s); i++ {
		if lower(s[i]) == lower(w[0]) && strings.EqualFold(s[i:i+len(w)], w) && !letterAt(s, i-1) &&
			!letterAt(s, i+len(w)) {
			return true
		}
	}
	return false
}

func letterAt(s string, i int) bool {
	if i < 0 || i >= len(s) {
		return false
	}
	c := lower(s[i])
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
