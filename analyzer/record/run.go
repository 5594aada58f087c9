package record

// Run says what was looked at and by what it was judged. The first line.
type Run struct {
	Tool      string   `json:"tool"`
	Version   string   `json:"version"`
	Arguments []string `json:"arguments"` // those that can change the result
	Files     []File   `json:"files,omitempty"`
	Interface []string `json:"interfaces,omitempty"` // live capture: the interfaces
	Pack      Pack     `json:"pack"`
	Site      string   `json:"site,omitempty"` // digest of the site file
	Vantage   Vantage  `json:"vantage"`

	AllowList *AllowList `json:"allow_list,omitempty"` // where the site file has one
}

// RecordType implements Record.
func (*Run) RecordType() string { return "run" }

// File is one input capture.
type File struct {
	Path      string   `json:"path"`
	SHA256    string   `json:"sha256,omitempty"` // absent for standard input, interfaces and with --no-hash
	Bytes     int64    `json:"bytes"`            // of the file as stored, compressed or not
	Packets   int64    `json:"packets"`
	FirstTime Time     `json:"first_time,omitzero"`
	LastTime  Time     `json:"last_time,omitzero"`
	LinkTypes []string `json:"link_types,omitempty"` // names as tcpdump prints them: EN10MB, LINUX_SLL2 …
	Snaplen   int      `json:"snaplen,omitempty"`
	Damage    string   `json:"damage,omitempty"` // what is wrong, with byte offset and packet number
}

// Pack is the dated set of signatures that judged the run.
type Pack struct {
	ID     string `json:"id"`
	Date   string `json:"date"`   // YYYY-MM-DD
	Digest string `json:"digest"` // sha256 of the pack's canonical text
}

// AllowList is the operator's list of Webex prefixes, compared with the pack. Versions of IP that the list does not know are left out.
type AllowList struct {
	Entries   int           `json:"entries"`
	Withdrawn []ListedRange `json:"withdrawn,omitempty"` // entries of the list within ranges that were published once, and in none that is
	Missing   []ListedRange `json:"missing,omitempty"`   // published ranges that the list does not hold, or not in full
}

// ListedRange is an entry of an allow list, or a published range, and what the pack says of it.
type ListedRange struct {
	Prefix string `json:"prefix"`
	Kind   string `json:"kind"`          // as in the pack: media, media-vimt, calling, government
	Why    string `json:"why,omitempty"` // of withdrawn ones, with the date
}

// Vantage is where the capture was taken: access, inside, wan, dmz, mesh, proxy-inside, proxy-outside or unknown.
type Vantage struct {
	Value      string     `json:"value"`
	Declared   bool       `json:"declared"`
	Confidence Confidence `json:"confidence,omitempty"`
	Reason     string     `json:"reason"`
}

