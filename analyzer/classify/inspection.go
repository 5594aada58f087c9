package classify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// Inspector scores TLS sessions for signs of interception (rules 4.4). The weights are this project's own and are
// reported with every sign. One goroutine lets it learn all flows; then several may score sessions at a time.
type Inspector struct {
	// of all rows that it asks for, those of issuers and of lifetimes, which hold their dates themselves
	Pack         *signatures.Pack
	CorporateCAs []string // declared by the operator; compared with CN, OU and O of leaf and chain

	// Unlearnt counts what the bounded tables had no room for. Sessions are judged without it.
	Unlearnt int64

	signs map[string]map[string]bool // issuer outside the public set → operators whose names it signed
	// what the pack says of the names met so far: they are few, and looking them up is dear
	issuers map[string]issuer
	limits  []lifeLimit // of the pack, by date
	dated   sync.Once   // makes limits
	behaviour
}

type issuer struct {
	match signatures.IssuerMatch
	known bool
}

// issuer is Pack.Issuer, which it asks once for each name of those that meet has met.
func (in *Inspector) issuer(dn string) (signatures.IssuerMatch, bool) {
	if i, met := in.issuers[dn]; met {
		return i.match, i.known
	}
	return in.Pack.Issuer(dn)
}

// meet notes what the pack says of an issuer.
func (in *Inspector) meet(dn string) {
	if _, met := in.issuers[dn]; met || len(in.issuers) >= maxIssuers {
		return
	}
	if in.issuers == nil {
		in.issuers = make(map[string]issuer)
	}
	m, known := in.Pack.Issuer(dn)
	in.issuers[dn] = issuer{m, known}
}

// maxIssuers bounds the memory of names: a capture may be made of certificates that all have another issuer.
const maxIssuers = 10_000

// The score from which interception counts as confirmed, probable and possible.
const (
	confirmedScore = 5
	probableScore  = 3
	possibleScore  = 1
)

// Weights of the signs: the whole table.
const (
	weightCorporate  = 5
	weightProduct    = 5
	weightUnexpected = 3
	weightBare       = 2
	weightProxied    = 4
	weightManyNames  = 3
	weightLongLived  = 2
	weightHello      = 2
	weightFlight     = 1
	weightNear       = 1
	weightTTL        = 1
	weightDowngrade  = 1
	weightRejected   = 2
	weightPublic     = -4
	weightLogged     = -2
)

// Bounds of the tables, and how many unrelated operators an issuer must sign for to be a sign.
const (
	maxOperators = 16
	manyNames    = 3
)

// Learn notes what a flow tells of the others, which must have followed ClassifyInContext; it must have seen all flows
// before Score judges the first.
func (in *Inspector) Learn(f *Flow) {
	in.learnHops(f)
	x := f.tls()
	if x == nil {
		return
	}
	in.learnIssuer(f, x)
	in.learnHello(f.session)
	in.learnSplit(f, x)
}

// learnIssuer notes for which operators an issuer signs that is no public authority.
func (in *Inspector) learnIssuer(f *Flow, x *dissect.TLSFacts) {
	for _, c := range x.Chain {
		in.meet(c.Issuer.Text)
	}
	if x.Leaf == nil {
		return
	}
	in.meet(x.Leaf.Issuer.Text)
	if m, ok := in.issuer(x.Leaf.Issuer.Text); ok && m.Kind == signatures.IssuerPublic {
		return
	}
	who := f.session.who
	if who == "" {
		return
	}
	names := in.signs[x.Leaf.Issuer.Text]
	switch {
	case names[who]:
		return
	case names == nil && len(in.signs) >= maxIssuers, len(names) >= maxOperators:
		in.Unlearnt++
		return
	case in.signs == nil:
		in.signs = make(map[string]map[string]bool)
	}
	if names == nil {
		names = make(map[string]bool)
		in.signs[x.Leaf.Issuer.Text] = names
	}
	names[who] = true
}

// webexOperator stands for all names of Webex: they are related, whatever their domains.
const webexOperator = "webex"

// operator is whom a name belongs to: its registrable domain, or Webex. "" for what is no name.
func operator(f *Flow, host string) string {
	if f.Rec.Webex || f.name != nil || f.weak != nil {
		return webexOperator
	}
	return registrable(host)
}

