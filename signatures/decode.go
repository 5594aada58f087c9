package signatures

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var idPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// kinds is the one list of what a row can be: the key that holds its match, and how it is read. To add a kind, add a
// line here, a member of Row with its claims, and its look-up and example check (examples.go).
var kinds = []struct {
	key    string
	decode func(*object, *Row)
}{
	{"name", decodeName},
	{"prefix", decodePrefix},
	{"port", decodePort},
	{"stun", decodeSTUN},
	{"payload_type", decodePayload},
	{"issuer", decodeIssuer},
	{"cipher", decodeCipher},
	{"policy", decodePolicy},
	{"asn", decodeASN},
	{"user_agent", decodeAgent},
	{"datagram", decodeDatagram},
	{"block_page", decodeBlockPage},
}

// rawRow is a row whose sources are still names.
type rawRow struct {
	*Row
	sources []string
	at      map[string]Position // of keys that later checks speak of
}

func decodeRow(o *object) rawRow {
	r := &Row{
		At: o.at, ID: o.need("id"), Title: o.need("title"),
		Service: o.needOneOf("service", services), Function: o.needOneOf("function", functions),
		Confidence: o.needOneOf("confidence", confidences),
		ValidFrom:  o.date("valid_from"), ValidTo: o.date("valid_to"),
		Priority: o.number("priority", -100, 100), Notes: o.text("notes"),
	}
	if r.ID != "" && !idPattern.MatchString(r.ID) {
		o.fault("id", "%q is not in kebab-case", r.ID)
	}
	if r.ValidTo != "" && r.ValidTo <= r.ValidFrom {
		o.fault("valid_to", "%s is not after valid_from %s", r.ValidTo, r.ValidFrom)
	}
	decodeRetired(o, r)
	decodeExamples(o, r)
	decodeAliases(o, r)
	decodeMatch(o, r)
	raw := rawRow{Row: r, sources: o.needTexts("sources"), at: map[string]Position{}}
	for _, k := range []string{"id", "sources"} {
		raw.at[k] = o.at
		if f := o.fields[k]; f != nil {
			raw.at[k] = Position{o.at.File, f.line}
		}
	}
	o.done()
	return raw
}

func decodeMatch(o *object, r *Row) {
	for _, k := range kinds {
		if !o.has(k.key) {
			continue
		}
		if r.Kind != "" {
			o.fault(k.key, "a row has one match, this one has %s too", r.Kind)
		}
		r.Kind = k.key
		if m := o.object(k.key); m != nil {
			k.decode(m, r)
			m.done()
		}
	}
	if r.Kind == "" {
		o.fault("name", "a row needs a match: name, prefix, port, …")
	}
}

func decodeRetired(o *object, r *Row) {
	m := o.object("retired")
	if m == nil {
		return
	}
	m.need("from")
	r.retiredFrom, r.retiredWhy = m.date("from"), m.need("why")
	m.done()
}

func decodeExamples(o *object, r *Row) {
	if !o.has("examples") {
		o.fault("examples", "missing")
		return
	}
	if m := o.object("examples"); m != nil {
		r.Examples = Examples{Match: m.needTexts("match"), Differ: m.needTexts("differ")}
		m.done()
	}
}

func decodeAliases(o *object, r *Row) {
	m := o.object("also_known_as")
	if m == nil {
		return
	}
	r.AlsoKnownAs = map[string]string{}
	for _, system := range nameSystems {
		if m.has(system) {
			r.AlsoKnownAs[system] = m.text(system)
		}
	}
	m.done()
}

func decodeName(o *object, r *Row) {
	r.Name = &NameSpec{
		Patterns: o.needTexts("patterns"), Class: o.needOneOf("class", nameClasses),
		Role: o.oneOf("role", nameRoles), Inspection: o.oneOf("inspection", inspections),
	}
	for _, p := range r.Name.Patterns {
		if what := badPattern(p); what != "" {
			o.fault("patterns", "%q %s", p, what)
		}
	}
}

