package classify

import "webexaudit/signatures"

// named is a name and what the pack says of it.
type named struct {
	signatures.NameMatch
	host string
	how  string // "SNI", "certificate", "CONNECT", "DNS answer", "SIP URI"
}

// Names that say less than the server's own word: of an address many names may be told, and a SIP call may take any way
// to its domain.
const (
	byDNS = "DNS answer"
	bySIP = "SIP URI"
)

// ownName is the name that the client itself put into the flow: it outweighs what DNS said of the address and what else
// a certificate holds, since one address and one certificate can serve many.
func (f *Flow) ownName() string {
	switch {
	case f.Rec.SNI != "":
		return f.Rec.SNI
	case f.Rec.Connect != nil:
		return f.Rec.Connect.Host
	}
	return ""
}

// findNames looks the names of the flow up and keeps the most telling one.
func (c *Classifier) findNames(f *Flow) {
	r := f.Rec
	f.name, f.weak, f.third = nil, nil, nil
	if r.Connect != nil {
		c.try(f, r.Connect.Host, "CONNECT")
	}
	c.try(f, r.SNI, "SNI")
	if f.TLS != nil && r.SNI == "" {
		c.try(f, f.Hints.TLS.Name, "certificate")
		for _, san := range f.TLS.CertSANs {
			c.try(f, san, "certificate")
		}
	}
	if x := r.SIP; x != nil {
		for _, host := range x.Domains {
			c.try(f, host, bySIP)
		}
	}
	if f.ownName() == "" {
		c.try(f, r.DNSName, byDNS)
	}
}

func (c *Classifier) try(f *Flow, host, how string) {
	if host == "" || f.name != nil && f.name.how != how {
		return
	}
	plain := host
	if len(plain) > 2 && plain[:2] == "*." {
		plain = plain[2:]
		if m, ok := f.pack.Name("x." + plain); ok {
			c.keep(f, m, host, how)
			return
		}
	}
	if m, ok := f.pack.Name(plain); ok {
		c.keep(f, m, host, how)
	}
}

// keep prefers what comes first, except that the name of a media node beats the general one within a certificate.
func (c *Classifier) keep(f *Flow, m signatures.NameMatch, host, how string) {
	n := &named{m, host, how}
	switch m.Class {
	case signatures.ClassStrong, signatures.ClassMedium:
		if f.name == nil || m.Role == signatures.RoleMediaNode && f.name.Role != signatures.RoleMediaNode {
			f.name = n
		}
	case signatures.ClassWeak:
		if f.weak == nil {
			f.weak = n
		}
	case signatures.ClassNever:
		if f.third == nil {
			f.third = n
		}
	}
}

// saysMore reports whether the flow has a name that tells more than that a media node serves it.
func (f *Flow) saysMore() bool { return f.name != nil && f.name.Role != signatures.RoleMediaNode }
