package classify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// Inspector scores TLS sessions for signs of interception (rules 4.4). The weights are this project's own and are reported
// with every sign.
type Inspector struct {
	Pack         *signatures.Pack
	CorporateCAs []string // declared by the operator; compared with CN, OU and O of leaf and chain

	signs   map[string]map[string]bool // issuer outside the public set → registrable names it signed
	issuers map[string]issuer          // what the pack says of the names met so far: they are few, and looking them up is dear
}

type issuer struct {
	match signatures.IssuerMatch
	known bool
}

// issuer is Pack.Issuer.
func (in *Inspector) issuer(dn string) (signatures.IssuerMatch, bool) {
	i, met := in.issuers[dn]
	if !met {
		i.match, i.known = in.Pack.Issuer(dn)
		if in.issuers == nil {
			in.issuers = make(map[string]issuer)
		}
		if len(in.issuers) < maxIssuers {
			in.issuers[dn] = i
		}
	}
	return i.match, i.known
}

// maxIssuers bounds the memory of names: a capture may be made of certificates that all have another issuer.
const maxIssuers = 10_000

// The score from which interception counts as confirmed, probable and possible.
const (
	confirmedScore = 5
	probableScore  = 3
	possibleScore  = 1
)

// Weights of the signs.
const (
	weightCorporate  = 5
	weightProduct    = 5
	weightUnexpected = 3
	weightBare       = 2
	weightProxied    = 4
	weightManyNames  = 3
	weightLongLived  = 2
	weightRejected   = 2
	weightPublic     = -4
	weightLogged     = -2
)

// Learn notes which names an issuer signs; it must have seen all sessions before Score judges the first.
func (in *Inspector) Learn(f *Flow) {
	x := f.tls()
	if x == nil || x.Leaf == nil {
		return
	}
	if m, ok := in.issuer(x.Leaf.Issuer.Text); ok && m.Kind == signatures.IssuerPublic {
		return
	}
	name := registrable(firstName(f))
	if name == "" {
		return
	}
	if in.signs == nil {
		in.signs = make(map[string]map[string]bool)
	}
	names := in.signs[x.Leaf.Issuer.Text]
	if names == nil {
		names = make(map[string]bool)
		in.signs[x.Leaf.Issuer.Text] = names
	}
	names[name] = true
}

func firstName(f *Flow) string {
	x := f.tls()
	if x.SNI != "" {
		return x.SNI
	}
	return strings.TrimPrefix(x.Leaf.Subject.CN, "*.")
}

func registrable(host string) string {
	d, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(host))
	if err != nil {
		return ""
	}
	return d
}

// Score judges one session and returns its signs. Only sessions that are Webex are judged; all others are "none".
func (in *Inspector) Score(f *Flow) (string, []record.InspectionSign) {
	x := f.tls()
	if x == nil || !f.Rec.Webex {
		return "none", nil
	}
	var s score
	if x.Leaf != nil {
		in.chain(f, x.Leaf, &s)
	}
	for _, a := range x.Alerts {
		if a.Side == x.Client && x.HasServer && rejects(a.Alert) {
			s.add("client alert", a.Alert.String(), weightRejected)
			break
		}
	}
	return s.grade(), s.signs
}

type score struct {
	sum   int
	signs []record.InspectionSign
}

func (s *score) add(name, value string, weight int) {
	s.sum += weight
	s.signs = append(s.signs, record.InspectionSign{Name: name, Value: value, Weight: weight})
}

func (s *score) grade() string {
	switch {
	case s.sum >= confirmedScore:
		return string(record.Confirmed)
	case s.sum >= probableScore:
		return string(record.Probable)
	case s.sum >= possibleScore:
		return string(record.Possible)
	}
	return "none"
}

