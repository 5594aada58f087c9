package signatures

import (
	"fmt"
	"net/netip"
	"strings"
)

// Row is one signature. Exactly one of the members Name … BlockPage is set: the one that Kind names.
// A Row is shared and read-only once it is loaded.
type Row struct {
	ID          string            `json:"id"` // kebab-case, unique, stable: reports cite it
	Kind        string            `json:"kind"`
	Title       string            `json:"title"`
	Service     string            `json:"service"`
	Function    string            `json:"function"`
	Confidence  string            `json:"confidence"` // how well the fact is sourced: confirmed, probable, possible
	Sources     []Source          `json:"sources"`
	ValidFrom   string            `json:"valid_from,omitempty"` // YYYY[-MM[-DD]], inclusive; "" means not known
	ValidTo     string            `json:"valid_to,omitempty"`   // the same, exclusive
	Retired     string            `json:"retired,omitempty"`    // "since DATE: why", set only in packs of that date or later
	Priority    int               `json:"priority,omitempty"`   // the higher one wins where two rows claim the same
	AlsoKnownAs map[string]string `json:"also_known_as,omitempty"`
	Notes       string            `json:"notes,omitempty"`

	Name        *NameSpec      `json:"name,omitempty"`
	Prefix      *PrefixSpec    `json:"prefix,omitempty"`
	Port        *PortSpec      `json:"port,omitempty"`
	STUN        *STUNSpec      `json:"stun,omitempty"`
	PayloadType *PayloadSpec   `json:"payload_type,omitempty"`
	Issuer      *IssuerSpec    `json:"issuer,omitempty"`
	Cipher      *CipherSpec    `json:"cipher,omitempty"`
	Policy      *PolicySpec    `json:"policy,omitempty"`
	ASN         *ASNSpec       `json:"asn,omitempty"`
	UserAgent   *AgentSpec     `json:"user_agent,omitempty"`
	Datagram    *DatagramSpec  `json:"datagram,omitempty"`
	BlockPage   *BlockPageSpec `json:"block_page,omitempty"`

	Examples Examples `json:"-"`
	At       Position `json:"-"`

	retiredFrom, retiredWhy string
}

// Source is a document that a row rests on.
type Source struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Date  string `json:"date"` // of the document or of the copy read
	URL   string `json:"url,omitempty"`

	at Position
}

// Examples are inputs of the row's own look-up: Match must find the row, Differ must not.
type Examples struct {
	Match  []string
	Differ []string
}

// Position is where a row, source or pack stands.
type Position struct {
	File string
	Line int
}

func (p Position) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// NameSpec matches host names. Patterns are lower-case: `host.example.com` is that name alone, `*.example.com` every
// name below it but not the name itself, and a star inside a label (`conv-*.wbx2.com`) stays within that label.
type NameSpec struct {
	Patterns   []string `json:"patterns"`
	Class      string   `json:"class"`
	Role       string   `json:"role,omitempty"`
	Inspection string   `json:"inspection,omitempty"`
}

// PrefixSpec matches server addresses.
type PrefixSpec struct {
	Kind     string         `json:"kind"`
	Tier     string         `json:"tier"`
	Region   string         `json:"region,omitempty"`
	Prefixes []netip.Prefix `json:"prefixes"`
}

// PortRange is an inclusive range of ports.
type PortRange struct{ Lo, Hi uint16 }

// Contains reports whether port is in the range.
func (r PortRange) Contains(port int) bool { return port >= int(r.Lo) && port <= int(r.Hi) }

// Width is the number of ports in the range.
func (r PortRange) Width() int { return int(r.Hi) - int(r.Lo) + 1 }

// String is "5004" or "52000-52049".
func (r PortRange) String() string {
	if r.Lo == r.Hi {
		return fmt.Sprint(r.Lo)
	}
	return fmt.Sprintf("%d-%d", r.Lo, r.Hi)
}