// firstName is the name that a session asks for, else that of its certificate, else "".
func firstName(x *dissect.TLSFacts) string {
	if x.SNI != "" || x.Leaf == nil {
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
	s := score{limit: possibleScore + 1}
	if x.Leaf != nil {
		in.chain(f, x.Leaf, &s)
	}
	in.behaved(f, x, &s)
	if v := refused(x); v != "" {
		s.add(record.SignRejected, v, weightRejected)
	}
	return s.grade(), s.signs
}

type score struct {
	sum   int
	limit int // the highest sum that the evidence may reach; 0: any
	signs []record.InspectionSign
}

func (s *score) add(name, value string, weight int) {
	s.sum += weight
	s.signs = append(s.signs, record.InspectionSign{Name: name, Value: value, Weight: weight})
}

// grade names the sum. Another server farm or a busy server explains what a session shows beside its certificate, so
// that without a certificate which speaks against it no sum makes more than possible.
func (s *score) grade() string {
	if s.limit > 0 && s.sum > s.limit {
		s.add(record.SignCapped, "another server farm would show the same", s.limit-s.sum)
	}
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

// refused says how the client refused the server's certificate. In TLS 1.3 that is an encrypted record with the two
// bytes of an alert (RFC 8446 section 5.2: and one of type, 16 of the tag) where its Finished should be.
func refused(x *dissect.TLSFacts) string {
	for _, a := range x.Alerts {
		if a.Side == x.Client && x.HasServer && rejects(a.Alert) {
			return a.Alert.String()
		}
	}
	if x.HasClient && x.HasServer && tlswire.VersionName(x.Version) == "1.3" && !x.EarlyData && !x.FlightCut &&
		x.ClientFlight.Count > 0 && x.ClientFlight.Sizes[0] == 19 && x.ServerFlight.Count > 0 {
		return "encrypted, in place of Finished"
	}
	return ""
}

// chain weighs what the certificates say.
func (in *Inspector) chain(f *Flow, leaf *tlswire.Cert, s *score) {
	x := f.tls()
	issuers := []string{leaf.Issuer.Text}
	for _, c := range x.Chain {
		issuers = append(issuers, c.Issuer.Text)
	}
	if ca := in.corporate(issuers); ca != "" {
		s.add(record.SignCorporate, ca, weightCorporate)
		s.limit = 0
	}
	if product, dn := in.product(issuers); product != "" {
		s.add(record.SignProduct, product+": "+dn, weightProduct)
		s.limit = 0
	}
	when := time.Unix(0, int64(f.Rec.StartTime))
	m, known := in.issuer(leaf.Issuer.Text)
	if known && m.ExpectedOn(leaf.NotBefore) || known && m.ExpectedOn(when) {
		s.add(record.SignPublic, leaf.Issuer.Text, weightPublic)
		s.limit = possibleScore + 1
		return
	}
	if f.name == nil {
		return // the names the list speaks of are not at stake
	}
	s.add(record.SignForeign, leaf.Issuer.Text, weightUnexpected)
	switch { // a public authority that the list lacks
	case leaf.Partial:
		return // what it lacks may have been cut off
	case leaf.SCT: // proxies do not log what they sign (RFC 6962)
		s.add(record.SignLogged, leaf.Issuer.Text, weightLogged)
		return
	case leaf.NotBefore.Before(logsRequired) && (leaf.OCSP || leaf.CRL):
		s.add(record.SignBeforeLogs, leaf.NotBefore.UTC().Format(time.DateOnly), weightLogged)
		return
	}
	s.limit = 0
	in.forged(f, leaf, s)
}

// logsRequired is the day from which browsers refuse new certificates of public authorities that no log has (Chrome, 30
// April 2018).
var logsRequired = time.Date(2018, 4, 30, 0, 0, 0, 0, time.UTC)

// forged weighs what else speaks against a leaf of an issuer that is not expected.
func (in *Inspector) forged(f *Flow, leaf *tlswire.Cert, s *score) {
	if f.Rec.Connect != nil {
		s.add(record.SignProxied, f.Rec.Connect.Host, weightProxied)
	}
	if v := bare(leaf); v != "" {
		s.add(record.SignBare, v, weightBare)
	}
	if n := len(in.signs[leaf.Issuer.Text]); n >= manyNames {
		s.add(record.SignManyNames, fmt.Sprintf("names of %d operators", n), weightManyNames)
	}
	if days, limit := in.lifetime(leaf); limit > 0 && days > limit {
		s.add(record.SignLongLived, fmt.Sprintf("%d days, limit %d", days, limit), weightLongLived)
	}
}

// corporate finds a declared CA among the issuers.
func (in *Inspector) corporate(issuers []string) string {
	for _, ca := range in.CorporateCAs {
		if slices.ContainsFunc(issuers, func(dn string) bool {
			return strings.Contains(strings.ToLower(dn), strings.ToLower(ca))
		}) {
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

// lifeLimit is the longest validity that public authorities were allowed from a day on.
type lifeLimit struct {
	from time.Time
	days int
}

// lifetime returns a leaf's validity and the longest that public authorities were allowed when it was issued, as the
// pack has it. 0: no limit is known.
func (in *Inspector) lifetime(c *tlswire.Cert) (days, limit int) {
	if c.NotBefore.IsZero() || c.NotAfter.IsZero() {
		return 0, 0
	}
	in.dated.Do(func() { in.limits = lifeLimits(in.Pack) })
	for _, l := range in.limits {
		if !c.NotBefore.Before(l.from) {
			limit = l.days
		}
	}
	return int(c.NotAfter.Sub(c.NotBefore).Hours() / 24), limit
}

// lifeLimits reads the pack's constant: values "2020-09-01 398" in the order of time.
func lifeLimits(p *signatures.Pack) []lifeLimit {
	list := []lifeLimit{}
	m, _ := p.Policy("public-certificate-max-days")
	for _, v := range m.Values {
		date, days, _ := strings.Cut(v, " ")
		from, err := time.Parse(time.DateOnly, date)
		n, err2 := strconv.Atoi(days)
		if err == nil && err2 == nil {
			list = append(list, lifeLimit{from, n})
		}
	}
	return list
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
