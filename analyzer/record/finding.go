package record

import (
	"encoding/json"
	"strings"

	"webexaudit/analyzer/wording"
)

// Finding is the outcome of one rule for one subject.
type Finding struct {
	// 16 hex digits: this finding of this capture
	FindingID string `json:"finding_id" parquet:"5"`
	// `v1-` and 16 hex digits of rule and subject: the same trouble in another capture has the same
	Fingerprint string `json:"fingerprint" parquet:"6"`
	Rule        string `json:"rule" parquet:"7,dict"` // WXA-MED-001; docs/rules.md has them all
	// changes when the rule judges otherwise than before; findings of two versions are not compared
	RuleVersion string `json:"rule_version,omitempty" parquet:"27,dict"`
	// pass, fail, warn, not-observed, not-assessable, waived
	State    State    `json:"state" parquet:"8,dict"`
	Severity Severity `json:"severity" parquet:"9,dict"` // critical, high, medium, low, info
	// of the severity, to sort by: 5 critical, 4 high, 3 medium, 2 low, 1 info
	SeverityRank int `json:"severity_rank" parquet:"39"`
	// confirmed, probable, possible; absent where nothing was found
	Confidence Confidence `json:"confidence,omitempty" parquet:"10,dict"`
	Title      string     `json:"title" parquet:"11,dict"` // of the rule
	Summary    string     `json:"summary" parquet:"12"`    // the outcome in one sentence
	Subject    Subject    `json:"subject"`
	Clients    []string   `json:"clients,omitempty" parquet:"15"` // addresses of the clients concerned
	// the /24 (IPv4) and /64 (IPv6) around these
	ClientSubnets []string `json:"client_subnets,omitempty" parquet:"40"`
	// the names that the site file gives their places
	Sites []string `json:"sites,omitempty" parquet:"41"`
	// names or addresses of the servers concerned
	Hosts   []string `json:"hosts,omitempty" parquet:"16"`
	FlowIDs []string `json:"flow_ids,omitempty" parquet:"17"` // the flows concerned
	// of a failure, warning or waived finding: the calls whose media it concerns, 1,000 at most
	SessionIDs []string `json:"session_ids,omitempty" parquet:"42"`
	// of what the rule counts: flows, streams, requests
	Count int64 `json:"count" parquet:"18"`
	// the finding (its id) that this one follows from; roots have none
	CausedBy string `json:"caused_by,omitempty" parquet:"35"`

	// of a failure or warning and of what follows from it: the most clients
	AffectedClients int64 `json:"affected_clients,omitempty" parquet:"36"`
	// and the longest time, summed over its flows
	AffectedSeconds float64 `json:"affected_seconds,omitempty" parquet:"37"`

	FirstSeen Time   `json:"first_seen,omitzero" parquet:"19"` // begin of what it is about
	LastSeen  Time   `json:"last_seen,omitzero" parquet:"20"`  // end of what it is about
	Expected  string `json:"expected,omitempty" parquet:"21"`  // what should be
	Actual    string `json:"actual,omitempty" parquet:"22"`    // what is
	// not-assessable: the ingredient, and the capture that would have it
	Missing string `json:"missing,omitempty" parquet:"23"`
	// limits it was judged by: name, value, unit, origin
	Thresholds  []Threshold `json:"thresholds,omitempty" parquet:"24"`
	Remediation string      `json:"remediation,omitempty" parquet:"25,dict"` // what to do
	// packets: kind, file, packets, packet_numbers, first_packet, last_packet, time, community_id, filter, fields
	Evidence []Evidence `json:"evidence,omitempty" parquet:"26"`
	Waiver   *Waiver    `json:"waiver,omitempty"` // absent where none holds
	// against the baseline of the run: new, worse, better, unchanged, not-comparable
	Baseline string `json:"baseline,omitempty" parquet:"34,dict"`
	// the sentences above as data: message id, format and arguments of summary, expected, actual, missing and
	// remediation, where the rule made them of values
	Messages Messages `json:"messages,omitzero" parquet:"38"`
}

// Messages are the sentences of a finding as data, for whoever renders them in another form or language, or with other
// names. A sentence that is the same for all findings of a rule (its remediation) is absent.
type Messages struct {
	Summary     wording.Text `json:"summary,omitzero"`
	Expected    wording.Text `json:"expected,omitzero"`
	Actual      wording.Text `json:"actual,omitzero"`
	Missing     wording.Text `json:"missing,omitzero"`
	Remediation wording.Text `json:"remediation,omitzero"`
}

// IsZero reports whether there is none.
func (m Messages) IsZero() bool {
	return m.Summary.IsZero() && m.Expected.IsZero() && m.Actual.IsZero() && m.Missing.IsZero() &&
		m.Remediation.IsZero()
}

// MarshalJSON implements json.Marshaler.
func (m Messages) MarshalJSON() ([]byte, error) {
	type plain Messages
	return json.Marshal(plain(m))
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *Messages) UnmarshalJSON(b []byte) error {
	type plain Messages
	return json.Unmarshal(b, (*plain)(m))
}

// RecordType implements Record.
func (*Finding) RecordType() string { return "finding" }

// AboutCapture tells findings of the shipped rules about the capture and the pack from those about the network.
func (f *Finding) AboutCapture() bool { return IsAboutCapture(f.Rule) }

// IsAboutCapture tells the shipped rules about the capture and the pack (CAP, DAT) from those about the network.
func IsAboutCapture(rule string) bool {
	return strings.HasPrefix(rule, "WXA-CAP-") || strings.HasPrefix(rule, "WXA-DAT-")
}

// Waiver is the exception that someone has answered for.
type Waiver struct {
	ID      string `json:"id" parquet:"28,dict"`               // of state waived: the waiver that holds
	State   State  `json:"state" parquet:"29,dict"`            // what the finding is without the waiver: fail or warn
	Owner   string `json:"owner" parquet:"30,dict"`            // who answers for it
	Reason  string `json:"reason" parquet:"31,dict"`           // why it is accepted
	Expires string `json:"expires" parquet:"32,dict"`          // last day on which the waiver holds (UTC), YYYY-MM-DD
	Ticket  string `json:"ticket,omitempty" parquet:"33,dict"` // where it was decided
}

// Subject is what a finding is about: kind run, capture, subnet, site, client, proxy, prefix, host …
type Subject struct {
	// run, capture, site, subnet, client, proxy, prefix, domain, host, issuer
	Kind string `json:"kind" parquet:"13,dict"`
	Key  string `json:"key" parquet:"14,dict"` // which one
}

// Threshold is one limit a finding was judged by. Origin is "published: " or "ours: " and its source.
type Threshold struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit,omitempty"` // s, ms, %, bytes, packets, port … or date (Value is the number YYYYMMDD)
	Origin string  `json:"origin"`
}

// Evidence points at packets. Filter is a Wireshark display filter that selects exactly Packets packets of File.
type Evidence struct {
	// packet-range, transaction, certificate, counter, interval-series, absence
	Kind          string            `json:"kind"`
	File          string            `json:"file,omitempty"`
	Packets       int64             `json:"packets,omitempty"`
	PacketNumbers string            `json:"packet_numbers,omitempty"` // "12,15-18"
	FirstPacket   int64             `json:"first_packet,omitempty"`
	LastPacket    int64             `json:"last_packet,omitempty"`
	Time          Time              `json:"time,omitzero"`
	CommunityID   string            `json:"community_id,omitempty"`
	Filter        string            `json:"filter,omitempty"`
	Fields        map[string]string `json:"fields,omitempty"`
}