// CaptureHealth says how far the numbers of a file or interface can be trusted.
type CaptureHealth struct {
	File              string           `json:"file,omitempty"`
	Interface         string           `json:"interface,omitempty"`
	Packets           int64            `json:"packets"`
	Bytes             int64            `json:"bytes"` // on the wire
	StartTime         Time             `json:"start_time,omitzero"`
	EndTime           Time             `json:"end_time,omitzero"`
	KernelDrops       *int64           `json:"kernel_drops,omitempty"`
	InterfaceDrops    *int64           `json:"interface_drops,omitempty"`
	MirrorLost        *int64           `json:"mirror_lost,omitempty"`
	Duplicates        int64            `json:"duplicates"`
	DuplicatePairs    map[string]int64 `json:"duplicate_pairs,omitempty"`        // copies by where the first sighting and the copy were: "vlan 10 → vlan 20"; at most 16, then "other"
	Truncated         int64            `json:"truncated"`                        // captured shorter than on the wire
	TruncatedNeed     int64            `json:"truncated_need"`                   // of these, cut inside a header the analysis needs
	Undecodable       map[string]int64 `json:"undecodable"`                      // packets by reason
	Unknown           map[string]int64 `json:"unknown_encapsulations,omitempty"` // bytes on the wire by the encapsulation that was not opened: "ethertype 0x88e5 (MACsec)", "IP protocol 50 (ESP)"; at most 16, then "other"
	NotIP             int64            `json:"not_ip"`                           // ARP, STP, LLDP …: decoded, but nothing to audit
	FlowsEvicted      int64            `json:"flows_evicted"`                    // closed early because --max-flows was reached
	FlowsSummarised   int64            `json:"flows_summarised"`                 // finished flows of at most 3 packets that tell nothing and were only counted, because enough of them were kept
	PacketsSummarised int64            `json:"packets_summarised"`               // of these
	PrefixesRefused   int64            `json:"prefixes_refused"`                 // TCP directions whose beginning was given up for want of memory; names and certificates may be missing
	FragmentsEvicted  int64            `json:"fragments_evicted"`                // datagrams whose reassembly was given up for want of memory
	FragmentOverlaps  int64            `json:"fragment_overlaps"`                // IP fragments that overlapped others in part
	ClockSteps        int64            `json:"clock_steps"`                      // steps back of more than 1 ms within an interface
	TCPUnseenBytes    int64            `json:"tcp_unseen_bytes"`                 // acknowledged by the receiver, never captured
	TCPBytes          int64            `json:"tcp_bytes"`                        // TCP payload captured
	LossAssessable    bool             `json:"loss_assessable"`
	LossRate          *float64         `json:"capture_loss_rate,omitempty"` // share (0 to 1) of the packets that the capture lacks, all inputs together; absent: nothing tells
	LossLow           *float64         `json:"capture_loss_low,omitempty"`  // its bounds: Wilson score interval, 95 %
	LossHigh          *float64         `json:"capture_loss_high,omitempty"`
	LossEvidence      []string         `json:"capture_loss_evidence,omitempty"` // what tells, one fact each
	Damage            string           `json:"damage,omitempty"`
}

// RecordType implements Record.
func (*CaptureHealth) RecordType() string { return "capture_health" }

// Summary closes the stream: counts, coverage, the exit status and its reason, and the table of the Webex picture.
type Summary struct {
	Verdict    State                 `json:"verdict"`            // of the network: fail, warn, pass, not-observed or not-enough
	Missing    string                `json:"missing,omitempty"`  // not-enough: what was not judged, and the capture that would settle it
	Capture    State                 `json:"capture"`            // of the capture and the data that judged it (rules CAP and DAT): fail, warn or pass
	States     map[State]int         `json:"states"`             // findings by state
	Severities map[Severity]int      `json:"severities"`         // failing and warning findings by severity
	Rules      int                   `json:"rules"`              // rules in force
	Applicable int                   `json:"applicable"`         // rules whose traffic was seen
	Assessed   int                   `json:"assessed"`           // of these, judged pass, warn or fail
	Coverage   *float64              `json:"coverage,omitempty"` // percent: assessed of applicable; absent when none applied
	Flows      int                   `json:"flows"`
	WebexFlows int                   `json:"webex_flows"`
	Clients    int                   `json:"clients"` // distinct Webex clients
	Picture    []Picture             `json:"picture,omitempty"`
	ExitCode   int                   `json:"exit_code"`
	ExitReason string                `json:"exit_reason"`
	Groups     map[string]RuleCounts `json:"groups,omitempty"`  // rule results by group (MED, QOS …)
	Notices    []string              `json:"notices,omitempty"` // about waivers and the baseline: expired, matching nothing, not comparable
}

// RecordType implements Record.
func (*Summary) RecordType() string { return "summary" }

// Picture is one row of the table service × function × transport.
type Picture struct {
	Service   Service   `json:"service"`
	Function  Function  `json:"function"`
	Transport Transport `json:"transport"`
	Flows     int       `json:"flows"`
	Clients   int       `json:"clients"`
	Seconds   float64   `json:"seconds"` // sum of the flows' durations
	Bytes     int64     `json:"bytes"`
	Published int       `json:"published"` // flows whose server address is in the pack's ranges
}

// RuleCounts counts the rules of one group by outcome.
type RuleCounts struct {
	Pass          int `json:"pass"`
	Fail          int `json:"fail"`
	Warn          int `json:"warn"`
	NotObserved   int `json:"not_observed"`
	NotAssessable int `json:"not_assessable"`
}
