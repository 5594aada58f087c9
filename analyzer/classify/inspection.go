package classify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"

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

// JudgeBy has the pack and the operator's authorities judge from here on; what sessions have shown stays.
func (in *Inspector) JudgeBy(pack *signatures.Pack, corporate []string) {
	if in.CorporateCAs = corporate; in.Pack != pack {
		in.Pack, in.issuers, in.limits, in.dated = pack, nil, nil, sync.Once{}
	}
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

// learnIssuer notes for which operators an issuer signs that is no public authority.
func (in *Inspector) learnIssuer(x *Lesson) {
	for _, dn := range x.chain {
		in.meet(dn)
	}
	if !x.leaf {
		return
	}
	issuer := x.issuer
	in.meet(issuer)
	if m, ok := in.issuer(issuer); ok && m.Kind == signatures.IssuerPublic {
		return
	}
	who := x.session.who
	if who == "" {
		return
	}
	names := in.signs[issuer]
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
		in.signs[issuer] = names
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
func (f *Flow) firstName() string {
	if f.TLS.SNI != "" {
		return f.TLS.SNI
	}
	return strings.TrimPrefix(f.Hints.TLS.Name, "*.")
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
	if f.TLS == nil || !f.Rec.Webex {
		return "none", nil
	}
	s := score{limit: possibleScore + 1}
	if f.Hints.TLS.Leaf {
		in.chain(f, &s)
	}
	in.behaved(f, &s)
	if v := f.refused(); v != "" {
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
func (f *Flow) refused() string {
	x, h := f.TLS, &f.Hints.TLS
	client := "fwd"
	if h.Reverse {
		client = "rev"
	}
	for _, a := range x.Alerts {
		if side, alert, _ := strings.Cut(a, " "); side == client && h.Server && rejects(alert) {
			return alert
		}
	}
	if h.Client && h.Server && x.TLSVersion == "1.3" && !x.EarlyData && !x.FlightsCut && x.ClientFlightCount > 0 &&
		x.ClientFlightRecords[0] == 19 && x.ServerFlightCount > 0 {
		return "encrypted, in place of Finished"
	}
	return ""
}

// chain weighs what the certificates say.
func (in *Inspector) chain(f *Flow, s *score) {
	issuer, h := f.TLS.CertIssuer, &f.Hints.TLS
	issuers := append([]string{issuer}, f.TLS.ChainIssuers...)
	if ca := in.corporate(issuers); ca != "" {
		s.add(record.SignCorporate, ca, weightCorporate)
		s.limit = 0
	}
	if product, dn := in.product(issuers); product != "" {
		s.add(record.SignProduct, product+": "+dn, weightProduct)
		s.limit = 0
	}
	issued := f.issued()
	m, known := in.issuer(issuer)
	if known && m.ExpectedOn(issued) || known && m.ExpectedOn(f.Rec.StartTime.Time()) {
		s.add(record.SignPublic, issuer, weightPublic)
		s.limit = possibleScore + 1
		return
	}
	if f.name == nil {
		return // the names the list speaks of are not at stake
	}
	s.add(record.SignForeign, issuer, weightUnexpected)
	switch { // a public authority that the list lacks
	case f.TLS.CertPartial:
		return // what it lacks may have been cut off
	case h.SCT: // proxies do not log what they sign (RFC 6962)
		s.add(record.SignLogged, issuer, weightLogged)
		return
	case issued.Before(logsRequired) && h.Revocable:
		s.add(record.SignBeforeLogs, issued.UTC().Format(time.DateOnly), weightLogged)
		return
	}
	s.limit = 0
	in.forged(f, s)
}

// issued is when the validity of the leaf begins; the zero time where that is not known.
func (f *Flow) issued() time.Time {
	if f.TLS.CertNotBefore == 0 {
		return time.Time{}
	}
	return f.TLS.CertNotBefore.Time()
}

// logsRequired is the day from which browsers refuse new certificates of public authorities that no log has (Chrome, 30
// April 2018).
var logsRequired = time.Date(2018, 4, 30, 0, 0, 0, 0, time.UTC)

// forged weighs what else speaks against a leaf of an issuer that is not expected.
func (in *Inspector) forged(f *Flow, s *score) {
	if f.Rec.Connect != nil {
		s.add(record.SignProxied, f.Rec.Connect.Host, weightProxied)
	}
	if v := f.bare(); v != "" {
		s.add(record.SignBare, v, weightBare)
	}
	if n := len(in.signs[f.TLS.CertIssuer]); n >= manyNames {
		s.add(record.SignManyNames, fmt.Sprintf("names of %d operators", n), weightManyNames)
	}
	if days, limit := in.lifetime(f); limit > 0 && days > limit {
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
func (f *Flow) bare() string {
	h, days := &f.Hints.TLS, f.TLS.CertValidityDays
	switch {
	case !h.Whole || days == nil:
	case !h.SCT && !h.Revocable:
		return "no SCT, no OCSP, no CRL"
	case *days < 30:
		return fmt.Sprintf("valid for %d days", *days)
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
func (in *Inspector) lifetime(f *Flow) (days, limit int) {
	if f.TLS.CertValidityDays == nil {
		return 0, 0
	}
	in.dated.Do(func() { in.limits = lifeLimits(in.Pack) })
	for _, l := range in.limits {
		if !f.issued().Before(l.from) {
			limit = l.days
		}
	}
	return *f.TLS.CertValidityDays, limit
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

// rejects reports whether the alert, a level and a name, refuses a certificate (RFC 8446 section 6.2).
func rejects(alert string) bool {
	_, name, _ := strings.Cut(alert, " ")
	switch name {
	case "unknown_ca", "bad_certificate", "certificate_unknown", "certificate_expired", "unsupported_certificate":
		return true
	}
	return false
}