func decodePrefix(o *object, r *Row) {
	r.Prefix = &PrefixSpec{Kind: o.needOneOf("kind", prefixKinds), Tier: o.needOneOf("tier", tiers), Region: o.text("region")}
	r.Prefix.Prefixes = prefixes(o, o.needTexts("prefixes"))
}

// prefixes reads the list of the key "prefixes".
func prefixes(o *object, texts []string) (list []netip.Prefix) {
	for _, s := range texts {
		p, err := netip.ParsePrefix(s)
		switch {
		case err != nil:
			o.fault("prefixes", "%q is no prefix", s)
		case p.Masked() != p:
			o.fault("prefixes", "%q has bits beyond its length, want %s", s, p.Masked())
		case p.Bits() == 0 || p.Addr().Is4In6():
			o.fault("prefixes", "%q is too wide or mapped", s)
		default:
			list = append(list, p)
		}
	}
	return list
}

func decodePort(o *object, r *Row) {
	r.Port = &PortSpec{
		Proto: o.someOf("proto", protos), Server: ports(o, "server"), Client: ports(o, "client"),
		Needs: o.someOf("needs", needs), From: o.someOf("from", roles), To: o.someOf("to", roles),
		Media: o.oneOf("media", mediaClasses), Rank: o.oneOf("rank", ranks),
		Plan: o.flag("plan"), SNI: o.oneOf("sni", sniConditions),
	}
	for _, s := range o.texts("dscp") {
		r.Port.DSCP = append(r.Port.DSCP, o.parseNumber("dscp", s, 0, 63))
	}
	if len(r.Port.Proto) == 0 || len(r.Port.Server) == 0 || len(r.Port.Needs) == 0 {
		o.fault("server", "proto, server and needs must all be there")
	}
	if r.Port.Plan && len(r.Port.Client) == 0 {
		o.fault("plan", "a port plan needs client ranges")
	}
}

// ports reads a list of "5004" and "52000-52049".
func ports(o *object, k string) []PortRange {
	var out []PortRange
	for _, s := range o.texts(k) {
		r, ok := parsePorts(s)
		switch {
		case !ok:
			o.fault(k, "%q is no port or range of ports from 1 to 65535", s)
		case slices.ContainsFunc(out, func(b PortRange) bool { return r.Lo <= b.Hi && b.Lo <= r.Hi }):
			o.fault(k, "%q overlaps with another range of the list", s)
		default:
			out = append(out, r)
		}
	}
	return out
}

func parsePorts(s string) (PortRange, bool) {
	lo, hi, both := strings.Cut(s, "-")
	if !both {
		hi = lo
	}
	a, err1 := strconv.ParseUint(lo, 10, 16)
	b, err2 := strconv.ParseUint(hi, 10, 16)
	return PortRange{uint16(a), uint16(b)}, err1 == nil && err2 == nil && a > 0 && a <= b
}

func decodeSTUN(o *object, r *Row) {
	r.STUN = &STUNSpec{
		Class: o.needOneOf("class", stunClasses), Software: o.text("software"), Username: o.text("username"),
		Attribute: uint16(o.number("attribute", 0, 0xffff)),
	}
	n := 0
	for _, k := range []string{"software", "username", "attribute"} {
		if o.has(k) {
			n++
		}
	}
	if n != 1 {
		o.fault("software", "want one of software, attribute, username")
	}
}

func decodePayload(o *object, r *Row) {
	o.need("type")
	r.PayloadType = &PayloadSpec{
		Type: o.number("type", 0, 127), Direction: o.needOneOf("direction", directions), Client: o.needOneOf("client", rtpClients),
		Media: o.needOneOf("media", payloadKinds), Codec: o.need("codec"), ClockRate: o.number("clock_rate", 1, 1_000_000),
		Companion: o.flag("companion"),
	}
}