// MarshalText implements encoding.TextMarshaler.
func (r PortRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// PortSpec matches the ports of a flow, seen from the side that opens it.
type PortSpec struct {
	Proto  []string    `json:"proto"`            // udp, tcp, tls
	Server []PortRange `json:"server"`           // ports of the side that is contacted
	Client []PortRange `json:"client,omitempty"` // ports of the side that opens; none means any
	Needs  []string    `json:"needs"`            // one of these must hold for the server (or pair), see the Needs constants
	From   []string    `json:"from,omitempty"`   // roles that open the flow; none means any
	To     []string    `json:"to,omitempty"`     // roles that are contacted
	Media  string      `json:"media,omitempty"`  // audio, video, share, mixed
	DSCP   []int       `json:"dscp,omitempty"`   // accepted marks from client to server, the recommended one first
	Rank   string      `json:"rank,omitempty"`
	Plan   bool        `json:"plan,omitempty"` // Client is part of the QoS port plan
	SNI    string      `json:"sni,omitempty"`
}

// STUNSpec matches one sign in STUN messages.
type STUNSpec struct {
	Class     string `json:"class"` // strong: Webex; weak: Cisco, not Webex by itself
	Software  string `json:"software,omitempty"`
	Attribute uint16 `json:"attribute,omitempty"`
	Username  string `json:"username,omitempty"`
}

// PayloadSpec matches an RTP payload type.
type PayloadSpec struct {
	Type      int    `json:"type"`
	Direction string `json:"direction"` // up: client to cloud
	Client    string `json:"client"`    // native, browser, sip
	Media     string `json:"media"`
	Codec     string `json:"codec"`
	ClockRate int    `json:"clock_rate,omitempty"` // Hz; absent: not known
	Companion bool   `json:"companion,omitempty"`  // its presence makes a flow native
}

// IssuerSpec matches the issuer of a certificate.
type IssuerSpec struct {
	Kind          string   `json:"kind"`
	Product       string   `json:"product"`                 // the authority or the interception product
	Organisations []string `json:"organisations,omitempty"` // O equals this, or continues after it with a non-letter
	Strings       []string `json:"strings,omitempty"`       // whole words somewhere in O, OU or CN
	From          string   `json:"from,omitempty"`          // first and last date of genuine certificates
	To            string   `json:"to,omitempty"`
}

// Suite is a TLS cipher suite, by IANA name and number.
type Suite struct {
	Name string `json:"name"`
	ID   uint16 `json:"id"`
}

// CipherSpec lists suites that Webex negotiates in one TLS version, in the server's order of preference.
type CipherSpec struct {
	Version string  `json:"version"`
	Suites  []Suite `json:"suites"`
}

// PolicySpec is a rule or constant that no packet field matches: who may use a proxy, timers, marks of other places.
type PolicySpec struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

// ASNSpec lists autonomous systems. Of one in whose space new ranges are to be expected it also has the holder's name
// and the prefixes that it announces.
type ASNSpec struct {
	Numbers  []uint32 `json:"numbers"`
	Holder   string   `json:"holder,omitempty"`
	Prefixes []string `json:"prefixes,omitempty"`
}

// AgentSpec lists beginnings of the User-Agent field.
type AgentSpec struct {
	Prefixes []string `json:"prefixes"`
}

// DatagramSpec matches the first bytes of a UDP payload on one server port.
type DatagramSpec struct {
	Port     uint16   `json:"port"`
	Prefixes []string `json:"prefixes"` // lower-case hexadecimal

	raw [][]byte
}

// BlockPageSpec lists the addresses that a DNS filter answers with in place of those it denies.
type BlockPageSpec struct {
	Product   string   `json:"product"`
	Addresses []string `json:"addresses"`
}

// dated cuts the row for a pack of the given date: nil where it is not valid then, else a copy whose Retired is set
// where the pack is as young as the retirement.
func (r *Row) dated(date string) *Row {
	if r.ValidFrom > date || (r.ValidTo != "" && r.ValidTo <= date) {
		return nil
	}
	c := *r
	if r.retiredFrom != "" && r.retiredFrom <= date {
		c.Retired = "since " + r.retiredFrom + ": " + r.retiredWhy + " (" + r.Sources[0].ID + ")"
	}
	return &c
}

// claims are the inputs that the row alone may answer within a pack; two rows with one claim need different priorities.
func (r *Row) claims() []string {
	switch {
	case r.Name != nil:
		return prefixed("name ", r.Name.Patterns)
	case r.Prefix != nil:
		return prefixed("prefix "+r.Prefix.Kind+" ", texts(r.Prefix.Prefixes))
	case r.Port != nil:
		return []string{r.Port.claim()}
	case r.STUN != nil:
		return []string{fmt.Sprintf("stun %q %#x %q", r.STUN.Software, r.STUN.Attribute, r.STUN.Username)}
	case r.PayloadType != nil:
		return r.PayloadType.claims()
	case r.Issuer != nil:
		return prefixed("issuer ", append(append([]string{}, r.Issuer.Organisations...), r.Issuer.Strings...))
	case r.Cipher != nil:
		return prefixed("cipher ", texts(r.Cipher.Suites))
	case r.Policy != nil:
		return []string{"policy " + r.Policy.Key}
	case r.ASN != nil:
		return prefixed("asn ", texts(r.ASN.Numbers))
	case r.UserAgent != nil:
		return prefixed("user-agent ", r.UserAgent.Prefixes)
	case r.BlockPage != nil:
		return prefixed("block-page ", r.BlockPage.Addresses)
	case r.Datagram != nil:
		return prefixed(fmt.Sprintf("datagram %d ", r.Datagram.Port), r.Datagram.Prefixes)
	}
	return nil
}

func (p *PortSpec) claim() string {
	return fmt.Sprint("port ", p.Proto, p.Server, p.Client, p.Needs, p.From, p.To, p.SNI)
}

func (p *PayloadSpec) claims() []string {
	if p.Direction != "both" {
		return []string{fmt.Sprintf("payload-type %s %d %s", p.Client, p.Type, p.Direction)}
	}
	return []string{fmt.Sprintf("payload-type %s %d up", p.Client, p.Type), fmt.Sprintf("payload-type %s %d down", p.Client, p.Type)}
}

func prefixed(prefix string, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = prefix + strings.ToLower(s)
	}
	return out
}

func texts[T any](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = fmt.Sprint(v)
	}
	return out
}