// chain weighs what the certificates say.
func (in *Inspector) chain(f *Flow, leaf *tlswire.Cert, s *score) {
	x := f.tls()
	issuers := []string{leaf.Issuer.Text}
	for _, c := range x.Chain {
		issuers = append(issuers, c.Issuer.Text)
	}
	if ca := in.corporate(issuers); ca != "" {
		s.add("issuer is a declared corporate CA", ca, weightCorporate)
	}
	if product, dn := in.product(issuers); product != "" {
		s.add("issuer of an interception product", product+": "+dn, weightProduct)
	}
	when := time.Unix(0, int64(f.Rec.StartTime))
	m, known := in.issuer(leaf.Issuer.Text)
	if known && m.ExpectedOn(leaf.NotBefore) || known && m.ExpectedOn(when) {
		s.add("issuer in the expected set", leaf.Issuer.Text, weightPublic)
		return
	}
	if f.name == nil {
		return // the names the list speaks of are not at stake
	}
	s.add("issuer outside the expected set", leaf.Issuer.Text, weightUnexpected)
	if leaf.SCT && !leaf.Partial { // a public authority that the list lacks: proxies do not log what they sign (RFC 6962)
		s.add("leaf bears timestamps of public logs", leaf.Issuer.Text, weightLogged)
		return
	}
	if f.Rec.Connect != nil {
		s.add("behind a proxy's CONNECT", f.Rec.Connect.Host, weightProxied)
	}
	if v := bare(leaf); v != "" {
		s.add("leaf unlike a public one", v, weightBare)
	}
	if n := len(in.signs[leaf.Issuer.Text]); n >= 3 {
		s.add("one issuer for unrelated names", fmt.Sprintf("%d registrable names", n), weightManyNames)
	}
	if days, limit := lifetime(leaf); limit > 0 && days > limit {
		s.add("valid longer than public certificates may be", fmt.Sprintf("%d days, limit %d", days, limit), weightLongLived)
	}
}

// corporate finds a declared CA among the issuers.
func (in *Inspector) corporate(issuers []string) string {
	for _, ca := range in.CorporateCAs {
		if slices.ContainsFunc(issuers, func(dn string) bool { return strings.Contains(strings.ToLower(dn), strings.ToLower(ca)) }) {
			return ca
		}
	}
	return ""
}

func (in *Inspector) product(issuers []string) (product, dn string) {
	for _, dn := range issuers {
		if m, ok := in.issuer(dn); ok && m.Kind == signatures.IssuerInterception {
			return m.Product, dn
		}
	}
	return "", ""
}

// bare says what a whole leaf lacks that public certificates have.
func bare(c *tlswire.Cert) string {
	if c.Partial || !c.Extensions || c.Malformed || c.NotAfter.IsZero() || c.NotBefore.IsZero() {
		return ""
	}
	days := int(c.NotAfter.Sub(c.NotBefore).Hours() / 24)
	switch {
	case !c.SCT && !c.OCSP && !c.CRL:
		return "no SCT, no OCSP, no CRL"
	case days < 30:
		return fmt.Sprintf("valid for %d days", days)
	}
	return ""
}

// lifetime returns a leaf's validity and the longest that public authorities were allowed when it was issued (CA/Browser Forum ballots SC22,
// SC81; webex-facts: 200 days from 15 March 2026). 0: no limit is known.
func lifetime(c *tlswire.Cert) (days, limit int) {
	days = int(c.NotAfter.Sub(c.NotBefore).Hours() / 24)
	switch from := c.NotBefore; {
	case from.IsZero() || c.NotAfter.IsZero():
		return 0, 0
	case !from.Before(time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)):
		return days, 200
	case !from.Before(time.Date(2020, 9, 1, 0, 0, 0, 0, time.UTC)):
		return days, 398
	case !from.Before(time.Date(2018, 3, 1, 0, 0, 0, 0, time.UTC)):
		return days, 825
	}
	return days, 0
}

// rejects reports whether the alert refuses a certificate (RFC 8446 section 6.2).
func rejects(a tlswire.Alert) bool {
	switch tlswire.AlertName(a.Description) {
	case "unknown_ca", "bad_certificate", "certificate_unknown", "certificate_expired", "unsupported_certificate":
		return true
	}
	return false
}

// tls is what the flow's handshake showed, nil for flows without one.
func (f *Flow) tls() *dissect.TLSFacts {
	if f.Facts.TCP == nil {
		return nil
	}
	return f.Facts.TCP.TLS
}