func decodeIssuer(o *object, r *Row) {
	r.Issuer = &IssuerSpec{
		Kind: o.needOneOf("kind", issuerKinds), Product: o.need("product"),
		Organisations: o.texts("organisations"), Strings: o.texts("strings"), From: o.date("from"), To: o.date("to"),
	}
	if len(r.Issuer.Organisations)+len(r.Issuer.Strings) == 0 {
		o.fault("strings", "organisations or strings must be there")
	}
	for _, s := range r.Issuer.Strings {
		if len(s) < 4 {
			o.fault("strings", "%q is too short to tell anything", s)
		}
	}
}

func decodeCipher(o *object, r *Row) {
	r.Cipher = &CipherSpec{Version: o.needOneOf("version", tlsVersions)}
	for _, s := range o.needTexts("suites") {
		name, number, _ := strings.Cut(s, " ")
		id := o.parseNumber("suites", strings.TrimSpace(number), 1, 0xffff)
		r.Cipher.Suites = append(r.Cipher.Suites, Suite{name, uint16(id)})
	}
}

func decodePolicy(o *object, r *Row) {
	r.Policy = &PolicySpec{Key: o.need("key"), Values: o.needTexts("values")}
}

func decodeASN(o *object, r *Row) {
	r.ASN = &ASNSpec{}
	for _, s := range o.needTexts("numbers") {
		r.ASN.Numbers = append(r.ASN.Numbers, uint32(o.parseNumber("numbers", s, 1, 1<<32-1)))
	}
	r.ASN.Holder = o.text("holder")
	for _, p := range prefixes(o, o.texts("prefixes")) {
		r.ASN.Prefixes = append(r.ASN.Prefixes, p.String())
	}
	if len(r.ASN.Prefixes) > 0 && (r.ASN.Holder == "" || len(r.ASN.Numbers) != 1) {
		o.fault("prefixes", "need holder and one number")
	}
}

func decodeAgent(o *object, r *Row) {
	r.UserAgent = &AgentSpec{Prefixes: o.needTexts("prefixes")}
}

func decodeDatagram(o *object, r *Row) {
	o.need("port")
	r.Datagram = &DatagramSpec{Port: uint16(o.number("port", 1, 65535)), Prefixes: o.needTexts("prefixes")}
	for _, s := range r.Datagram.Prefixes {
		b, err := hex.DecodeString(s)
		if err != nil || len(b) < 4 {
			o.fault("prefixes", "%q is no hexadecimal text of at least 4 bytes", s)
			continue
		}
		r.Datagram.raw = append(r.Datagram.raw, b)
	}
}

func decodeBlockPage(o *object, r *Row) {
	r.BlockPage = &BlockPageSpec{Product: o.need("product"), Addresses: o.needTexts("addresses")}
	for _, s := range r.BlockPage.Addresses {
		if _, err := netip.ParseAddr(s); err != nil {
			o.fault("addresses", "%q is no address", s)
		}
	}
}

// String is "TLS_… 0xC030", as it is written in the packs.
func (s Suite) String() string { return fmt.Sprintf("%s 0x%04X", s.Name, s.ID) }

func decodeSource(o *object) Source {
	s := Source{ID: o.need("id"), Title: o.need("title"), URL: o.text("url"), at: o.at}
	if s.Date = o.need("date"); s.Date != "undated" {
		s.Date = o.date("date")
	}
	o.done()
	return s
}

func decodePack(o *object) packSpec {
	p := packSpec{id: o.need("id"), title: o.need("title"), with: o.texts("with"), without: o.texts("without"), at: o.at}
	if p.id != "" && !idPattern.MatchString(p.id) {
		o.fault("id", "%q is not in kebab-case", p.id)
	}
	o.need("date")
	p.date = o.date("date")
	if p.date != "" && len(p.date) != len("2006-01-02") {
		o.fault("date", "a pack needs a whole date, YYYY-MM-DD")
	}
	o.done()
	return p
}

func decodeErratum(o *object) Erratum {
	m := Erratum{
		Printed: o.need("printed"), Place: o.need("place"), Source: o.need("source"), Row: o.need("row"),
		Why: o.need("why"), at: o.at,
	}
	o.done()
	return m
}
