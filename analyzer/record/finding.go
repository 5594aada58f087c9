package record

// Finding is the outcome of one rule for one subject.
type Finding struct {
	FindingID   string     `json:"finding_id"`
	Fingerprint string     `json:"fingerprint"`            // "v1-" and a hash of rule and subject (a site, where one is declared); no ephemeral port, no time
	Rule        string     `json:"rule"`                   // WXA-MED-001
	RuleVersion string     `json:"rule_version,omitempty"` // changes when the rule judges otherwise than before
	State       State      `json:"state"`
	Severity    Severity   `json:"severity"`
	Confidence  Confidence `json:"confidence,omitempty"`
	Title       string     `json:"title"`
	Summary     string     `json:"summary"`
	Subject     Subject    `json:"subject"`
	Clients     []string   `json:"clients,omitempty"`
	Hosts       []string   `json:"hosts,omitempty"`
	FlowIDs     []string   `json:"flow_ids,omitempty"`
	Count       int64      `json:"count"`               // of what the rule counts: flows, streams, requests
	CausedBy    string     `json:"caused_by,omitempty"` // the finding (its id) that this one follows from; roots have none

	AffectedClients int64   `json:"affected_clients,omitempty"` // of a failure or warning and of what follows from it: the most clients
	AffectedSeconds float64 `json:"affected_seconds,omitempty"` // and the longest time, summed over its flows

	FirstSeen   Time        `json:"first_seen,omitzero"`
	LastSeen    Time        `json:"last_seen,omitzero"`
	Expected    string      `json:"expected,omitempty"`
	Actual      string      `json:"actual,omitempty"`
	Missing     string      `json:"missing,omitempty"` // not-assessable: the ingredient, and the capture that would have it
	Thresholds  []Threshold `json:"thresholds,omitempty"`
	Remediation string      `json:"remediation,omitempty"`
	Evidence    []Evidence  `json:"evidence,omitempty"`
	Waiver      *Waiver     `json:"waiver,omitempty"`   // of state waived
	Baseline    string      `json:"baseline,omitempty"` // against the run given as baseline: new, worse, better, unchanged, not-comparable
}

// RecordType implements Record.
func (*Finding) RecordType() string { return "finding" }

// Waiver is the exception that someone has answered for.
type Waiver struct {
	ID      string `json:"id"`
	State   State  `json:"state"` // what the finding is without it: fail or warn
	Owner   string `json:"owner"`
	Reason  string `json:"reason"`
	Expires string `json:"expires"` // YYYY-MM-DD, the last day on which it holds (UTC)
	Ticket  string `json:"ticket,omitempty"`
}

// Subject is what a finding is about: kind run, capture, subnet, site, client, proxy, prefix, host …
type Subject struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
}

// Threshold is one limit a finding was judged by. Origin is "published: " or "ours: " and its source.
type Threshold struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Origin string  `json:"origin"`
}

// Evidence points at packets. Filter is a Wireshark display filter that selects exactly Packets packets of File.
type Evidence struct {
	Kind          string            `json:"kind"` // packet-range, transaction, certificate, counter, interval-series, absence
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
